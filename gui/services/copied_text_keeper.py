"""A program of its own: it holds the text on its standard input on the X11 clipboard, until something else is
copied anywhere, or for an hour. `gui.services.copied_text` starts it as Duplex ends."""

from __future__ import annotations

import sys
import time
import tkinter as tk

KEPT_SECONDS = 3600.0
LOOK_MS = 500


def is_ours(root: tk.Misc) -> bool:
    """Whether the clipboard has what was copied in this program. Tk's "selection own" does not know of what
    "clipboard append" owns; the name that each Tk program has on its display tells."""
    try:
        owner = root.selection_get(selection="CLIPBOARD", type="TK_APPLICATION")
    except tk.TclError:
        return False
    return str(owner) == str(root.tk.call("tk", "appname"))


def keep(text: str, seconds: float = KEPT_SECONDS) -> None:
    root = tk.Tk(className="Duplex")
    root.withdraw()
    root.clipboard_clear()
    root.clipboard_append(text)
    end = time.monotonic() + seconds

    def look() -> None:
        if not is_ours(root) or time.monotonic() > end:
            root.destroy()
        else:
            root.after(LOOK_MS, look)

    look()
    root.mainloop()


if __name__ == "__main__":
    keep(sys.stdin.buffer.read().decode("utf-8", "replace"))
