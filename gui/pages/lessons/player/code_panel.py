"""The source of a program with the line that comes next lit: a few lines, large enough for the last row."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from functools import lru_cache

import ttkbootstrap as ttk

from gui.look.contrast import legible
from gui.look.look import look
from gui.look.shapes import mix
from gui.pages.lessons.player.idle_paint import IdlePaint
from gui.pages.lessons.sizes import Sizes
from gui.pages.lessons.standing import Standing
from gui.shared.i18n import _
from gui.widgets.code_text import CodeSpan, code_spans
from gui.widgets.text_fit import fit, showable, tk_offset

COLUMNS = 30
ROWS = 6
ABOVE = 2
"""Lines shown above the lit one, if there are as many."""
CUT = "…"
CONTINUED = 2
"""Spaces before the further rows of a long line."""
_KINDS = ("keyword", "constant", "string", "number", "comment", "definition", "builtin")


@lru_cache(maxsize=32)
def _spans(source: str) -> tuple[CodeSpan, ...]:
    return tuple(code_spans(source))


def shown_lines(lines: Sequence[str], lit: int, rows: int, top: int = 0) -> range:
    """The indices of the lines to show: about the lit one (from 1). If none is lit: from line ``top`` on, or
    if that is 0 the beginning (``lit`` 0: nothing has run) or the end (-1)."""
    last = max(0, len(lines) - rows)
    if lit > 0:
        first = lit - 1 - ABOVE
    elif top:
        first = top - 1
    else:
        first = 0 if lit == 0 else last
    first = max(0, min(first, last))
    return range(first, min(len(lines), first + rows))


def shared_indent(lines: Sequence[str]) -> int:
    """Spaces before every line that is not empty: what a narrow column need not show."""
    return min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)


class CodePanel(ttk.Frame):
    """On a card. ``choose()``: the person asks for another program's code, if there is one."""

    def __init__(self, master: tk.Misc, sizes: Sizes, choose: Callable[[], object]) -> None:
        super().__init__(master, style="In.TFrame")
        self._sizes = sizes
        self._rows = ROWS
        self._title = ""
        self._top = 0
        self._shown: tuple[str, int, Standing] = ("", 0, Standing("not-started"))
        self._head = ttk.Label(self, style="In.TLabel", font=sizes.font("label"), anchor="w", cursor="hand2")
        self._head.bind("<Button-1>", lambda _e: choose())
        self._head.pack(fill="x")
        self.text = ttk.Text(
            self, autostyle=False, width=10, height=ROWS, bd=0, highlightthickness=0, relief="flat",
            wrap="none", font=sizes.font("code"), state="disabled", takefocus=False, cursor="arrow",
        )  # fmt: skip
        self.text.pack(fill="x")
        self._foot = ttk.Label(self, style="In.TLabel", font=sizes.font("label"), anchor="w")
        self._foot.pack(fill="x")
        # a click must not take the focus, and with it the keys, from the player
        self.text.bindtags((str(self.text), str(self.winfo_toplevel()), "all"))
        self._painting = IdlePaint(self, self._paint)
        self.text.bind("<Configure>", self._painting.soon)
        look().watch(self, self._restyle)
        self._restyle()

    @property
    def source(self) -> str:
        """What is shown; "" for a scene without programs."""
        return self._shown[0]

    def height_of(self, rows: int) -> int:
        """Pixels that it takes with so many lines of code."""
        line = self._sizes.font("code").metrics("linespace")
        edges = self.text.winfo_reqheight() - self._rows * line
        return rows * line + edges + self._head.winfo_reqheight() + self._foot.winfo_reqheight()

    def set_rows(self, rows: int) -> None:
        if rows != self._rows:
            self._rows = rows
            self.text.configure(height=rows)
            self._painting.soon()

    def show(self, title: str, source: str, standing: Standing, top: int = 0) -> None:
        """``title``: the program's role and file; ``top``: the first line shown while none is lit."""
        self._title = title
        # of many runs what the program does is shown, not how it begins
        lit = -1 if standing.state == "many" else standing.line
        if standing.state in ("ended", "stopped"):
            # no line comes next: where it ended is shown
            lit, top = 0, max(1, standing.line - ABOVE) if standing.line else top
        self._top = top
        self._shown = (source, lit, standing)
        self._painting.soon()

    # --- Painting ---

    def _paint(self) -> None:
        source, lit, standing = self._shown
        width = self.text.winfo_width()
        self._head.configure(text=fit(self._sizes.font("label"), self._title, width))
        self._foot.configure(text=fit(self._sizes.font("label"), _state_text(standing), width))
        source = showable(source).expandtabs(4)
        lines = source.rstrip("\n").split("\n") if source else []
        window = shown_lines(lines, lit, self._rows, self._top)
        if 0 < lit <= len(lines):
            # The whole of the lit line rather than what stands above it.
            spare = self._rows - len(self._pieces(lines[lit - 1], self._rows))
            first = max(window.start, min(lit - 1, lit - 1 - spare))
            window = range(first, min(len(lines), first + self._rows))
        indent = shared_indent([lines[index] for index in window])
        self.text.configure(state="normal")
        self.text.delete("1.0", "end")
        rows = self._rows
        for index in window:
            if rows <= 0:
                break
            pieces = self._pieces(lines[index][indent:], rows if index + 1 == lit else 1)
            rows -= len(pieces)
            self._add(source, index, indent, pieces, index + 1 == lit)
        self.text.configure(state="disabled")

    def _pieces(self, line: str, rows: int) -> list[str]:
        """The line in at most ``rows`` rows; what is beyond ends in an ellipsis."""
        width = self.text.winfo_width() - 4
        indent = self._sizes.font("code").measure(" " * _continued(line))
        pieces: list[str] = []
        rest, room = line, width
        while rest and len(pieces) < rows:
            fits = self._fitting(rest, room)
            end = fits if fits == len(rest) else _break_before(rest, fits)
            pieces.append(rest[:end])
            rest, room = rest[end:], width - indent
        if rest:
            last = pieces[-1] + rest
            pieces[-1] = last[: self._fitting(last, room - self._sizes.font("code").measure(CUT))] + CUT
        return pieces or [""]

    def _fitting(self, text: str, room: int) -> int:
        """How many of its characters fit into so many pixels, at least one: Chinese ones are wider."""
        measure = self._sizes.font("code").measure
        low, high = 1, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            if measure(text[:middle]) <= room:
                low = middle
            else:
                high = middle - 1
        return low

    def _add(self, source: str, index: int, indent: int, pieces: list[str], lit: bool) -> None:
        """One line of the source; a lit one that is too long goes on in further rows."""
        offset = indent
        for number, piece in enumerate(pieces):
            row = int(str(self.text.index("end-1c")).split(".")[0])
            shift = 0 if number == 0 else _continued(pieces[0])
            self.text.insert("end", " " * shift + piece + "\n")
            for kind, line, start, stop in _spans(source):
                if line == index + 1 and start < offset + len(piece) and stop > offset:
                    begin = tk_offset(piece, max(0, start - offset)) + shift
                    end = tk_offset(piece, min(len(piece), stop - offset)) + shift
                    self.text.tag_add(kind, f"{row}.{begin}", f"{row}.{end}")
            if lit:
                self.text.tag_add("lit", f"{row}.0", f"{row + 1}.0")
            offset += len(piece)

    def _restyle(self) -> None:
        p = look().palette
        self.text.configure(background=p.card, foreground=p.fg, selectbackground=p.sel, selectforeground=p.fg)
        lit = mix(p.card, p.mark, 0.55)
        colours = {
            "keyword": p.acc, "constant": p.sim, "string": p.ok, "number": p.warn, "comment": p.mute,
            "definition": p.info, "builtin": p.info,
        }  # fmt: skip
        for kind in _KINDS:
            self.text.tag_configure(kind, foreground=legible(colours[kind], p.card))
        self.text.tag_configure("lit", background=lit)
        self.text.tag_raise("lit")
        self._head.configure(foreground=legible(p.mute, p.card))
        self._foot.configure(foreground=legible(p.warn, p.card))


def _continued(line: str) -> int:
    return max(CONTINUED, len(line) - len(line.lstrip(" ")))


def _break_before(text: str, room: int) -> int:
    """Where to end a row of at most ``room`` characters: after a space, comma or bracket of its second
    half, else before a dot, else after a space of its first half; never inside a name if it need not be."""
    for end in range(room, room // 2, -1):
        if text[end - 1] in " ,(=":
            return end
    for end in range(room, room // 2, -1):
        if text[end] == ".":
            return end
    start = len(text) - len(text.lstrip())
    return next((end for end in range(room // 2, start, -1) if text[end - 1] in " ,(="), room)


def _state_text(standing: Standing) -> str:
    if standing.state == "held":
        return "▶ " + _("held before this line")
    if standing.state == "inside":
        return "◔ " + _("inside {call}(): not back yet").format(call=standing.call)
    if standing.state == "ended":
        return "■ " + _("the program has ended")
    if standing.state == "failed":
        return "✗ " + (_("ended with an error here") if standing.line else _("ended with an error"))
    if standing.state == "stopped":
        return "■ " + _("Duplex ended the program")
    if standing.state == "runs":
        return "▷ " + _("goes on after this line") if standing.line else "▷ " + _("runs")
    return "○ " + _("not started yet") if standing.state == "not-started" else ""
