"""The colours of a picture. Those of the bytes come in order and again from the first; each has a contrast
of at least 7:1 to the surface, as its letters have to it (WCAG 2.2, success criterion 1.4.6)."""

from __future__ import annotations

from dataclasses import dataclass

LIGHT_BYTES = ("#3432c7", "#075e45", "#93370d", "#9b1560", "#0b5668", "#5a5200")
DARK_BYTES = ("#a9b4ff", "#5fe3ac", "#ffb36b", "#ff9ed0", "#6fdcf2", "#e6d84f")
MOST_TICKS = 4
"""A byte's second mark: as many ticks as its send's number says, counted from 1 to 4 and again."""


@dataclass(frozen=True)
class PictureColours:
    """``on_bytes``: letters on a byte's colour. ``program``, ``kernel``: the grounds of the lifelines'
    heads."""

    card: str
    ink: str
    mute: str
    lifeline: str
    band: str
    accent: str
    program: str
    kernel: str
    waiting: str
    error: str
    simulated: str
    ask: str
    ask_ground: str
    note: str
    bytes: tuple[str, ...]
    on_bytes: str

    def of_bytes(self, colour: int) -> str:
        return self.bytes[colour % len(self.bytes)]


def ticks_of(colour: int) -> int:
    return colour % MOST_TICKS + 1


LIGHT = PictureColours(
    card="#ffffff",
    ink="#0f1424",
    mute="#4a5266",
    lifeline="#a9afc2",
    band="#eef0fd",
    accent="#3a3dcc",
    program="#e4e6fc",
    kernel="#fdeadb",
    waiting="#b45309",
    error="#a31621",
    simulated="#86198f",
    ask="#9b1560",
    ask_ground="#fff1f7",
    note="#eef0f6",
    bytes=LIGHT_BYTES,
    on_bytes="#ffffff",
)
DARK = PictureColours(
    card="#1b1e27",
    ink="#ffffff",
    mute="#b9bfd0",
    lifeline="#575d70",
    band="#222641",
    accent="#b0b3ff",
    program="#2b2f55",
    kernel="#4a3222",
    waiting="#fbbf24",
    error="#ff9b9b",
    simulated="#f5b8fd",
    ask="#ff9ed0",
    ask_ground="#35182a",
    note="#262a36",
    bytes=DARK_BYTES,
    on_bytes="#0b0d14",
)
PRINT = PictureColours(
    card="#ffffff",
    ink="#000000",
    mute="#333333",
    lifeline="#888888",
    band="#ffffff",
    accent="#000000",
    program="#ffffff",
    kernel="#e8e8e8",
    waiting="#333333",
    error="#000000",
    simulated="#000000",
    ask="#000000",
    ask_ground="#ffffff",
    note="#f2f2f2",
    bytes=("#111111", "#444444", "#222222", "#555555"),
    on_bytes="#ffffff",
)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, section 5)."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = []
    for place in (1, 3, 5):
        value = int(colour[place : place + 2], 16) / 255
        channels.append(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
    red, green, blue = channels
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
