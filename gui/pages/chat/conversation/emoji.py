"""The emoji that can be picked, found by words in English and Chinese. No tkinter here."""

from __future__ import annotations

import functools
import json
import unicodedata
from pathlib import Path

FILE = Path(__file__).resolve().parents[4] / "assets" / "emoji.json"
_NO_NAME = frozenset({"\ufe0f", "\u200d"})


@functools.cache
def emoji() -> tuple[tuple[str, str], ...]:
    """All emoji, each with the words it is found by: Unicode's name for it, and those in `FILE`."""
    table: list[list[str]] = json.loads(FILE.read_text("utf-8"))
    found = []
    for sign, english, chinese in table:
        names = (unicodedata.name(each, "").lower() for each in sign if each not in _NO_NAME)
        found.append((sign, " ".join([*names, english, chinese])))
    return tuple(found)


def find(wanted: str) -> list[str]:
    """The emoji whose words contain every word of ``wanted``; first those with words that begin so."""
    parts = wanted.lower().split()
    if not parts:
        return [sign for sign, _words in emoji()]
    found = [(sign, words) for sign, words in emoji() if all(part in words for part in parts)]
    found.sort(key=lambda each: not all(f" {part}" in f" {each[1]}" for part in parts))
    return [sign for sign, _words in found]
