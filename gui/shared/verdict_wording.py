"""Verdicts of tasks, and the notes in an attempt's record, as sentences in the present language. No tkinter.

Their sentences stand in `net.lab.tasks.verdicts`, not in the catalogs: `check.py` says them too, without
Duplex.
"""

from __future__ import annotations

from collections.abc import Mapping

from gui.shared.i18n import language
from net.lab.tasks.verdicts import note_sentence, verdict_sentence


def verdict_text(code: str, values: Mapping[str, str]) -> str:
    """The sentence for a verdict's code ("" is passed): the misconception, and what to do."""
    return verdict_sentence(code, values, language())


def line_text(direction: str, text: str) -> str:
    """One line of an attempt's record: a note in words, what was sent or received as it is."""
    return note_sentence(text, language()) if direction == "note" else text
