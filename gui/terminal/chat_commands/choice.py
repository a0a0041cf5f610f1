"""Who is meant: the conversation that plain text goes to, and people and rooms by what was typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from gui.shared.i18n import _
from gui.terminal import chat_roster as lines
from gui.terminal.chat_commands.surroundings import APPEAR_SECONDS, LineError, Surroundings
from net.chat.conversation import EVERYBODY, Conversation
from net.chat.events import Person, Room

ALL = "all"
"""What is typed for everybody."""

_T = TypeVar("_T", Person, Room)


class Choice:
    """``to``: the conversation that plain text goes to, None before ``/to``. All raise `LineError`."""

    def __init__(self, terminal: Surroundings) -> None:
        self.to: Conversation | None = None
        self._terminal = terminal
        self._roster = terminal.roster

    def choose(self, rest: str) -> None:
        """A person or a room that one is in."""
        self.to = self._chosen(rest)
        self._terminal.show(f"to {lines.short_conversation(self.to)}")

    def _chosen(self, rest: str) -> Conversation:
        if rest == ALL:
            return EVERYBODY
        rooms = [room for room in self._roster.find_rooms(rest) if room.joined]
        if len(rooms) == 1:
            return Conversation.room(rooms[0].room)
        return Conversation.person(self.person(rest).identity)

    def person(self, text: str) -> Person:
        if not text:
            if self.to is None or not self.to.is_person:
                raise LineError(_("Say who is meant: a name, or the beginning of an identity."))
            text = self.to.id
        self._terminal.wait(lambda: self._roster.find_people(text), APPEAR_SECONDS)
        found = self._roster.find_people(text)
        if not found:
            raise LineError(_("Nobody here is called {name}.").format(name=text))
        return only(found, text, [lines.person_line(one) for one in found], self._terminal.show)

    def room(self, text: str = "") -> Room:
        """The room named, or the one that text goes to."""
        if text:
            found = self._roster.find_rooms(text)
            if not found:
                raise LineError(_("There is no room {name}; /room lists them all.").format(name=text))
            return only(found, text, [lines.room_line(one) for one in found], self._terminal.show)
        room = self._roster.rooms.get(self.to.id) if self.to is not None and self.to.is_room else None
        if room is None:
            raise LineError(_("Choose a room first: /to NAME."))
        return room

    def conversation(self) -> Conversation:
        if self.to is None:
            raise LineError(_("Choose first who is meant: /to NAME."))
        return self.to


def only(found: list[_T], text: str, shown: Iterable[str], show: Callable[[str], object]) -> _T:
    """The one in ``found``; of several the lines ``shown`` are printed."""
    if len(found) > 1:
        for line in shown:
            show(line)
        raise LineError(_("“{name}” can mean several; use the identity.").format(name=text))
    return found[0]
