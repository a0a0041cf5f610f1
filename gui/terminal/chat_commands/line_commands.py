"""The line commands of the chat's terminal: ``/who``, ``/to NAME``, text, ``/send FILE`` ... each becomes
commands for the Engine. They run on the thread that reads standard input, so they may wait."""

from __future__ import annotations

from collections.abc import Callable

from gui.shared.i18n import _
from gui.terminal.chat_commands.choice import Choice
from gui.terminal.chat_commands.files import FileCommands
from gui.terminal.chat_commands.history import HistoryCommands
from gui.terminal.chat_commands.people import PeopleCommands
from gui.terminal.chat_commands.rooms import RoomCommands
from gui.terminal.chat_commands.surroundings import LineError, Surroundings
from net.chat.conversation import EVERYBODY


class LineCommands:
    """Looks a line's first word up once, and runs what it finds."""

    def __init__(self, terminal: Surroundings) -> None:
        self._terminal = terminal
        self._choice = choice = Choice(terminal)
        self._commands: dict[str, Callable[[str], object]] = {
            **PeopleCommands(terminal, choice).commands,
            **FileCommands(terminal, choice).commands,
            **HistoryCommands(terminal, choice).commands,
            "to": choice.choose,
            "all": lambda text: terminal.say(EVERYBODY, text),
            "room": RoomCommands(terminal, choice).run,
            "help": lambda rest: terminal.note(help_text()),
            "quit": lambda rest: terminal.quit(),
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
        self._terminal.say(self._choice.conversation(), line)


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
        ("/new-identity", _("go on as somebody new; the old identity is set aside")),
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
