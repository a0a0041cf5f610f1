"""One message to all 1,000 members of a room, through the Engine, against a bare asyncio TLS broadcast.

``python -m tests.bench.chat_room members FOLDER PORT ROOM`` and ``... clients PORT COUNT SIZE`` are the other
ends, each a process of its own: they print ``ready``, then a line each time that all of them have the
message.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import net.chat.wires.duplex.doors
from net.address import Address
from net.chat.commands import CreateRoom, SendText
from net.chat.conversation import Conversation
from net.chat.events import Room, RoomChanged
from net.chat.history import History, HistoryStore, PersonRecord
from net.chat.identity import load_or_create
from net.chat.ids import new_id
from net.chat.wires.duplex.gate import Limits
from net.protocol.chat.messages import Wire
from net.protocol.chat.room_messages import RoomJoin, RoomLog, RoomState
from tests.bench.chat_peer import start_engine
from tests.bench.figures import ROUNDS, Figure, interleave
from tests.bench.tcp import more_files
from tests.bench.transfers import _certificate
from tests.net.chat.duplexes import Duplex
from tests.programs import start_program

MEMBERS = 1000
TEXT = "x" * 100
ROOM = "ab" * 16
CALM_SECONDS = 6.0
DIALS = 20
WIDE_OPEN = Limits(open_per_address=5000, open_in_all=5000, burst=100_000, pairings=100_000)


def _write_people(profile: Path, folder: Path) -> None:
    """The host knows all members already: pairing is not what is measured."""
    records = []
    for number in range(MEMBERS):
        identity = load_or_create(folder / str(number))
        records.append(PersonRecord(identity.hex, identity.certificate, f"Member {number}"))
    written = threading.Event()
    history = History(profile, lambda callback: callback(), lambda events: None, None, lambda counts: None)

    def remember(store: HistoryStore) -> None:
        for record in records:
            store.people.remember(record)

    history.submit(remember, lambda _: written.set())
    written.wait(60)
    history.stop()
    history.join(30)


class Host:
    """An Engine that hosts a room with all members in it."""

    def __init__(self, folder: Path) -> None:
        _write_people(folder / "host", folder / "members")
        # The members come from one address, as no LAN's do.
        net.chat.wires.duplex.doors.Limits = lambda: WIDE_OPEN  # type: ignore[attr-defined, assignment, misc]
        self.engine, started = start_engine(folder / "host", "Host")
        self._room: Room | None = None
        threading.Thread(target=self._read, daemon=True).start()
        self.engine.submit(CreateRoom(ROOM, "Room"))
        self.peer = _start("members", str(folder), str(started.port), ROOM)
        assert self.peer.stdout is not None and self.peer.stdout.readline() == "ready\n"
        # Everybody is told of everybody who came; that is over soon.
        time.sleep(CALM_SECONDS)
        assert self._room is not None and self._room.members == MEMBERS + 1

    def _read(self) -> None:
        while True:
            for event in self.engine.events.get(timeout=3600.0):
                if isinstance(event, RoomChanged):
                    self._room = event.room

    def broadcast(self) -> float:
        assert self.peer.stdout is not None
        begun = time.perf_counter()
        self.engine.submit(SendText(Conversation.room(ROOM), new_id(), TEXT))
        self.peer.stdout.readline()
        return time.perf_counter() - begun

    def close(self) -> None:
        _end(self.peer)
        self.engine.stop()
        self.engine.join(30.0)


class Bare:
    """What one would write by hand: an asyncio TLS server that writes as many bytes to all it has."""

    def __init__(self, folder: Path) -> None:
        key, certificate = _certificate(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.transports: list[asyncio.Transport] = []
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        serving = self.loop.create_server(lambda: _Gathered(self.transports), "127.0.0.1", 0, ssl=context)
        self.server = asyncio.run_coroutine_threadsafe(serving, self.loop).result(10)
        port = self.server.sockets[0].getsockname()[1]
        self.peer = _start("clients", str(port), str(MEMBERS), str(len(TEXT)))
        assert self.peer.stdout is not None and self.peer.stdout.readline() == "ready\n"
        while len(self.transports) < MEMBERS:
            time.sleep(0.01)

    def broadcast(self) -> float:
        assert self.peer.stdout is not None
        begun = time.perf_counter()
        self.loop.call_soon_threadsafe(self._write, TEXT.encode())
        self.peer.stdout.readline()
        return time.perf_counter() - begun

    def _write(self, data: bytes) -> None:
        for transport in self.transports:
            transport.write(data)

    def close(self) -> None:
        _end(self.peer)
        self.loop.call_soon_threadsafe(self.loop.stop)


class _Gathered(asyncio.Protocol):
    def __init__(self, transports: list[asyncio.Transport]) -> None:
        self._transports = transports

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transports.append(transport)


def _start(*words: str) -> subprocess.Popen[str]:
    return start_program(
        [sys.executable, "-m", "tests.bench.chat_room", *words], stdout=subprocess.PIPE, text=True
    )


def _end(peer: subprocess.Popen[str]) -> None:
    peer.kill()
    peer.wait()
    if peer.stdout is not None:
        peer.stdout.close()


def room() -> Figure:
    more_files()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as ends:
        host = Host(Path(folder))
        ends.callback(host.close)
        bare = Bare(Path(folder))
        ends.callback(bare.close)
        figure = Figure(f"one message to a room of {MEMBERS:,}", "s", at_most=1.5)
        return interleave(figure, lambda: _best(host.broadcast), lambda: _best(bare.broadcast))


def _best(measure: Callable[[], float]) -> float:
    return min(measure() for _turn in range(ROUNDS))


# -- the other ends


class _All:
    """Says ``word`` each time that all have said that they have it."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._have = 0

    def one_more(self, word: str) -> None:
        self._have += 1
        if self._have == self._count:
            self._have = 0
            print(word, flush=True)


async def members(folder: Path, port: int, room: str) -> None:
    host = load_or_create(folder / "host")
    joined, heard = _All(MEMBERS), _All(MEMBERS)
    admitted: set[object] = set()
    turns = asyncio.Semaphore(DIALS)
    kept: list[Any] = []

    async def join(number: int) -> None:
        member = Duplex(load_or_create(folder / "members" / str(number)), f"Member {number}")
        member.known[host.id] = host.certificate

        def take(link: object, message: Wire) -> None:
            if isinstance(message, RoomLog):
                heard.one_more("heard")
            elif isinstance(message, RoomState) and link not in admitted:
                admitted.add(link)
                joined.one_more("ready")

        async with turns:
            link = await member.doors.dial_talk([Address("127.0.0.1", port)], host.id)
            link.on_message = take
            link.send(RoomJoin(room=bytes.fromhex(room)))
            kept.append((member, link))

    await asyncio.gather(*(join(number) for number in range(MEMBERS)))
    await asyncio.Event().wait()


class _Client(asyncio.Protocol):
    def __init__(self, heard: _All, size: int) -> None:
        self._heard, self._size, self._have = heard, size, 0

    def data_received(self, data: bytes) -> None:
        self._have += len(data)
        if self._have >= self._size:
            self._have -= self._size
            self._heard.one_more("heard")


async def clients(port: int, count: int, size: int) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    heard = _All(count)
    loop = asyncio.get_running_loop()
    kept = []
    for _turn in range(count):
        client = await loop.create_connection(lambda: _Client(heard, size), "127.0.0.1", port, ssl=context)
        kept.append(client)
    print("ready", flush=True)
    await asyncio.Event().wait()


def figures() -> Iterator[Figure]:
    yield room()


if __name__ == "__main__":
    more_files()
    if sys.argv[1] == "members":
        asyncio.run(members(Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
    else:
        asyncio.run(clients(*map(int, sys.argv[2:5])))
