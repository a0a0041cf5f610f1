"""Greeting: what happens on a talking connection between the TLS handshake and the `Link`: who is it really,
and both Hellos."""

from __future__ import annotations

from collections.abc import Callable

from net.chat.identity import identity_of
from net.chat.wires.duplex.channel import Channel, CloseKind
from net.chat.wires.duplex.link import Link
from net.chat.wires.duplex.local_side import LocalSide
from net.protocol.chat.frames import Frame, encode
from net.protocol.chat.messages import MIN_VERSION, VERSION, Bye, Hello

HELLO_TIMEOUT = 1.0
"""Seconds after the handshake within which the peer's Hello must be there."""


class Greeting:
    """``on_link`` or ``on_failed(kind, detail)`` is called, once. ``identity``: who it must be; the
    certificate that TLS took is compared with the known one, because OpenSSL takes what a known key signed,
    too."""

    def __init__(
        self,
        side: LocalSide,
        channel: Channel,
        identity: bytes,
        outgoing: bool,
        on_link: Callable[[Link], object],
        on_failed: Callable[[CloseKind, str], object],
    ) -> None:
        self._side = side
        self._channel = channel
        self._identity = identity
        self._outgoing = outgoing
        self._on_link = on_link
        self._on_failed = on_failed
        channel.on_frame = self._take
        channel.on_closed = self._closed
        if not channel.is_open:
            self._timer = side.loop.call_soon(self._closed, CloseKind.RESET, "")
            return
        self._timer = side.loop.call_later(HELLO_TIMEOUT, channel.abort, CloseKind.TIMED_OUT, "hello")
        known = side.directory.certificates().get(identity)
        if known is None or known != channel.peer_certificate or identity_of(known) != identity:
            channel.abort(CloseKind.IMPOSTOR if outgoing else CloseKind.REFUSED, "identity")
            return
        channel.write(encode(side.directory.hello(identity)))
        channel.resume()

    def _take(self, frame: Frame) -> None:
        channel = self._channel
        if isinstance(frame, Bye):
            channel.close(CloseKind.BYE, frame.reason)
            return
        if not isinstance(frame, Hello):
            channel.abort(CloseKind.BAD_FRAME, "hello")
            return
        if frame.min_version > VERSION or frame.version < MIN_VERSION:
            self._side.on_update(self._identity, frame.name, frame.min_version > VERSION)
            channel.write(encode(Bye(reason="version")))
            channel.close(CloseKind.VERSION)
            return
        self._timer.cancel()
        link = Link(self._side.loop, channel, self._identity, self._outgoing, frame)
        self._on_link(link)

    def _closed(self, kind: CloseKind, detail: str) -> None:
        self._timer.cancel()
        self._on_failed(kind, detail)
