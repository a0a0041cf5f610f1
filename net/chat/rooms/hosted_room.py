"""One room hosted on this PC: its facts, its members, and what may be said in it.

The host orders the log: a post becomes an entry in the action that stores it, with the next number, and the
same post never becomes two. `Readers` brings the log to the members, `MemberNews` what happens to members.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from net.chat.context import ChatContext
from net.chat.conversation import Conversation
from net.chat.events import Proof, RoomMember
from net.chat.history import (
    FollowUp,
    HistoryStore,
    LogEntry,
    MemberRecord,
    NewMessage,
    RoomRecord,
    StoreAction,
)
from net.chat.line import Line
from net.chat.people import Contact
from net.chat.rooms.entries import MAX_MEMBERS, cleaned, packed, wire_member
from net.chat.rooms.member_news import MemberNews
from net.chat.rooms.readers import Readers
from net.chat.rooms.signing import proof_of, signature_of
from net.protocol.chat.frames import encode
from net.protocol.chat.messages import MAX_ITEMS
from net.protocol.chat.room_messages import (
    Member,
    MemberChanged,
    RoomControl,
    RoomHandover,
    RoomJoin,
    RoomPost,
    RoomRefused,
    RoomRule,
    RoomState,
)

HANDOVER_LOG = 200
"""Entries that go with a hand-over, in case that the last ones were lost with a line."""

MAX_LISTED = 800
"""Of the muted and of the removed, each: so many fit the envelope of a hand-over."""


class HostedRoom:
    """``on_changed()`` is called when the room's facts have changed; ``handing_to``: the identity of the next
    host, from the beginning of a hand-over."""

    def __init__(
        self,
        context: ChatContext,
        record: RoomRecord,
        members: Sequence[MemberRecord],
        on_changed: Callable[[], object],
    ) -> None:
        self.record = record
        self.members = {one.identity: one for one in members}
        self.handing_to = ""
        self._muted_left: set[str] = set()
        self._context = context
        self._on_changed = on_changed
        self._readers = Readers(context.loop, context.history, record.room, record.last)
        self._news = MemberNews(context, record.room, self._readers)

    @property
    def count(self) -> int:
        return sum(not one.removed for one in self.members.values())

    def present(self, identity: str) -> bool:
        """Whether this person is a member, here or away."""
        member = self.members.get(identity)
        return member is not None and not member.removed

    def listed(self) -> list[RoomMember]:
        return [
            RoomMember(
                identity=one.identity,
                name=one.name,
                colour=one.colour,
                state=self._state_of(one.identity),
                muted=one.muted,
            )
            for one in self.members.values()
            if not one.removed
        ]

    def others(self) -> list[str]:
        mine = self._context.identity
        return [one.identity for one in self.members.values() if not one.removed and one.identity != mine]

    # --- Members come and go ---

    def joins(self, contact: Contact, line: Line, message: RoomJoin) -> None:
        """Somebody asks to come in, or a member is here again: answered with all members and then the log
        above what they have, or with RoomRefused."""
        identity = contact.identity
        member = self.members.get(identity)
        refused = ""
        if member is not None and member.removed:
            refused = "removed"
        elif member is None and self.record.locked and message.code != self.record.code:
            refused = "locked"
        elif member is None and self.count >= MAX_MEMBERS:
            refused = "full"
        if refused:
            line.send(RoomRefused(room=bytes.fromhex(self.record.room), reason=refused))
            return
        if member is None or (member.name, member.colour) != (contact.name, contact.colour):
            muted = member.muted if member is not None else identity in self._muted_left
            self._muted_left.discard(identity)
            self._keep(MemberRecord(identity, contact.name, contact.colour, muted=muted))
        self._readers.add(identity, line, message.have)
        for part in self._states():
            line.send(part)
        self._member_changed(identity)
        self._readers.catch_up(identity)
        self._on_changed()

    def unlinked(self, identity: str) -> None:
        """The line to this person is gone."""
        if self._readers.remove(identity):
            self._member_changed(identity)

    def drained(self, identity: str) -> None:
        """The line to this person is writable again."""
        self._readers.catch_up(identity)

    def leaves(self, identity: str, removed: bool = False) -> None:
        """``removed``: by the host, who lets them in no more."""
        member = self.members.get(identity)
        if member is None or member.removed:
            return
        room = self.record.room
        if removed:
            self._keep(replace(member, removed=True))
        else:
            del self.members[identity]
            if member.muted:
                # Going and coming back must not give the voice back.
                self._muted_left.add(identity)
            self._context.history.submit(lambda store: store.rooms.drop_members(room, [identity]))
        self._readers.remove(identity)
        gone = MemberChanged(
            room=bytes.fromhex(room), member=wire_member(member, "offline"), gone=True, removed=removed
        )
        self._news.add(gone)
        self._on_changed()

    def presence_changed(self, contact: Contact) -> None:
        member = self.members.get(contact.identity)
        if member is None or member.removed:
            return
        if (member.name, member.colour) != (contact.name, contact.colour):
            self._keep(replace(member, name=contact.name, colour=contact.colour))
        self._member_changed(contact.identity)

    def own_presence_changed(self) -> None:
        context = self._context
        mine = self.members.get(context.identity)
        if mine is not None:
            self._keep(replace(mine, name=context.name, colour=context.colour))
            self._member_changed(context.identity)

    # --- The host's user ---

    def set(self, locked: bool | None, read_only: bool | None, all_muted: bool | None) -> None:
        """None leaves as it is."""
        record = self.record
        self.save(
            replace(
                record,
                locked=record.locked if locked is None else locked,
                read_only=record.read_only if read_only is None else read_only,
                all_muted=record.all_muted if all_muted is None else all_muted,
            )
        )
        self._readers.write(encode(self._state()))
        self._on_changed()

    def mute(self, identity: str, muted: bool) -> bool:
        """False where this is no member."""
        member = self.members.get(identity)
        if member is None or member.removed:
            return False
        self._keep(replace(member, muted=muted))
        self._member_changed(identity)
        return True

    def remove(self, identity: str) -> bool:
        """False where this is no other member."""
        if not self.present(identity) or identity == self._context.identity:
            return False
        self._context.post([identity], RoomControl(room=bytes.fromhex(self.record.room), action="removed"))
        self.leaves(identity, removed=True)
        return True

    def close(self) -> None:
        """The room is over for all."""
        others = self.others()
        if others:
            self._context.post(others, RoomControl(room=bytes.fromhex(self.record.room), action="closed"))
        self._readers.clear()
        self.save(replace(self.record, hosted=False, joined=False, ended="closed"))

    def hand_over(self, identity: str, done: Callable[[], object]) -> bool:
        """Give the room to a member that is here and has all of it; False where it has not. From now on posts
        are refused as "moved"; ``done`` is called after the commit."""
        contact = self._context.people.get(identity)
        if not self._readers.has_all(identity) or contact is None or self.handing_to:
            return False
        self.handing_to = identity
        record, room = self.record, bytes.fromhex(self.record.room)
        others = [one for one in self.others() if one != identity]
        handover = RoomHandover(
            room=room,
            name=record.name,
            code=record.code,
            locked=record.locked,
            read_only=record.read_only,
            muted=[bytes.fromhex(one.identity) for one in self.members.values() if one.muted][:MAX_LISTED],
            removed=[bytes.fromhex(one.identity) for one in self.members.values() if one.removed][
                :MAX_LISTED
            ],
        )
        places = contact.places()
        address = str(places[0])[:64] if places else ""
        rule = RoomRule(room=room, host=bytes.fromhex(identity), address=address)
        kept = replace(record, host=identity, hosted=False, joined=True)
        context = self._context

        def work(store: HistoryStore) -> list[FollowUp]:
            last = store.log.last_number(record.room)
            entries = store.log.entries(record.room, max(0, last - HANDOVER_LOG), HANDOVER_LOG)
            follow_ups = [
                context.enqueue(store, [identity], message) for message in packed(record.room, entries)
            ]
            follow_ups.append(context.enqueue(store, [identity], handover))
            if others:
                follow_ups.append(context.enqueue(store, others, rule))
            store.rooms.save(kept)
            return follow_ups

        def committed(follow_ups: list[FollowUp]) -> None:
            self._readers.flush()
            for follow_up in follow_ups:
                follow_up()
            self.record = replace(kept, last=self._readers.last)
            done()

        context.history.submit(work, committed)
        return True

    # --- The log ---

    def plan(self, identity: str, post: RoomPost) -> StoreAction:
        """A member's post out of an envelope: into the log, or refused."""
        reason = self._refusal(identity)
        if reason:
            refused = RoomRefused(room=post.room, reason=reason, message=post.id)
            return lambda store: self._context.enqueue(store, [identity], refused)
        contact = self._context.people.get(identity)
        entry = LogEntry(
            number=0,
            message=post.id.hex(),
            author=identity,
            name=self.members[identity].name,
            sent=post.time,
            text=post.text,
            reply_to=post.reply_to.hex(),
            quote=post.quote,
            signature=post.signature,
            certificate=contact.certificate if contact is not None else b"",
        )
        forged = RoomRefused(room=post.room, reason="signature", message=post.id)

        def action(store: HistoryStore) -> FollowUp | None:
            proof = proof_of(self.record.room, entry)
            if proof is Proof.FORGED:
                # All members would take it for a lie of this host.
                return self._context.enqueue(store, [identity], forged)
            return self._append(store, cleaned(entry, proof), incoming=True)

        return action

    def say(self, store: HistoryStore, new: NewMessage) -> FollowUp | None:
        """In an action: this user's own word into the log."""
        own = self._context.own
        entry = LogEntry(
            number=0,
            message=new.message,
            author=new.author,
            name=new.name,
            sent=new.sent,
            text=new.text,
            reply_to=new.reply_to,
            quote=new.quote,
            signature=signature_of(self.record.room, new, own),
            certificate=own.certificate,
            proof=Proof.SIGNED,
        )
        return self._append(store, entry, incoming=False)

    def _append(self, store: HistoryStore, entry: LogEntry, incoming: bool) -> FollowUp | None:
        """In an action: the next entry of the log; None where it is in it already."""
        room = self.record.room
        numbered = replace(entry, number=max(store.log.last_number(room), self.record.last) + 1)
        row = store.log.add(room, numbered, incoming)
        if row is None:
            return None
        store.rooms.set_last(room, numbered.number)
        count = store.messages.count(Conversation.room(room))

        def committed() -> None:
            self._context.added(row)
            self._context.counted(count)
            self._readers.append(numbered)

        return committed

    def _refusal(self, identity: str) -> str:
        member = self.members.get(identity)
        if self.handing_to:
            return "moved"
        if member is None or member.removed:
            return "removed"
        if self.record.read_only:
            return "read_only"
        return "muted" if self.record.all_muted or member.muted else ""

    # --- Inside ---

    def save(self, record: RoomRecord) -> None:
        self.record = record = replace(record, last=max(record.last, self._readers.last))
        self._context.history.submit(lambda store: store.rooms.save(record))

    def _keep(self, member: MemberRecord) -> None:
        self.members[member.identity] = member
        room = self.record.room
        self._context.history.submit(lambda store: store.rooms.save_members(room, [member]))

    def _state_of(self, identity: str) -> str:
        if identity == self._context.identity:
            return self._context.status
        contact = self._context.people.get(identity)
        if identity not in self._readers or contact is None:
            return "offline"
        return contact.presence.value

    def _state(self, part: int = 0, parts: int = 1, members: Sequence[Member] = ()) -> RoomState:
        """The room's facts; without members these are as they were."""
        record = self.record
        return RoomState(
            room=bytes.fromhex(record.room),
            name=record.name,
            host=bytes.fromhex(self._context.identity),
            code=record.code,
            locked=record.locked,
            read_only=record.read_only,
            all_muted=record.all_muted,
            last=self._readers.last,
            part=part,
            parts=parts,
            members=list(members),
        )

    def _states(self) -> list[RoomState]:
        """The facts with all members, in as many messages as these need."""
        members = [
            wire_member(one, self._state_of(one.identity)) for one in self.members.values() if not one.removed
        ]
        groups = [members[place : place + MAX_ITEMS] for place in range(0, len(members), MAX_ITEMS)]
        return [self._state(part, len(groups), group) for part, group in enumerate(groups)]

    def _member_changed(self, identity: str) -> None:
        member = wire_member(self.members[identity], self._state_of(identity))
        self._news.add(MemberChanged(room=bytes.fromhex(self.record.room), member=member))
