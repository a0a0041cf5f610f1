"""``one-road``: many senders share one narrow road to one receiver, and the share of it that carries new data
is measured where it ends.

The programs of the scene, a receiver and many copies of a sender, run without the hook. Everybody says
``hello`` until the receiver, once all are there, answers ``go``; then they send numbers for ``seconds``.
Settings: ``rate`` (datagrams a second), ``queue``, ``seconds``, any of `net.protocol.impairment.settings`.

Recorded once a second, and for the whole with ``-total``, the first second left out, in which the queue
fills: ``useful`` (percent of what passed that had not passed before), ``offered`` and ``delivered``
(datagrams that came and passed), ``queue-full`` (those that were lost) and ``queued``; besides ``fairness``
(Jain, Chiu and Hawe 1984, of the new data of each sender: 1 if all have the same, 1/n if one has all).
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from net.address import SocketAddress
from net.lab.experiments.relays import HOST, LabRelay, bound_socket, impairments_of
from net.lab.recording import Measured
from net.lab.run.experiment import RunRoom
from net.lab.run.ports import free_port
from net.protocol.impairment.datagrams import Told
from net.protocol.impairment.settings import Impairment
from net.sockets.events import RelayedPiece

DEFAULTS = {"rate": 400, "queue": 100}
SECONDS = 10
GO = b"go"
HELLO = b"hello"
PATIENCE = 120.0
"""Seconds for all programs to start."""


@dataclass(slots=True)
class Passage:
    """What passed, in datagrams. ``new``: for each sender, those that had not passed before."""

    offered: int = 0
    delivered: int = 0
    queue_full: int = 0
    new: Counter[SocketAddress] = field(default_factory=Counter)

    @property
    def useful(self) -> float:
        """Percent of what was delivered; 0 if nothing was."""
        return 100.0 * self.new.total() / self.delivered if self.delivered else 0.0

    def fairness(self, senders: int) -> float:
        squares = sum(count * count for count in self.new.values())
        return self.new.total() ** 2 / (senders * squares) if squares else 0.0

    def add(self, other: Passage) -> None:
        self.offered += other.offered
        self.delivered += other.delivered
        self.queue_full += other.queue_full
        self.new.update(other.new)


class OneRoad:
    """NetThread only, except `_relayed`."""

    def __init__(self, room: RunRoom, settings: Mapping[str, Any]) -> None:
        self._room = room
        self._seconds = int(settings.get("seconds", SECONDS))
        self._settings = {**DEFAULTS, **settings}
        self._relay: LabRelay | None = None
        self._going = asyncio.Event()
        self._lock = threading.Lock()
        self._passed: set[tuple[SocketAddress, bytes]] = set()
        self._second = Passage()

    async def prepare(self) -> None:
        room, scene = self._room, self._room.scene
        there, _back = impairments_of(self._settings)
        target = (HOST, free_port())
        sock = bound_socket(0)
        road = sock.getsockname()[1]
        self._relay = LabRelay(room.loop, sock, target, there, Impairment(), room.seed, self._relayed)
        for each in scene.programs if scene is not None else ():
            room.unhook(each.name)
            if each.side == 0:
                room.set_arguments(each.name, str(road), str(self._seconds))
            else:
                room.set_arguments(each.name, str(target[1]), str(self._senders))

    @property
    def _senders(self) -> int:
        scene = self._room.scene
        return sum(each.copies for each in scene.programs if each.side == 0) if scene is not None else 0

    async def run(self) -> None:
        # Not wait_for(), which before Python 3.12 can forget that it was cancelled.
        going = self._room.loop.create_task(self._going.wait())
        try:
            await asyncio.wait({going}, timeout=PATIENCE)
        finally:
            going.cancel()
        if not self._going.is_set():
            return
        whole = Passage()
        self._take()
        for second in range(1, self._seconds + 1):
            await asyncio.sleep(1.0)
            passage = self._take()
            self._tell(passage, "")
            if second > 1:
                whole.add(passage)
        self._tell(whole, "-total")
        fairness = round(whole.fairness(self._senders), 3)
        self._room.record(Measured(self._room.now(), name="fairness", value=fairness))

    async def close(self) -> None:
        if self._relay is not None:
            await self._relay.close()

    def _take(self) -> Passage:
        """What has passed since the last call."""
        with self._lock:
            passage, self._second = self._second, Passage()
        return passage

    def _tell(self, passage: Passage, suffix: str) -> None:
        queued = self._relay.thread.queued if self._relay is not None else 0
        figures = [
            ("useful", round(passage.useful, 1), "percent"),
            ("offered", passage.offered, "datagrams"),
            ("delivered", passage.delivered, "datagrams"),
            ("queue-full", passage.queue_full, "datagrams"),
        ]
        if not suffix:
            figures.append(("queued", queued, "datagrams"))
        now = self._room.now()
        for name, value, unit in figures:
            self._room.record(Measured(now, name=name + suffix, value=float(value), unit=unit))

    def _relayed(self, told: list[Told[Any]], pieces: list[RelayedPiece]) -> None:
        """On the relay's thread."""
        with self._lock:
            for piece in pieces:
                if piece.back or piece.data == HELLO:
                    continue
                self._second.offered += 1
                if not piece.fate.leaves:
                    self._second.queue_full += 1
                    continue
                self._second.delivered += 1
                key = (piece.client, piece.data)
                if key not in self._passed:
                    self._passed.add(key)
                    self._second.new[piece.client] += 1
        if any(piece.back and piece.data == GO for piece in pieces):
            with contextlib.suppress(RuntimeError):
                self._room.loop.call_soon_threadsafe(self._going.set)
