"""A hostile peer against a live Engine: real TLS, a key of its own, and whatever it likes to say."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sqlite3
import threading
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from net.address import Address
from net.chat.events import PersonChanged
from net.chat.identity import Identity, load_or_create
from net.chat.line import Line
from net.chat.wires.duplex.link import Link
from net.chat.wires.duplex.pairing import Paired
from net.events import StoreFaulted
from net.protocol.chat.frames import encode, encode_body
from net.protocol.chat.messages import (
    Accept,
    Begin,
    Delivered,
    End,
    Offer,
    Queued,
    TransferItem,
    TransferItems,
    Want,
    Wire,
)
from tests.net.chat.duplexes import Duplex
from tests.net.chat.engines import Chatter

DEADLINE = 30.0
"""Seconds: only a failing test waits as long."""
T = TypeVar("T")


class Hostile:
    """Its loop runs on a thread of its own; all methods are called from the test's."""

    def __init__(self, folder: Path, name: str = "Mallory", identity: Identity | None = None) -> None:
        self.identity = identity or load_or_create(folder)
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.number = 0
        self.target: Address | None = None
        self.victim = b""

        async def make() -> Duplex:
            duplex = Duplex(self.identity, name)
            await duplex.doors.listen(0, ("127.0.0.1",))
            return duplex

        self.duplex = self.do(make())

    @property
    def hex(self) -> str:
        return self.identity.hex

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(DEADLINE)

    def call(self, work: Callable[[], T]) -> T:
        async def run() -> T:
            return work()

        return self.do(run())

    def pair(self, victim: Chatter) -> Paired:
        self.target, self.victim = victim.address, bytes.fromhex(victim.identity)
        return self.do(self.duplex.doors.dial_pair([victim.address]))[0]

    def talk(self) -> Link:
        """The link to the victim, dialled where there is none."""
        links = [one for one in self.duplex.links if one.identity == self.victim and one.is_open]
        link = links[-1] if links else None
        if link is None:
            assert self.target is not None
            self.call(self._drop_what_is_over)
            link = self.do(self.duplex.doors.dial_talk([self.target], self.victim))
        return link

    def _drop_what_is_over(self) -> None:
        """It would be kept for nothing, and is large."""
        self.duplex.links[:] = [one for one in self.duplex.links if one.is_open]
        self.duplex.ends.clear()

    def meet(self, victim: Chatter) -> None:
        """Both have a link to each other."""
        self.pair(victim)
        self.talk()

        def told() -> bool:
            people = [event.person for event in victim.all(PersonChanged)]
            return any(one.path for one in people if one.identity == self.hex)

        victim.wait(told, f"the link to {self.duplex.name}")

    def send(self, *messages: Wire) -> None:
        """On the link there is, or a new one."""
        self.write(b"".join(map(encode, messages)))

    def write(self, frames: bytes) -> None:
        link = self.talk()
        self.call(lambda: link.send_encoded(frames))

    def queue(self, *bodies: Wire) -> None:
        """In envelopes, numbered on."""
        self.send(*map(self.envelope, bodies))

    def envelope(self, body: Wire) -> Queued:
        self.number += 1
        return Queued(number=self.number, body=encode_body(body))

    def stored(self) -> bool:
        """Whether the victim has all that was queued on its disk, or has hung up."""
        if not any(one.is_open for one in self.duplex.links):
            return True
        heard = [one.number for one in tuple(self.duplex.messages) if isinstance(one, Delivered)]
        return max(heard, default=0) >= self.number

    def heard(self, kind: type[T]) -> list[T]:
        return [one for one in tuple(self.duplex.messages) if isinstance(one, kind)]

    def settle(self, victim: Chatter) -> None:
        victim.wait(self.stored, "what the hostile one queued")

    def stop(self) -> None:
        async def end() -> None:
            await self.duplex.doors.close()
            for link in self.duplex.links:
                link.abort()
            # One that is destroyed while it waits is complained of, in whatever test that happens.
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            await asyncio.sleep(0)

        with suppress(TimeoutError):
            self.do(end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(DEADLINE)
        self.loop.close()


@dataclass
class Sender:
    """Sends ``files`` (paths and contents), as `Offer` promised."""

    hostile: Hostile
    files: Sequence[tuple[list[str], bytes]]
    transfer: bytes = b"T" * 16
    sizes: dict[int, int] = field(default_factory=dict)

    def offer(self) -> None:
        self.hostile.talk().on_message = self._take
        size = sum(len(content) for _, content in self.files)
        self.hostile.queue(
            Offer(id=self.transfer, time=0, title="../title", count=len(self.files), size=size)
        )

    def _take(self, link: Line, message: Wire) -> None:
        self.hostile.duplex.messages.append(message)
        if isinstance(message, Accept):
            items = [
                TransferItem(path=path, size=self.sizes.get(index, len(content)))
                for index, (path, content) in enumerate(self.files)
            ]
            link.send(TransferItems(transfer=self.transfer, first=0, items=items))
        elif isinstance(message, Want):
            content = self.files[message.item][1]
            link.send(
                Begin(
                    transfer=self.transfer,
                    item=message.item,
                    channel=message.request,
                    offset=message.offset,
                    size=len(content),
                    modified=2**53,
                    request=message.request,
                )
            )
            if content:
                link.send_data(message.request, content)
            link.send(End(channel=message.request, digest=hashlib.sha256(content).digest()))


def tree(folder: Path, apart: Path) -> set[str]:
    """All there is in ``folder`` but in ``apart``; what sqlite makes and removes by itself is left out. What
    goes while it is looked for does not count."""
    found = set()
    for place, folders, files in os.walk(folder):
        if apart.parent == Path(place) and apart.name in folders:
            folders.remove(apart.name)
        found |= {str(Path(place, name).relative_to(folder)) for name in (*folders, *files)}
    return {path for path in found if not path.endswith(("-wal", "-shm"))}


def assert_whole(history: Path) -> None:
    database = sqlite3.connect(history)
    try:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        database.close()


def assert_untroubled(*chatters: Chatter) -> None:
    for one in chatters:
        assert not one.all(StoreFaulted)
