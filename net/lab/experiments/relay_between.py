"""``relay-between``: a scene's UDP programs with a relay between them, which loses, doubles and delays.

Both sources name the same port. The relay answers there; the server's own port is moved to another one, which
the recording's header tells. Settings: ``server``, the program that is moved (else the first on the right
side); ``port`` (else 12345); what is to happen as in `net.protocol.impairment.settings`, where ``lose``,
``double`` and ``late`` name single datagrams by their number, ``loss``, ``doubled`` and ``reorder`` are
shares drawn from the run's seed, and ``-back`` behind a name is for the answers alone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from functools import partial
from typing import Any

from net.lab.experiments.relays import HOST, LabRelay, bound_socket, clock_offset, impairments_of
from net.lab.recording import Relayed
from net.lab.run.experiment import RunRoom
from net.lab.run.ports import free_port
from net.protocol.impairment.datagrams import Told
from net.sockets.events import RelayedPiece

PORT = 12345


class RelayBetween:
    """NetThread only, except `_relayed`."""

    def __init__(self, room: RunRoom, settings: Mapping[str, Any]) -> None:
        self._room = room
        self._settings = settings
        self._port = int(settings.get("port", PORT))
        self._offset = 0.0
        self._relay: LabRelay | None = None

    async def prepare(self) -> None:
        room, port = self._room, self._port
        there, back = impairments_of(self._settings)
        server = self._server()
        target = (HOST, free_port())
        sock = bound_socket(port)
        ours = sock.getsockname()[1]
        self._offset = clock_offset(room.now())
        self._relay = LabRelay(room.loop, sock, target, there, back, room.seed, self._relayed)
        room.move_port(server, port, target[1])
        room.keep_port(ours)
        if ours != port:
            for name in self._names():
                if name != server:
                    room.move_port(name, port, ours)

    async def run(self) -> None:
        """The relay works by itself."""

    async def close(self) -> None:
        if self._relay is not None:
            await self._relay.close()

    def _names(self) -> list[str]:
        scene = self._room.scene
        if scene is None:
            return []
        return [
            name
            for each in scene.programs
            for name in (
                [each.name]
                if each.copies == 1
                else [f"{each.name}-{number}" for number in range(1, each.copies + 1)]
            )
        ]

    def _server(self) -> str:
        scene = self._room.scene
        named = str(self._settings.get("server", ""))
        on_the_right = [each.name for each in scene.programs if each.side == 1] if scene is not None else []
        return named or (on_the_right or self._names())[0]

    def _relayed(self, told: list[Told[Any]], pieces: list[RelayedPiece]) -> None:
        """On the relay's thread."""
        events = []
        here = f"{HOST}:{self._port}"
        for one, piece in zip(told, pieces, strict=True):
            client = f"{piece.client[0]}:{piece.client[1]}"
            source, target = (here, client) if piece.back else (client, here)
            events.append(
                Relayed(
                    one.at + self._offset,
                    source=source,
                    target=target,
                    fate=piece.fate.value,
                    data=piece.data,
                    size=len(piece.data),
                    delay=one.delay,
                    queued=one.queued,
                )
            )
        with contextlib.suppress(RuntimeError):
            self._room.loop.call_soon_threadsafe(partial(self._record, events))

    def _record(self, events: list[Relayed]) -> None:
        for event in events:
            self._room.record(event)
