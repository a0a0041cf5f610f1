"""Pasted pictures: each is a file in the profile until everybody has received it. No tkinter here."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from net.chat.history import HistoryReader

FOLDER = "pasted"
_NAME = re.compile(r"\d{8}-\d{6}(-\d+)?\.png")


def keep_picture(profile: Path, picture: Image.Image) -> Path:
    """Save the picture as a new file named by the time, and return its path. Raises `OSError`."""
    folder = profile / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    name, number = time.strftime("%Y%m%d-%H%M%S"), 1
    path = folder / f"{name}.png"
    while path.exists():
        number += 1
        path = folder / f"{name}-{number}.png"
    picture.save(path)
    return path


def clean_pasted(profile: Path, reader: Callable[[], HistoryReader], before: float) -> None:
    """Remove the pictures that none of our offers needs any more. Those modified after ``before`` (as
    ``time.time()``) stay: they may be waiting in the composer. Blocks; ``reader()`` makes a history reader
    for the calling thread."""
    folder = profile / FOLDER
    try:
        found = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
    except OSError:
        return
    if not found:
        return
    history = reader()
    try:
        kept = {path.name for path in history.sources(folder)}
    finally:
        history.close()
    for path in found:
        with contextlib.suppress(OSError):
            if path.name not in kept and path.stat().st_mtime < before:
                path.unlink()
