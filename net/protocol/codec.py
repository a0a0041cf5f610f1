"""Text codecs: text to bytes, bytes to text that never fails, and text made safe to show.

Nothing is lost on the way to the eye: a byte the codec cannot read is shown as a mark such as ``⟨FF⟩``, a
control or direction-changing character as a number such as ``⟨U+202E⟩``. The bytes themselves stay in the
transcript.

UTF-16: text is encoded little-endian without a byte order mark; data that starts with a byte order mark is
decoded by it (RFC 2781), all other data as little-endian.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from enum import Enum

from msgspec import Struct

MARKS_PER_CHARACTER = 8


class Codec(Struct, frozen=True):
    """A codec a session can use: `id` as in URLs and settings, `name` as shown to people, `python` as Python
    calls it.
    """

    id: str
    name: str
    python: str


CODECS: tuple[Codec, ...] = (
    Codec("utf-8", "UTF-8", "utf-8"),
    Codec("gb18030", "GB18030", "gb18030"),
    Codec("big5", "Big5", "big5"),
    Codec("shift_jis", "Shift-JIS", "shift_jis"),
    Codec("latin-1", "Latin-1", "latin-1"),
    Codec("ascii", "ASCII", "ascii"),
    Codec("utf-16", "UTF-16", "utf-16-le"),
)
_BY_ID = {codec.id: codec for codec in CODECS}
_ALIASES = {
    "utf8": "utf-8",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "cp936": "gb18030",
    "big-5": "big5",
    "sjis": "shift_jis",
    "shiftjis": "shift_jis",
    "latin1": "latin-1",
    "iso-8859-1": "latin-1",
    "us-ascii": "ascii",
    "utf16": "utf-16",
}


class CodecErrorKind(str, Enum):
    """Why text cannot be encoded in a codec."""

    UNKNOWN_CODEC = "unknown_codec"
    LONE_SURROGATE = "lone_surrogate"
    NOT_IN_CODEC = "not_in_codec"


class CodecError(ValueError):
    """Text that cannot be encoded: `position` is the index in the text, `character` the character there.

    With UNKNOWN_CODEC the position is 0, the character empty and `codec` the unknown name.
    """

    def __init__(self, kind: CodecErrorKind, position: int, character: str, codec: str) -> None:
        super().__init__(f"{kind.value}: {character!a} at {position} in {codec}")
        self.kind = kind
        self.position = position
        self.character = character
        self.codec = codec


def parse_codec(name: str) -> str:
    """The codec id that `name`, typed by a person or from a URL, means; GBK and GB2312 are read as GB18030,
    which covers both. CodecError if it is unknown.
    """
    wanted = unicodedata.normalize("NFKC", name).strip().lower()
    for spelling in (wanted, wanted.replace("_", "-"), wanted.replace("-", "_")):
        found = _ALIASES.get(spelling, spelling)
        if found in _BY_ID:
            return found
    raise CodecError(CodecErrorKind.UNKNOWN_CODEC, 0, "", name)


def python_codec(codec: str) -> str:
    """The name Python's own `encode` and `decode` take for a codec id (CodecError when unknown)."""
    known = _BY_ID.get(codec)
    return known.python if known is not None else _BY_ID[parse_codec(codec)].python


def encode_text(text: str, codec: str) -> bytes:
    """All of `text` as bytes, or CodecError: nothing is replaced by a question mark.

    A surrogate pair counts as the one character it encodes; a lone surrogate is refused in every codec.
    """
    name = python_codec(codec)
    try:
        return text.encode(name)
    except UnicodeEncodeError:
        return _encode_slowly(text, codec, name)


def _encode_slowly(text: str, codec: str, name: str) -> bytes:
    lone = _LONE_SURROGATE.search(text)
    joined = text[: lone.start()] if lone else text
    joined = _SURROGATE_PAIR.sub(lambda match: _join_pair(match.group()), joined)
    try:
        encoded = joined.encode(name)
    except UnicodeEncodeError as error:
        # No joined pair precedes the error: a codec that lacks any character lacks all that need a pair.
        raise CodecError(CodecErrorKind.NOT_IN_CODEC, error.start, joined[error.start], codec) from None
    if lone:
        raise CodecError(CodecErrorKind.LONE_SURROGATE, lone.start(), lone.group(), codec)
    return encoded


_SURROGATE_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_LONE_SURROGATE = re.compile("[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]")


def _join_pair(pair: str) -> str:
    return pair.encode("utf-16-le", "surrogatepass").decode("utf-16-le")


# Strict decoders never yield a surrogate, so U+DC00..U+DCFF can carry the bytes they refuse.
def _carry_bytes(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    refused = error.object[error.start : error.end]
    return "".join([chr(0xDC00 + byte) for byte in refused]), error.end


codecs.register_error("duplex.carry", _carry_bytes)
_CARRIED = re.compile("([\udc00-\udcff]+)")


def decode_carrying(data: bytes, codec: str) -> str:
    """`data` as text in which an undecodable byte 0xNN is the surrogate U+DCNN: for comparing, not for
    showing.
    """
    name = python_codec(codec)
    if name == "utf-16-le":
        if data.startswith(codecs.BOM_UTF16_LE):
            data = data[2:]
        elif data.startswith(codecs.BOM_UTF16_BE):
            data, name = data[2:], "utf-16-be"
    return data.decode(name, _handler(name))


def _handler(name: str) -> str:
    # The built-in error handler does the same in C, but only for bytes above 0x7F.
    return "surrogateescape" if name in ("utf-8", "ascii") else "duplex.carry"


def decode_parts(data: bytes, codec: str, size: int) -> Iterator[str]:
    """`decode_carrying` in parts of at most ``size`` bytes, wherever they cut a character."""
    if len(data) <= size:
        yield decode_carrying(data, codec)
        return
    at = 0
    if python_codec(codec) == "utf-16-le" and data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        at = 2
    name = "utf-16-be" if at and data[:2] == codecs.BOM_UTF16_BE else python_codec(codec)
    decoder = codecs.getincrementaldecoder(name)(_handler(name))
    while at < len(data):
        yield decoder.decode(data[at : at + size], at + size >= len(data))
        at += size


def decode_spans(data: bytes, codec: str) -> list[tuple[str, bool]]:
    """`data` as pieces in order: (text, False) for what the codec reads, (mark, True) for what it does not.

    Each run of undecodable bytes is one mark such as ``⟨E4 BD⟩``. Never raises for any data.
    """
    text = decode_carrying(data, codec)
    pieces = _CARRIED.split(text)
    return [
        (_mark(piece), True) if index % 2 else (piece, False) for index, piece in enumerate(pieces) if piece
    ]


def decode_text(data: bytes, codec: str) -> str:
    """`data` as text, undecodable bytes as marks such as ``⟨FF⟩``. Never raises for any data."""
    text = decode_carrying(data, codec)
    return _CARRIED.sub(lambda match: _mark(match.group()), text)


_BYTE_MARKS = {chr(0xDC00 + byte): f"⟨{byte:02X}⟩" for byte in range(256)}


def _mark(carried: str) -> str:
    if len(carried) == 1:
        return _BYTE_MARKS[carried]
    return "⟨" + bytes([ord(character) - 0xDC00 for character in carried]).hex(" ").upper() + "⟩"


def split_incomplete(data: bytes, codec: str) -> tuple[bytes, bytes]:
    """`data` split before an incomplete character at its end: (complete, held), held at most 4 bytes.

    `data` must start at a character. Bytes that can no longer become a character count as complete and are
    not held. UTF-16 is split as little-endian unless the data starts with the big-endian mark.
    """
    name = python_codec(codec)
    if name in ("latin-1", "ascii") or not data:
        return data, b""
    start = 0
    if name == "utf-8":
        if data[-1] < 0x80:
            return data, b""
        start = max(0, len(data) - 3)
        # Only a lead byte can begin an incomplete character, so the decoder need not see what precedes it.
        while start < len(data) and data[start] < 0xC0:
            start += 1
    elif name == "utf-16-le":
        if data.startswith(codecs.BOM_UTF16_BE):
            name = "utf-16-be"
        start = max(0, (len(data) - 4) & ~1)
    if start == len(data):
        return data, b""
    decoder = codecs.getincrementaldecoder(name)("replace")
    decoder.decode(data[start:])
    held = decoder.getstate()[0]
    return (data[: -len(held)], held) if held else (data, b"")


# Direction marks and overrides, isolates, line and paragraph separators, the byte order mark, and all
# surrogates.
_UNSAFE = re.compile(
    "[\ud800-\udbff][\udc00-\udfff]"
    "|[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
# Combining marks never match \w, so a long run of them lies within a long run of such characters.
_MARK_SUSPECTS = re.compile(rf"[^\w\x00-\x7f]{{{MARKS_PER_CHARACTER + 1},}}")


def clean_text(text: str) -> str:
    """`text` made safe to show: nothing in it moves, hides or reorders its surroundings.

    A CR before an LF is removed. NUL, ESC and the other C0 controls except line feed and tab, and DEL, become
    ``⟨1B⟩``, as undecodable bytes do: few fonts have the pictures of the U+2400 block. C1 controls,
    direction marks, overrides and isolates, line separators and lone surrogates become ``⟨U+202E⟩``. After
    eight combining marks in a row the rest become ``⟨+N⟩``.
    """
    if text.isascii() and text.isprintable():
        return text
    cleaned = _UNSAFE.sub(_mark_unsafe, text.replace("\r\n", "\n"))
    if cleaned.isascii():
        return cleaned
    return _MARK_SUSPECTS.sub(_limit_marks, cleaned)


def _mark_unsafe(match: re.Match[str]) -> str:
    found = match.group()
    if len(found) == 2:
        return _join_pair(found)
    number = ord(found)
    return f"⟨{number:02X}⟩" if number < 0x80 else f"⟨U+{number:04X}⟩"


def _limit_marks(match: re.Match[str]) -> str:
    kept: list[str] = []
    run = 0
    for character in match.group():
        if unicodedata.category(character).startswith("M"):
            run += 1
            if run > MARKS_PER_CHARACTER:
                continue
        else:
            if run > MARKS_PER_CHARACTER:
                kept.append(f"⟨+{run - MARKS_PER_CHARACTER}⟩")
            run = 0
        kept.append(character)
    if run > MARKS_PER_CHARACTER:
        kept.append(f"⟨+{run - MARKS_PER_CHARACTER}⟩")
    return "".join(kept)
