"""The composer's content, turned into the bytes to send.

Text, text with escapes, or hex; then the checksum over that; then the line ending, so that a peer that splits
lines finds body and checksum in one line. Hex is exact: it gets no line ending, and only the checksum that
was chosen.
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum

from net.protocol.checksum import Checksum, append
from net.protocol.codec import CodecError, encode_text


class ComposeMode(str, Enum):
    """How the composer's text is read."""

    TEXT = "text"
    ESCAPES = "escapes"
    HEX = "hex"


class LineEnding(str, Enum):
    """The ending of a sent text and of each line break within it; NONE leaves line breaks as line feeds."""

    NONE = "none"
    LF = "lf"
    CRLF = "crlf"
    CR = "cr"


LINE_ENDINGS = {LineEnding.NONE: "", LineEnding.LF: "\n", LineEnding.CRLF: "\r\n", LineEnding.CR: "\r"}


class ComposeErrorKind(str, Enum):
    """What is wrong in the composer's text."""

    NOT_HEX = "not_hex"
    ODD_DIGITS = "odd_digits"
    PREFIX_WITHOUT_DIGITS = "prefix_without_digits"
    UNKNOWN_ESCAPE = "unknown_escape"
    ESCAPE_TOO_SHORT = "escape_too_short"
    NO_SUCH_CHARACTER = "no_such_character"


class ComposeError(ValueError):
    """`position` is the index in the composer's text of `found`: a character, a digit or a whole escape."""

    def __init__(self, kind: ComposeErrorKind, position: int, found: str) -> None:
        super().__init__(f"{kind.value}: {found!a} at {position}")
        self.kind = kind
        self.position = position
        self.found = found


_SEPARATORS = frozenset(",;:-_、，")
_BETWEEN = _SEPARATORS | {"\\"}
_DASHES = frozenset("‐‑‒–—−")
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")


def _plain(character: str) -> str:
    """The ASCII character that a full-width one stands for, a space for a format character (a zero-width
    space, a byte order mark), else the character itself."""
    if character.isascii():
        return character
    if character in _DASHES:
        return "-"
    if unicodedata.category(character) == "Cf":
        return " "
    meant = unicodedata.normalize("NFKC", character)
    return meant if len(meant) == 1 else character


def parse_hex(text: str) -> bytes:
    """The bytes that hex digits spell, two digits each.

    Bytes may be separated by white space or ``, ; : - _`` and prefixed with ``0x`` or ``\\x``; full-width
    forms count as their ASCII ones. A single digit is a byte only after a prefix (``0x1, 0x2``); any other
    odd run of digits is ODD_DIGITS at its last digit, because which nibble is missing cannot be known. Raises
    ComposeError.
    """
    plain = text if text.isascii() else "".join([_plain(character) for character in text])
    digits: list[str] = []
    index = 0
    size = len(plain)
    while index < size:
        character = plain[index]
        if character.isspace() or character in _SEPARATORS:
            index += 1
            continue
        prefixed = plain[index : index + 2] in ("0x", "0X", "\\x")
        start = index + 2 if prefixed else index
        end = start
        while end < size and plain[end] in _HEX_DIGITS:
            # In 0x410x42 the zero belongs to the next prefix.
            if (end - start) % 2 == 0 and end > start and plain[end : end + 2] in ("0x", "0X"):
                break
            end += 1
        if end == start:
            if prefixed:
                raise ComposeError(ComposeErrorKind.PREFIX_WITHOUT_DIGITS, index, text[index:start])
            raise ComposeError(ComposeErrorKind.NOT_HEX, index, text[index])
        run = plain[start:end]
        if prefixed and len(run) == 1:
            run = "0" + run
        if len(run) % 2:
            # A character that is no digit explains an odd run better than the run itself.
            follows = plain[end : end + 1]
            if follows and not follows.isspace() and follows not in _BETWEEN:
                raise ComposeError(ComposeErrorKind.NOT_HEX, end, text[end])
            raise ComposeError(ComposeErrorKind.ODD_DIGITS, end - 1, text[end - 1])
        digits.append(run)
        index = end
    return bytes.fromhex("".join(digits))


_SIMPLE_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "\\": "\\"}
_DIGITS_AFTER = {"x": 2, "u": 4, "U": 8}
_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[nrt0\\])|\\")


def parse_escapes(text: str, codec: str) -> bytes:
    """The bytes of text in which ``\\n \\r \\t \\0 \\\\ \\uHHHH \\UHHHHHHHH`` are characters and ``\\xHH`` is
    one byte.

    Characters are encoded with `codec`, bytes are not. ComposeError at the backslash of an invalid escape;
    CodecError, with the position in `text`, for a character the codec lacks.
    """
    encoded: list[bytes] = []
    characters: list[str] = []
    positions: list[int] = []

    def encode_characters() -> None:
        try:
            encoded.append(encode_text("".join(characters), codec))
        except CodecError as error:
            position = positions[error.position] if error.position < len(positions) else error.position
            raise CodecError(error.kind, position, error.character, error.codec) from None
        characters.clear()
        positions.clear()

    index = 0
    for match in _ESCAPE.finditer(text):
        start, end = match.span()
        characters.extend(text[index:start])
        positions.extend(range(index, start))
        escape = match.group()
        letter = escape[1:2]
        if letter == "x":
            encode_characters()
            encoded.append(bytes.fromhex(escape[2:]))
        elif letter in ("u", "U"):
            number = int(escape[2:], 16)
            if number > 0x10FFFF:
                raise ComposeError(ComposeErrorKind.NO_SUCH_CHARACTER, start, escape)
            characters.append(chr(number))
            positions.append(start)
        elif letter:
            characters.append(_SIMPLE_ESCAPES[letter])
            positions.append(start)
        else:
            raise _escape_error(text, start)
        index = end
    characters.extend(text[index:])
    positions.extend(range(index, len(text)))
    encode_characters()
    return b"".join(encoded)


def _escape_error(text: str, start: int) -> ComposeError:
    letter = text[start + 1 : start + 2]
    wanted = _DIGITS_AFTER.get(letter)
    if wanted is None:
        kind = ComposeErrorKind.UNKNOWN_ESCAPE if letter else ComposeErrorKind.ESCAPE_TOO_SHORT
        return ComposeError(kind, start, "\\" + letter)
    end = start + 2
    while end < start + 2 + wanted and end < len(text) and text[end] in _HEX_DIGITS:
        end += 1
    return ComposeError(ComposeErrorKind.ESCAPE_TOO_SHORT, start, text[start:end])


def compose(
    text: str,
    mode: ComposeMode = ComposeMode.TEXT,
    codec: str = "utf-8",
    line_ending: LineEnding = LineEnding.NONE,
    checksum: Checksum = Checksum.NONE,
) -> bytes:
    """The bytes to send for the composer's content. ComposeError or CodecError, each with a position in
    `text`.

    TEXT: each line break within the text becomes the line ending too, unless that is NONE. ESCAPES: line
    breaks other than LF must be written as escapes. HEX: `codec` and `line_ending` do not apply.
    """
    if mode is ComposeMode.HEX:
        return append(parse_hex(text), checksum)
    ending = LINE_ENDINGS[line_ending]
    if mode is ComposeMode.ESCAPES:
        body = parse_escapes(text, codec)
    else:
        # Checked as typed first: converted line breaks would shift the positions of errors.
        body = encode_text(text, codec)
        if ending not in ("", "\n") and "\n" in text:
            body = encode_text(re.sub("\r?\n", ending, text), codec)
    return append(body, checksum) + encode_text(ending, codec)
