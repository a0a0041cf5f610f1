"""What was copied stays copied when this program ends.

On X11 the clipboard is a promise: the program in which something was copied is asked for it at each paste,
and with its end nothing is left. (Windows and macOS keep the content themselves; Tk gives it to them as it
ends.)
So at the end the text is handed on: to the desktop's clipboard manager where one runs (freedesktop.org,
"ClipboardManager": SAVE_TARGETS), else to a small process of ours, `gui.services.copied_text_keeper`. xclip
and its like do the same, but few PCs have one, and a second way would have to be tested on all of them.
"""

from __future__ import annotations

import os
import subprocess
import time
import tkinter as tk
from pathlib import Path

from gui.services.copied_text_keeper import is_ours
from net.system.own_python import own_python

MOST_BYTES = 16 * 1024 * 1024
"""Of text that is handed on."""

TAKEN_WITHIN_SECONDS = 3.0
"""So long the end may wait for the process that takes the text."""

LOOK_MS = 10
KEEPER = Path(__file__).with_name("copied_text_keeper.py")
_NO_MANAGER = ("doesn't exist", "didn't respond")


def keep_copied_text(root: tk.Misc) -> None:
    """Hand on what was copied in this program, before ``root`` is destroyed. Nothing happens where it is no
    longer on the clipboard, or is no text."""
    if root.tk.call("tk", "windowingsystem") != "x11":
        return
    if not is_ours(root):
        return
    try:
        text = root.clipboard_get(type="UTF8_STRING").encode("utf-8", "replace")
    except tk.TclError:
        return
    if text and len(text) <= MOST_BYTES and not _saved_by_manager(root):
        _keep(root, text)


def _saved_by_manager(root: tk.Misc) -> bool:
    """A manager asks for the text meanwhile, which Tk gives it. Its answer has no content, which Tk may find
    fault with; only no answer means that there is no manager."""
    try:
        root.selection_get(selection="CLIPBOARD_MANAGER", type="SAVE_TARGETS")
    except tk.TclError as error:
        return not any(sign in str(error) for sign in _NO_MANAGER)
    return True


def _keep(root: tk.Misc, text: bytes) -> None:
    """Start the keeper and wait until the clipboard is its own."""
    # The packaged program unpacks itself anew: what this one has unpacked is removed with its end.
    surroundings = {**os.environ, "PYINSTALLER_RESET_ENVIRONMENT": "1"}
    try:
        keeper = subprocess.Popen(
            [*own_python(), str(KEEPER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=surroundings,
            start_new_session=True,
        )
        if keeper.stdin is not None:
            with keeper.stdin as content:
                content.write(text)
    except OSError:
        return
    end = time.monotonic() + TAKEN_WITHIN_SECONDS
    while is_ours(root) and keeper.poll() is None and time.monotonic() < end:
        root.tk.call("after", LOOK_MS)
        root.update()
