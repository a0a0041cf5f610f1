"""What this PC's user wishes to join, until the host has answered. NetThread only."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from net.chat.commands import JoinRoom
from net.chat.context import ChatContext
from net.chat.conversation import Conversation
from net.chat.events import RoomEnded
from net.chat.line import Line
from net.chat.rooms.listings import Listings
from net.chat.troubles import Trouble, trouble
from net.protocol.chat.room_messages import RoomJoin, RoomRefused, RoomState

JOIN_DEADLINE = 30.0
"""Seconds in which a wish to join is answered, or has failed. Where a line breaks meanwhile it is sent again
on the next one: the question goes outside the outbox, and is lost with its line."""


@dataclass(slots=True)
class _Wish:
    """To join one room at its ``host``."""

    host: str
    code: str
    deadline: asyncio.TimerHandle


@dataclass(slots=True)
class _Search:
    """For a room by its code. ``asked``: who has not answered yet."""

    asked: set[str]
    deadline: asyncio.TimerHandle


class JoinWishes:
    """A wish names a room and its host; a search asks everybody who is here for a code."""

    def __init__(self, context: ChatContext, listings: Listings) -> None:
        self._context = context
        self._listings = listings
        self._wishes: dict[str, _Wish] = {}
        self._searches: dict[str, _Search] = {}

    def waits_for(self, identity: str) -> bool:
        """Whether this person has not answered a wish to join yet."""
        return any(wish.host == identity for wish in self._wishes.values()) or any(
            identity in search.asked for search in self._searches.values()
        )

    def opened(self, identity: str, line: Line) -> None:
        """What was asked on the line before is asked again."""
        for room, wish in self._wishes.items():
            if wish.host == identity:
                self._ask_host(room, wish)
        for code, search in self._searches.items():
            if identity in search.asked:
                line.send(RoomJoin(code=code))

    def stop(self) -> None:
        """Nobody waits any more."""
        for wish in self._wishes.values():
            wish.deadline.cancel()
        for search in self._searches.values():
            search.deadline.cancel()
        self._wishes.clear()
        self._searches.clear()

    def ask(self, command: JoinRoom) -> None:
        """By a room's id, or by its code."""
        code = command.code.strip().upper()
        if not command.room:
            self._ask_everybody(code)
            return
        host = self._listings.host_of(command.room)
        contact = self._context.people.get(host)
        if contact is None or contact.line is None:
            self._context.emit(trouble(Trouble.ROOM_UNKNOWN, Conversation.room(command.room), offline=True))
            return
        self._forget(command.room)
        deadline = self._context.loop.call_later(JOIN_DEADLINE, self._unanswered, command.room)
        self._wishes[command.room] = wish = _Wish(host, code[:8], deadline)
        self._ask_host(command.room, wish)

    def _ask_host(self, room: str, wish: _Wish) -> None:
        def ask(have: int) -> None:
            contact = self._context.people.get(wish.host)
            if self._wishes.get(room) is wish and contact is not None and contact.line is not None:
                contact.line.send(RoomJoin(room=bytes.fromhex(room), code=wish.code, have=have))

        # An earlier stay may have left some of the log here.
        self._context.history.submit(lambda store: store.log.last_number(room), ask)

    def _unanswered(self, room: str) -> None:
        if self._forget(room):
            self._context.emit(RoomEnded(room, "refused:unanswered"))

    def _forget(self, room: str) -> bool:
        """Whether it was wished to join this room."""
        wish = self._wishes.pop(room, None)
        if wish is not None:
            wish.deadline.cancel()
        return wish is not None

    def _ask_everybody(self, code: str) -> None:
        code = code[:8]
        online = self._context.people.online()
        if not online or not code:
            self._context.emit(trouble(Trouble.NO_ONE_VISIBLE, offline=True))
            return
        self._found(code)
        deadline = self._context.loop.call_later(JOIN_DEADLINE, self._not_found, code, "unanswered")
        self._searches[code] = _Search({contact.identity for contact in online}, deadline)
        for line in self._context.people.lines():
            line.send(RoomJoin(code=code))

    def _found(self, code: str) -> bool:
        """Whether a room of this code was looked for."""
        search = self._searches.pop(code, None)
        if search is not None:
            search.deadline.cancel()
        return search is not None

    def _not_found(self, code: str, reason: str) -> None:
        if self._found(code):
            self._context.emit(RoomEnded("", f"refused:{reason}"))

    def admits(self, identity: str, message: RoomState) -> bool:
        """Whether this answers a wish to join."""
        room = message.room.hex()
        wish, search = self._wishes.get(room), self._searches.get(message.code)
        wanted = wish is not None and wish.host == identity
        if wanted:
            self._forget(room)
        if search is not None and identity in search.asked:
            self._found(message.code)
            wanted = True
        return wanted

    def refused(self, identity: str, message: RoomRefused) -> bool:
        """Whether this answers a wish to join, by its room or by a code."""
        room = message.room.hex()
        if not room:
            self._answered(identity)
            return True
        wish = self._wishes.get(room)
        if wish is not None and wish.host == identity:
            self._forget(room)
        else:
            # Found by its code, and it does not take us.
            code = next((code for code, one in self._searches.items() if identity in one.asked), None)
            if code is None:
                return False
            self._found(code)
        self._context.emit(RoomEnded(room, f"refused:{message.reason}"))
        return True

    def _answered(self, identity: str) -> None:
        """A code is unknown once all who were asked have said so."""
        for code, search in list(self._searches.items()):
            search.asked.discard(identity)
            if not search.asked:
                self._not_found(code, "unknown")
