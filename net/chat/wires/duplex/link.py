"""Link: one talking connection with a known person, after both Hellos.

Keeps itself alive with pings, gives messages and file data to whoever set its callbacks, and ends once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from net.address import Address
from net.chat.line import Line
from net.chat.wires.duplex.channel import Channel, CloseKind
from net.protocol.chat.frames import Data, Frame, encode, encode_data, encode_many
from net.protocol.chat.messages import Bye, Hello, Ping, Pong, Wire

PING_EVERY = 5.0
"""Seconds of silence after which the peer is asked whether it is there."""

DEAD_AFTER = 15.0
"""Seconds of silence after which it is taken for gone."""


class Link:
    """``identity``: the peer's id, proved by TLS; ``path``: its address; ``outgoing``: dialled by us.

    Set the callbacks in `Doors`' ``on_link``: nothing is given before. All are called on the loop's thread;
    ``on_closed(link, kind, detail)`` once and last. Pings are answered here; after `close` nothing more is
    given.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        channel: Channel,
        identity: bytes,
        outgoing: bool,
        hello: Hello,
    ) -> None:
        self.identity = identity
        self.path: Address = channel.remote
        self.outgoing = outgoing
        self.peer_hello = hello
        self.on_message: Callable[[Line, Wire], object] = lambda link, message: None
        self.on_data: Callable[[Line, int, bytes | bytearray], object] = lambda link, channel, data: None
        self.on_taken: Callable[[Line], object] = lambda link: None
        """All that arrived at once has been passed on: the moment to act on it together."""
        self.on_drained: Callable[[Line], object] = lambda link: None
        self.on_closed: Callable[[Link, CloseKind, str], object] = lambda link, kind, detail: None
        self._loop = loop
        self._channel = channel
        self._heard = time.monotonic()
        self._paused = False
        self._number = 0
        channel.on_frame = self._take
        channel.on_taken = lambda: self.on_taken(self)
        channel.on_writable = lambda: self.on_drained(self)
        channel.on_closed = self._closed
        self._timer: asyncio.TimerHandle = loop.call_later(PING_EVERY, self._look)

    def __repr__(self) -> str:
        way = "to" if self.outgoing else "from"
        return f"<Link {way} {self.identity.hex()[:8]} at {self.path}>"

    @property
    def is_open(self) -> bool:
        return self._channel.is_open

    @property
    def writable(self) -> bool:
        """Whether more of a file may be sent; once it may again, ``on_drained(link)`` is called."""
        return self._channel.is_open and self._channel.writable

    @property
    def queued(self) -> int:
        """Bytes that wait to be sent. Above net.chat.wires.duplex.channel.SEND_LIMIT the link is given up."""
        return self._channel.queued

    @property
    def silence(self) -> float:
        """Seconds since the peer was heard. Of one that is there it stays below PING_EVERY and a bit."""
        return 0.0 if self._paused else time.monotonic() - self._heard

    def send(self, message: Wire) -> None:
        """After `close` it does nothing. Raises `WireError` where the message is too long."""
        self._channel.write(encode(message))

    def send_many(self, messages: Sequence[Wire]) -> None:
        self._channel.write(encode_many(messages))

    def send_now(self, message: Wire) -> None:
        """As `send`, but out at once, not with what else this turn of the loop sends."""
        self._channel.write_now(encode(message))

    def send_encoded(self, frames: bytes) -> None:
        """Frames that `encode` made, out at once: one encoding for many links, and the first of them need not
        wait for the last."""
        self._channel.write_now(frames)

    def send_data(self, channel: int, data: bytes | bytearray | memoryview) -> None:
        """1 to MAX_DATA bytes of a file; goes behind all that was sent before. Send while `writable`."""
        self._channel.write_data(encode_data(channel, data), data)

    def give_back(self, data: bytes | bytearray) -> None:
        """What ``on_data`` gave and nobody will look at again: its memory is used for the next."""
        self._channel.give_back(data)

    def pause(self) -> None:
        """Take nothing more (file data faster than the disk) until `resume`; the peer is held by TCP."""
        self._paused = True
        self._channel.pause()

    def resume(self) -> None:
        if self._paused:
            self._paused = False
            self._heard = time.monotonic()
            self._channel.resume()

    def close(self, reason: str = "leaving", kind: CloseKind = CloseKind.BY_ME) -> None:
        """Say Bye and end; ``reason`` as in `Bye`. Idempotent."""
        if self._channel.is_open:
            self.send(Bye(reason=reason))
        self._channel.close(CloseKind.DUPLICATE if reason == "duplicate" else kind, reason)

    def abort(self) -> None:
        self._channel.abort(CloseKind.BY_ME)

    def _take(self, frame: Frame) -> None:
        self._heard = time.monotonic()
        if isinstance(frame, Data):
            self.on_data(self, frame.channel, frame.data)
        elif isinstance(frame, Ping):
            self.send(Pong(number=frame.number))
        elif isinstance(frame, Pong):
            return  # it was heard, and that is all
        elif isinstance(frame, Bye):
            kind = CloseKind.DUPLICATE if frame.reason == "duplicate" else CloseKind.BYE
            self._channel.close(kind, frame.reason)
        elif isinstance(frame, Hello):
            self._channel.abort(CloseKind.BAD_FRAME, "hello")
        else:
            self.on_message(self, frame)

    def _look(self) -> None:
        """A peer that is silent is asked, and in the end given up; one that we do not read is not judged."""
        now = time.monotonic()
        silence = 0.0 if self._paused else now - self._heard
        if silence >= DEAD_AFTER:
            self._channel.abort(CloseKind.TIMED_OUT, "silent")
            return
        if silence >= PING_EVERY * 0.9:
            self._number += 1
            self.send(Ping(number=self._number))
        self._timer = self._loop.call_later(PING_EVERY, self._look)

    def _closed(self, kind: CloseKind, detail: str) -> None:
        self._timer.cancel()
        self.on_closed(self, kind, detail)


def keeps_old(my_id: bytes, peer_id: bytes, old_outgoing: bool, new_outgoing: bool) -> bool:
    """Of two links of one pair, whether the old one stays: the one that the smaller identity dialled; where
    both were dialled by the same side the newer one. Both sides come to the same answer."""
    if old_outgoing == new_outgoing:
        return False
    return old_outgoing == (my_id < peer_id)
