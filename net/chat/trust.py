"""Trust: who somebody is, as far as this PC knows, and what the user decides about it. NetThread only.

Trust on first use: who is met for the first time proves only that it has a key. That key is remembered and
the person is UNVERIFIED: from then on nobody else can be taken for this person, but whether it is who it says
it is the key can't tell. Two people make sure by comparing six digits, which pairing made of both keys, by a
way that nobody on the LAN can change (aloud, by telephone). Once both have said that they are the same, the
person is VERIFIED. Somebody new with the name of a person who is known is CHANGED, which blocks, until the
user decides: it may be the person with a new PC, or anybody else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from net.address import Address
from net.chat.commands import BlockPerson, ConfirmDigits, ForgetPerson, TrustNewKey
from net.chat.context import ChatContext
from net.chat.conversation import Conversation
from net.chat.events import ConversationChanged, DigitsCompared, KeyChanged, Trust
from net.chat.history import FollowUp, HistoryStore, StoreAction
from net.chat.inbox import Inbox
from net.chat.people import Contact, People
from net.chat.troubles import Emit, Trouble, trouble
from net.chat.wires.duplex.pairing import Paired
from net.protocol.chat.cleaning import clean_name
from net.protocol.chat.messages import CompareDigits

logger = logging.getLogger("duplex.chat")


class Acquaintances:
    """Whom this PC gets to know by pairing. ``learn(identity)``: prepares to send to somebody new."""

    def __init__(self, people: People, emit: Emit, learn: Callable[[str], object]) -> None:
        self._people = people
        self._emit = emit
        self._learn = learn

    def paired(self, paired: Paired, address: Address, incoming: bool) -> None:
        """Somebody proved a key. Who is new is remembered, unverified; who has the name of another that is
        known is held back until the user decides."""
        people = self._people
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
                    self._emit(KeyChanged(contact.identity, namesake.identity, contact.name))
        self._learn(contact.identity)
        people.remember(contact)


class TrustDecisions:
    """What the user, or the other person, decides."""

    def __init__(self, context: ChatContext, inbox: Inbox) -> None:
        self._context = context
        inbox.on_body(CompareDigits, self.compare)

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

    def compare(self, identity: str, message: CompareDigits) -> StoreAction:
        """What the other says of the digits, out of an envelope."""

        def follow_up() -> None:
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

        def action(store: HistoryStore) -> FollowUp:
            return follow_up

        return action

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
        self._context.wire(contact.identity).want(contact.identity, now=True)

    def block(self, command: BlockPerson) -> None:
        contact = self._context.people.get(command.identity)
        if contact is None:
            self._context.emit(trouble(Trouble.PERSON_UNKNOWN, identity=command.identity))
            return
        if command.blocked == (contact.trust is Trust.BLOCKED):
            return
        wire = self._context.wire(contact.identity)
        if command.blocked:
            contact.trust = Trust.BLOCKED
            self._context.people.remember(contact)
            self._empty_outbox(contact.identity)
            wire.cut(contact.identity, "blocked")
        else:
            contact.trust = Trust.UNVERIFIED if contact.is_known else Trust.UNKNOWN
            self._context.people.remember(contact)
            wire.want(contact.identity, now=True)
        contact.confirmed = contact.confirmed_there = False

    def forget(self, command: ForgetPerson) -> None:
        context = self._context
        contact = context.people.get(command.identity)
        if contact is None:
            context.emit(trouble(Trouble.PERSON_UNKNOWN, identity=command.identity))
            return
        context.wire(contact.identity).cut(contact.identity, "leaving")
        self._empty_outbox(contact.identity)
        context.people.forget(contact)
        if command.history:
            conversation = Conversation.person(contact.identity)
            context.history.submit(
                lambda store: store.messages.delete(conversation),
                lambda count: context.emit(ConversationChanged(conversation, count.count, count.unread)),
            )

    def _empty_outbox(self, identity: str) -> None:
        self._context.wire(identity).drop(identity)
        self._context.history.submit(lambda store: store.outbox.drop(identity))

    def _known(self, identity: str) -> Contact | None:
        contact = self._context.people.get(identity)
        if contact is None or not contact.is_known:
            self._context.emit(trouble(Trouble.PERSON_UNKNOWN, identity=identity))
            return None
        return contact
