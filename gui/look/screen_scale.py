"""The scale of the screen, whichever way a Linux desktop tells it.

Tk takes distances from the screen's own resolution, but type from the setting ``Xft.dpi``, which most
desktops use instead; and it does not know of ``GDK_SCALE``. So type doubled while all around it stayed as it
was. Windows and macOS tell Tk themselves.
"""

from __future__ import annotations

import contextlib
import math
import os
import sys
import tempfile
import tkinter as tk
from collections.abc import Iterator
from pathlib import Path

NORMAL_DPI = 96
SMALLEST_DPI, LARGEST_DPI = 48, 480
POINTS_PER_INCH = 72


@contextlib.contextmanager
def screen_scaling() -> Iterator[float | None]:
    """What Tk calls scaling (pixels per point), to be passed to the first window; None: Tk knows it itself.

    Call `use_first_font` before this ends: only until then type can be told another scale.
    """
    if sys.platform in ("win32", "darwin"):
        yield None
        return
    told, factor = _type_dpi(), _gdk_scale()
    dpi = max(told or 0, NORMAL_DPI * factor if factor > 1 else 0)
    if not SMALLEST_DPI <= dpi <= LARGEST_DPI:
        yield None
    elif dpi == told:
        yield dpi / POINTS_PER_INCH
    else:
        with _type_at(dpi):
            yield dpi / POINTS_PER_INCH


def use_first_font(root: tk.Misc) -> None:
    """Let Xft read its settings now."""
    root.tk.call("font", "metrics", "TkDefaultFont", "-linespace")


def _gdk_scale() -> int:
    text = os.environ.get("GDK_SCALE", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0


def _type_dpi() -> float | None:
    """``Xft.dpi``, read as Xft itself does: from the X server's settings, else from ~/.Xdefaults."""
    import ctypes

    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:
        return None
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XGetDefault.restype = ctypes.c_char_p
    display = x11.XOpenDisplay(None)
    if not display:
        return None
    try:
        text = x11.XGetDefault(ctypes.c_void_p(display), b"Xft", b"dpi")
        dpi = float(text) if text else math.nan
    except ValueError:
        return None
    finally:
        x11.XCloseDisplay(ctypes.c_void_p(display))
    return dpi if math.isfinite(dpi) else None


@contextlib.contextmanager
def _type_at(dpi: float) -> Iterator[None]:
    """Let Xft read ``dpi`` as its setting: the file that XENVIRONMENT names comes after all others."""
    before = os.environ.get("XENVIRONMENT")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder, "Xdefaults")
        kept = f'#include "{before}"\n' if before else ""
        file.write_text(f"{kept}Xft.dpi: {dpi:g}\n", "utf-8")
        os.environ["XENVIRONMENT"] = str(file)
        try:
            yield
        finally:
            if before is None:
                del os.environ["XENVIRONMENT"]
            else:
                os.environ["XENVIRONMENT"] = before
