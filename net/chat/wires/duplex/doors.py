"""The doors: the chat's listener with its three doors, and calling at those of others.

Everything runs on the loop's thread. Whoever comes in is a `Visit` until it has proved who it is; `Caller`
goes to others. Both end in the callbacks of `LocalSide`.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import sys
from collections.abc import Callable, Sequence

from net.address import Address
from net.chat.identity import Identity
from net.chat.wires.duplex.caller import Caller
from net.chat.wires.duplex.channel import Channel
from net.chat.wires.duplex.door_contexts import DoorContexts
from net.chat.wires.duplex.frame_reader import Scratch
from net.chat.wires.duplex.gate import Gate, Limits
from net.chat.wires.duplex.link import Link
from net.chat.wires.duplex.local_side import Directory, LocalSide
from net.chat.wires.duplex.pairing import Paired
from net.chat.wires.duplex.pairing_runs import PairingRuns
from net.chat.wires.duplex.visit import Visit, Visitors
from net.protocol.chat.messages import DiagnoseReply

PORTS_TRIED = 21
BACKLOG = 128
"""Connections that wait to be accepted, and that are accepted at once: each needs a file descriptor."""


class Doors:
    """The callbacks are those of `LocalSide`. ``gate`` counts who came in and has not proved who it is."""

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
        self.gate = Gate(limits or Limits())
        self.port = 0
        self._side = LocalSide(loop, identity, directory, on_link, on_paired, on_update)
        self._scratch = Scratch()
        self._contexts = DoorContexts(self._side)
        self._visitors = Visitors(self.gate)
        self._runs = PairingRuns(identity.id, self.gate, directory.is_blocked)
        self._caller = Caller(self._side, self._scratch, self._runs)
        self._servers: list[asyncio.AbstractServer] = []

    # --- Ours ---

    async def listen(self, port: int, hosts: Sequence[str] = ("0.0.0.0", "::")) -> int:
        """Open the listener on ``port`` or, where it is taken, the next free one; gives the port. Raises
        `OSError`. Port 0: any."""
        await self._contexts.prepare()
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
                server = await self._side.loop.create_server(self._accept, sock=sock, backlog=BACKLOG)
                self._servers.append(server)
            return self.port
        raise error

    def people_changed(self) -> None:
        """Somebody was paired, blocked, unblocked or forgotten. Who was removed is refused from now on; open
        links are the caller's to close."""
        self._contexts.people_changed()

    async def close(self) -> None:
        """Stop listening and end who has not come in yet. Links stay: whoever got them closes them."""
        for server in self._servers:
            server.close()
        self._visitors.close()
        await self._contexts.close()
        # 3.12's wait_closed waits for the connections too, which are not ours any more.
        self._servers.clear()

    def _accept(self) -> Channel:
        channel = Channel(self._side.loop, self._scratch, choose=self._contexts.of)
        Visit(self._side, self._visitors, self._runs, channel)
        return channel

    # --- Those of others ---

    async def dial_talk(self, addresses: Sequence[Address], identity: bytes) -> Link:
        """As `Caller.talk`."""
        return await self._caller.talk(addresses, identity)

    async def dial_pair(
        self, addresses: Sequence[Address], identity: bytes | None = None
    ) -> tuple[Paired, Address]:
        """As `Caller.pair`."""
        return await self._caller.pair(addresses, identity)

    async def dial_diagnose(self, addresses: Sequence[Address]) -> DiagnoseReply:
        """As `Caller.diagnose`."""
        return await self._caller.diagnose(addresses)


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
