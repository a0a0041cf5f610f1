"""Lobby: the rooms of others that may be joined, and this user's wishes to join. NetThread only."""

from __future__ import annotations

from collections.abc import Callable

from net.chat.commands import JoinRoom
from net.chat.commons import Commons
from net.chat.events import Room, RoomEnded
from net.chat.telling import Trouble, trouble
from net.protocol.chat.cleaning import clean_name
from net.protocol.chat.messages import RoomJoin, RoomListed, RoomRefused, RoomState

MAX_LISTED = 100
"""Rooms of one person that are shown; more come from nobody who means well."""


class Lobby:
    """``on_listed(room)``: it is to be told."""

    def __init__(self, commons: Commons, on_listed: Callable[[str], object]) -> None:
        self._commons = commons
        self._on_listed = on_listed
        self._listed: dict[str, dict[str, RoomListed]] = {}
        self._asked: dict[str, str] = {}
        self._codes: dict[str, set[str]] = {}

    def __contains__(self, room: str) -> bool:
        return room in self._listed

    def shown(self, room: str, unread: int) -> Room | None:
        """As one that may be joined."""
        if room not in self._listed:
            return None
        identity, listed = next(iter(self._listed[room].items()))
        return Room(
            *(room, clean_name(listed.name), identity, False, False, "", listed.locked),
            *(False, False, True, listed.members, unread),
        )

    def unlinked(self, identity: str, is_ours: Callable[[str], bool]) -> None:
        """The host is gone: its rooms can't be joined now. ``is_ours(room)``: we are in it."""
        for room in [room for room, hosts in self._listed.items() if identity in hosts]:
            if self._unlist(identity, room) and not is_ours(room):
                self._commons.tell(RoomEnded(room, "away"))
        for room in [room for room, host in self._asked.items() if host == identity]:
            del self._asked[room]
        self._answered(identity)

    def take_listed(self, identity: str, message: RoomListed, joined: bool) -> None:
        """``joined``: we are in it. Who listed a room first is believed, as long as they list it; after a
        hand-over the next one is."""
        room = message.room.hex()
        if message.closed:
            if self._unlist(identity, room) and not joined:
                self._commons.tell(RoomEnded(room, "closed"))
        elif sum(identity in hosts for hosts in self._listed.values()) < MAX_LISTED:
            self._listed.setdefault(room, {})[identity] = message
            self._on_listed(room)

    def _unlist(self, identity: str, room: str) -> bool:
        """Whether nobody lists it any more."""
        hosts = self._listed.get(room, {})
        if hosts.pop(identity, None) is None:
            return False
        if hosts:
            self._on_listed(room)
            return False
        del self._listed[room]
        return True

    def ask(self, command: JoinRoom) -> None:
        code = command.code.strip().upper()
        if not command.room:
            self._ask_everybody(code)
            return
        host = next(iter(self._listed.get(command.room, {})), "")
        contact = self._commons.people.get(host)
        if contact is None or contact.link is None:
            self._commons.tell(trouble(Trouble.ROOM_UNKNOWN, f"r:{command.room}", offline=True))
            return
        self._asked[command.room] = host

        def ask(have: int) -> None:
            if contact.link is not None:
                contact.link.send(RoomJoin(room=bytes.fromhex(command.room), code=code[:8], have=have))

        # An earlier stay may have left some of the log here.
        self._commons.history.submit(lambda store: store.messages.last_number(command.room), ask)

    def _ask_everybody(self, code: str) -> None:
        asked = set()
        for contact in self._commons.people.online():
            assert contact.link is not None
            contact.link.send(RoomJoin(code=code[:8]))
            asked.add(contact.identity)
        if asked and code:
            self._codes[code] = asked
        else:
            self._commons.tell(trouble(Trouble.NO_ONE_VISIBLE, offline=True))

    def admits(self, identity: str, message: RoomState) -> bool:
        """Whether this answers a wish to join."""
        wanted = self._asked.pop(message.room.hex(), "") == identity
        asked = self._codes.get(message.code)
        if asked is not None and identity in asked:
            del self._codes[message.code]
            wanted = True
        return wanted

    def refused(self, identity: str, message: RoomRefused) -> bool:
        """Whether this answers a wish to join, by its room or by a code."""
        room = message.room.hex()
        if not room:
            self._answered(identity)
            return True
        if self._asked.get(room) == identity:
            del self._asked[room]
        elif not any(identity in asked for asked in self._codes.values()):
            return False
        self._commons.tell(RoomEnded(room, f"refused:{message.reason}"))
        return True

    def _answered(self, identity: str) -> None:
        """A code is unknown once all who were asked have said so."""
        for code, asked in list(self._codes.items()):
            asked.discard(identity)
            if not asked:
                del self._codes[code]
                self._commons.tell(RoomEnded("", "refused:unknown"))
