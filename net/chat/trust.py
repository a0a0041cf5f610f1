"""Trust: who somebody is, as far as this PC knows; what the user decides about it. NetThread only."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable

from net.address import Address
from net.chat.commands import AddPerson, BlockPerson, ConfirmDigits, ForgetPerson, TrustNewKey
from net.chat.context import ChatContext
from net.chat.events import ConversationChanged, DigitsCompared, KeyChanged, Trust
from net.chat.history import HistoryStore
from net.chat.people import Contact
from net.chat.troubles import Trouble, dial_fault, trouble
from net.chat.wires.duplex.channel import CloseKind
from net.chat.wires.duplex.delivery import Effect
from net.chat.wires.duplex.dialling import DialError
from net.chat.wires.duplex.doors import Doors
from net.chat.wires.duplex.pairing import Paired, PairingError
from net.protocol.chat.cleaning import clean_name
from net.protocol.chat.messages import CompareDigits

logger = logging.getLogger("duplex.chat")

ADD_ATTEMPTS = 4
ADD_PAUSE = 0.7
"""Seconds between two attempts to reach who was added by hand."""


class TrustDecisions:
    """``on_people()``: somebody became or ceased to be one who may talk with us."""

    def __init__(self, context: ChatContext, doors: Doors, on_people: Callable[[], object]) -> None:
        self._context = context
        self._doors = doors
        self._on_people = on_people

    def paired(self, paired: Paired, address: Address, incoming: bool) -> None:
        """Somebody proved a key. Who is new is remembered, unverified; who has the name of another that is
        known is held back until the user decides."""
        people = self._context.people
        known = people.get(paired.identity.hex())
        if incoming and (known is None or not known.is_known) and people.is_crowded:
            logger.warning("%s is one too many", paired.identity.hex()[:8])
            return
        contact = people.of(paired.identity.hex())
        contact.digits = paired.digits
        contact.confirmed = contact.confirmed_there = False
        if not incoming:
            contact.addresses = tuple(dict.fromkeys([str(address), *contact.addresses]))
        if not contact.is_known:
            contact.certificate = paired.certificate
            contact.name, contact.colour = clean_name(paired.name), paired.colour
            if contact.trust is Trust.UNKNOWN:
                contact.trust = Trust.UNVERIFIED
                namesake = people.namesake(contact.name, contact.identity)
                if namesake is not None:
                    contact.trust = Trust.CHANGED
                    self._context.emit(KeyChanged(contact.identity, namesake.identity, contact.name))
        self._context.delivery.learn(contact.identity)
        people.remember(contact)
        self._people_changed()
        if not incoming and contact.may_talk:
            self._context.links.want(contact)

    def add(self, command: AddPerson) -> None:
        self._context.links.spawn(self._add(command.address, command.identity.lower()))

    async def _add(self, address: Address, identity: str) -> None:
        context = self._context
        for attempt in range(ADD_ATTEMPTS):
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
                if error.kind is not CloseKind.RESET or attempt == ADD_ATTEMPTS - 1:
                    contact = context.people.get(identity)
                    if contact is None or contact.line is None:
                        context.emit(dial_fault(error, address, identity))
                    return
            await asyncio.sleep(ADD_PAUSE * random.uniform(0.5, 1.5))

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

    def confirm(self, command: ConfirmDigits) -> None:
        contact = self._known(command.identity)
        if contact is None:
            return
        if not contact.may_talk:
            self._context.emit(trouble(Trouble.PERSON_BLOCKED, identity=contact.identity))
            return
        contact.confirmed, contact.answered = command.same, False
        self._context.post([contact.identity], CompareDigits(same=command.same))
        if not command.same:
            contact.confirmed_there = False
        self._judge(contact, command.same)

    def compare(self, identity: str, message: CompareDigits) -> Callable[[HistoryStore], Effect | None]:
        """What the other says of the digits, out of an envelope."""

        def told() -> None:
            contact = self._context.people.get(identity)
            if contact is None or contact.is_refused:
                return
            if contact.confirmed and message.same and not contact.answered:
                # A restart may have made them forget what we said before.
                contact.answered = True
                self._context.post([identity], CompareDigits(same=True))
            if not (contact.confirmed_there and message.same):
                self._context.emit(DigitsCompared(identity, message.same))
            contact.confirmed_there = message.same
            self._judge(contact, message.same)

        return lambda store: told

    def _judge(self, contact: Contact, same: bool) -> None:
        """Verified once both said so; no more, once one says the opposite."""
        trust = contact.trust
        if not same:
            contact.trust = Trust.UNVERIFIED
        elif contact.confirmed and contact.confirmed_there:
            contact.trust = Trust.VERIFIED
        if contact.trust is not trust:
            self._context.people.remember(contact)

    def trust_new_key(self, command: TrustNewKey) -> None:
        contact = self._known(command.identity)
        if contact is None or contact.trust is not Trust.CHANGED:
            return
        contact.trust = Trust.UNVERIFIED
        self._context.people.remember(contact)
        self._people_changed()
        self._context.links.want(contact, now=True)

    def block(self, command: BlockPerson) -> None:
        contact = self._context.people.get(command.identity)
        if contact is None:
            self._context.emit(trouble(Trouble.PERSON_UNKNOWN, identity=command.identity))
            return
        if command.blocked == (contact.trust is Trust.BLOCKED):
            return
        if command.blocked:
            contact.trust = Trust.BLOCKED
            self._context.people.remember(contact)
            self._empty_outbox(contact.identity)
            self._context.links.cut(contact, "blocked")
        else:
            contact.trust = Trust.UNVERIFIED if contact.is_known else Trust.UNKNOWN
            self._context.people.remember(contact)
            self._context.links.want(contact, now=True)
        contact.confirmed = contact.confirmed_there = False
        self._people_changed()

    def forget(self, command: ForgetPerson) -> None:
        context = self._context
        contact = context.people.get(command.identity)
        if contact is None:
            context.emit(trouble(Trouble.PERSON_UNKNOWN, identity=command.identity))
            return
        context.links.cut(contact, "leaving")
        self._empty_outbox(contact.identity)
        context.people.forget(contact)
        self._people_changed()
        if command.history:
            conversation = f"p:{contact.identity}"
            context.history.submit(
                lambda store: store.messages.delete(conversation),
                lambda count: context.emit(ConversationChanged(conversation, count.count, count.unread)),
            )

    def _empty_outbox(self, identity: str) -> None:
        self._context.delivery.dropped(identity)
        self._context.history.submit(lambda store: store.outbox.drop(identity))

    def _known(self, identity: str) -> Contact | None:
        contact = self._context.people.get(identity)
        if contact is None or not contact.is_known:
            self._context.emit(trouble(Trouble.PERSON_UNKNOWN, identity=identity))
            return None
        return contact

    def _people_changed(self) -> None:
        self._doors.people_changed()
        self._on_people()
