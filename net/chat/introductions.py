"""Introductions: people whom the user adds by hand, by an address or a ``duplex://`` link. NetThread only."""

from __future__ import annotations

import asyncio
import random

from net.address import Address
from net.chat.commands import AddPerson
from net.chat.context import ChatContext
from net.chat.events import ChatFault
from net.chat.troubles import Trouble, trouble
from net.chat.wires.duplex.channel import CloseKind
from net.chat.wires.duplex.dialling import DialError
from net.chat.wires.duplex.doors import Doors
from net.chat.wires.duplex.pairing import PairingError
from net.events import Fault, FaultKind

ATTEMPTS = 4
PAUSE = 0.7
"""Seconds between two attempts to reach who was added."""

_KINDS = {
    CloseKind.UNREACHABLE: FaultKind.UNREACHABLE,
    CloseKind.TIMED_OUT: FaultKind.TIMED_OUT,
    CloseKind.REFUSED: FaultKind.TLS_FAILED,
    CloseKind.IMPOSTOR: FaultKind.TLS_NOT_VERIFIED,
}


class Introductions:
    def __init__(self, context: ChatContext, doors: Doors) -> None:
        self._context = context
        self._doors = doors

    def add(self, command: AddPerson) -> None:
        self._context.tasks.spawn(self._add(command.address, command.identity.lower()))

    async def _add(self, address: Address, identity: str) -> None:
        context = self._context
        for attempt in range(ATTEMPTS):
            try:
                identity = await self._met(address, identity)
                await self._reach(address, identity)
                return
            except PairingError as error:
                if error.kind != "busy":
                    context.emit(trouble(Trouble.PAIRING, identity=identity, detail=error.kind))
                    return
            except DialError as error:
                # Who is asked by many at once turns some away for the moment.
                if error.kind is not CloseKind.RESET or attempt == ATTEMPTS - 1:
                    contact = context.people.get(identity)
                    if contact is None or contact.line is None:
                        context.emit(_dial_fault(error, address, identity))
                    return
            await asyncio.sleep(PAUSE * random.uniform(0.5, 1.5))

    async def _met(self, address: Address, identity: str) -> str:
        """Who is there; paired with, where that was not done."""
        contact = self._context.people.get(identity) if identity else None
        if contact is not None and contact.is_known:
            return identity
        paired, _ = await self._doors.dial_pair([address], bytes.fromhex(identity) if identity else None)
        return paired.identity.hex()

    async def _reach(self, address: Address, identity: str) -> None:
        contact = self._context.people.of(identity)
        if not contact.may_talk:
            self._context.emit(trouble(Trouble.PERSON_BLOCKED, identity=identity))
        elif contact.line is None:
            await self._doors.dial_talk([address], bytes.fromhex(identity))


def _dial_fault(error: DialError, address: Address, identity: str) -> ChatFault:
    """Nobody could be reached at ``address``."""
    where = str(error.address or address)
    kind = _KINDS.get(error.kind, FaultKind.RESET)
    fault = Fault(kind, {"address": where, "detail": error.detail, "seconds": 5})
    return ChatFault(fault, None, identity, {"reason": error.kind.value})
