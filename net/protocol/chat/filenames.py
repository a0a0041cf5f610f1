"""File names: ours as they are offered, and those of others made into names that every system takes and
that lead nowhere else.

Sources: Microsoft, "Naming Files, Paths, and Namespaces" (reserved characters and device names, also with
extensions and with superscript digits, trailing dots and spaces), POSIX NAME_MAX, Unicode TR 15.
"""

from __future__ import annotations

import re
import sys
import unicodedata

from net.protocol.chat.cleaning import bound_combining, cut_to_bytes
from net.protocol.chat.messages import MAX_FILE_NAME

MAX_COMPONENT = 240
"""Bytes of a component as UTF-8: file systems take 255, and ".part" or " (12)" may be put behind it."""

NO_NAME = "_"

_RESERVED = re.compile('[<>:"/\\\\|?*\x00-\x1f\x7f-\x9f]')
_UNSEEN = re.compile(
    "[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]+"
)
_UNENCODABLE = re.compile("[\ud800-\udfff]")
_DEVICE = re.compile(r"(con|prn|aux|nul|clock\$|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])\Z", re.I)
_MAX_EXTENSION = 40


def offered_name(name: str) -> str:
    """The name of a file of this PC as it is offered and shown: Unicode, of at most MAX_FILE_NAME characters.

    Bytes that are no UTF-8 are read as GB18030, as most such names of Chinese files were written. Where they
    are not that either, or nothing that can be seen, each becomes ``%FF``, so that two names stay two. Half a
    surrogate pair, which Windows takes in a name, becomes ``%uD800``.
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        name = _unicode(name)
    if len(name) <= MAX_FILE_NAME:
        return name
    stem, dot, extension = name.rpartition(".")
    tail = dot + extension if stem and len(extension) <= _MAX_EXTENSION else ""
    return name[: MAX_FILE_NAME - len(tail)] + tail


def _unicode(name: str) -> str:
    try:
        text = name.encode(sys.getfilesystemencoding(), "surrogateescape").decode("gb18030")
    except UnicodeError:
        text = ""
    if text and text.isprintable() and sys.platform != "win32":
        return text
    return _UNENCODABLE.sub(_escaped, name)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    # As surrogateescape has it: the byte is in the lowest bits.
    of_a_byte = 0xDC80 <= code <= 0xDCFF and sys.platform != "win32"
    return f"%{code - 0xDC00:02X}" if of_a_byte else f"%u{code:04X}"


def safe_component(name: str, limit: int = MAX_COMPONENT) -> str:
    """One component of a path, of 1 to ``limit`` bytes as UTF-8, normalised (NFC), the extension kept where
    the name must be cut. Making it safe twice changes nothing; two names may become the same."""
    text = _UNENCODABLE.sub("_", name[:4096])
    text = unicodedata.normalize("NFC", bound_combining(_UNSEEN.sub("", text)))
    text = _trimmed(_RESERVED.sub("_", text))
    if _DEVICE.match(text.partition(".")[0].rstrip()):
        text = "_" + text
    if len(text.encode()) > limit:
        text = _shortened(text, limit)
    return text or NO_NAME


def _trimmed(text: str) -> str:
    """Windows drops dots and spaces at the end, so that "CON." and ".. " would become something else; of
    dots alone nothing is left."""
    return text.strip().rstrip(". \u3000\u00a0").strip()


def _shortened(text: str, limit: int) -> str:
    stem, dot, extension = text.rpartition(".")
    if not stem or len(extension.encode()) > min(_MAX_EXTENSION, limit // 2):
        return _trimmed(cut_to_bytes(text, limit))
    tail = dot + extension
    # A stem cut to "nul" or to dots would be a name of another kind: the tail alone can't be either.
    stem = _trimmed(cut_to_bytes(stem, limit - len(tail.encode())))
    return (stem or NO_NAME) + tail
