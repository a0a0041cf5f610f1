"""Hosting: one room on this PC. It orders messages, keeps the log, and brings each member up to date.

A member that is up to date gets new entries as they are committed, encoded once for all; one that is behind
(just joined, or slow) reads the log from the disk until it has caught up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from net.chat.context import ChatContext
from net.chat.events import Proof, RoomMember, RoomMembersChanged
from net.chat.history import (
    FollowUp,
    HistoryStore,
    LogEntry,
    MemberRecord,
    MessageRow,
    RoomRecord,
    StoreAction,
)
from net.chat.line import Line
from net.chat.people import Contact
from net.chat.rooms.entries import cleaned, packed, wire_member
from net.chat.rooms.signing import proof_of, signature_of
from net.protocol.chat.frames import encode, encode_many
from net.protocol.chat.messages import MAX_ITEMS, Wire
from net.protocol.chat.room_messages import (
    MemberChanged,
    RoomControl,
    RoomHandover,
    RoomJoin,
    RoomPost,
    RoomRefused,
    RoomRule,
    RoomState,
)

MAX_MEMBERS = 2000
CATCH_UP = 200
"""Entries read from the disk at once for a member that is behind."""

SLOW_BYTES = 2 * 1024 * 1024
"""Bytes that wait on a member's line above which it reads the log from the disk later."""

NEWS_DELAY = 0.1
"""Seconds in which members' comings and goings are gathered."""

HANDOVER_LOG = 200
"""Entries that go with a hand-over, in case that the last ones were lost with a line."""

MAX_LISTED = 800
"""Of the muted and of the removed, each: so many fit the envelope of a hand-over."""


@dataclass(slots=True)
class _Reader:
    """A member that is here. ``have``: all up to this number was sent."""

    line: Line
    have: int
    behind: bool = True
    reading: bool = False


class HostedRoom:
    """``on_changed()``: the room's own facts are others."""

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
        self._readers: dict[str, _Reader] = {}
        self._fresh: list[LogEntry] = []
        self._news: dict[str, MemberChanged] = {}
        self._shown: set[str] = set()
        """Authors whose certificates all readers have been sent."""
        self.last = record.last

    @property
    def count(self) -> int:
        return sum(not one.removed for one in self.members.values())

    def present(self, identity: str) -> bool:
        member = self.members.get(identity)
        return member is not None and not member.removed

    def listed(self) -> list[RoomMember]:
        return [
            RoomMember(one.identity, one.name, one.colour, self._state_of(one.identity), one.muted)
            for one in self.members.values()
            if not one.removed
        ]

    def others(self) -> list[str]:
        mine = self._context.identity
        return [one.identity for one in self.members.values() if not one.removed and one.identity != mine]

    # --- Members come and go ---

    def joins(self, contact: Contact, line: Line, message: RoomJoin) -> None:
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
            self._keep(MemberRecord(identity, contact.name, contact.colour, muted))
        self._readers[identity] = reader = _Reader(line, min(message.have, self.last))
        self._shown.clear()
        for part in self._states():
            line.send(part)
        self._tell_member(identity)
        self._catch_up(reader)
        self._on_changed()

    def unlinked(self, identity: str) -> None:
        if self._readers.pop(identity, None) is not None:
            self._tell_member(identity)

    def drained(self, identity: str) -> None:
        reader = self._readers.get(identity)
        if reader is not None and reader.behind:
            self._catch_up(reader)

    def leaves(self, identity: str, removed: bool = False) -> None:
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
        self._readers.pop(identity, None)
        gone = MemberChanged(
            room=bytes.fromhex(room), member=wire_member(member, "offline"), gone=True, removed=removed
        )
        self._tell_news(identity, gone)
        self._on_changed()

    def presence_changed(self, contact: Contact) -> None:
        member = self.members.get(contact.identity)
        if member is None or member.removed:
            return
        if (member.name, member.colour) != (contact.name, contact.colour):
            self._keep(replace(member, name=contact.name, colour=contact.colour))
        self._tell_member(contact.identity)

    def own_presence_changed(self) -> None:
        context = self._context
        mine = self.members.get(context.identity)
        if mine is not None:
            self._keep(replace(mine, name=context.name, colour=context.colour))
            self._tell_member(context.identity)

    # --- The host's user ---

    def set(self, locked: bool | None, read_only: bool | None, all_muted: bool | None) -> None:
        record = self.record
        self.save(
            replace(
                record,
                locked=record.locked if locked is None else locked,
                read_only=record.read_only if read_only is None else read_only,
                all_muted=record.all_muted if all_muted is None else all_muted,
            )
        )
        self._write_all(encode(self._facts()))
        self._on_changed()

    def mute(self, identity: str, muted: bool) -> bool:
        member = self.members.get(identity)
        if member is None or member.removed:
            return False
        self._keep(replace(member, muted=muted))
        self._tell_member(identity)
        return True

    def remove(self, identity: str) -> bool:
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
        are refused as "moved"; after the commit all members are told."""
        reader = self._readers.get(identity)
        contact = self._context.people.get(identity)
        if reader is None or reader.behind or reader.have != self.last or contact is None or self.handing_to:
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
            last = store.messages.last_number(record.room)
            entries = store.messages.log(record.room, max(0, last - HANDOVER_LOG), HANDOVER_LOG)
            follow_ups = [
                context.enqueue(store, [identity], message) for message in packed(record.room, entries)
            ]
            follow_ups.append(context.enqueue(store, [identity], handover))
            if others:
                follow_ups.append(context.enqueue(store, others, rule))
            store.rooms.save(kept)
            return follow_ups

        def committed(follow_ups: list[FollowUp]) -> None:
            self._send_fresh()
            for follow_up in follow_ups:
                follow_up()
            self.record = replace(kept, last=self.last)
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
            *(0, post.id.hex(), identity, self.members[identity].name, post.time, post.text),
            *(post.reply_to.hex(), post.quote, post.signature),
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

    def say(self, store: HistoryStore, entry: LogEntry) -> FollowUp | None:
        """In an action: this user's own word into the log."""
        own = self._context.own
        signature = signature_of(self.record.room, entry, own)
        entry = replace(entry, signature=signature, certificate=own.certificate, proof=Proof.SIGNED)
        return self._append(store, entry, incoming=False)

    def _append(self, store: HistoryStore, entry: LogEntry, incoming: bool) -> FollowUp | None:
        """In an action: the next entry of the log; None where it is in it already."""
        room = self.record.room
        numbered = replace(entry, number=max(store.messages.last_number(room), self.record.last) + 1)
        row = store.messages.add_log(room, numbered, incoming)
        if row is None:
            return None
        store.rooms.set_last(room, numbered.number)
        count = store.messages.count(f"r:{room}")

        def told() -> None:
            self._context.added(row)
            self._context.counted(count)
            self._spread(numbered, row)

        return told

    def _refusal(self, identity: str) -> str:
        member = self.members.get(identity)
        if self.handing_to:
            return "moved"
        if member is None or member.removed:
            return "removed"
        if self.record.read_only:
            return "read_only"
        return "muted" if self.record.all_muted or member.muted else ""

    def _spread(self, entry: LogEntry, row: MessageRow) -> None:
        self.last = entry.number
        if not self._fresh:
            self._context.loop.call_soon(self._send_fresh)
        self._fresh.append(entry)

    def _send_fresh(self) -> None:
        fresh, self._fresh = self._fresh, []
        if not fresh:
            return
        # A certificate is longer than most of what is said: it goes once to those who are here.
        news = [replace(one, certificate=b"") if one.author in self._shown else one for one in fresh]
        self._shown.update(one.author for one in fresh)
        frames = encode_many(list(packed(self.record.room, news)))
        first, last = fresh[0].number, fresh[-1].number
        for reader in self._readers.values():
            if reader.behind or reader.have >= last:
                continue
            if reader.have != first - 1 or reader.line.queued > SLOW_BYTES:
                reader.behind = True
                self._catch_up(reader)
                continue
            reader.line.send_encoded(frames)
            reader.have = last

    def _catch_up(self, reader: _Reader) -> None:
        """Send what the member does not have, as much as its line takes; the rest once that has gone."""
        if reader.reading or not reader.line.is_open or not reader.line.writable:
            return
        reader.reading = True
        room, above = self.record.room, reader.have

        def found(entries: Sequence[LogEntry]) -> None:
            reader.reading = False
            if entries:
                reader.line.send_many(list(packed(room, entries)))
            if len(entries) == CATCH_UP:
                reader.have = entries[-1].number
                self._catch_up(reader)
            else:
                # All that was committed has been read; what is no longer kept is not waited for.
                reader.have, reader.behind = self.last, False

        self._context.history.submit(lambda store: store.messages.log(room, above, CATCH_UP), found)

    # --- Inside ---

    def save(self, record: RoomRecord) -> None:
        self.record = record = replace(record, last=max(record.last, self.last))
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

    def _facts(self) -> RoomState:
        """Without members: they are as they were."""
        record = self.record
        return RoomState(
            room=bytes.fromhex(record.room),
            name=record.name,
            host=bytes.fromhex(self._context.identity),
            code=record.code,
            locked=record.locked,
            read_only=record.read_only,
            all_muted=record.all_muted,
            last=self.last,
        )

    def _states(self) -> list[Wire]:
        members = [
            wire_member(one, self._state_of(one.identity)) for one in self.members.values() if not one.removed
        ]
        groups = [members[place : place + MAX_ITEMS] for place in range(0, len(members), MAX_ITEMS)]
        record = self.record
        return [
            RoomState(
                room=bytes.fromhex(record.room),
                name=record.name,
                host=bytes.fromhex(self._context.identity),
                code=record.code,
                locked=record.locked,
                read_only=record.read_only,
                all_muted=record.all_muted,
                last=self.last,
                part=part,
                parts=len(groups),
                members=group,
            )
            for part, group in enumerate(groups)
        ]

    def _tell_member(self, identity: str) -> None:
        member = wire_member(self.members[identity], self._state_of(identity))
        self._tell_news(identity, MemberChanged(room=bytes.fromhex(self.record.room), member=member))

    def _tell_news(self, identity: str, news: MemberChanged) -> None:
        """A thousand that come at once are told together."""
        if not self._news:
            self._context.loop.call_later(NEWS_DELAY, self._send_news)
        self._news[identity] = news

    def _send_news(self) -> None:
        news, self._news = self._news, {}
        self._write_all(encode_many(list(news.values())))
        changed = tuple(
            RoomMember(identity, one.member.name, one.member.colour, one.member.state, one.member.muted)
            for identity, one in news.items()
            if not one.gone
        )
        gone = tuple(identity for identity, one in news.items() if one.gone)
        self._context.emit(RoomMembersChanged(self.record.room, changed, gone))

    def _write_all(self, frames: bytes) -> None:
        for reader in self._readers.values():
            reader.line.send_encoded(frames)
