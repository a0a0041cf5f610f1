"""Duplexes for the tests of the chat's doors: identity, directory and doors, all on the test's own loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from net.address import Address
from net.chat.identity import Identity, load_or_create
from net.chat.wires.duplex.channel import Channel, CloseKind
from net.chat.wires.duplex.dialling import Dialler
from net.chat.wires.duplex.doors import Doors
from net.chat.wires.duplex.frame_reader import Scratch
from net.chat.wires.duplex.gate import Limits
from net.chat.wires.duplex.link import Link
from net.chat.wires.duplex.pairing import Paired
from net.protocol.chat.messages import DiagnoseReply, Hello, Wire

DEADLINE = 30.0
"""Seconds: only a failing test waits as long."""
_identities: list[Identity] = []


def identity_number(number: int) -> Identity:
    """Made once for all tests of a process, ordered by id."""
    if not _identities:
        made = [load_or_create(Path(tempfile.mkdtemp(prefix="duplex-identity-"))) for _ in range(5)]
        _identities.extend(sorted(made, key=lambda identity: identity.id))
    return _identities[number]


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run on a loop of its own; whatever it complains about fails the test."""
    complaints: list[dict[str, Any]] = []

    async def watched() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
        await asyncio.wait_for(main, 3 * DEADLINE)

    asyncio.run(watched())
    assert not complaints


async def until(condition: Callable[[], object], what: str = "", deadline: float = DEADLINE) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + deadline
    late = False
    while not condition():
        assert not late, f"waited in vain: {what}"
        # Asked once more after the end: the machine may have had no time for this process.
        late = loop.time() > end
        await asyncio.sleep(0.005)


async def at_door(door: bytes, context: ssl.SSLContext, address: Address) -> Channel:
    """A channel that has shaken hands there, paused; nothing was said yet."""
    loop, scratch = asyncio.get_running_loop(), Scratch()
    return await Dialler(
        loop, lambda: Channel(loop, scratch, door=door, context=context), identity=None
    ).race([address])


async def turn() -> None:
    """One turn of the loop: what is ready is done."""
    await asyncio.sleep(0)


@dataclass
class Duplex:
    identity: Identity
    name: str = "王"
    known: dict[bytes, bytes] = field(default_factory=dict)
    blocked: set[bytes] = field(default_factory=set)
    links: list[Link] = field(default_factory=list)
    paired: list[tuple[Paired, bool]] = field(default_factory=list)
    messages: list[Wire] = field(default_factory=list)
    data: list[tuple[int, bytes]] = field(default_factory=list)
    ends: list[tuple[Link, CloseKind, str]] = field(default_factory=list)
    updates: list[tuple[bytes, str, bool]] = field(default_factory=list)
    hello_fields: dict[str, Any] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.doors = Doors(
            loop, self.identity, self, self._linked, self._paired, self._update, limits=self.limits
        )

    # --- The directory ---

    def certificates(self) -> Mapping[bytes, bytes]:
        return {id_: known for id_, known in self.known.items() if id_ not in self.blocked}

    def is_blocked(self, identity: bytes) -> bool:
        return identity in self.blocked

    def hello(self, identity: bytes) -> Hello:
        fields: dict[str, Any] = {"version": 1, "min_version": 1, "name": self.name, "stream": b"s" * 16}
        return Hello(**{**fields, **self.hello_fields})

    def profile(self) -> tuple[str, str]:
        return self.name, "#3366ff"

    def diagnosis(self, asker: Address) -> DiagnoseReply:
        return DiagnoseReply(
            version=1, heard_beacon=True, heard_dns_sd=False, seen_address=asker.host, interfaces=["eth0"]
        )

    # --- What the doors report ---

    def _linked(self, link: Link) -> None:
        self.links.append(link)
        link.on_message = lambda link, message: self.messages.append(message)
        link.on_data = lambda link, channel, data: self.data.append((channel, bytes(data)))
        link.on_closed = lambda link, kind, detail: self.ends.append((link, kind, detail))

    def _paired(self, paired: Paired, address: Address, incoming: bool) -> None:
        self.paired.append((paired, incoming))
        self.known[paired.identity] = paired.certificate
        self.doors.people_changed()

    def _update(self, identity: bytes, name: str, ours: bool) -> None:
        self.updates.append((identity, name, ours))

    # --- For the tests ---

    def knows(self, *others: Duplex) -> None:
        for other in others:
            self.known[other.identity.id] = other.identity.certificate
        self.doors.people_changed()

    @property
    def address(self) -> Address:
        return Address("127.0.0.1", self.doors.port)

    async def talk_to(self, other: Duplex) -> Link:
        return await self.doors.dial_talk([other.address], other.identity.id)


@contextlib.asynccontextmanager
async def duplexes(count: int, acquainted: bool = True, **options: Any) -> AsyncIterator[list[Duplex]]:
    """That many on ports of their own; at the end everything is closed."""
    made = [Duplex(identity_number(number), **options) for number in range(count)]
    try:
        for one in made:
            await one.doors.listen(0, ("127.0.0.1",))
            if acquainted:
                one.knows(*(other for other in made if other is not one))
        yield made
    finally:
        for one in made:
            await one.doors.close()
            for link in one.links:
                link.abort()
        await asyncio.sleep(0)


class Relay:
    """A TCP relay on a thread's own sockets: what a middle box sees."""

    def __init__(self, target: Address) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = Address.from_socket(self._listener.getsockname())
        self.seen: list[bytes] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection((self._target.host, self._target.port))
                for source, target in ((client, server), (server, client)):
                    threading.Thread(target=self._copy, args=(source, target), daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.seen.append(data)
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        # Closing alone does not wake the thread, and as long as it waits there the port is not free.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


async def receive(sock: socket.socket) -> bytes:
    """All until the other side ends."""
    loop = asyncio.get_running_loop()
    pieces = []
    with contextlib.suppress(ConnectionResetError):
        while piece := await asyncio.wait_for(loop.sock_recv(sock, 65536), DEADLINE):
            pieces.append(piece)
    return b"".join(pieces)
