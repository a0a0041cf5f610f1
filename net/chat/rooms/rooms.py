"""Rooms: commands and messages to the rooms hosted here and those joined. NetThread only."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from net.chat import commands as c
from net.chat.context import ChatContext, run_effect
from net.chat.events import Room, RoomChanged, RoomEnded, RoomMembers
from net.chat.history import (
    FollowUp,
    HistoryStore,
    LogEntry,
    MemberRecord,
    NewMessage,
    RoomRecord,
    StoreAction,
)
from net.chat.inbox import Inbox, LineObserver
from net.chat.line import Line
from net.chat.people import Contact
from net.chat.rooms.entries import clean_code, new_code
from net.chat.rooms.hosting import HostedRoom
from net.chat.rooms.joining import JoinedRoom
from net.chat.rooms.lobby import Lobby
from net.chat.texts import Texts, quote_of
from net.chat.troubles import Trouble, trouble
from net.protocol.chat.cleaning import clean_name
from net.protocol.chat.frames import encode
from net.protocol.chat.messages import Wire
from net.protocol.chat.room_messages import (
    MemberChanged,
    RoomControl,
    RoomHandover,
    RoomJoin,
    RoomLeave,
    RoomListed,
    RoomLog,
    RoomPost,
    RoomRefused,
    RoomRule,
    RoomState,
)

LIST_DELAY = 0.3
"""Seconds in which changes of a room are gathered before all are told."""

_FROM_HOST = (RoomState, RoomLog, MemberChanged)
Loaded = list[tuple[RoomRecord, list[MemberRecord], int]]


_BODIES = (RoomPost, RoomLeave, RoomRefused, RoomControl, RoomLog, RoomRule, RoomHandover)
_MESSAGES = (*_FROM_HOST, RoomListed, RoomJoin, RoomRefused, RoomRule)


class Rooms(LineObserver):
    def __init__(self, context: ChatContext, inbox: Inbox, texts: Texts) -> None:
        self._context = context
        self._texts = texts
        self._hosted: dict[str, HostedRoom] = {}
        self._joined: dict[str, JoinedRoom] = {}
        self._moved: set[str] = set()
        self._lobby = Lobby(context, self._tell)
        self._changed: set[str] = set()
        inbox.on_messages(_MESSAGES, self._take)
        inbox.on_bodies(_BODIES, self.plan)
        inbox.watch(self)

    # --- Start ---

    def read(self, store: HistoryStore) -> Loaded:
        """In an action: all that is kept."""
        return [
            (record, store.rooms.members(record.room), store.messages.count(f"r:{record.room}").unread)
            for record in store.rooms.all()
            if not record.ended and record.joined
        ]

    def load(self, rooms: Loaded) -> None:
        for record, members, unread in rooms:
            self._context.counts.unread[f"r:{record.room}"] = unread
            if record.hosted:
                self._host(record, members)
            else:
                self._join(record)

    def tell_all(self) -> None:
        for room in (*self._hosted, *self._joined):
            self._tell(room)

    def stop(self) -> None:
        """Nobody waits for an answer any more."""
        self._lobby.stop()

    # --- What others ask ---

    def peers(self, room: str) -> list[str]:
        """Identities of the other members."""
        mine = self._context.identity
        found = self._hosted.get(room) or self._joined.get(room)
        return [one.identity for one in found.listed() if one.identity != mine] if found is not None else []

    def is_member(self, room: str, identity: str) -> bool:
        hosted = self._hosted.get(room)
        if hosted is not None:
            return hosted.present(identity)
        joined = self._joined.get(room)
        return joined is not None and (identity in joined.members or identity == joined.record.host)

    def needs(self, identity: str) -> bool:
        """Whether this is the host of a room that we are in, or wish to be in."""
        return self._lobby.waits_for(identity) or any(
            joined.record.host == identity for joined in self._joined.values()
        )

    # --- Lines ---

    def opened(self, contact: Contact, line: Line) -> None:
        identity = contact.identity
        for room in self._hosted:
            line.send(self._listing(room))
        for joined in self._joined.values():
            if joined.record.host == identity:
                joined.ask()
                self._later(joined.record.room)
            joined.person_changed(contact)
        self._lobby.linked(identity, line)

    def closed(self, contact: Contact, line: Line) -> None:
        identity = contact.identity
        for hosted in self._hosted.values():
            hosted.unlinked(identity)
        for room, joined in self._joined.items():
            if joined.record.host == identity:
                joined.admitted = False
                self._later(room)
        self._lobby.unlinked(identity, lambda room: room in self._joined or room in self._hosted)

    def drained(self, contact: Contact) -> None:
        for hosted in self._hosted.values():
            hosted.drained(contact.identity)

    def presence_changed(self, contact: Contact) -> None:
        for hosted in self._hosted.values():
            hosted.presence_changed(contact)
        for joined in self._joined.values():
            joined.person_changed(contact)

    def own_presence_changed(self) -> None:
        for hosted in self._hosted.values():
            hosted.own_presence_changed()

    def _take(self, contact: Contact, line: Line, message: Wire) -> None:
        """What comes outside envelopes."""
        identity = contact.identity
        if isinstance(message, RoomListed):
            self._take_listed(identity, message)
        elif isinstance(message, RoomJoin):
            self._take_join(identity, line, message)
        elif isinstance(message, RoomRefused):
            self._take_refused(identity, message)
        elif isinstance(message, _FROM_HOST):
            room = message.room.hex()
            if isinstance(message, RoomState):
                self._admitted(identity, message)
            joined = self._joined.get(room)
            if joined is None or joined.record.host != identity:
                return
            if isinstance(message, RoomState):
                joined.state(message)
            elif isinstance(message, MemberChanged):
                joined.member_changed(message)
            else:
                self._do(joined.log(message))
        elif isinstance(message, RoomRule):
            self._do(self.plan(identity, message))

    def plan(self, identity: str, body: Wire) -> StoreAction | None:
        """What comes in envelopes."""
        if isinstance(body, RoomPost):
            hosted = self._hosted.get(body.room.hex())
            if hosted is not None:
                return hosted.plan(identity, body)
            reason = "moved" if body.room.hex() in self._joined else "unknown"
            refused = RoomRefused(room=body.room, reason=reason, message=body.id)
            return lambda store: self._context.enqueue(store, [identity], refused)
        if isinstance(body, RoomLeave):
            hosted = self._hosted.get(body.room.hex())
            return _later(lambda: hosted.leaves(identity)) if hosted is not None else None
        room = getattr(body, "room", b"").hex()
        joined = self._joined.get(room)
        if joined is None:
            return None
        if isinstance(body, RoomRefused):
            return joined.refused(body, identity) if self.is_member(room, identity) else None
        if joined.record.host != identity:
            return None
        if isinstance(body, RoomControl):
            return _later(lambda: self._end(room, body.action))
        if isinstance(body, RoomLog):
            return joined.log(body)
        if isinstance(body, RoomRule):
            return joined.rule(body) if body.host.hex() != self._context.identity else None
        if isinstance(body, RoomHandover):
            return joined.handover(body, self._became_host)
        return None

    def _do(self, action: StoreAction | None) -> None:
        if action is not None:
            self._context.history.submit(action, run_effect)

    # --- Hosting ---

    def create(self, command: c.CreateRoom) -> None:
        context = self._context
        name = clean_name(command.name, "")
        if not name or command.room in self._hosted or command.room in self._joined:
            context.emit(trouble(Trouble.NAME_EMPTY if not name else Trouble.ROOM_UNKNOWN))
            return
        record = RoomRecord(
            *(command.room, name, context.identity, True), code=new_code(), locked=command.locked
        )
        mine = MemberRecord(context.identity, context.name, context.colour)

        def work(store: HistoryStore) -> None:
            store.rooms.save(record)
            store.rooms.save_members(record.room, [mine])

        context.history.submit(work, lambda _: self._opened(record, [mine]))

    def _opened(self, record: RoomRecord, members: list[MemberRecord]) -> None:
        self._host(record, members)
        self._tell(record.room)
        self._list(record.room)

    def _became_host(self, record: RoomRecord, members: list[MemberRecord]) -> None:
        self._joined.pop(record.room, None)
        self._moved.discard(record.room)
        self._opened(record, members)

    def _host(self, record: RoomRecord, members: Iterable[MemberRecord]) -> None:
        room = record.room
        self._hosted[room] = HostedRoom(self._context, record, list(members), lambda: self._later(room))

    def _take_join(self, identity: str, line: Line, message: RoomJoin) -> None:
        room = message.room.hex()
        if not room:
            rooms = self._hosted.items()
            room = next((room for room, one in rooms if one.record.code == message.code), "")
        hosted = self._hosted.get(room)
        contact = self._context.people.get(identity)
        if hosted is not None and contact is not None:
            hosted.joins(contact, line, message)
            return
        joined = self._joined.get(room)
        if joined is not None and room in self._moved:
            line.send(RoomRule(room=message.room, host=bytes.fromhex(joined.record.host)))
        elif joined is None:
            line.send(RoomRefused(room=message.room, reason="unknown"))

    def _listing(self, room: str) -> RoomListed:
        hosted = self._hosted[room]
        return RoomListed(
            room=bytes.fromhex(room),
            name=hosted.record.name,
            members=hosted.count,
            locked=hosted.record.locked,
        )

    def _list(self, room: str, closed: bool = False) -> None:
        """Tell everybody of the room."""
        if closed:
            listing = RoomListed(room=bytes.fromhex(room), name="", closed=True)
        else:
            listing = self._listing(room)
        frames = encode(listing)
        for line in self._context.people.lines():
            line.send_encoded(frames)

    def set(self, command: c.SetRoom) -> None:
        hosted = self._mine(command.room)
        if hosted is not None:
            hosted.set(command.locked, command.read_only, command.all_muted)

    def mute(self, command: c.MuteMember) -> None:
        hosted = self._mine(command.room)
        if hosted is not None and not hosted.mute(command.identity, command.muted):
            self._context.emit(trouble(Trouble.NOT_MEMBER, f"r:{command.room}", command.identity))

    def remove(self, command: c.RemoveMember) -> None:
        hosted = self._mine(command.room)
        if hosted is not None and not hosted.remove(command.identity):
            self._context.emit(trouble(Trouble.NOT_MEMBER, f"r:{command.room}", command.identity))

    def hand_over(self, command: c.HandOverRoom) -> None:
        hosted = self._mine(command.room)
        if hosted is None:
            return

        def done() -> None:
            del self._hosted[command.room]
            self._list(command.room, closed=True)
            self._moved.add(command.room)
            self._join(hosted.record).members = {one.identity: one for one in hosted.listed()}
            self._joined[command.room].ask()
            self._tell(command.room)

        if not hosted.hand_over(command.identity, done):
            self._context.emit(trouble(Trouble.MEMBER_AWAY, f"r:{command.room}", command.identity))

    def _mine(self, room: str) -> HostedRoom | None:
        hosted = self._hosted.get(room)
        if hosted is None:
            reason = Trouble.NOT_HOST if room in self._joined else Trouble.ROOM_UNKNOWN
            self._context.emit(trouble(reason, f"r:{room}"))
        return hosted

    # --- Joining ---

    def join(self, command: c.JoinRoom) -> None:
        if command.room in self._hosted or command.room in self._joined:
            self._later(command.room)
        else:
            self._lobby.ask(command)

    def _admitted(self, identity: str, message: RoomState) -> None:
        """The answer to a wish to join."""
        room = message.room.hex()
        if room in self._hosted or room in self._joined or message.host.hex() != identity:
            return
        if self._lobby.admits(identity, message):
            code = clean_code(message.code)
            record = RoomRecord(room, clean_name(message.name), identity, False, code=code)

            def known(last: int) -> None:
                # An earlier stay may have left some of the log here.
                joined = self._joined.get(room)
                if joined is not None:
                    joined.taken = max(joined.taken, last)

            self._join(record).save(record)
            self._context.history.submit(lambda store: store.messages.last_number(room), known)

    def _take_refused(self, identity: str, message: RoomRefused) -> None:
        room = message.room.hex()
        joined = self._joined.get(room)
        if joined is not None and joined.record.host == identity:
            self._end(room, "removed" if message.reason == "removed" else "closed")
        else:
            self._lobby.refused(identity, message)

    def _take_listed(self, identity: str, message: RoomListed) -> None:
        room = message.room.hex()
        joined = self._joined.get(room)
        if room in self._hosted:
            return
        self._lobby.take_listed(identity, message, joined is not None)
        is_host = joined is not None and joined.record.host == identity
        if joined is not None and is_host and not joined.admitted and not message.closed:
            # It became the host just now.
            joined.ask()

    def _join(self, record: RoomRecord) -> JoinedRoom:
        room = record.room
        joined = self._joined[room] = JoinedRoom(self._context, record, lambda: self._later(room))
        return joined

    def leave(self, command: c.LeaveRoom) -> None:
        room = command.room
        hosted, joined = self._hosted.get(room), self._joined.get(room)
        if hosted is not None:
            hosted.close()
            del self._hosted[room]
            self._list(room, closed=True)
            self._context.emit(RoomEnded(room, "closed"))
        elif joined is not None:
            self._context.post([joined.record.host], RoomLeave(room=bytes.fromhex(room)))
            self._end(room, "left")
        else:
            self._context.emit(trouble(Trouble.ROOM_UNKNOWN, f"r:{room}"))

    def _end(self, room: str, reason: str) -> None:
        joined = self._joined.pop(room, None)
        if joined is not None:
            joined.save(replace(joined.record, joined=False, ended=reason))
            self._context.emit(RoomEnded(room, reason))
            if room in self._lobby and reason != "closed":
                self._tell(room)

    # --- Texts ---

    def send(self, command: c.SendText) -> None:
        room = command.conversation[2:]
        hosted, joined = self._hosted.get(room), self._joined.get(room)
        if hosted is None and joined is None:
            self._context.emit(trouble(Trouble.ROOM_UNKNOWN, command.conversation))
            return
        text = self._texts.text_of(command)
        if text is None:
            return
        context = self._context
        now = time.time_ns()

        def work(store: HistoryStore) -> FollowUp | None:
            quote = quote_of(store, command.conversation, command.reply_to)
            common = (command.message, context.identity, context.name)
            if hosted is not None:
                entry = LogEntry(0, *common, now // 1_000_000, text, command.reply_to, quote)
                return hosted.say(store, entry)
            assert joined is not None
            new = NewMessage(*common, text, now, now // 1_000_000, command.reply_to, quote)
            return joined.post(store, new)

        context.history.submit(work, run_effect)

    def list_members(self, command: c.ListMembers) -> None:
        found = self._hosted.get(command.room) or self._joined.get(command.room)
        if found is None:
            self._context.emit(trouble(Trouble.ROOM_UNKNOWN, f"r:{command.room}"))
        else:
            self._context.emit(RoomMembers(command.room, tuple(found.listed())))

    # --- Telling ---

    def _later(self, room: str) -> None:
        """Told soon, together with what else changes."""
        if not self._changed:
            self._context.loop.call_later(LIST_DELAY, self._tell_changed)
        self._changed.add(room)

    def _tell_changed(self) -> None:
        changed, self._changed = self._changed, set()
        for room in changed:
            self._tell(room)
            if room in self._hosted:
                self._list(room)

    def _tell(self, room: str) -> None:
        found = self._hosted.get(room) or self._joined.get(room)
        unread = self._context.counts.unread.get(f"r:{room}", 0)
        if found is not None:
            record = found.record
            hosted = isinstance(found, HostedRoom)
            host = self._context.people.get(record.host)
            online = hosted or (host is not None and host.line is not None)
            shown: Room | None = Room(
                *(room, record.name, record.host, hosted, True, record.code, record.locked),
                *(record.read_only, record.all_muted, online, found.count, unread),
            )
        else:
            shown = self._lobby.shown(room, unread)
        if shown is not None:
            self._context.emit(RoomChanged(shown))


def _later(follow_up: Callable[[], object]) -> StoreAction:
    """Nothing to store; this follows."""
    return lambda store: follow_up
