"""The listener's TLS contexts: one for the pairing and diagnosis doors, and one for the talking door, which
trusts the certificates of those we know."""

from __future__ import annotations

import asyncio
import ssl

from net.chat.identity import pairing_server_context, talking_server_context, trust
from net.chat.wires.duplex.local_side import LocalSide

PAIRING = b"DUPLEX1P"
TALKING = b"DUPLEX1T"
DIAGNOSIS = b"DUPLEX1D"


class DoorContexts:
    """A context can be given one more certificate to trust, and none to forget: where somebody was removed a
    new one is made, off the loop. Until it is there `Greeting` refuses who was removed."""

    def __init__(self, side: LocalSide) -> None:
        self._side = side
        self._pairing: ssl.SSLContext | None = None
        self._talking: ssl.SSLContext | None = None
        self._trusted: set[bytes] = set()
        self._renewing: asyncio.Task[None] | None = None
        self._closed = False

    def of(self, door: bytes) -> ssl.SSLContext | None:
        """None for eight bytes that are no door."""
        if door == TALKING:
            return self._talking
        return self._pairing if door in (PAIRING, DIAGNOSIS) else None

    async def prepare(self) -> None:
        """Make both; before it `of` gives None."""
        side = self._side
        self._pairing = await side.loop.run_in_executor(None, pairing_server_context, side.identity)
        await self._renew()

    def people_changed(self) -> None:
        """Somebody was paired, blocked, unblocked or forgotten."""
        if self._talking is None or self._closed:
            return
        certificates = self._side.directory.certificates()
        added = [identity for identity in certificates if identity not in self._trusted]
        trust(self._talking, [certificates[identity] for identity in added])
        self._trusted.update(added)
        if self._trusted.difference(certificates) and self._renewing is None:
            self._renewing = self._side.loop.create_task(self._renew())

    async def close(self) -> None:
        self._closed = True
        if self._renewing is not None:
            await self._renewing

    async def _renew(self) -> None:
        side = self._side
        try:
            while True:
                certificates = dict(side.directory.certificates())
                context = await side.loop.run_in_executor(
                    None, talking_server_context, side.identity, certificates.values()
                )
                if certificates.keys() == side.directory.certificates().keys():
                    break
        finally:
            self._renewing = None
        self._talking = context
        self._trusted = set(certificates)
