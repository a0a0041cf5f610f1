"""Line commands about files: offers, answers to them, and what becomes of a transfer."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Callable, Iterable
from pathlib import Path

from gui.shared.i18n import _
from gui.terminal import chat_roster as lines
from gui.terminal.chat_commands.choice import Choice
from gui.terminal.chat_commands.surroundings import LineError, Surroundings
from gui.terminal.chat_roster import OVER, UNDER_WAY
from net.chat import commands as c
from net.chat.events import TransferChanged, TransferStage
from net.protocol.chat.filenames import offered_name

_RESUMABLE = (TransferStage.PAUSED_HERE, TransferStage.FAILED, TransferStage.WAITING)


class FileCommands:
    """``commands``: by their word, each taking the rest of the line."""

    def __init__(self, terminal: Surroundings, choice: Choice) -> None:
        self._terminal = terminal
        self._roster = terminal.roster
        self._choice = choice
        self.commands: dict[str, Callable[[str], object]] = {
            "send": self._send_files,
            "accept": self._accept,
            "decline": lambda rest: self._steer(rest, c.DeclineTransfer, (TransferStage.OFFERED,), True),
            "pause": lambda rest: self._steer(rest, c.PauseTransfer, UNDER_WAY),
            "resume": lambda rest: self._steer(rest, c.ResumeTransfer, _RESUMABLE),
            "cancel": lambda rest: self._steer(rest, c.CancelTransfer, set(TransferStage) - set(OVER)),
            "files": lambda rest: self._show_files(),
        }

    def _send_files(self, rest: str) -> None:
        paths = named_files(rest)
        if not rest:
            raise LineError(_("Say which file is meant."))
        self._terminal.offer(self._choice.conversation(), [path.absolute() for path in paths])

    def _show_files(self) -> None:
        for number, event in enumerate(self._roster.transfers.values(), 1):
            self._terminal.show(lines.file_line(number, event))

    def _accept(self, rest: str) -> None:
        word, _space, folder = rest.partition(" ")
        if not word.isdecimal():
            word, folder = "", rest
        event = self._transfer(word, (TransferStage.OFFERED,), True)
        where = Path(folder.strip()).expanduser().absolute() if folder.strip() else None
        self._terminal.submit(c.AcceptTransfer(event.transfer, where))

    def _steer(
        self,
        rest: str,
        command: type[c.DeclineTransfer | c.PauseTransfer | c.ResumeTransfer | c.CancelTransfer],
        stages: Iterable[TransferStage],
        incoming: bool | None = None,
    ) -> None:
        self._terminal.submit(command(self._transfer(rest, stages, incoming).transfer))

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


def names_files(line: bytes) -> bool:
    """Whether the typed line is a command with the name of a file or folder, which need not be text."""
    return line.split(b" ", 1)[0].rstrip() in (b"/send", b"/accept", b"/picture")


def named_files(text: str) -> list[Path]:
    """The one that ``text`` names, or those that its words name, which may be quoted. Raises
    `LineError`."""
    paths = [Path(text).expanduser()]
    if not paths[0].exists():
        with contextlib.suppress(ValueError):
            paths = [Path(word).expanduser() for word in shlex.split(text)]
    for path in paths:
        if not path.exists():
            shown = Path(*map(offered_name, path.parts))
            raise LineError(_("There is no file {path}.").format(path=shown))
    return paths
