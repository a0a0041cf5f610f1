"""Paths as Tk gives them: its dialogs, and what is dropped on a window."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_SURROGATES = {0xDC00 + byte: byte for byte in range(0x80, 0x100)}


def path_of(name: object) -> Path:
    """The file or folder that Tk names.

    Where its name is no UTF-8, Tk 8.6 gives each such byte as the character of that number,
    under which no file is found. So what is not there is looked for by what Tk
    would make of the names that are."""
    path = Path(str(name))
    if sys.platform == "win32" or str(name).isascii() or os.path.lexists(path):
        return path
    found = Path(path.anchor)
    for part in path.parts[1:] if path.anchor else path.parts:
        found /= part if os.path.lexists(found / part) else _on_disk(found, part)
    return found


def _on_disk(folder: Path, name: str) -> str:
    """The name in ``folder`` of which Tk makes ``name``; if there is none, ``name``, as of a file that is yet
    to be written."""
    try:
        names = os.listdir(folder)
    except OSError:
        return name
    return next((one for one in names if one.translate(_SURROGATES) == name), name)
