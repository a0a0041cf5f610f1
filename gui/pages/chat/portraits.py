"""The pictures of people: choosing one's own, and drawing them as discs."""

from __future__ import annotations

import base64
import io
import tkinter as tk
from collections.abc import Callable
from pathlib import Path
from tkinter import filedialog

from PIL import Image, ImageDraw, ImageOps, ImageTk

from gui.look.look import look
from gui.look.shapes import OVERSAMPLE, mix, rgb
from gui.services.background import run_in_background
from gui.shared.i18n import _
from gui.shared.portrait import make_portrait
from gui.widgets.tk_paths import path_of
from net.protocol.chat.pictures import MAX_PICTURE, PictureError, picture_size

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp"})
"""The suffixes of files that are taken for pictures."""

Source = str | bytes
"""A picture: the path of its file, or its bytes; empty for none."""


def as_text(picture: bytes) -> str:
    """The picture in base64, for the settings file."""
    return base64.b64encode(picture).decode("ascii")


def opened(source: Source) -> Image.Image | None:
    """The decoded picture; None if it is not valid. Its structure is checked before anything is decoded."""
    try:
        data = source if isinstance(source, bytes) else _bytes_of(source)
        picture_size(data)
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
            whole: Image.Image = image.convert("RGBA")
            return whole
    except PictureError:
        return None
    # Decoders may raise nearly anything for broken pictures.
    except Exception:
        return None


def _bytes_of(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(MAX_PICTURE + 1)


def portrait(source: Source, size: int, fade: str = "") -> ImageTk.PhotoImage | None:
    """A disc of ``size`` pixels with the picture, mixed with the colour ``fade`` where one is given; None
    where there is no picture."""
    if not source or look().shapes.image(("no portrait", source), lambda: _sign(source)).width() == 1:
        return None
    key = ("portrait", source, size, fade)
    return look().shapes.image(key, lambda: _disc(source, size, fade))


def _sign(source: Source) -> Image.Image:
    """A marker in the cache, so that a broken picture is decoded only once: 1 pixel wide for none, else 2."""
    return Image.new("L", (1, 1) if opened(source) is None else (2, 1))


def _disc(source: Source, size: int, fade: str) -> Image.Image:
    image = opened(source) or Image.new("RGBA", (size, size))
    square = ImageOps.fit(image, (size, size), Image.Resampling.LANCZOS)
    # shows where the picture is transparent
    ground = Image.new("RGBA", (size, size), mix("#ffffff", "#000000", 0.1))
    ground.alpha_composite(square)
    if fade:
        ground = Image.blend(ground, Image.new("RGBA", (size, size), (*rgb(fade), 255)), 0.55)
    mask = Image.new("L", (size * OVERSAMPLE, size * OVERSAMPLE), 0)
    ImageDraw.Draw(mask).ellipse((0, 0, *(size * OVERSAMPLE - 1,) * 2), fill=255)
    ground.putalpha(mask.resize((size, size), Image.Resampling.LANCZOS))
    return ground


def choose_portrait(
    parent: tk.Misc, chosen: Callable[[bytes], object], failed: Callable[[str], object]
) -> None:
    """Ask for a file; ends with ``chosen(picture)`` or ``failed(sentence)``, or with neither if cancelled."""
    patterns = " ".join(f"*{suffix}" for suffix in sorted(PICTURES))
    name = filedialog.askopenfilename(
        parent=parent, title=_("Choose a picture"), filetypes=[(_("Pictures"), patterns)]
    )
    if name:
        take_portrait(parent, path_of(name), chosen, failed)


def take_portrait(
    parent: tk.Misc, path: Path, chosen: Callable[[bytes], object], failed: Callable[[str], object]
) -> None:
    """Make a portrait of this file outside the Tk thread; ends as `choose_portrait` does."""
    made: list[bytes] = []

    def done(error: Exception | None) -> None:
        if error is None:
            chosen(made[0])
        else:
            failed(str(error))

    run_in_background(parent, lambda: made.append(make_portrait(path)), done)
