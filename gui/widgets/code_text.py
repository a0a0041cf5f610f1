"""Python source with syntax colours, for reading and copying; and a text that grows below, like a
terminal's."""

from __future__ import annotations

import builtins
import io
import keyword
import tkinter as tk
import tokenize
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.widgets.text_fit import showable, tk_offset

CodeKind = Literal["keyword", "constant", "string", "number", "comment", "definition", "builtin"]
_CONSTANTS = frozenset({"True", "False", "None"})
_BUILTINS = frozenset(name for name in dir(builtins) if name[0].islower())


class CodeSpan(NamedTuple):
    """A stretch inside one line: ``line`` from 1, ``start`` and ``stop`` in characters from 0."""

    kind: CodeKind
    line: int
    start: int
    stop: int


def code_spans(source: str) -> Iterator[CodeSpan]:
    """The spans to colour, in order; for source that is not valid Python, as many as can be found."""
    before = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            kind = _kind(token, before)
            if kind is not None:
                yield from _by_line(kind, token)
            if token.string.strip():
                before = token.string
    except (tokenize.TokenError, SyntaxError):
        return


def _kind(token: tokenize.TokenInfo, before: str) -> CodeKind | None:
    if token.type == tokenize.COMMENT:
        return "comment"
    if token.type == tokenize.STRING:
        return "string"
    if token.type == tokenize.NUMBER:
        return "number"
    if token.type != tokenize.NAME:
        return None
    if token.string in _CONSTANTS:
        return "constant"
    if keyword.iskeyword(token.string):
        return "keyword"
    if before in ("def", "class"):
        return "definition"
    return "builtin" if token.string in _BUILTINS and before != "." else None


def _by_line(kind: CodeKind, token: tokenize.TokenInfo) -> Iterator[CodeSpan]:
    (first, start), (last, stop) = token.start, token.end
    for line, text in enumerate(token.string.split("\n"), first):
        begin = start if line == first else 0
        yield CodeSpan(kind, line, begin, stop if line == last else begin + len(text))


class ReadOnlyField(ttk.Frame):
    """A text in a rounded field with a slim scrollbar: for reading, selecting and copying, not for
    editing."""

    def __init__(self, master: tk.Misc, height: int, size: int = 9, **frame: Any) -> None:
        super().__init__(master, style="Field.TFrame", padding=(S(4), S(5), S(3), S(5)), **frame)
        self.type_size = size
        self.text = ttk.Text(
            self, autostyle=False, height=height, width=10, bd=0, highlightthickness=0, relief="flat",
            wrap="word", font=look().font(size, mono=True), padx=S(6), pady=S(3), state="disabled",
            cursor="xterm",
        )  # fmt: skip
        self.bar = ttk.Scrollbar(
            self, orient="vertical", command=self.text.yview, style="Soft.Slim.Vertical.TScrollbar"
        )
        self.text.configure(yscrollcommand=self._scrolled)
        self.text.pack(side="left", fill="both", expand=True)
        # a disabled Text gets no focus by a click, without which the copy key does not work
        self.text.bind("<Button-1>", lambda _e: self.text.focus_set(), add="+")
        self.text.bind("<FocusIn>", lambda _e: self.state(["focus"]))
        self.text.bind("<FocusOut>", lambda _e: self.state(["!focus"]))
        self.text.bind("<Control-a>", lambda _e: self._select_all())
        look().watch(self, self.restyle)
        self.restyle()

    @property
    def value(self) -> str:
        return str(self.text.get("1.0", "end-1c"))

    @property
    def at_end(self) -> bool:
        return bool(self.text.yview()[1] > 0.999)

    def restyle(self) -> None:
        p = look().palette
        self.text.configure(
            background=p.soft, foreground=p.fg, insertbackground=p.acc, selectbackground=p.sel,
            selectforeground=p.fg, inactiveselectbackground=p.sel,
        )  # fmt: skip

    def _select_all(self) -> str:
        self.text.tag_add("sel", "1.0", "end-1c")
        return "break"

    def _scrolled(self, first: str, last: str) -> None:
        self.bar.set(first, last)
        needed = float(first) > 0 or float(last) < 1
        if needed and not self.bar.winfo_manager():
            self.bar.pack(side="right", fill="y", before=self.text)
        elif not needed and self.bar.winfo_manager():
            self.bar.pack_forget()


class CodeText(ReadOnlyField):
    """`show(source)` shows Python in colours; the lines being read stay in view if possible."""

    def show(self, source: str) -> None:
        if source == self.value:
            return
        where = self.text.yview()[0]
        lines = source.split("\n")
        self.text.configure(state="normal")
        self.text.delete("1.0", "end")
        self.text.insert("1.0", showable(source))
        for number, line in enumerate(lines, 1):
            depth = len(line) - len(line.lstrip(" "))
            if line:
                tags = [f"depth{min(depth, 20)}", *(() if line.isascii() else ("anywhere",))]
                for tag in tags:
                    self.text.tag_add(tag, f"{number}.0", f"{number}.end")
        for kind, number, start, stop in code_spans(source):
            line = lines[number - 1]
            begin, end = tk_offset(line, start), tk_offset(line, stop)
            self.text.tag_add(kind, f"{number}.{begin}", f"{number}.{end}")
        self.text.configure(state="disabled")
        self.text.yview_moveto(where)

    def restyle(self) -> None:
        super().restyle()
        p = look().palette
        colours = {
            "keyword": p.acc, "constant": p.sim, "string": p.ok, "number": p.warn, "comment": p.mute,
            "definition": p.info, "builtin": p.info,
        }  # fmt: skip
        for kind, colour in colours.items():
            self.text.tag_configure(kind, foreground=colour)
        # the rest of a line too long for the card is indented further
        space = look().font(self.type_size, mono=True).measure("0")
        for depth in range(21):
            self.text.tag_configure(f"depth{depth}", lmargin2=space * (depth + 2))
        # Tk breaks at spaces only, of which Chinese has none
        self.text.tag_configure("anywhere", wrap="char")


class ConsoleText(ReadOnlyField):
    """`add(kind, text)` appends; kinds "out", "typed", "start", "error". At most `MOST_LINES` stay."""

    MOST_LINES = 1500
    LONGEST_LINE = 2000

    def add(self, kind: str, text: str) -> None:
        """Append text. The view does not move while a person reads further up."""
        follow = self.at_end
        lines = text.split("\n")[-self.MOST_LINES :]
        kept = "\n".join(line[: self.LONGEST_LINE] for line in lines)
        self.text.configure(state="normal")
        self.text.insert("end", showable(kept), kind)
        extra = int(str(self.text.index("end-1c")).split(".")[0]) - self.MOST_LINES
        if extra > 0:
            self.text.delete("1.0", f"{extra + 1}.0")
        self.text.configure(state="disabled")
        if follow:
            self.text.see("end")

    def mark_last(self, line: str) -> None:
        """Mark the last occurrence of ``line`` as an error."""
        found = self.text.search(line, "end", stopindex="1.0", backwards=True, exact=True)
        if found:
            self.text.tag_add("error", found, f"{found} lineend")

    def clear(self) -> None:
        self.text.configure(state="normal")
        self.text.delete("1.0", "end")
        self.text.configure(state="disabled")

    def restyle(self) -> None:
        super().restyle()
        p = look().palette
        for kind, colour in (("out", p.fg), ("typed", p.acc), ("start", p.faint), ("error", p.err)):
            self.text.tag_configure(kind, foreground=colour)
