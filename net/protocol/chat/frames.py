"""Frames on a chat connection, inside TLS: u32 big-endian length of the payload, u8 kind, payload.

Kind 0 is control: one `Wire` as MessagePack. Kind 1 is file data: u32 big-endian channel, then bytes. Until
the peer's `Hello` a decoder takes control frames of at most MAX_HELLO only.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Union

import msgspec

import net.protocol.chat.pictures
import net.protocol.chat.room_messages  # noqa: F401  its kinds are known too
from net.protocol.chat.messages import Hello, Unknown, Wire, WireError

CONTROL = 0
DATA = 1

MAX_CONTROL = 64 * 1024
"""Bytes of a control frame's payload."""

MAX_DATA = 256 * 1024
"""Bytes of a file in one data frame; its payload is 4 longer."""

MAX_HELLO = 8 * 1024
"""Bytes of a control frame's payload before Hello, and always on the pairing and diagnosis doors."""

MAX_KIND = 64
"""Characters kept of an unknown message's tag."""

_HEADER = struct.Struct(">IB")
_DATA_HEADER = struct.Struct(">IBI")
_KNOWN: tuple[type[Wire], ...] = tuple(kind for kind in Wire.__subclasses__() if kind is not Unknown)
_TAGS = frozenset(kind.__struct_config__.tag for kind in _KNOWN)


class _Tag(msgspec.Struct):
    t: str


_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(Union[_KNOWN])  # noqa: UP007
_tag_decoder = msgspec.msgpack.Decoder(_Tag)


@dataclass(frozen=True, slots=True)
class Data:
    """File data of ``channel``, as `Begin` announced it."""

    channel: int
    data: bytes | bytearray


Frame = Wire | Data


def encode_body(message: Wire) -> bytes:
    """The message alone, as it stands in a `Queued`. Raises `WireError` where a text is no Unicode."""
    try:
        return _encoder.encode(message)
    except (UnicodeEncodeError, OverflowError) as error:
        raise WireError(str(error)) from error


def encode(message: Wire) -> bytes:
    """A whole control frame. Raises `WireError` where it would be longer than MAX_CONTROL."""
    body = encode_body(message)
    if len(body) > MAX_CONTROL:
        raise WireError(f"control frame of {len(body)} bytes")
    return _HEADER.pack(len(body), CONTROL) + body


def encode_many(messages: Sequence[Wire]) -> bytes:
    """The frames of several messages, joined."""
    return b"".join([encode(message) for message in messages])


def encode_data(channel: int, data: bytes | bytearray | memoryview) -> bytes:
    """The header of a data frame, which ``data`` (1 to MAX_DATA bytes) follows as it is."""
    if not 0 < len(data) <= MAX_DATA:
        raise WireError(f"data frame of {len(data)} bytes")
    return _DATA_HEADER.pack(len(data) + 4, DATA, channel)


def decode(body: bytes | bytearray | memoryview) -> Wire:
    """One message; `Unknown` for a kind that this version does not know. Raises `WireError`."""
    try:
        message: Wire = _decoder.decode(body)
        return message
    except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError) as error:
        try:
            tag = _tag_decoder.decode(body).t
        except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError):
            raise WireError(str(error)) from error
        if tag in _TAGS:
            raise WireError(f"{tag}: {error}") from error
        return Unknown(kind=tag[:MAX_KIND])


class FrameDecoder:
    """Bytes to frames. Holds at most one frame and what was fed with its end.

    ``small``: the limits before Hello hold until a `Hello` is decoded. ``spare``: buffers of MAX_DATA bytes
    that nobody needs any more, to be filled anew: fresh memory for each frame costs more than its decryption.
    """

    def __init__(self, small: bool = True, spare: list[bytearray] | None = None) -> None:
        self._small = small
        self._spare: list[bytearray] = [] if spare is None else spare
        self._buffer = bytearray()
        self._body: bytearray | None = None
        self._channel = 0
        self._filled = 0

    @property
    def held(self) -> int:
        """Bytes held of unfinished frames."""
        return len(self._buffer) + (len(self._body) if self._body is not None else 0)

    def data_room(self) -> memoryview | None:
        """Where the rest of the data frame under way may be written to directly (then `data_written`); None
        between frames: then `feed`."""
        if self._body is None:
            return None
        return memoryview(self._body)[self._filled :]

    def data_written(self, count: int) -> Data | None:
        """``count`` bytes were written to `data_room`; gives the frame when it is whole.

        Raises ValueError between frames.
        """
        body = self._body
        if body is None:
            raise ValueError("no data frame is under way")
        self._filled += count
        if self._filled < len(body):
            return None
        data = Data(self._channel, body)
        self._body = None
        return data

    def feed(self, data: bytes | bytearray | memoryview) -> list[Frame]:
        """The frames that ``data`` completes. Raises `WireError`, with the frames before the fault; after it
        nothing more may be fed."""
        frames: list[Frame] = []
        if self._body is not None:
            take = min(len(data), len(self._body) - self._filled)
            self._body[self._filled : self._filled + take] = data[:take]
            whole = self.data_written(take)
            if whole is not None:
                frames.append(whole)
            data = data[take:]
        if self._buffer:
            self._buffer += data
            with memoryview(self._buffer) as view:
                start = self._split(view, frames)
            if start:
                del self._buffer[:start]
        elif data:
            # Mostly whole frames come: they need not be kept first.
            with memoryview(data) as view:
                start = self._split(view, frames)
                if start < len(view):
                    self._buffer += view[start:]
        return frames

    def _split(self, view: memoryview, frames: list[Frame]) -> int:
        """Where the first frame begins that is not whole."""
        start, size = 0, len(view)
        try:
            while self._body is None and size - start >= _HEADER.size:
                length, kind = _HEADER.unpack_from(view, start)
                self._check(length, kind)
                first = start + _HEADER.size
                end = first + length
                if kind == CONTROL:
                    if size < end:
                        break
                    message = decode(view[first:end])
                    if type(message) is Hello:
                        self._small = False
                    frames.append(message)
                else:
                    if size < first + 4:
                        break
                    (self._channel,) = struct.unpack_from(">I", view, first)
                    if size >= end:
                        frames.append(Data(self._channel, bytes(view[first + 4 : end])))
                    else:
                        self._begin_data(length - 4, view[first + 4 :])
                        end = size
                start = end
        except WireError as error:
            error.before = tuple(frames)
            raise
        return start

    def _begin_data(self, length: int, begun: memoryview) -> None:
        """The frame's buffer is made once and filled in place: no piece of a file is copied twice."""
        self._filled = len(begun)
        self._body = self._spare.pop() if self._spare and length == MAX_DATA else bytearray(length)
        self._body[: self._filled] = begun

    def _check(self, length: int, kind: int) -> None:
        if kind == CONTROL:
            if length > (MAX_HELLO if self._small else MAX_CONTROL):
                raise WireError(f"control frame of {length} bytes")
        elif kind != DATA or self._small:
            raise WireError(f"frame of kind {kind}")
        elif not 4 < length <= MAX_DATA + 4:
            raise WireError(f"data frame of {length} bytes")
