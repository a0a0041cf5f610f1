"""Pictures and files on the clipboard."""

from __future__ import annotations

import contextlib
import io
import tkinter as tk
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from PIL import Image, ImageGrab

FILES = "text/uri-list"
PICTURES = ("image/png", "image/jpeg", "image/bmp")
_BYTES = {hex(value): value for value in range(256)}
_AT_ONCE = 1 << 20


def copied_files(widget: tk.Misc) -> list[Path]:
    """The files copied in a file browser; on X11 they are also offered as text."""
    if widget.tk.call("tk", "windowingsystem") == "x11":
        return _listed(_selected(widget, FILES)) if FILES in _kinds(widget) else []
    found = _grabbed()
    return [Path(str(name)) for name in found] if isinstance(found, list) else []


def copied_picture(widget: tk.Misc) -> Image.Image | None:
    """The copied picture. On X11 Tk reads it: Pillow would need xclip, which few PCs have."""
    if widget.tk.call("tk", "windowingsystem") == "x11":
        kind = next((kind for kind in PICTURES if kind in _kinds(widget)), "")
        data = _selected(widget, kind) if kind else b""
        if data:
            with contextlib.suppress(OSError, ValueError, SyntaxError, Image.DecompressionBombError):
                picture = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "BMP"))
                picture.load()
                return picture
            return None
    # on X11 too: Tk rejects a property above 400 KB that was not sent in parts
    found = _grabbed()
    return found if isinstance(found, Image.Image) else None


def _kinds(widget: tk.Misc) -> list[str]:
    try:
        return str(widget.selection_get(selection="CLIPBOARD", type="TARGETS")).split()
    except tk.TclError:
        return []


def _selected(widget: tk.Misc, kind: str) -> bytes:
    """The clipboard's content of this kind; Tk returns binary data as numbers: ``0x89 0x50 ...``. b"" if it
    fails."""
    try:
        given = str(widget.selection_get(selection="CLIPBOARD", type=kind))
    except tk.TclError:
        return b""
    return b"".join(_bytes_of(given))


def _bytes_of(numbers: str) -> Iterator[bytes]:
    """The bytes in parts: a list of all numbers would take sixty times the picture's memory."""
    start = 0
    while start < len(numbers):
        stop = numbers.find(" ", start + _AT_ONCE)
        stop = len(numbers) if stop < 0 else stop
        yield bytes(map(_BYTES.__getitem__, numbers[start:stop].split()))
        start = stop


def _listed(data: bytes) -> list[Path]:
    """The files of this PC in a ``text/uri-list``."""
    uris = [urlsplit(line) for line in data.decode("utf-8", "replace").splitlines() if line[:5] == "file:"]
    return [Path(unquote(uri.path, errors="surrogateescape")) for uri in uris if uri.path]


def _grabbed() -> Any:
    try:
        return ImageGrab.grabclipboard()
    except (OSError, NotImplementedError, ValueError):
        return None
