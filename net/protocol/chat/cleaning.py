"""Text from others, made safe to show: nothing invisible that turns, hides or breaks what stands around it.

What goes: control characters and NUL, bidi embeddings, overrides and isolates (Unicode TR 9; the marks too in
names, which stand inside sentences of ours), lone surrogates, non-characters, and more than MAX_COMBINING
combining marks in a row (enough for Vietnamese, Thai and Tibetan; a tower of thousands paints over the
window). White space in names is one plain space.
"""

from __future__ import annotations

import re
import unicodedata

from net.protocol.chat.messages import MAX_NAME, MAX_TEXT, MAX_TEXT_BYTES

MAX_COMBINING = 4
NO_NAME = "?"
"""Shown for a name of which nothing is left."""

_JOINERS = "\u200c\u200d"
_REMOVED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters without tab and line feed
    "\u202a-\u202e\u2066-\u2069"  # bidi embeddings, overrides, isolates
    "\u206a-\u206f\ufff9-\ufffb\ufeff"  # deprecated controls, annotations, byte order mark
    "\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17))
    + "]+"
)
_UNSEEN_IN_NAMES = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2060-\u2065\u2800\u3164"
    "\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_LONE_JOINERS = re.compile(f"^[{_JOINERS}]+|(?<=[{_JOINERS} ])[{_JOINERS}]+|[{_JOINERS}]+(?= |$)")


def clean_name(text: str, fallback: str = NO_NAME) -> str:
    """A person's, room's or device's name: one line of 1 to MAX_NAME characters that has something to see,
    else ``fallback``. Cleaning twice changes nothing."""
    # A mark at the beginning would sit on whatever is shown before the name.
    text = unicodedata.normalize("NFC", bound_combining(visible(text[: 64 * MAX_NAME])))
    for _ in range(2):
        text = _LONE_JOINERS.sub("", " ".join(text.split()))[:MAX_NAME].strip()
        text = text.lstrip(_leading_marks(text)).strip()
    text = _LONE_JOINERS.sub("", text)
    return text if any(_is_seen(character) for character in text) else fallback


def visible(text: str) -> str:
    """``text`` on one line, without what can't be seen; any length."""
    text = _UNSEEN_IN_NAMES.sub("", _REMOVED.sub("", _LINE_ENDS.sub(" ", text)))
    return " ".join(text.split())


def clean_message(text: str) -> str:
    """A message of at most MAX_TEXT characters and MAX_TEXT_BYTES bytes; line ends become line feeds, tabs
    stay. May be empty."""
    text = _REMOVED.sub("", _LINE_ENDS.sub("\n", text[: 2 * MAX_TEXT]))
    return cut_to_bytes(bound_combining(text)[:MAX_TEXT], MAX_TEXT_BYTES)


def cut_to_bytes(text: str, limit: int) -> str:
    """The longest beginning of ``text`` that has at most ``limit`` bytes as UTF-8."""
    data = text.encode("utf-8", "replace")
    return text if len(data) <= limit else data[:limit].decode("utf-8", "ignore")


def bound_combining(text: str, limit: int = MAX_COMBINING) -> str:
    """``text`` with at most ``limit`` combining marks in a row."""
    if text.isascii():
        return text
    kept: list[str] = []
    run = 0
    for character in text:
        # Joiners do not end a run: they would let a tower be built in storeys.
        if unicodedata.category(character) in ("Mn", "Me"):
            run += 1
            if run > limit:
                continue
        elif character not in _JOINERS:
            run = 0
        kept.append(character)
    return "".join(kept)


def _leading_marks(text: str) -> str:
    count = 0
    while count < len(text) and unicodedata.category(text[count]) in ("Mn", "Me", "Mc"):
        count += 1
    return text[:count]


def _is_seen(character: str) -> bool:
    return unicodedata.category(character)[0] not in "MZC" or unicodedata.category(character) in ("Co", "Cn")
