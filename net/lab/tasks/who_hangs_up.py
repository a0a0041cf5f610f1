"""`who-hangs-up`: send bytes, close the writing side, read their SHA-256, close at the end of the stream.

The hash comes in three pieces with pauses. Who closed both sides at once is found by the first of them: it is
answered by a reset, which the second one meets. Who took the first piece for the whole hash and left is found
by the third one in the same way.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from net.lab.tasks.grading import LINE_LIMIT, Failed, StreamGrader, clean_name

if TYPE_CHECKING:
    from net.lab.tasks.grading import Script

SIZE_LIMIT = 64 * 1024 * 1024
"""Bytes that a program may send."""


class WhoHangsUp(StreamGrader):
    HALF_CLOSE_PATIENCE = 8.0
    """Seconds without a byte and without the end after which nobody will hang up."""
    PAUSE = 0.3

    def script(self) -> Script[None]:
        yield from self._read_all()
        hexadecimal = self._hash.hexdigest().encode() + b"\n"
        for number, piece in enumerate((hexadecimal[:20], hexadecimal[20:44], hexadecimal[44:])):
            self.send(piece)
            yield from self._pause("read-once" if number == 2 else "closed-both-ways")
        self.end_sending()
        yield from self._pause("read-once")

    def _read_all(self) -> Script[None]:
        """The name, then all bytes until the end of the stream."""
        channel = self.channel()
        self._hash = hashlib.sha256()
        size = 0
        while True:
            while not self.who and not channel.over and b"\n" not in channel.data:
                if len(channel.data) > LINE_LIMIT:
                    raise Failed("line-too-long", limit=LINE_LIMIT)
                if not (yield from self.wait(self.PATIENCE)):
                    raise Failed("no-line-end", what="name") if channel.data else Failed("no-name")
            if not self.who:
                line, end, rest = bytes(channel.data).partition(b"\n")
                channel.data[:] = rest
                if not end:
                    raise Failed("no-line-end", what="name") if line else Failed("left-early")
                if not line.strip():
                    raise Failed("name-empty")
                self.who = clean_name(line)
            self._hash.update(channel.data)
            size += len(channel.data)
            channel.data.clear()
            if size > SIZE_LIMIT:
                raise Failed("sent-too-much", limit=SIZE_LIMIT)
            if channel.broken:
                raise Failed("left-early")
            if channel.ended:
                return
            if not (yield from self.wait(self.HALF_CLOSE_PATIENCE + self.lateness)):
                raise Failed("no-half-close", size=size)

    def _pause(self, gone: str) -> Script[None]:
        """Let the answer of the program's PC come, if the connection is gone."""
        until = self.now + self.PAUSE
        while self.now < until:
            if self.channel().broken:
                raise Failed(gone)
            yield until
        if self.channel().broken:
            raise Failed(gone)
