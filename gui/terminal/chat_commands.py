"""The line commands of the chat's terminal: ``/who``, ``/to NAME``, text, ``/send FILE`` ... each becomes
commands for the Engine. They run on the thread that reads standard input, so they may wait."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol, TypeVar

from gui.shared.i18n import _
from gui.shared.links import parse_person, problem_text
from gui.shared.wording import address_error_text
from gui.terminal import chat_roster as lines
from gui.terminal.chat_roster import ALL, OVER, UNDER_WAY, Roster
from net.address import Address, AddressError
from net.chat import commands as c
from net.chat.events import Person, Room, TransferChanged, TransferStage
from net.chat.history import HistoryReader

_T = TypeVar("_T", Person, Room)
HISTORY_LINES = 20
APPEAR_SECONDS = 10.0
"""How long a command waits for a person or room that is not in sight yet: scripts begin before the LAN
answers."""

JOIN_TRIES = 6


class LineError(ValueError):
    """The command can't be done; the text is a sentence for the user."""


class Surroundings(Protocol):
    """What the commands need of the terminal."""

    roster: Roster

    def submit(self, command: c.ChatCommand) -> None: ...
    def new_id(self) -> str: ...
    def new_job(self) -> int: ...
    def say(self, conversation: str, text: str) -> None: ...
    def offer(self, conversation: str, paths: list[Path]) -> None: ...
    def show(self, line: str) -> None: ...
    def note(self, text: str) -> None: ...
    def wait(self, condition: Callable[[], object], seconds: float) -> bool: ...
    def history(self) -> HistoryReader | None: ...
    def quit(self) -> None: ...


class LineCommands:
    """``to``: the conversation that plain text goes to, "" before ``/to``."""

    def __init__(self, terminal: Surroundings) -> None:
        self.to = ""
        self._terminal = terminal
        self._roster = terminal.roster
        self._commands: dict[str, Callable[[str], None]] = {
            "who": self._who,
            "to": self._choose,
            "all": lambda text: self._terminal.say(ALL, text),
            "send": self._send_files,
            "accept": self._accept,
            "decline": lambda rest: self._steer(rest, c.DeclineTransfer, (TransferStage.OFFERED,), True),
            "pause": lambda rest: self._steer(rest, c.PauseTransfer, UNDER_WAY),
            "resume": lambda rest: self._steer(rest, c.ResumeTransfer, _RESUMABLE),
            "cancel": lambda rest: self._steer(rest, c.CancelTransfer, set(TransferStage) - set(OVER)),
            "files": lambda rest: self._show_files(),
            "verify": self._verify,
            "trust": lambda rest: self._submit(c.TrustNewKey(self._person(rest).identity)),
            "block": lambda rest: self._submit(c.BlockPerson(self._person(rest).identity, True)),
            "unblock": lambda rest: self._submit(c.BlockPerson(self._person(rest).identity, False)),
            "forget": lambda rest: self._submit(c.ForgetPerson(self._person(rest).identity)),
            "add": self._add,
            "find": lambda rest: self._submit(c.FindAgain()),
            "diagnose": self._diagnose,
            "status": self._status,
            "picture": self._picture,
            "room": self._room_command,
            "history": self._history,
            "search": self._search,
            "help": lambda rest: self._help(),
            "quit": lambda rest: self._terminal.quit(),
        }
        self._room_commands: dict[str, Callable[[str], None]] = {
            "": lambda rest: self._list_rooms(),
            "list": lambda rest: self._list_rooms(),
            "create": self._create_room,
            "join": self._join_room,
            "leave": lambda rest: self._submit(c.LeaveRoom(self._room(rest).room)),
            "members": lambda rest: self._submit(c.ListMembers(self._room(rest).room)),
            "lock": lambda rest: self._submit(c.SetRoom(self._room().room, locked=True)),
            "unlock": lambda rest: self._submit(c.SetRoom(self._room().room, locked=False)),
            "readonly": lambda rest: self._submit(c.SetRoom(self._room().room, read_only=_switch(rest))),
            "mute": lambda rest: self._mute(rest, True),
            "unmute": lambda rest: self._mute(rest, False),
            "remove": lambda rest: self._submit(c.RemoveMember(self._room().room, self._identity(rest))),
            "give": lambda rest: self._submit(c.HandOverRoom(self._room().room, self._identity(rest))),
        }

    def run(self, line: str) -> None:
        """One line as it was typed. Raises `LineError`."""
        if line.startswith("//"):
            line = line[1:]
        elif line.startswith("/"):
            word, _space, rest = line[1:].partition(" ")
            command = self._commands.get(word.lower())
            if command is None:
                raise LineError(_("There is no command /{word}; /help lists them all.").format(word=word))
            command(rest.strip())
            return
        if not line.strip():
            return
        self._terminal.say(self._conversation(), line)

    # -- people

    def _who(self, rest: str) -> None:
        for person in sorted(self._roster.people.values(), key=lambda one: one.name.casefold()):
            self._terminal.show(lines.person_line(person))
        self._terminal.show(f"people {len(self._roster.people)}")

    def _choose(self, rest: str) -> None:
        """A person or a room that one is in."""
        if rest == ALL:
            self.to = ALL
        else:
            rooms = [room for room in self._roster.find_rooms(rest) if room.joined]
            self.to = f"r:{rooms[0].room}" if len(rooms) == 1 else f"p:{self._person(rest).identity}"
        self._terminal.show(f"to {lines.short_conversation(self.to)}")

    def _person(self, text: str) -> Person:
        if not text:
            if not self.to.startswith("p:"):
                raise LineError(_("Say who is meant: a name, or the beginning of an identity."))
            text = self.to[2:]
        self._terminal.wait(lambda: self._roster.find_people(text), APPEAR_SECONDS)
        found = self._roster.find_people(text)
        if not found:
            raise LineError(_("Nobody here is called {name}.").format(name=text))
        return self._only(found, text, [lines.person_line(one) for one in found])

    def _only(self, found: list[_T], text: str, shown: Iterable[str]) -> _T:
        if len(found) > 1:
            for line in shown:
                self._terminal.show(line)
            raise LineError(_("“{name}” can mean several; use the identity.").format(name=text))
        return found[0]

    def _verify(self, rest: str) -> None:
        word, _space, name = rest.partition(" ")
        if word not in ("yes", "no"):
            word, name = "", rest
        person = self._person(name)
        if word:
            self._submit(c.ConfirmDigits(person.identity, word == "yes"))
            return
        identity = person.identity
        self._terminal.wait(lambda: self._now(identity, person).digits, APPEAR_SECONDS)
        person = self._now(identity, person)
        if not person.digits:
            raise LineError(
                _("There are no digits to compare yet: {name} was never met.").format(name=person.name)
            )
        self._terminal.show(f"digits {lines.short(identity)} {person.digits} {lines.one_line(person.name)}")
        self._terminal.note(
            _("If {name} sees the same six digits, type /verify yes, otherwise /verify no.").format(
                name=person.name
            )
        )

    def _now(self, identity: str, person: Person) -> Person:
        return self._roster.people.get(identity, person)

    def _add(self, rest: str) -> None:
        problem = problem_text(rest)
        if problem:
            raise LineError(problem)
        self._submit(c.AddPerson(*parse_person(rest)))

    def _diagnose(self, rest: str) -> None:
        try:
            self._submit(c.Diagnose(Address.parse(rest, default_port=c.PORT) if rest else None))
        except AddressError as error:
            raise LineError(address_error_text(error)) from error

    def _status(self, rest: str) -> None:
        try:
            status = c.OwnStatus(rest)
        except ValueError:
            choices = ", ".join(c.OwnStatus)
            raise LineError(
                _("“{value}” is none of {choices}.").format(value=rest, choices=choices)
            ) from None
        self._submit(c.SetPresence(status))

    def _picture(self, rest: str) -> None:
        """What others see one with, until the end; without a file none."""
        # Pillow is not loaded without need.
        from gui.shared.portrait import PortraitError, make_portrait

        paths = _files(rest) if rest else []
        if len(paths) > 1:
            raise LineError(_("One picture is enough; quote a name with spaces."))
        try:
            picture = make_portrait(paths[0]) if paths else b""
        except PortraitError as error:
            raise LineError(str(error)) from error
        me = self._roster.me
        if me is not None:
            self._submit(c.SetProfile(me.name, me.colour, picture))
            self._terminal.show(f"picture {len(picture)}")

    # -- files

    def _send_files(self, rest: str) -> None:
        paths = _files(rest)
        if not rest:
            raise LineError(_("Say which file is meant."))
        self._terminal.offer(self._conversation(), [path.absolute() for path in paths])

    def _show_files(self) -> None:
        for number, event in enumerate(self._roster.transfers.values(), 1):
            self._terminal.show(lines.file_line(number, event))

    def _accept(self, rest: str) -> None:
        word, _space, folder = rest.partition(" ")
        if not word.isdecimal():
            word, folder = "", rest
        event = self._transfer(word, (TransferStage.OFFERED,), True)
        where = Path(folder.strip()).expanduser().absolute() if folder.strip() else None
        self._submit(c.AcceptTransfer(event.transfer, where))

    def _steer(
        self,
        rest: str,
        command: type[c.DeclineTransfer | c.PauseTransfer | c.ResumeTransfer | c.CancelTransfer],
        stages: Iterable[TransferStage],
        incoming: bool | None = None,
    ) -> None:
        self._submit(command(self._transfer(rest, stages, incoming).transfer))

    def _transfer(
        self, number: str, stages: Iterable[TransferStage], incoming: bool | None = None
    ) -> TransferChanged:
        wanted = tuple(stages)
        if number:
            event = self._roster.transfer(int(number)) if number.isdecimal() else None
        else:
            event = self._roster.newest(wanted, incoming)
        if event is None:
            raise LineError(_("There is no such transfer; /files lists them all."))
        return event

    # -- rooms

    def _room_command(self, rest: str) -> None:
        word, _space, more = rest.partition(" ")
        command = self._room_commands.get(word.lower())
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
        self._submit(c.CreateRoom(room, name))
        if name and self._terminal.wait(lambda: room in self._roster.rooms, APPEAR_SECONDS):
            self._choose(room)

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
        room = self._only(found, text, [lines.room_line(one) for one in found]).room if found else ""

        def joined() -> list[Room]:
            return [
                one
                for one in self._roster.rooms.values()
                if one.joined and (one.room == room or (not room and one.room not in known))
            ]

        refusals = self._roster.refusals
        for _try in range(JOIN_TRIES):
            # A wish that was under way when the link broke is forgotten: say it anew.
            self._submit(c.JoinRoom(room=room) if room else c.JoinRoom(code=code))
            self._terminal.wait(lambda: joined() or self._roster.refusals > refusals, APPEAR_SECONDS / 2)
            if joined():
                self._choose(joined()[0].room)
                return
            if self._roster.refusals > refusals:
                break
        raise LineError(_("The room {name} could not be joined.").format(name=text))

    def _room(self, text: str = "") -> Room:
        """The room named, or the one that text goes to."""
        if text:
            found = self._roster.find_rooms(text)
            if not found:
                raise LineError(_("There is no room {name}; /room lists them all.").format(name=text))
            return self._only(found, text, [lines.room_line(one) for one in found])
        room = self._roster.rooms.get(self.to[2:]) if self.to.startswith("r:") else None
        if room is None:
            raise LineError(_("Choose a room first: /to NAME."))
        return room

    def _mute(self, rest: str, muted: bool) -> None:
        room = self._room().room
        if rest == ALL:
            self._submit(c.SetRoom(room, all_muted=muted))
        else:
            self._submit(c.MuteMember(room, self._identity(rest), muted))

    def _identity(self, text: str) -> str:
        return self._person(text).identity

    # -- the rest

    def _history(self, rest: str) -> None:
        conversation = self._conversation()
        reader = self._terminal.history()
        if reader is None:
            return
        wanted = int(rest) if rest.isdecimal() else HISTORY_LINES
        try:
            count = reader.count(conversation)
            for row in reader.fetch(conversation, max(0, count - wanted), count):
                way = "in" if row.incoming else "out"
                who = f"{way} {lines.short(row.author)} {row.state.value}"
                message = f"{lines.short(row.message)} {row.time // 1_000_000}"
                self._terminal.show(f"history {row.position} {message} {who} {lines.one_line(row.text)}")
                if row.proof in lines.DOUBTFUL:
                    self._terminal.show(lines.proof_line(row.conversation, row.message, row.proof))
        finally:
            reader.close()
        self._terminal.show(f"messages {count}")

    def _search(self, rest: str) -> None:
        if rest:
            self._submit(c.Search(self._terminal.new_job(), rest))

    def _conversation(self) -> str:
        if not self.to:
            raise LineError(_("Choose first who is meant: /to NAME."))
        return self.to

    def _submit(self, command: c.ChatCommand) -> None:
        self._terminal.submit(command)

    def _help(self) -> None:
        self._terminal.note(help_text())


_RESUMABLE = (TransferStage.PAUSED_HERE, TransferStage.FAILED, TransferStage.WAITING)
_LISTED_SECONDS = 1.0


def _files(text: str) -> list[Path]:
    """The one that ``text`` names, or those that its words name, which may be quoted."""
    paths = [Path(text).expanduser()]
    if not paths[0].exists():
        with contextlib.suppress(ValueError):
            paths = [Path(word).expanduser() for word in shlex.split(text)]
    for path in paths:
        if not path.exists():
            raise LineError(_("There is no file {path}.").format(path=path))
    return paths


def _switch(text: str) -> bool:
    if text not in ("on", "off"):
        raise LineError(_("“{value}” is none of {choices}.").format(value=text, choices="on, off"))
    return text == "on"


def help_text() -> str:
    rows = [
        ("/who", _("who is here")),
        ("/to NAME", _("talk to this person or room; plain text goes there")),
        ("/all TEXT", _("an announcement to everybody in sight")),
        ("/send FILE ...", _("offer files or folders")),
        ("/accept [N] [FOLDER]", _("take the files offered")),
        ("/decline [N]", _("do not take them")),
        ("/pause, /resume, /cancel [N]", _("a transfer; without a number the newest")),
        ("/files", _("all transfers")),
        ("/verify [NAME]", _("the six digits to compare")),
        ("/verify yes|no [NAME]", _("they were the same, or not")),
        ("/trust, /block, /unblock, /forget NAME", _("decide about a person")),
        ("/add ADDRESS", _("find a person by address or duplex:// link")),
        ("/find", _("look for people again")),
        ("/diagnose [ADDRESS]", _("why can't I see them?")),
        ("/status online|away|busy", _("how others see you")),
        ("/picture [FILE]", _("be shown with this picture; without a file none")),
        ("/room", _("the rooms")),
        ("/room create NAME", _("open a room on this PC")),
        ("/room join CODE-OR-NAME", _("enter one")),
        ("/room leave, members", _("leave it; who is in it")),
        ("/room lock, unlock, readonly on|off", _("rules of a room of yours")),
        ("/room mute, unmute NAME|all", _("who may talk in it")),
        ("/room remove, give NAME", _("send somebody out; hand the room over")),
        ("/history [N]", _("the last messages")),
        ("/search TEXT", _("find messages")),
        ("//TEXT", _("a text that begins with a slash")),
        ("/quit", _("the end")),
    ]
    return "\n".join(f"{command:<40} {meaning}" for command, meaning in rows)
