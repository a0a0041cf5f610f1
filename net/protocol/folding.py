"""Text as people look for it: full-width and plain characters are one, what can't be seen is not there."""

from __future__ import annotations

import unicodedata

_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
"""ASCII to the full-width forms that an input method types (Unicode, block FF00)."""


def without_format_characters(text: str) -> str:
    """``text`` without its format characters (Unicode category Cf: zero-width spaces, byte order marks,
    direction marks and embeddings), which come with what is copied from pages and documents."""
    if text.isascii():
        return text
    return "".join(character for character in text if unicodedata.category(character) != "Cf")


def plain(text: str) -> str:
    """``text`` with full-width characters as plain ones (NFKC) and without format characters."""
    return text if text.isascii() else unicodedata.normalize("NFKC", without_format_characters(text))


def folded(text: str) -> str:
    """``text`` for comparing: of two that a person takes for the same, also in another case or width, it is
    the same."""
    return plain(text).casefold()


def written_forms(wanted: str) -> tuple[str, ...]:
    """How ``wanted`` may stand in a text that is searched: as it was typed, plain, and full-width; each once.
    A text that mixes both widths within ``wanted`` is found only as it was typed."""
    narrow = plain(wanted)
    return tuple(dict.fromkeys((without_format_characters(wanted), narrow, narrow.translate(_WIDE))))
