"""Visits: connections that came in, until they have proved who they are or have gone."""

from __future__ import annotations

import asyncio
import time

from net.chat.identity import identity_of
from net.chat.wires.duplex.channel import Channel, CloseKind
from net.chat.wires.duplex.door_contexts import PAIRING, TALKING
from net.chat.wires.duplex.gate import Gate
from net.chat.wires.duplex.greeting import Greeting
from net.chat.wires.duplex.link import Link
from net.chat.wires.duplex.local_side import LocalSide
from net.chat.wires.duplex.pairing import PairingError, PairingServer
from net.chat.wires.duplex.pairing_runs import PairingRuns
from net.protocol.chat.frames import Frame, encode
from net.protocol.chat.messages import DiagnoseRequest, PairRefused, Wire

FIRST_MESSAGE_TIMEOUT = 1.0
"""Seconds after the handshake within which the first message must be there, on every door."""

PAIRING_TIMEOUT = 5.0
"""Seconds a pairing may take after the handshake."""


class Visitors:
    """Those who came in and have not proved who they are, each counted by ``gate`` against its address. In a
    crowd whoever comes next takes the place of the oldest visitor from the host that has most."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._hosts: dict[Channel, str] = {}
        self._closed = False

    def admit(self, channel: Channel) -> bool:
        if self._closed:
            return False
        if self._gate.is_crowded:
            fullest = self._gate.fullest()
            oldest = next(other for other, host in self._hosts.items() if host == fullest)
            self.leave(oldest, proved=False)
            oldest.abort(CloseKind.BY_ME, "crowded")
        host = channel.remote.host
        if not self._gate.enter(host, time.monotonic()):
            return False
        self._hosts[channel] = host
        return True

    def leave(self, channel: Channel, proved: bool) -> None:
        """Idempotent; for one that was never admitted it does nothing."""
        host = self._hosts.pop(channel, None)
        if host is not None:
            self._gate.leave(host, proved)

    def close(self) -> None:
        """End all of them, and admit nobody any more."""
        self._closed = True
        for channel in list(self._hosts):
            channel.abort(CloseKind.BY_ME)


class Visit:
    """One connection that came in: through the talking door to `Greeting`, through the other two to an
    answer."""

    def __init__(self, side: LocalSide, visitors: Visitors, runs: PairingRuns, channel: Channel) -> None:
        self._side = side
        self._visitors = visitors
        self._runs = runs
        self._channel = channel
        self._pairing: PairingServer | None = None
        self._serving = b""
        self._timer: asyncio.TimerHandle | None = None
        channel.on_connected = lambda: visitors.admit(channel)
        channel.on_ready = self._ready
        channel.on_closed = self._failed

    def _ready(self) -> None:
        channel = self._channel
        if channel.door == TALKING:
            identity = identity_of(channel.peer_certificate)
            Greeting(self._side, channel, identity, False, self._greeted, self._failed)
            return
        channel.on_frame = self._pair if channel.door == PAIRING else self._diagnose
        self._set_timer(FIRST_MESSAGE_TIMEOUT)

    def _greeted(self, link: Link) -> None:
        self._over(proved=True)
        self._side.on_link(link)

    def _failed(self, kind: CloseKind, detail: str) -> None:
        self._over(proved=False)

    def _set_timer(self, delay: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._side.loop.call_later(
            delay, self._channel.abort, CloseKind.TIMED_OUT, "first message"
        )

    def _diagnose(self, frame: Frame) -> None:
        channel = self._channel
        if isinstance(frame, DiagnoseRequest):
            channel.write(encode(self._side.directory.diagnosis(channel.remote)))
        channel.close()

    def _pair(self, frame: Frame) -> None:
        side, channel = self._side, self._channel
        if self._pairing is None:
            name, colour = side.directory.profile()
            self._pairing = PairingServer(side.identity, name, colour)
            self._set_timer(PAIRING_TIMEOUT)
        try:
            if not isinstance(frame, Wire):
                raise PairingError("bad")
            answer, paired = self._pairing.receive(frame)
            if not self._serving:
                self._runs.begin_serving(self._pairing.client, channel.remote.host)
                self._serving = self._pairing.client
        except PairingError as error:
            if error.kind == "version":
                side.on_update(b"", "", error.newer)
            channel.write(encode(PairRefused(reason=error.kind)))
            channel.close()
            return
        channel.write(encode(answer))
        if paired is not None:
            # Before the answer leaves: the other side dials the talking door at once when it has it.
            side.on_paired(paired, channel.remote, True)
            channel.close()

    def _over(self, proved: bool) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._serving:
            self._runs.end_serving(self._serving)
            self._serving = b""
        self._visitors.leave(self._channel, proved)
