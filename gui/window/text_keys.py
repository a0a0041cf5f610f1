"""Keys of text fields as today's desktops have them.

To select all in a field of several lines leaves out the line end that Tk keeps behind the text: it would be
copied. On X11 Tk's own keys are those of Emacs and Motif. Here Ctrl+A selects all, where Tk goes to the
beginning of the line, Ctrl+Y does again what was undone, where Tk pastes, Ctrl+W cuts nothing, and pasted
text replaces the selection, as Tk does by itself on Windows and macOS.
"""

from __future__ import annotations

import tkinter as tk

EMACS_KEYS = {
    "<<Paste>>": ("<Control-Key-y>", "<Control-Lock-Key-Y>"),
    "<<Cut>>": ("<Control-Key-w>", "<Control-Lock-Key-W>"),
    "<<Copy>>": ("<Meta-Key-w>", "<Meta-Lock-Key-W>"),
}

PASTE = """
if {{![catch {{::tk::GetSelection %W CLIPBOARD}} pasted] && $pasted ne {{}}}} {{
    catch {{%W delete sel.first sel.last}}
    {insert}
}}
"""
INSERT_PASTED = {
    "Text": "tk_textPaste %W",
    "Entry": "%W insert insert $pasted; tk::EntrySeeInsert %W",
    "Spinbox": "%W insert insert $pasted; tk::EntrySeeInsert %W",
}
"""The script for each class of field; the themed ones replace the selection already."""


def teach_text_keys(root: tk.Misc) -> None:
    """Change the bindings for all fields of this program; most of them on X11 only."""
    root.tk.call("bind", "Text", "<<SelectAll>>", "%W tag remove sel 1.0 end; %W tag add sel 1.0 end-1c")
    if root.tk.call("tk", "windowingsystem") != "x11":
        return
    for key in ("<Control-Key-a>", "<Control-Lock-Key-A>"):
        root.event_delete("<<LineStart>>", key)
        root.event_add("<<SelectAll>>", key)
    for event, keys in EMACS_KEYS.items():
        root.event_delete(event, *keys)
    root.event_add("<<Redo>>", "<Control-Key-y>", "<Control-Lock-Key-Y>")
    for kind, insert in INSERT_PASTED.items():
        root.tk.call("bind", kind, "<<Paste>>", PASTE.format(insert=insert))
