"""From decrypted records to frames, without a copy of what is long."""

from __future__ import annotations

import ssl
import sys
from collections import deque
from typing import cast

from net.chat.wires.duplex.tls_stream import TlsStream
from net.protocol.chat.frames import MAX_DATA, Frame, FrameDecoder
from net.protocol.chat.messages import WireError

_RECORD = 16 * 1024
_CIPHER_BUFFER = 256 * 1024
_MOST_SPARE = 16  # buffers of MAX_DATA bytes


class Scratch:
    """Buffers that all channels of one loop share: between two calls of the loop they hold nothing."""

    def __init__(self) -> None:
        self.plain = memoryview(bytearray(_RECORD))
        self.spare: list[bytearray] = []
        self._cipher = bytearray(_CIPHER_BUFFER)

    def cipher(self) -> bytearray:
        """To receive encrypted bytes into."""
        # Windows' loop reads in the background: there each connection needs a buffer of its own.
        return bytearray(_RECORD * 4) if sys.platform == "win32" else self._cipher

    def give_back(self, data: bytes | bytearray) -> None:
        """The data of a frame that nobody will look at again: its buffer is filled anew."""
        if type(data) is bytearray and len(data) == MAX_DATA and len(self.spare) < _MOST_SPARE:
            self.spare.append(data)


class FrameReader:
    """``frames`` waits to be taken, in the order of arrival. ``error``: what follows them breaks the rules of
    docs/protocol.md; ``ended``: the peer has ended its stream."""

    def __init__(self, scratch: Scratch) -> None:
        self.frames: deque[Frame] = deque()
        self.error: WireError | None = None
        self.ended = False
        self._decoder = FrameDecoder(spare=scratch.spare)
        self._plain = scratch.plain

    def read(self, tls: TlsStream) -> bool:
        """Decrypt one record into frames, or the data frame under way as far as it is there; False where
        there is no more. Raises `ssl.SSLError`."""
        room = self._decoder.data_room()
        if room is not None:
            return self._read_data(tls, room)
        if not tls.has_input:
            return False
        try:
            size = tls.decrypt(self._plain)
        except ssl.SSLWantReadError:
            return False
        if not size:
            self.ended = True
            return False
        try:
            self.frames.extend(self._decoder.feed(self._plain[:size]))
        except WireError as error:
            self.error = error
            self.frames.extend(cast("tuple[Frame, ...]", error.before))
        return True

    def _read_data(self, tls: TlsStream, room: memoryview) -> bool:
        """Many records, in one go and right into their place."""
        done, missing = 0, len(room)
        try:
            while done < missing:
                size = tls.decrypt(room[done:])
                if not size:
                    self.ended = True
                    return False
                done += size
        except ssl.SSLWantReadError:
            return False
        finally:
            whole = self._decoder.data_written(done)
            if whole is not None:
                self.frames.append(whole)
        return True
