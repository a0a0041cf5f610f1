"""Contrast of two colours, and the nearest colour that can be read from the last row (WCAG 2.1, 1.4.6)."""

from __future__ import annotations

from functools import cache

from gui.look.shapes import mix, rgb

LEAST = 7.0
_STEPS = 20


def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.1)."""
    parts = [value / 255 for value in rgb(colour)]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """1 (the same) to 21 (black on white)."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@cache
def legible(colour: str, surface: str, least: float = LEAST) -> str:
    """``colour``, or as little as possible of white or black mixed into it that its contrast to ``surface``
    is ``least``."""
    far = "#ffffff" if luminance(surface) < 0.18 else "#000000"
    for step in range(_STEPS + 1):
        mixed = mix(colour, far, step / _STEPS)
        if contrast(mixed, surface) >= least:
            return mixed
    return far
