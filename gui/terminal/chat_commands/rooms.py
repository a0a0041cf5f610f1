"""Line commands about rooms: all begin with ``/room``."""

from __future__ import annotations

from collections.abc import Callable

from gui.shared.i18n import _
from gui.terminal import chat_roster as lines
from gui.terminal.chat_commands.choice import ALL, Choice, only
from gui.terminal.chat_commands.surroundings import APPEAR_SECONDS, LineError, Surroundings
from net.chat import commands as c
from net.chat.events import Room

JOIN_TRIES = 6
_LISTED_SECONDS = 1.0


class RoomCommands:
    """``commands``: by the word after ``/room``, each taking the rest of the line."""

    def __init__(self, terminal: Surroundings, choice: Choice) -> None:
        self._terminal = terminal
        self._roster = terminal.roster
        self._choice = choice
        self.commands: dict[str, Callable[[str], object]] = {
            "": lambda rest: self._list_rooms(),
            "list": lambda rest: self._list_rooms(),
            "create": self._create_room,
            "join": self._join_room,
            "leave": lambda rest: terminal.submit(c.LeaveRoom(choice.room(rest).room)),
            "members": lambda rest: terminal.submit(c.ListMembers(choice.room(rest).room)),
            "lock": lambda rest: terminal.submit(c.SetRoom(choice.room().room, locked=True)),
            "unlock": lambda rest: terminal.submit(c.SetRoom(choice.room().room, locked=False)),
            "readonly": lambda rest: terminal.submit(c.SetRoom(choice.room().room, read_only=_switch(rest))),
            "mute": lambda rest: self._mute(rest, True),
            "unmute": lambda rest: self._mute(rest, False),
            "remove": lambda rest: terminal.submit(c.RemoveMember(choice.room().room, self._identity(rest))),
            "give": lambda rest: terminal.submit(c.HandOverRoom(choice.room().room, self._identity(rest))),
        }

    def run(self, rest: str) -> None:
        word, _space, more = rest.partition(" ")
        command = self.commands.get(word.lower())
        if command is None:
            raise LineError(
                _("There is no command /{word}; /help lists them all.").format(word=f"room {word}")
            )
        command(more.strip())

    def _list_rooms(self) -> None:
        for room in sorted(self._roster.rooms.values(), key=lambda one: one.name.casefold()):
            self._terminal.show(lines.room_line(room))
        self._terminal.show(f"rooms {len(self._roster.rooms)}")

    def _create_room(self, name: str) -> None:
        room = self._terminal.new_id()
        self._terminal.submit(c.CreateRoom(room, name))
        if name and self._terminal.wait(lambda: room in self._roster.rooms, APPEAR_SECONDS):
            self._choice.choose(room)

    def _join_room(self, text: str) -> None:
        """A room that is seen, by its name or id; anything else is a code."""
        if not text:
            raise LineError(_("Say which room is meant."))
        code = text.upper()
        # Rooms come with their hosts, a moment after the start.
        self._terminal.wait(
            lambda: self._roster.find_rooms(text) or any(one.path for one in self._roster.people.values()),
            APPEAR_SECONDS,
        )
        if not self._roster.find_rooms(text):
            self._terminal.wait(lambda: self._roster.find_rooms(text), _LISTED_SECONDS)
        found = self._roster.find_rooms(text)
        known = {one.room for one in self._roster.rooms.values() if one.joined}
        room = (
            only(found, text, [lines.room_line(one) for one in found], self._terminal.show).room
            if found
            else ""
        )

        def joined() -> list[Room]:
            return [
                one
                for one in self._roster.rooms.values()
                if one.joined and (one.room == room or (not room and one.room not in known))
            ]

        refusals = self._roster.refusals
        for _try in range(JOIN_TRIES):
            # A wish that was under way when the link broke is forgotten: say it anew.
            self._terminal.submit(c.JoinRoom(room=room) if room else c.JoinRoom(code=code))
            self._terminal.wait(lambda: joined() or self._roster.refusals > refusals, APPEAR_SECONDS / 2)
            if joined():
                self._choice.choose(joined()[0].room)
                return
            if self._roster.refusals > refusals:
                break
        raise LineError(_("The room {name} could not be joined.").format(name=text))

    def _mute(self, rest: str, muted: bool) -> None:
        room = self._choice.room().room
        if rest == ALL:
            self._terminal.submit(c.SetRoom(room, all_muted=muted))
        else:
            self._terminal.submit(c.MuteMember(room, self._identity(rest), muted))

    def _identity(self, text: str) -> str:
        return self._choice.person(text).identity


def _switch(text: str) -> bool:
    if text not in ("on", "off"):
        raise LineError(_("“{value}” is none of {choices}.").format(value=text, choices="on, off"))
    return text == "on"
