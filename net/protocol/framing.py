"""Framing: where one message ends and the next begins in TCP's stream of bytes.

A decoder is fed the bytes read, in pieces of any size, and returns whole messages; how the stream was cut
into pieces changes nothing except with RAW, where the piece is the message. A message above `Framing.limit`
bytes raises a FramingError that carries the messages decoded before it; the decoder accepts nothing after
that.
"""

from __future__ import annotations

import struct
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable
from enum import Enum

from msgspec import Struct

from net.protocol.codec import python_codec, split_incomplete

DEFAULT_LIMIT = 1 << 20
LARGEST_LIMIT = 1 << 30


class FramingKind(str, Enum):
    """How message boundaries are found."""

    RAW = "raw"
    LINES = "lines"
    LENGTH = "length"
    FIXED = "fixed"
    DELIMITER = "delimiter"


class FramingErrorKind(str, Enum):
    """What is wrong with a framing, a message to be framed, or a stream."""

    UNKNOWN_FRAMING = "unknown_framing"
    BAD_LIMIT = "bad_limit"
    BAD_SIZE = "bad_size"
    BAD_LENGTH_BYTES = "bad_length_bytes"
    BAD_LINE_ENDING = "bad_line_ending"
    BAD_DELIMITER = "bad_delimiter"
    EMPTY_DELIMITER = "empty_delimiter"
    MESSAGE_TOO_LONG = "message_too_long"
    WRONG_SIZE = "wrong_size"
    DELIMITER_IN_MESSAGE = "delimiter_in_message"


class FramingError(ValueError):
    """`limit` is the size allowed or requested in bytes, `size` the actual one (so far, for a message still
    arriving).

    `messages`: those that the same `feed` decoded before the error, in order. `text`: the text that could not
    be parsed.
    """

    def __init__(
        self,
        kind: FramingErrorKind,
        limit: int = 0,
        size: int = 0,
        messages: Iterable[bytes] = (),
        text: str = "",
    ) -> None:
        super().__init__(f"{kind.value}: size {size}, limit {limit} {text}".rstrip())
        self.kind = kind
        self.limit = limit
        self.size = size
        self.messages = list(messages)
        self.text = text


class Framing(Struct, frozen=True):
    """One choice of framing.

    LINES splits at LF and removes one CR before it; it sends `line_ending` (LF or CRLF). LENGTH puts 2 or 4
    bytes of big-endian length, which do not count themselves, before each message. FIXED has messages of
    `size` bytes. DELIMITER puts `delimiter` after each. `limit` is the largest message in bytes, without its
    framing; RAW cuts a longer read into several messages, with the others it is an error.
    """

    kind: FramingKind = FramingKind.RAW
    line_ending: bytes = b"\n"
    length_bytes: int = 2
    size: int = 0
    delimiter: bytes = b""
    limit: int = DEFAULT_LIMIT

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= LARGEST_LIMIT:
            raise FramingError(FramingErrorKind.BAD_LIMIT, LARGEST_LIMIT, self.limit)
        if self.kind is FramingKind.LINES and self.line_ending not in (b"\n", b"\r\n"):
            raise FramingError(FramingErrorKind.BAD_LINE_ENDING)
        if self.kind is FramingKind.LENGTH and self.length_bytes not in (2, 4):
            raise FramingError(FramingErrorKind.BAD_LENGTH_BYTES, size=self.length_bytes)
        if self.kind is FramingKind.FIXED and not 1 <= self.size <= self.limit:
            raise FramingError(FramingErrorKind.BAD_SIZE, self.limit, self.size)
        if self.kind is FramingKind.DELIMITER and not self.delimiter:
            raise FramingError(FramingErrorKind.EMPTY_DELIMITER)

    def __str__(self) -> str:
        """As in a URL's `framing=`; `parse_framing` reads it back."""
        text = self.kind.value
        if self.kind is FramingKind.LINES and self.line_ending == b"\r\n":
            text = "lines-crlf"
        elif self.kind is FramingKind.LENGTH:
            text = f"length{self.length_bytes}"
        elif self.kind is FramingKind.FIXED:
            text = f"fixed:{self.size}"
        elif self.kind is FramingKind.DELIMITER:
            text = f"delimiter:{self.delimiter.hex()}"
        return text if self.limit == DEFAULT_LIMIT else f"{text}@{self.limit}"


def parse_framing(text: str) -> Framing:
    """Parse raw, lines, lines-crlf, length2, length4, fixed:BYTES or delimiter:HEX, each with an optional
    @LIMIT.

    Full-width characters are accepted. FramingError with `text` set if it is none of these.
    """
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    plain, at, limit_text = plain.partition("@")
    name, colon, argument = (part.strip() for part in plain.partition(":"))
    limit = DEFAULT_LIMIT
    if at:
        limit = _parse_number(limit_text, FramingErrorKind.BAD_LIMIT, text)
    if name == "fixed" and colon:
        size = _parse_number(argument, FramingErrorKind.BAD_SIZE, text)
        return Framing(FramingKind.FIXED, size=size, limit=limit)
    if name == "delimiter" and colon:
        try:
            delimiter = bytes.fromhex(argument.replace("0x", " "))
        except ValueError:
            raise FramingError(FramingErrorKind.BAD_DELIMITER, text=text) from None
        return Framing(FramingKind.DELIMITER, delimiter=delimiter, limit=limit)
    if not colon:
        if name == "raw":
            return Framing(limit=limit)
        if name in ("lines", "lines-lf", "lines-crlf"):
            ending = b"\r\n" if name == "lines-crlf" else b"\n"
            return Framing(FramingKind.LINES, line_ending=ending, limit=limit)
        if name in ("length2", "length4"):
            return Framing(FramingKind.LENGTH, length_bytes=int(name[-1]), limit=limit)
    raise FramingError(FramingErrorKind.UNKNOWN_FRAMING, text=text)


def _parse_number(text: str, kind: FramingErrorKind, whole: str) -> int:
    digits = text.strip()
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 10:
        raise FramingError(kind, text=whole)
    return int(digits)


def frame(framing: Framing, message: bytes, codec: str = "utf-8") -> bytes:
    """`message` as it goes on the wire. FramingError if it does not fit; it is never padded or cut.

    A message for LINES may contain line ends: it then arrives as several lines. One that contains the
    delimiter of DELIMITER is an error, because the peer would take it for two. `codec` matters only for LINES
    in UTF-16, whose line end has two bytes a character.
    """
    kind = framing.kind
    size = len(message)
    if kind is FramingKind.RAW:
        return message
    if kind is FramingKind.LINES:
        end = line_end(framing, codec)
        longest = max(map(len, message.split(b"\n"))) if size > framing.limit else size
        if longest > framing.limit:
            raise FramingError(FramingErrorKind.MESSAGE_TOO_LONG, framing.limit, longest)
        return message + end
    if kind is FramingKind.FIXED:
        if size != framing.size:
            raise FramingError(FramingErrorKind.WRONG_SIZE, framing.size, size)
        return message
    if kind is FramingKind.LENGTH:
        largest = min(framing.limit, (1 << (8 * framing.length_bytes)) - 1)
        if size > largest:
            raise FramingError(FramingErrorKind.MESSAGE_TOO_LONG, largest, size)
        return size.to_bytes(framing.length_bytes, "big") + message
    if size > framing.limit:
        raise FramingError(FramingErrorKind.MESSAGE_TOO_LONG, framing.limit, size)
    if (message + framing.delimiter).find(framing.delimiter) != size:
        raise FramingError(FramingErrorKind.DELIMITER_IN_MESSAGE, size=size)
    return message + framing.delimiter


def frame_many(framing: Framing, messages: Iterable[bytes], codec: str = "utf-8") -> bytes:
    """The messages framed one after the other, to be sent at once; FramingError as `frame`, with nothing
    sent.
    """
    if framing.kind is FramingKind.RAW:
        return b"".join(messages)
    return b"".join([frame(framing, message, codec) for message in messages])


def line_end(framing: Framing, codec: str = "utf-8") -> bytes:
    """The bytes that end a line of `framing` in `codec`."""
    if python_codec(codec) == "utf-16-le":
        return framing.line_ending.decode("ascii").encode("utf-16-le")
    return framing.line_ending


def cut_raw(data: bytes, limit: int, codec: str) -> list[bytes]:
    """`data` in pieces of at most `limit` bytes, cut between characters wherever `limit` leaves room for
    one.
    """
    pieces = []
    start = 0
    while len(data) - start > limit:
        piece = data[start : start + limit]
        piece = split_incomplete(piece, codec)[0] or piece
        pieces.append(piece)
        start += len(piece)
    pieces.append(data[start:])
    return pieces


class Decoder(ABC):
    """Bytes in, messages out, for one stream in one direction."""

    def __init__(self, framing: Framing, codec: str) -> None:
        self.framing = framing
        self._codec = codec
        self._limit = framing.limit
        self._held = bytearray()
        self._refused_size = 0

    @property
    def pending(self) -> int:
        """Bytes held because their message is not complete yet."""
        return len(self._held)

    def held(self, most: int) -> bytes:
        """The first of the `pending` bytes, at most ``most``."""
        return bytes(self._held[:most])

    @abstractmethod
    def feed(self, data: bytes) -> list[bytes]:
        """The messages that `data`, the next bytes of the stream, completes. FramingError, now and on every
        later call, if one is above the limit."""

    def flush(self) -> list[bytes]:
        """Return what should not be held back longer: with RAW, an incomplete character. Other framings wait
        for the whole message.
        """
        return []

    def finish(self) -> list[bytes]:
        """At the end of the stream: the bytes of an unfinished message as they came (a length prefix
        included), or nothing."""
        left = bytes(self._held)
        self._held.clear()
        return [left] if left else []

    def _fail(self, size: int, messages: list[bytes], rest: bytes) -> FramingError:
        self._held[:] = rest
        self._refused_size = size
        return FramingError(FramingErrorKind.MESSAGE_TOO_LONG, self._limit, size, messages)


class _RawDecoder(Decoder):
    def __init__(self, framing: Framing, codec: str) -> None:
        super().__init__(framing, codec)
        # In these codecs no ASCII byte is part of a longer character.
        self._ascii_ends = python_codec(codec) in ("utf-8", "latin-1", "ascii")

    def feed(self, data: bytes) -> list[bytes]:
        if self._held:
            data = bytes(self._held) + data
            self._held.clear()
        elif type(data) is not bytes:
            data = bytes(data)
        if self._ascii_ends and data[-1:] < b"\x80":
            complete = data
        else:
            complete, held = split_incomplete(data, self._codec)
            if held:
                self._held += held
        if len(complete) > self._limit:
            return cut_raw(complete, self._limit, self._codec)
        return [complete] if complete else []

    def flush(self) -> list[bytes]:
        left = bytes(self._held)
        self._held.clear()
        return [left] if left else []


_UNPACK_LENGTH4 = struct.Struct(">I").unpack_from


class _LengthDecoder(Decoder):
    def __init__(self, framing: Framing, codec: str) -> None:
        super().__init__(framing, codec)
        self._prefix = framing.length_bytes
        self._needed = self._prefix

    def feed(self, data: bytes) -> list[bytes]:
        if self._refused_size:
            raise FramingError(FramingErrorKind.MESSAGE_TOO_LONG, self._limit, self._refused_size)
        held = self._held
        if held:
            held += data
            if len(held) < self._needed:
                return []
            data = bytes(held)
            held.clear()
        elif type(data) is not bytes:
            data = bytes(data)
        messages: list[bytes] = []
        append = messages.append
        size = len(data)
        prefix = self._prefix
        position = 0
        last = size - prefix
        if prefix == 2:
            while position <= last:
                start = position + 2
                end = start + (data[position] << 8 | data[position + 1])
                if end > size:
                    break
                append(data[start:end])
                position = end
        else:
            unpack = _UNPACK_LENGTH4
            while position <= last:
                start = position + 4
                end = start + unpack(data, position)[0]
                if end > size:
                    break
                append(data[start:end])
                position = end
        # Only a read above the limit can hold a whole message above it, so the loops need not check.
        if size > self._limit:
            rest = 0
            for index, message in enumerate(messages):
                if len(message) > self._limit:
                    raise self._fail(len(message), messages[:index], data[rest:])
                rest += prefix + len(message)
        self._needed = prefix
        if position < size:
            if position <= last:
                length = int.from_bytes(data[position : position + prefix], "big")
                if length > self._limit:
                    raise self._fail(length, messages, data[position:])
                self._needed = prefix + length
            held += data[position:]
        return messages


class _FixedDecoder(Decoder):
    def feed(self, data: bytes) -> list[bytes]:
        held = self._held
        size = self.framing.size
        if held:
            held += data
            if len(held) < size:
                return []
            data = bytes(held)
            held.clear()
        elif type(data) is not bytes:
            data = bytes(data)
        whole = len(data) - len(data) % size
        held += data[whole:]
        return [data[start : start + size] for start in range(0, whole, size)]


class _SplitDecoder(Decoder):
    """Messages that end with `end`; `ends` are all the endings that the last bytes may be the start of."""

    def __init__(self, framing: Framing, codec: str, end: bytes, ends: tuple[bytes, ...]) -> None:
        super().__init__(framing, codec)
        self._end = end
        self._ends = ends

    def feed(self, data: bytes) -> list[bytes]:
        if self._refused_size:
            raise FramingError(FramingErrorKind.MESSAGE_TOO_LONG, self._limit, self._refused_size)
        held = self._held
        if held:
            unread = max(0, len(held) - len(self._end) + 1)
            held += data
            if self._find(held, unread) < 0:
                self._check_tail([], held)
                return []
            data = bytes(held)
            held.clear()
        elif type(data) is not bytes:
            data = bytes(data)
        messages = self._split(data)
        tail = messages.pop()
        if len(data) > self._limit:
            for index, message in enumerate(messages):
                if len(message) > self._limit:
                    raise self._fail(len(message), messages[:index], self._skip(data, index))
        held += tail
        self._check_tail(messages, held)
        return messages

    def _check_tail(self, messages: list[bytes], tail: bytearray) -> None:
        size = len(tail)
        if size > self._limit:
            # The last bytes may be the start of the end mark; only the rest is surely message.
            size -= max(
                length for end in self._ends for length in range(len(end)) if tail.endswith(end[:length])
            )
            if size > self._limit:
                raise self._fail(size, messages, bytes(tail))

    def _skip(self, data: bytes, count: int) -> bytes:
        position = 0
        for _ in range(count):
            position = self._find(data, position) + len(self._end)
        return data[position:]

    def _find(self, data: bytes | bytearray, start: int) -> int:
        return data.find(self._end, start)

    def _split(self, data: bytes) -> list[bytes]:
        return data.split(self._end)


class _LineDecoder(_SplitDecoder):
    def _split(self, data: bytes) -> list[bytes]:
        return data.replace(b"\r\n", b"\n").split(b"\n")


class _Utf16LineDecoder(_SplitDecoder):
    """A line feed is two bytes at an even place of its line: U+0A00 after U+4E00 holds the same two bytes."""

    def _find(self, data: bytes | bytearray, start: int) -> int:
        found = data.find(self._end, start)
        while found & 1 and found > 0:
            found = data.find(self._end, found + 1)
        return found

    def _split(self, data: bytes) -> list[bytes]:
        pieces = []
        start = 0
        found = data.find(self._end)
        while found >= 0:
            if (found - start) & 1:
                found = data.find(self._end, found + 1)
                continue
            line = data[start:found]
            pieces.append(line[:-2] if len(line) % 2 == 0 and line.endswith(b"\r\0") else line)
            start = found + 2
            found = data.find(self._end, start)
        pieces.append(data[start:])
        return pieces


def make_decoder(framing: Framing, codec: str = "utf-8") -> Decoder:
    """A decoder for one direction of one connection; `codec` decides where RAW must not cut and what ends a
    UTF-16 line.
    """
    kind = framing.kind
    if kind is FramingKind.RAW:
        return _RawDecoder(framing, codec)
    if kind is FramingKind.LENGTH:
        return _LengthDecoder(framing, codec)
    if kind is FramingKind.FIXED:
        return _FixedDecoder(framing, codec)
    if kind is FramingKind.DELIMITER:
        return _SplitDecoder(framing, codec, framing.delimiter, (framing.delimiter,))
    if python_codec(codec) == "utf-16-le":
        return _Utf16LineDecoder(framing, codec, b"\n\0", (b"\n\0", b"\r\0\n\0"))
    return _LineDecoder(framing, codec, b"\n", (b"\r\n",))
