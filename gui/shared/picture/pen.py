"""`Pen`: shapes into a drawing, with texts that fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gui.shared.picture.colours import PictureColours
from gui.shared.picture.roles import NO_ROLES, Roles
from gui.shared.picture.shapes import DASHES, Anchor, Box, Disc, Drawing, Measure, Shape, Text
from net.lab.recording import Mark
from net.protocol.codec import clean_text

LABEL, SENTENCE, HEAD = 20, 24, 22
"""Heights of type in pixels at scale 1: labels, the sentence below, the heads of the lifelines."""
LONGEST_TEXT = 400
"""Characters of a label; no paper has room for more."""


@dataclass(frozen=True)
class Paper:
    """What a picture is drawn on. ``scale`` 1 is for a window of 1280x720. ``roles``: what the
    programs are called. ``blank``: arrows without labels, for hand-outs."""

    width: float
    height: float
    colours: PictureColours
    measure: Measure
    scale: float = 1.0
    roles: Roles = NO_ROLES
    blank: bool = False


def one_line(text: str) -> str:
    """``text`` without what ends a line or cannot be shown; of a very long one the beginning."""
    text = text[:LONGEST_TEXT]
    return text if text.isprintable() else clean_text(text).replace("\n", " ").replace("\t", "    ")


class Pen:
    """Draws on ``paper``, into a new drawing or over ``drawing``.

    ``surface``: the colour behind what is drawn next; labels get it as their ground, to cover the lifelines.
    """

    def __init__(self, paper: Paper, drawing: Drawing | None = None) -> None:
        self.paper = paper
        self.colours = paper.colours
        self.surface = paper.colours.card
        self.label = round(LABEL * paper.scale)
        self.drawing = drawing or Drawing(paper.width, paper.height, paper.colours.card)

    def px(self, value: float) -> float:
        """Pixels at scale 1 to pixels here."""
        return value * self.paper.scale

    def dash(self, mark: Mark) -> tuple[int, ...]:
        return tuple(max(1, round(self.px(part))) for part in DASHES[mark])

    def add(self, *shapes: Shape) -> None:
        self.drawing.shapes.extend(shapes)

    # --- Texts ---

    def width_of(self, text: str, bold: bool = False, mono: bool = False) -> float:
        """The width of a label."""
        return self.paper.measure(text, self.label, bold, mono)

    def choose(
        self, texts: Sequence[str], room: float, pixels: int = 0, bold: bool = False, mono: bool = False
    ) -> str:
        """The first text that fits; else the last, cut. ``pixels`` 0: a label."""
        pixels = pixels or self.label
        for each in texts:
            text = one_line(each)
            if self.paper.measure(text, pixels, bold, mono) <= room:
                return text
        return self._cut(one_line(texts[-1]), room, pixels, bold, mono)

    def _cut(self, text: str, room: float, pixels: int, bold: bool, mono: bool) -> str:
        # No character is narrower than a quarter of the type's height.
        low, high = 0, min(len(text), max(0, int(room * 4 / pixels)))
        while low < high:
            middle = (low + high + 1) // 2
            if self.paper.measure(text[:middle] + "…", pixels, bold, mono) <= room:
                low = middle
            else:
                high = middle - 1
        return text[:low].rstrip() + "…" if low else ""

    def say(
        self, x: float, y: float, text: str, colour: str, anchor: Anchor = "middle", code: bool = False
    ) -> None:
        """A label that covers the lifelines behind it; ``code``: bold and mono."""
        if not text:
            return
        width = self.width_of(text, code, code)
        left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
        half, edge = self.label * 0.62, self.px(3)
        self.add(
            Box(left - edge, y - half, left + width + edge, y + half, self.surface),
            Text(x, y, text, colour, self.label, code, code, anchor),
        )

    # --- Signs ---

    def dot(self, x: float, y: float, text: str, colour: str) -> None:
        """A number in a disc."""
        shown = text if len(text) < 3 else "…"
        self.add(
            Disc(x, y, self.px(13), colour),
            Text(x, y, shown, self.colours.card, self.label, True),
        )

    def pill(self, x: float, y: float, text: str, edge: str, ink: str) -> None:
        """A text with a round outline, its middle at (x, y)."""
        if not text:
            return
        half, high = self.width_of(text) / 2 + self.px(8), self.px(15)
        line = max(1.0, self.px(2))
        self.add(
            Box(
                x - half,
                y - high,
                x + half,
                y + high,
                self.colours.card,
                edge,
                high,
                line,
                behind=self.surface,
            ),
            Text(x, y, text, ink, self.label),
        )

    def sheet(
        self, left: float, y: float, text: str, edge: str, ink: str, ground: str, bold: bool = False
    ) -> None:
        """Code in a box that begins at ``left`` or, where it would not fit, as far left as needed."""
        width = self.width_of(text, bold, True) + self.px(16)
        left = min(max(left, self.px(4)), self.paper.width - width - self.px(4))
        half, line = self.px(16), max(1.0, self.px(2))
        self.add(
            Box(left, y - half, left + width, y + half, ground, edge, self.px(7), line, behind=self.surface),
            Text(left + self.px(8), y, text, ink, self.label, bold, True, "start"),
        )
