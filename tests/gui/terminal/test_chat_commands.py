"""Line commands with files: what is asked of the Engine, and what is said where it can't be."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from PIL import Image

from gui.terminal.chat_commands import LineCommands, LineError, Surroundings, names_files
from gui.terminal.chat_commands.files import named_files
from gui.terminal.chat_roster import Roster
from gui.terminal.standard_input import decoded
from net.chat.commands import ChatCommand, SetProfile
from net.chat.events import ChatStarted
from net.protocol.chat.pictures import picture_size


class Terminal:
    """What the commands need, with nobody there."""

    def __init__(self) -> None:
        self.commands: list[ChatCommand] = []
        self.shown: list[str] = []
        me = ChatStarted("1" * 64, "Robot", "#0ea5e9", 45654, "")
        self.surroundings = Surroundings(
            roster=Roster(me),
            submit=self.commands.append,
            new_id=lambda: "ab" * 16,
            new_job=lambda: 1,
            say=not_called,
            offer=not_called,
            show=self.shown.append,
            note=self.shown.append,
            wait=lambda condition, _seconds: bool(condition()),
            history=lambda: None,
            begin_anew=not_called,
            quit=not_called,
        )


def not_called(*what: object) -> None:
    raise AssertionError(what)


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


@pytest.fixture
def face(tmp_path: Path) -> Path:
    path = tmp_path / "my face.png"
    Image.new("RGB", (640, 320), "#2266aa").save(path)
    return path


@pytest.mark.parametrize("quoted", ["{}", "'{}'", '"{}"'])
def test_a_picture_is_made_small_and_set(terminal: Terminal, face: Path, quoted: str) -> None:
    LineCommands(terminal.surroundings).run(f"/picture {quoted.format(face)}")
    (command,) = terminal.commands
    assert isinstance(command, SetProfile)
    assert (command.name, command.colour) == ("Robot", "#0ea5e9")
    assert picture_size(command.picture) == (160, 160)
    assert terminal.shown == [f"picture {len(command.picture)}"]


def test_without_a_file_it_is_taken_away(terminal: Terminal) -> None:
    LineCommands(terminal.surroundings).run("/picture")
    assert terminal.commands == [SetProfile("Robot", "#0ea5e9", b"")]
    assert terminal.shown == ["picture 0"]


@pytest.mark.parametrize("wrong", ["none.png", "text.png", "'my face.png' 'my face.png'"])
def test_what_is_no_picture_changes_nothing(
    terminal: Terminal, face: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.chdir(face.parent)
    (face.parent / "text.png").write_text("no picture")
    with pytest.raises(LineError, match=r"\.$"):
        LineCommands(terminal.surroundings).run(f"/picture {wrong}")
    assert not terminal.commands and not terminal.shown


@pytest.mark.skipif(sys.platform == "win32", reason="names are no bytes there")
def test_a_file_whose_name_is_no_utf8_is_sent(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + "/文件.txt".encode("gbk")
    Path(os.fsdecode(path)).write_text("")
    assert names_files(b"/send " + path) and not names_files(b"/sendx") and not names_files(b"hello /send")
    line = decoded(b"/send " + path, "surrogateescape")
    assert named_files(line.removeprefix("/send ")) == [Path(os.fsdecode(path))]
    with pytest.raises(LineError, match=r"文件\.txt\.x"):
        named_files(line.removeprefix("/send ") + ".x")
