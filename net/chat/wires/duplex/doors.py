"""The doors: the chat's listener with its three doors, and dialling those of others.

Everything runs on the loop's thread. Whoever comes in counts against its address until it proved who it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from net.address import Address
from net.chat.identity import (
    Identity,
    identity_of,
    pairing_client_context,
    pairing_server_context,
    talking_client_context,
    talking_server_context,
    trust,
)
from net.chat.wires.duplex.channel import Channel, CloseKind
from net.chat.wires.duplex.dialling import DialError, Dialler, within
from net.chat.wires.duplex.frame_reader import Scratch
from net.chat.wires.duplex.gate import Gate, Limits
from net.chat.wires.duplex.greeting import Greeting
from net.chat.wires.duplex.link import Link
from net.chat.wires.duplex.pairing import Paired, PairingClient, PairingError, PairingServer
from net.protocol.chat.frames import Frame, encode
from net.protocol.chat.messages import (
    VERSION,
    DiagnoseReply,
    DiagnoseRequest,
    Hello,
    PairRefused,
    Wire,
)

PAIRING = b"DUPLEX1P"
TALKING = b"DUPLEX1T"
DIAGNOSIS = b"DUPLEX1D"

FIRST_MESSAGE_TIMEOUT = 1.0
"""Seconds after the handshake within which the first message must be there, on every door."""

PAIRING_TIMEOUT = 5.0
"""Seconds a pairing may take after the handshake."""

PORTS_TRIED = 21
BACKLOG = 128
"""Connections that wait to be accepted, and that are accepted at once: each needs a file descriptor."""


class Directory(Protocol):
    """Whom this PC knows; asked on the loop's thread, answered at once."""

    def certificates(self) -> Mapping[bytes, bytes]:
        """Identity to certificate (DER) of everybody paired and not blocked; `Doors.people_changed` after a
        change."""

    def is_blocked(self, identity: bytes) -> bool: ...

    def hello(self, identity: bytes) -> Hello:
        """What to say to this person first: with ``received`` as it is on disk now."""

    def profile(self) -> tuple[str, str]:
        """Our name and colour."""

    def diagnosis(self, asker: Address) -> DiagnoseReply:
        """What we hear of the asker."""


class Doors:
    """``on_link(link)``: a talking connection stands, dialled by either side; its callbacks must be set in
    that call, before it returns. ``on_paired(paired, address, incoming)``: somebody proved a certificate;
    where it is known already only the digits are new. ``on_update(identity, name, ours)``: no version in
    common; ``ours``: this Duplex is the older one (identity b"" and name "" where not known)."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        identity: Identity,
        directory: Directory,
        on_link: Callable[[Link], object],
        on_paired: Callable[[Paired, Address, bool], object],
        on_update: Callable[[bytes, str, bool], object],
        limits: Limits | None = None,
    ) -> None:
        self.loop = loop
        self.identity = identity
        self.directory = directory
        self.on_link = on_link
        self.on_paired = on_paired
        self.on_update = on_update
        self.gate = Gate(limits or Limits())
        self.port = 0
        self._scratch = Scratch()
        self._servers: list[asyncio.AbstractServer] = []
        self._visits: dict[_Visit, None] = {}
        self._pairing_context: ssl.SSLContext | None = None
        self._talking_context: ssl.SSLContext | None = None
        self._trusted: set[bytes] = set()
        self._renewing: asyncio.Task[None] | None = None
        self._pairing_with: set[bytes] = set()
        self._serving: set[bytes] = set()
        self._closed = False

    @property
    def visitors(self) -> int:
        """Connections in that have not proved who they are."""
        return len(self._visits)

    async def listen(self, port: int, hosts: Sequence[str] = ("0.0.0.0", "::")) -> int:
        """Open the listener on ``port`` or, where it is taken, the next free one; gives the port. Raises
        `OSError`. Port 0: any."""
        self._pairing_context = await self.loop.run_in_executor(None, pairing_server_context, self.identity)
        await self._renew()
        # What the system gives for one family may be taken for the other: it is asked again.
        tried = range(port, min(port + PORTS_TRIED, 65536)) if port else [0] * PORTS_TRIED
        error = OSError(errno.EADDRINUSE, "no port is free")
        for number in tried:
            try:
                sockets = _bind(hosts, number)
            except OSError as failed:
                error = failed
                continue
            self.port = sockets[0].getsockname()[1]
            for sock in sockets:
                server = await self.loop.create_server(self._accept, sock=sock, backlog=BACKLOG)
                self._servers.append(server)
            return self.port
        raise error

    def people_changed(self) -> None:
        """Somebody was paired, blocked, unblocked or forgotten. Who was removed is refused from now on; open
        links are the caller's to close."""
        if self._talking_context is None or self._closed:
            return
        certificates = self.directory.certificates()
        added = [identity for identity in certificates if identity not in self._trusted]
        trust(self._talking_context, [certificates[identity] for identity in added])
        self._trusted.update(added)
        if self._trusted.difference(certificates) and self._renewing is None:
            self._renewing = self.loop.create_task(self._renew())

    async def dial_talk(self, addresses: Sequence[Address], identity: bytes) -> Link:
        """A link to ``identity``; also given to ``on_link``, before it is returned. ``addresses`` are raced,
        the first first. Raises `DialError`."""
        certificate = self.directory.certificates().get(identity)
        if certificate is None:
            raise DialError(CloseKind.REFUSED, "not paired")
        context = await self.loop.run_in_executor(None, talking_client_context, self.identity, certificate)
        channel = await self._dialler(TALKING, context, identity).race(addresses)
        done: asyncio.Future[Link] = self.loop.create_future()

        def greeted(link: Link) -> None:
            self.on_link(link)
            if not done.done():
                done.set_result(link)

        def failed(kind: CloseKind, detail: str) -> None:
            if not done.done():
                done.set_exception(DialError(kind, detail, channel.remote))

        Greeting(self, channel, identity, True, greeted, failed)
        try:
            return await done
        except asyncio.CancelledError:
            channel.abort(CloseKind.BY_ME)
            raise

    async def dial_pair(
        self, addresses: Sequence[Address], identity: bytes | None = None
    ) -> tuple[Paired, Address]:
        """Pair with who is there; ``identity``: who is expected. ``on_paired`` is called too. Raises
        `DialError` and `PairingError`."""
        channel = await self._dialler(PAIRING, pairing_client_context(), identity).race(addresses)
        assert channel.remote is not None
        certificate = channel.peer_certificate
        peer = identity_of(certificate)
        if peer in self._serving or peer in self._pairing_with:
            # Both sides dialled: one pairing must be the last, or they would show different digits.
            channel.close()
            raise PairingError("busy")
        self._pairing_with.add(peer)
        try:
            client = PairingClient(self.identity, *self.directory.profile(), server=certificate)
            answer = await self._ask(channel, client.begin())
            reveal = client.receive(answer)
            if isinstance(reveal, Paired):
                raise PairingError("bad")
            paired = client.receive(await self._ask(channel, reveal))
            if not isinstance(paired, Paired):
                raise PairingError("bad")
            if self.directory.is_blocked(paired.identity):
                raise PairingError("blocked")
        except PairingError as error:
            if error.kind == "version":
                self.on_update(peer, "", error.newer)
            raise
        finally:
            self._pairing_with.discard(peer)
            channel.close()
        self.on_paired(paired, channel.remote, False)
        return paired, channel.remote

    async def dial_diagnose(self, addresses: Sequence[Address]) -> DiagnoseReply:
        """What that Duplex hears of us. Raises `DialError`."""
        channel = await self._dialler(DIAGNOSIS, pairing_client_context(), None).race(addresses)
        try:
            reply = await self._ask(channel, DiagnoseRequest(version=VERSION))
        finally:
            channel.close()
        if not isinstance(reply, DiagnoseReply):
            raise DialError(CloseKind.BAD_FRAME, "diagnosis", channel.remote)
        return reply

    async def close(self) -> None:
        """Stop listening and end who has not come in yet. Links stay: whoever got them closes them."""
        self._closed = True
        for server in self._servers:
            server.close()
        for visit in list(self._visits):
            visit.channel.abort(CloseKind.BY_ME)
        if self._renewing is not None:
            await self._renewing
        # 3.12's wait_closed waits for the connections too, which are not ours any more.
        self._servers.clear()

    # --- Inside ---

    def context_of(self, door: bytes) -> ssl.SSLContext | None:
        if door == TALKING:
            return self._talking_context
        return self._pairing_context if door in (PAIRING, DIAGNOSIS) else None

    def begin_serving(self, peer: bytes, host: str) -> None:
        """A pairing from outside. Raises `PairingError` where it is not wanted."""
        if self.directory.is_blocked(peer):
            raise PairingError("blocked")
        crossing = peer in self._pairing_with and self.identity.id < peer
        if crossing or peer in self._serving or not self.gate.may_pair(host, time.monotonic()):
            raise PairingError("busy")
        self._serving.add(peer)

    def end_serving(self, peer: bytes) -> None:
        self._serving.discard(peer)

    def visit_over(self, visit: _Visit, host: str, proved: bool) -> None:
        if visit in self._visits:
            del self._visits[visit]
            self.gate.leave(host, proved)

    def admit(self, visit: _Visit, host: str) -> bool:
        if self._closed:
            return False
        if self.gate.is_crowded:
            fullest = self.gate.fullest()
            oldest = next(other for other in self._visits if other.host == fullest)
            self.visit_over(oldest, fullest, False)
            oldest.channel.abort(CloseKind.BY_ME, "crowded")
        if not self.gate.enter(host, time.monotonic()):
            return False
        self._visits[visit] = None
        return True

    def _accept(self) -> Channel:
        channel = Channel(self.loop, self._scratch, choose=self.context_of)
        _Visit(self, channel)
        return channel

    async def _renew(self) -> None:
        """A context for those who are known now; until it is there who was removed is refused by
        `Greeting`."""
        try:
            while True:
                certificates = dict(self.directory.certificates())
                context = await self.loop.run_in_executor(
                    None, talking_server_context, self.identity, certificates.values()
                )
                if certificates.keys() == self.directory.certificates().keys():
                    break
        finally:
            self._renewing = None
        self._talking_context = context
        self._trusted = set(certificates)

    def _dialler(self, door: bytes, context: ssl.SSLContext, identity: bytes | None) -> Dialler:
        def make() -> Channel:
            return Channel(self.loop, self._scratch, door=door, context=context)

        return Dialler(self.loop, make, identity)

    async def _ask(self, channel: Channel, message: Wire) -> Wire:
        """Send, and give the next message. Raises `DialError`."""
        answer: asyncio.Future[Wire] = self.loop.create_future()

        def take(frame: Frame) -> None:
            # File data never comes this far: the decoder refuses it before Hello.
            if not answer.done() and isinstance(frame, Wire):
                answer.set_result(frame)

        def fail(kind: CloseKind, detail: str) -> None:
            if not answer.done():
                answer.set_exception(DialError(kind, detail, channel.remote))

        if not channel.is_open:
            raise DialError(CloseKind.RESET, "", channel.remote)
        channel.on_frame = take
        channel.on_closed = fail
        channel.write(encode(message))
        channel.resume()
        try:
            return await within(PAIRING_TIMEOUT, answer)
        except asyncio.TimeoutError:
            raise DialError(CloseKind.TIMED_OUT, "answer", channel.remote) from None


class _Visit:
    """One connection that came in, until it proved who it is or has gone."""

    def __init__(self, doors: Doors, channel: Channel) -> None:
        self.doors = doors
        self.channel = channel
        self.host = ""
        self._pairing: PairingServer | None = None
        self._serving = b""
        self._timer: asyncio.TimerHandle | None = None
        channel.on_connected = self._connected
        channel.on_ready = self._ready
        channel.on_closed = lambda kind, detail: self._over(proved=False)

    def _connected(self) -> bool:
        assert self.channel.remote is not None
        self.host = self.channel.remote.host
        return self.doors.admit(self, self.host)

    def _ready(self) -> None:
        channel, doors = self.channel, self.doors
        if channel.door == TALKING:
            identity = identity_of(channel.peer_certificate)
            Greeting(
                doors, channel, identity, False, self._greeted, lambda kind, detail: self._over(proved=False)
            )
            return
        channel.on_frame = self._pair if channel.door == PAIRING else self._diagnose
        self._set_timer(FIRST_MESSAGE_TIMEOUT)

    def _greeted(self, link: Link) -> None:
        self._over(proved=True)
        self.doors.on_link(link)

    def _set_timer(self, delay: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.doors.loop.call_later(
            delay, self.channel.abort, CloseKind.TIMED_OUT, "first message"
        )

    def _diagnose(self, frame: Frame) -> None:
        assert self.channel.remote is not None
        if isinstance(frame, DiagnoseRequest):
            self.channel.write(encode(self.doors.directory.diagnosis(self.channel.remote)))
        self.channel.close()

    def _pair(self, frame: Frame) -> None:
        doors, channel = self.doors, self.channel
        assert channel.remote is not None
        if self._pairing is None:
            self._pairing = PairingServer(doors.identity, *doors.directory.profile())
            self._set_timer(PAIRING_TIMEOUT)
        try:
            if not isinstance(frame, Wire):
                raise PairingError("bad")
            answer, paired = self._pairing.receive(frame)
            if not self._serving:
                doors.begin_serving(self._pairing.client, self.host)
                self._serving = self._pairing.client
        except PairingError as error:
            if error.kind == "version":
                doors.on_update(b"", "", error.newer)
            channel.write(encode(PairRefused(reason=error.kind)))
            channel.close()
            return
        channel.write(encode(answer))
        if paired is not None:
            # Before the answer leaves: the other side dials the talking door at once when it has it.
            doors.on_paired(paired, channel.remote, True)
            channel.close()

    def _over(self, proved: bool) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._serving:
            self.doors.end_serving(self._serving)
            self._serving = b""
        self.doors.visit_over(self, self.host, proved)


def _bind(hosts: Sequence[str], port: int) -> list[socket.socket]:
    """One socket for each host, all on the same port. Raises `OSError` where one is taken; a family that this
    PC does not have is left out, unless none is left."""
    sockets: list[socket.socket] = []
    with contextlib.ExitStack() as undo:
        missing: OSError | None = None
        for host in hosts:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            try:
                sock = undo.enter_context(socket.socket(family, socket.SOCK_STREAM))
                if sys.platform == "win32":
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
                else:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                sock.setblocking(False)
                sock.bind((host, port))
            except OSError as error:
                if error.errno not in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
                    raise
                missing = error
                continue
            port = sock.getsockname()[1]
            sockets.append(sock)
        if not sockets:
            raise missing or OSError(errno.EADDRNOTAVAIL, "no address")
        undo.pop_all()
    return sockets
