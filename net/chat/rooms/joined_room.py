"""One room at another's PC, as this member sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import msgspec

from net.chat.context import ChatContext
from net.chat.conversation import Conversation
from net.chat.events import MessageState, MessageStateChanged, Proof, RoomMember, RoomMembersChanged
from net.chat.history import (
    FollowUp,
    HistoryStore,
    MemberRecord,
    MessageRow,
    NewMessage,
    RoomRecord,
    StoreAction,
)
from net.chat.people import Contact
from net.chat.rooms.entries import MAX_MEMBERS, clean_code, cleaned, new_code, unpacked
from net.chat.rooms.signing import proof_of, signature_of
from net.protocol.chat.cleaning import clean_name
from net.protocol.chat.frames import decode
from net.protocol.chat.messages import MAX_ITEMS
from net.protocol.chat.room_messages import (
    Member,
    MemberChanged,
    RoomHandover,
    RoomJoin,
    RoomLog,
    RoomPost,
    RoomRefused,
    RoomRule,
    RoomState,
)

MOST_WAITING = 10_000
"""Posts that follow the room to a new host."""


class JoinedRoom:
    """``on_changed()`` is called when the room's facts have changed; ``taken``: the highest log number that
    was taken; ``admitted``: the host has answered on the line that stands now."""

    def __init__(self, context: ChatContext, record: RoomRecord, on_changed: Callable[[], object]) -> None:
        self.record = record
        self.members: dict[str, RoomMember] = {}
        self.taken = record.last
        self.admitted = False
        self._context = context
        self._on_changed = on_changed
        self._arriving: dict[str, RoomMember] = {}

    @property
    def count(self) -> int:
        return len(self.members)

    def ask(self) -> None:
        """Tell the host that we are here and what we have, where it can be reached."""
        contact = self._context.people.get(self.record.host)
        if contact is not None and contact.line is not None:
            message = RoomJoin(room=bytes.fromhex(self.record.room), code=self.record.code, have=self.taken)
            contact.line.send(message)

    def listed(self) -> list[RoomMember]:
        return list(self.members.values())

    def save(self, record: RoomRecord) -> None:
        self.record = record
        self._context.history.submit(lambda store: store.rooms.save(record))

    # --- What the host sends ---

    def state(self, message: RoomState) -> None:
        """Facts, and a part of the members: the list is whole with its last part, and then replaces the
        former."""
        self.admitted = True
        record = replace(
            self.record,
            name=clean_name(message.name),
            code=clean_code(message.code),
            locked=message.locked,
            read_only=message.read_only,
            all_muted=message.all_muted,
            joined=True,
            ended="",
        )
        if record != self.record:
            self.save(record)
        if message.members:
            if message.part == 0:
                self._arriving = {}
            self._arriving.update((one.identity.hex(), self._member(one)) for one in message.members)
            if len(self._arriving) > MAX_MEMBERS + MAX_ITEMS:
                self._arriving = {}
            if message.part == message.parts - 1:
                gone = tuple(self.members.keys() - self._arriving.keys())
                self.members, self._arriving = self._arriving, {}
                self._context.emit(RoomMembersChanged(self.record.room, tuple(self.members.values()), gone))
        self._on_changed()

    def member_changed(self, message: MemberChanged) -> None:
        """One member is new, changed or gone."""
        member = self._member(message.member)
        if message.gone:
            self.members.pop(member.identity, None)
            self._context.emit(RoomMembersChanged(self.record.room, (), (member.identity,)))
        elif member.identity in self.members or len(self.members) < MAX_MEMBERS:
            self.members[member.identity] = member
            self._context.emit(RoomMembersChanged(self.record.room, (member,)))
        self._on_changed()

    def person_changed(self, contact: Contact) -> None:
        """Somebody who was met may have another name now, or is known only now."""
        member = self.members.get(contact.identity)
        shown = self._called(member) if member is not None else None
        if shown is not None and shown != member:
            self.members[contact.identity] = shown
            self._context.emit(RoomMembersChanged(self.record.room, (shown,)))

    def log(self, message: RoomLog) -> StoreAction | None:
        """Entries of the log; what is here already is skipped. What its author did not sign is kept and
        marked: the host may have taken the signature away, but can't make one."""
        room, mine = self.record.room, self._context.identity
        entries = [entry for entry in unpacked(message) if entry.number > self.taken]
        if not entries:
            return None
        self.taken = entries[-1].number
        entries = [replace(one, name=(self._known(one.author) or (one.name,))[0]) for one in entries]
        conversation = Conversation.room(room)

        def action(store: HistoryStore) -> FollowUp:
            added: list[MessageRow] = []
            ordered: list[str] = []
            for arrived in entries:
                if arrived.signature and not arrived.certificate:
                    arrived = replace(arrived, certificate=store.log.certificate(arrived.author))
                own = arrived.author == mine
                known = own and store.messages.get(conversation, arrived.message) is not None
                entry = cleaned(arrived, Proof.SIGNED if known else proof_of(room, arrived))
                row = store.log.add(room, entry, not own)
                if row is None:
                    continue
                if known:
                    ordered.append(entry.message)
                else:
                    added.append(row)
            store.rooms.set_last(room, entries[-1].number)
            count = store.messages.count(conversation)

            def committed() -> None:
                for row in added:
                    self._context.added(row)
                for message in ordered:
                    self._context.emit(MessageStateChanged(conversation, message, MessageState.DELIVERED))
                self._context.counted(count)

            return committed

        return action

    def refused(self, message: RoomRefused, identity: str) -> StoreAction:
        """A post of ours was not accepted: it is refused for good, or goes to the new host. The former only
        the host can decide."""
        id, host = message.message.hex(), self.record.host
        conversation = Conversation.room(self.record.room)

        def action(store: HistoryStore) -> FollowUp | None:
            row = store.messages.get(conversation, id)
            if row is None or row.incoming or row.number:
                # Not ours, or in the log already: nobody can take that back.
                return None
            if message.reason == "moved":
                signature = signature_of(self.record.room, row, self._context.own)
                return self._enqueue(store, row, signature)
            if identity != host:
                return None
            changes = store.messages.set_state([id], MessageState.REFUSED, identity)
            return lambda: self._context.emit_states(changes)

        return action

    def rule(self, message: RoomRule) -> StoreAction:
        """Another is the host from now on: what still waits for the old one goes there."""
        old, new = self.record.host, message.host.hex()
        self.record = record = replace(self.record, host=new)
        self.admitted = False
        room = message.room

        def action(store: HistoryStore) -> FollowUp:
            store.rooms.save(record)
            follow_ups: list[FollowUp] = []
            for envelope in store.outbox.unsent(old, 0, MOST_WAITING):
                body = decode(envelope.body)
                if isinstance(body, RoomPost) and body.room == room:
                    follow_ups.append(self._context.enqueue(store, [new], body, envelope.message))

            def committed() -> None:
                for follow_up in follow_ups:
                    follow_up()
                self.ask()
                self._on_changed()

            return committed

        return action

    def handover(
        self, message: RoomHandover, done: Callable[[RoomRecord, list[MemberRecord]], object]
    ) -> StoreAction:
        """This PC is the host from now on."""
        mine = self._context.identity
        record = replace(
            self.record,
            name=clean_name(message.name),
            host=mine,
            hosted=True,
            joined=True,
            code=clean_code(message.code) or new_code(),
            locked=message.locked,
            read_only=message.read_only,
        )
        muted = {one.hex() for one in message.muted}
        members = {
            one.identity: MemberRecord(one.identity, one.name, one.colour, muted=one.identity in muted)
            for one in self.members.values()
        }
        members[mine] = MemberRecord(mine, self._context.name, self._context.colour)
        for identity in (one.hex() for one in message.removed):
            members[identity] = MemberRecord(identity, removed=True)

        def action(store: HistoryStore) -> FollowUp:
            last = store.log.last_number(record.room)
            kept = replace(record, last=last)
            store.rooms.save(kept)
            store.rooms.save_members(record.room, list(members.values()))
            return lambda: done(kept, list(members.values()))

        return action

    # --- Who they are ---

    def _known(self, identity: str) -> tuple[str, str] | None:
        """Name and colour of whom we met, as they sent them. Nothing proves the names that the host gives."""
        if identity == self._context.identity:
            return self._context.name, self._context.colour
        contact = self._context.people.get(identity)
        return (contact.name, contact.colour) if contact is not None and contact.is_known else None

    def _called(self, member: RoomMember) -> RoomMember:
        name, colour = self._known(member.identity) or (member.name, member.colour)
        return msgspec.structs.replace(member, name=name, colour=colour)

    def _member(self, member: Member) -> RoomMember:
        name = clean_name(member.name)
        return self._called(
            RoomMember(
                identity=member.identity.hex(),
                name=name,
                colour=member.colour,
                state=member.state,
                muted=member.muted,
            )
        )

    # --- Posts ---

    def post(self, store: HistoryStore, new: NewMessage) -> FollowUp | None:
        """In an action: ours, for the host to order."""
        own = self._context.own
        signature = signature_of(self.record.room, new, own)
        new = replace(new, signature=signature, proof=Proof.SIGNED)
        # In case that this PC becomes the host.
        store.log.keep_certificate(own.hex, own.certificate)
        row = store.messages.add(Conversation.room(self.record.room), new, False)
        if row is None:
            return None
        follow_up = self._enqueue(store, row, signature)

        def committed() -> None:
            self._context.added(row)
            follow_up()

        return committed

    def _enqueue(self, store: HistoryStore, row: MessageRow, signature: bytes) -> FollowUp:
        post = RoomPost(
            room=bytes.fromhex(self.record.room),
            id=bytes.fromhex(row.message),
            text=row.text,
            time=row.sent,
            reply_to=bytes.fromhex(row.reply_to),
            quote=row.quote,
            signature=signature,
        )
        return self._context.enqueue(store, [self.record.host], post, row.message)
