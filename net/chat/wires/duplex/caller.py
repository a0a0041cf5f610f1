"""Calling others at their doors: to talk, to pair, to ask what they hear of us."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence

from net.address import Address
from net.chat.identity import identity_of, pairing_client_context, talking_client_context
from net.chat.wires.duplex.channel import Channel, CloseKind
from net.chat.wires.duplex.dialling import DialError, Dialler, within
from net.chat.wires.duplex.door_contexts import DIAGNOSIS, PAIRING, TALKING
from net.chat.wires.duplex.frame_reader import Scratch
from net.chat.wires.duplex.greeting import Greeting
from net.chat.wires.duplex.link import Link
from net.chat.wires.duplex.local_side import LocalSide
from net.chat.wires.duplex.pairing import Paired, PairingClient, PairingError
from net.chat.wires.duplex.pairing_runs import PairingRuns
from net.chat.wires.duplex.visit import PAIRING_TIMEOUT
from net.protocol.chat.frames import Frame, encode
from net.protocol.chat.messages import VERSION, DiagnoseReply, DiagnoseRequest, Wire


class Caller:
    """Of several addresses of one person all are raced, the first first (`Dialler`)."""

    def __init__(self, side: LocalSide, scratch: Scratch, runs: PairingRuns) -> None:
        self._side = side
        self._scratch = scratch
        self._runs = runs

    async def talk(self, addresses: Sequence[Address], identity: bytes) -> Link:
        """A link to ``identity``; also given to ``on_link``, before it is returned. Raises `DialError`."""
        side = self._side
        certificate = side.directory.certificates().get(identity)
        if certificate is None:
            raise DialError(CloseKind.REFUSED, "not paired")
        context = await side.loop.run_in_executor(None, talking_client_context, side.identity, certificate)
        channel = await self._dialler(TALKING, context, identity).race(addresses)
        done: asyncio.Future[Link] = side.loop.create_future()

        def greeted(link: Link) -> None:
            side.on_link(link)
            if not done.done():
                done.set_result(link)

        def failed(kind: CloseKind, detail: str) -> None:
            if not done.done():
                done.set_exception(DialError(kind, detail, channel.remote))

        Greeting(side, channel, identity, True, greeted, failed)
        try:
            return await done
        except asyncio.CancelledError:
            channel.abort(CloseKind.BY_ME)
            raise

    async def pair(
        self, addresses: Sequence[Address], identity: bytes | None = None
    ) -> tuple[Paired, Address]:
        """Pair with who is there; ``identity``: who is expected. ``on_paired`` is called too. Raises
        `DialError` and `PairingError`."""
        side = self._side
        channel = await self._dialler(PAIRING, pairing_client_context(), identity).race(addresses)
        certificate = channel.peer_certificate
        peer = identity_of(certificate)
        try:
            self._runs.begin_asking(peer)
        except PairingError:
            channel.close()
            raise
        try:
            name, colour = side.directory.profile()
            client = PairingClient(side.identity, name, colour, server=certificate)
            answer = await ask(side.loop, channel, client.begin())
            reveal = client.receive(answer)
            if isinstance(reveal, Paired):
                raise PairingError("bad")
            paired = client.receive(await ask(side.loop, channel, reveal))
            if not isinstance(paired, Paired):
                raise PairingError("bad")
            if side.directory.is_blocked(paired.identity):
                raise PairingError("blocked")
        except PairingError as error:
            if error.kind == "version":
                side.on_update(peer, "", error.newer)
            raise
        finally:
            self._runs.end_asking(peer)
            channel.close()
        side.on_paired(paired, channel.remote, False)
        return paired, channel.remote

    async def diagnose(self, addresses: Sequence[Address]) -> DiagnoseReply:
        """What that Duplex hears of us. Raises `DialError`."""
        channel = await self._dialler(DIAGNOSIS, pairing_client_context(), None).race(addresses)
        try:
            reply = await ask(self._side.loop, channel, DiagnoseRequest(version=VERSION))
        finally:
            channel.close()
        if not isinstance(reply, DiagnoseReply):
            raise DialError(CloseKind.BAD_FRAME, "diagnosis", channel.remote)
        return reply

    def _dialler(self, door: bytes, context: ssl.SSLContext, identity: bytes | None) -> Dialler:
        def make() -> Channel:
            return Channel(self._side.loop, self._scratch, door=door, context=context)

        return Dialler(self._side.loop, make, identity)


async def ask(loop: asyncio.AbstractEventLoop, channel: Channel, message: Wire) -> Wire:
    """Send, and give the next message. Raises `DialError`."""
    answer: asyncio.Future[Wire] = loop.create_future()

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
