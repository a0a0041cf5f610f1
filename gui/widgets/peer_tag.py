"""A peer among several: a short name that fits beside its messages, and its colour."""

from __future__ import annotations

from gui.look.contrast import legible
from gui.look.palette import Palette, avatar_colour

CHARACTERS = 9
CONTRAST = 4.5
"""Of the colour to the card behind it (WCAG 2.2, success criterion 1.4.3)."""


def peer_tag(peer: str) -> str:
    """The end of an address, which tells peers apart in little room: ``….23:50312``."""
    return peer if len(peer) <= CHARACTERS + 1 else "…" + peer[-CHARACTERS:]


def peer_colour(peer: str, palette: Palette) -> str:
    """The colour of the peer's name and avatar beside the bubbles, as it can be read on the card."""
    return legible(avatar_colour(peer), palette.card, CONTRAST)
