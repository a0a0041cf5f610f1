"""An input for messages: several lines, Enter sends, Shift+Enter breaks the line, Up and Down recall."""

from __future__ import annotations

import contextlib
import sys
import tkinter as tk
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.look.shapes import mix
from gui.widgets.plain import plain_label
from gui.widgets.text_fit import fit, tk_offset
from gui.widgets.tk_paths import path_of
from gui.widgets.wrapping_label import WrappingLabel

ACCEPT_MS = 1500
HISTORY = 200
MOST_LINES = 6


class Composer(ttk.Frame):
    """`on_send(text)` returns whether it accepted the text: then it joins the history and the field is
    emptied.

    Buttons go into `left` and `right`, beside the text. An input method may insert several characters with
    one key press.
    """

    def __init__(
        self,
        master: tk.Misc,
        placeholder: str = "",
        on_send: Callable[[str], bool] | None = None,
        on_change: Callable[[str], None] | None = None,
        lines: int = 2,
        **frame: Any,
    ) -> None:
        super().__init__(master, style="In.TFrame", **frame)
        self.on_send = on_send
        self.on_change = on_change
        self.on_files: Callable[[list[Path]], None] | None = None
        self.on_untaken: Callable[[], None] | None = None
        """Enter was pressed with an empty field, or `on_send` did not accept the text."""
        self.enter_sends = True
        """If false, Enter breaks the line; Ctrl+Enter (on a Mac Cmd+Enter) always sends."""
        self.history: list[str] = []
        self._recalled = 0
        self._draft = ""
        self._wrong_text = ""
        self._lines = lines
        self.box = ttk.Frame(self, style="Field.TFrame", padding=(S(8), S(6), S(6), S(6)))
        self.box.pack(fill="x")
        self.left = ttk.Frame(self.box, style="Soft.TFrame")
        self.left.pack(side="left", anchor="s")
        self.right = ttk.Frame(self.box, style="Soft.TFrame")
        self.right.pack(side="right", anchor="s")
        self.text = ttk.Text(
            self.box,
            autostyle=False,
            height=lines,
            width=10,
            bd=0,
            highlightthickness=0,
            relief="flat",
            wrap="word",
            font=look().font(11),
            padx=S(6),
            pady=S(4),
            undo=True,
            maxundo=500,
        )
        self.text.pack(side="left", fill="both", expand=True)
        self._placeholder = plain_label(
            self.text, text=placeholder, anchor="nw", font=look().font(11), cursor="xterm"
        )
        self._hint = placeholder
        self._placeholder.bind("<Button-1>", lambda _e: self.text.focus_set())
        self._message = WrappingLabel(self, "InErr.TLabel", anchor="w")
        self._bind_keys()
        look().watch(self, self._restyle)
        self._restyle()
        self._show_placeholder()

    @property
    def value(self) -> str:
        return str(self.text.get("1.0", "end-1c"))

    def set(self, value: str) -> None:
        """Replace the text, with the cursor at its end."""
        self.text.delete("1.0", "end")
        self.text.insert("1.0", value)
        self.text.mark_set("insert", "end-1c")
        self.text.see("insert")
        self._changed()

    def submit(self) -> bool:
        """Send, as Enter does; False if the field was empty, or the text was not accepted."""
        text = self.value
        if not text or self.on_send is None or not self.on_send(text):
            return False
        self.remember(text)
        self.set("")
        self.text.edit_reset()
        return True

    def remember(self, text: str) -> None:
        """Add to the history that Up recalls; at most `HISTORY` texts are kept."""
        if not self.history or self.history[-1] != text:
            self.history = [*self.history, text][-HISTORY:]
        self._recalled = 0

    def show_error(self, message: str | None, start: int = 0, stop: int = 0) -> None:
        """Show a message under the field and mark characters `start` to `stop`; None removes both."""
        self.text.tag_remove("wrong", "1.0", "end")
        self.box.state(["invalid" if message else "!invalid"])
        if not message:
            self._message.pack_forget()
            return
        self._wrong_text = value = self.value
        if stop > start:
            first, last = tk_offset(value, start), tk_offset(value, stop)
            self.text.tag_add("wrong", f"1.0+{first}i", f"1.0+{last}i")
        self._message.show(message)
        self._message.pack(fill="x", padx=S(6), pady=(S(3), 0))

    @property
    def error(self) -> str:
        """The message under the field, or ""."""
        return self._message.text if self._message.winfo_manager() else ""

    def retext(self, placeholder: str) -> None:
        """Replace the placeholder."""
        self._hint = placeholder
        self._fit_placeholder()

    def enable(self, on: bool) -> None:
        self.text.configure(state="normal" if on else "disabled")

    def focus_set(self) -> None:
        self.text.focus_set()

    def accept_files(self, on_files: Callable[[list[Path]], None]) -> None:
        """Let files be dropped here, where this system's Tk can do that, from a moment later on: loading the
        library for it would delay the first key."""
        self.on_files = on_files
        self.after(ACCEPT_MS, self._accept_drops)

    def _accept_drops(self) -> None:
        # TclError: it may have been destroyed meanwhile.
        with contextlib.suppress(ImportError, RuntimeError, tk.TclError, AttributeError):
            from tkinterdnd2 import DND_FILES, TkinterDnD

            TkinterDnD._require(self.winfo_toplevel())
            target: Any = self.text
            target.drop_target_register(DND_FILES)
            target.dnd_bind("<<DropEnter>>", lambda event: self._dragged(True, event))
            target.dnd_bind("<<DropLeave>>", lambda event: self._dragged(False, event))
            target.dnd_bind("<<Drop>>", self._dropped)

    def _dragged(self, over: bool, event: Any) -> Any:
        self.box.state(["focus" if over else "!focus"])
        return event.action

    def _dropped(self, event: Any) -> Any:
        self.box.state(["!focus"])
        if self.on_files:
            self.on_files([path_of(name) for name in self.tk.splitlist(event.data)])
        return event.action

    def _bind_keys(self) -> None:
        t = self.text
        for key in ("<Return>", "<KP_Enter>"):
            t.bind(key, lambda _e: self._enter() if self.enter_sends else self._break_line())
        for key in (
            ("<Command-Return>",) if sys.platform == "darwin" else ("<Control-Return>", "<Control-KP_Enter>")
        ):
            t.bind(key, lambda _e: self._enter())
        for key in ("<Shift-Return>", "<Shift-KP_Enter>"):
            t.bind(key, lambda _e: self._break_line())
        t.bind("<Up>", lambda _e: self._recall(-1))
        t.bind("<Down>", lambda _e: self._recall(1))
        t.bind("<<Modified>>", lambda _e: self._modified())
        t.bind("<FocusIn>", lambda _e: self.box.state(["focus"]))
        t.bind("<FocusOut>", lambda _e: self.box.state(["!focus"]))
        t.bind("<Tab>", lambda _e: self._leave(forward=True))
        for key in ("<Shift-Tab>", "<ISO_Left_Tab>"):
            with contextlib.suppress(tk.TclError):
                t.bind(key, lambda _e: self._leave(forward=False))
        t.bind("<Configure>", lambda _e: self._resized())

    def _enter(self) -> str:
        if not self.submit() and self.on_untaken:
            self.on_untaken()
        return "break"

    def _break_line(self) -> str:
        with contextlib.suppress(tk.TclError):
            self.text.delete("sel.first", "sel.last")
        self.text.insert("insert", "\n")
        self.text.see("insert")
        return "break"

    def _leave(self, forward: bool) -> str:
        there = self.text.tk_focusNext() if forward else self.text.tk_focusPrev()
        if there is not None:
            there.focus_set()
        return "break"

    def _display_lines(self, start: str, stop: str) -> int:
        counted: Any = self.text.count(start, stop, "displaylines")
        return int(counted[0] if isinstance(counted, Sequence) else counted or 0)

    def _recall(self, by: int) -> str | None:
        """Recall an older text with -1, a newer one with 1, but only from the first or last visible line."""
        start, stop = ("1.0", "insert") if by < 0 else ("insert", "end-1c")
        if self._display_lines(start, stop) or not self.history:
            return None
        if by > 0 and self._recalled == 0:
            return None
        at = min(max(self._recalled - by, 0), len(self.history))
        if at != self._recalled:
            if self._recalled == 0:
                self._draft = self.value
            self.set(self.history[-at] if at else self._draft)
            self._recalled = at
        return "break"

    def _modified(self) -> None:
        if self.text.edit_modified():
            self.text.edit_modified(False)
            if self._recalled and self.value != self.history[-self._recalled]:
                self._recalled = 0
            self._changed()

    def _changed(self) -> None:
        # Tk reports a change when it is idle: perhaps only after the mistake in the new text was shown
        if self.error and self.value != self._wrong_text:
            self.show_error(None)
        self._show_placeholder()
        self._fit()
        if self.on_change:
            self.on_change(self.value)

    def _fit(self) -> None:
        lines = min(MOST_LINES, max(self._lines, self._display_lines("1.0", "end-1c") + 1))
        if int(self.text.cget("height")) != lines:
            self.text.configure(height=lines)

    def _show_placeholder(self) -> None:
        if self.text.compare("1.0", "==", "end-1c"):
            self._placeholder.place(x=S(6), y=S(4), relwidth=1, width=-S(10))
        else:
            self._placeholder.place_forget()

    def _resized(self) -> None:
        self._fit()
        self._fit_placeholder()

    def _fit_placeholder(self) -> None:
        room = self.text.winfo_width() - S(16)
        self._placeholder.configure(text=fit(look().font(11), self._hint, room) if room > 0 else self._hint)

    def _restyle(self) -> None:
        p = look().palette
        self.text.configure(
            background=p.soft,
            foreground=p.fg,
            insertbackground=p.acc,
            insertwidth=max(2, S(1.5)),
            selectbackground=mix(p.soft, p.acc, 0.35),
            selectforeground=p.fg,
            inactiveselectbackground=p.sel,
        )
        self.text.tag_configure(
            "wrong", background=mix(p.soft, p.err, 0.35), underline=True, underlinefg=p.err
        )
        self._placeholder.configure(background=p.soft, foreground=p.faint)
