"""A room is made, joined by its code, or joined as one sees it."""

from __future__ import annotations

from typing import Any

import pytest

from gui.pages.chat.rooms.new_room import NewRoomDialog, code_problem, typed_code
from net.chat.commands import CreateRoom, JoinRoom
from net.chat.conversation import Conversation
from net.chat.events import ChatFault, Room, RoomChanged, RoomEnded
from net.events import Fault, FaultKind
from tests.gui.pages.chat.dialogs.choices import Opens, choose_segment, press_button, words
from tests.gui.pages.chat.stage import LIN, ME, ROOM, Stage, person

OTHER = "dd" * 16


def room(id: str, name: str, **more: Any) -> RoomChanged:
    given: dict[str, Any] = {
        "host": LIN, "hosted_here": False, "joined": False, "code": "", "locked": False, "read_only": False,
        "all_muted": False, "host_online": True, "members": 3,
    }  # fmt: skip
    return RoomChanged(Room(id, name, **{**given, **more}))


def click(stage: Stage, dialog: NewRoomDialog, line: int) -> None:
    dialog.rooms.paint_now()
    placed = dialog.rooms.placed(line)
    assert placed is not None
    y = placed.y + placed.height // 2
    for sequence in ("<Button-1>", "<ButtonRelease-1>"):
        dialog.rooms.canvas.event_generate(sequence, x=60, y=y)
    stage.app.update()


def asked_to_join(opened: Opens, code: str) -> NewRoomDialog:
    """The dialog in which the user has typed this code and gone on."""
    dialog: NewRoomDialog = opened(NewRoomDialog)
    choose_segment(dialog.ways, "join")
    dialog.code.set(code)
    dialog.buttons["go"].invoke()
    return dialog


def test_a_room_is_made_and_shown(stage: Stage, opened: Opens) -> None:
    stage.begin()
    dialog = opened(NewRoomDialog)
    press_button(dialog, "go")
    assert dialog.name.error and not stage.submitted(CreateRoom)
    dialog.name.set("Class 3")
    dialog.locked.set(True)
    press_button(dialog, "go")
    (asked,) = stage.submitted(CreateRoom)
    assert (asked.name, asked.locked, len(asked.room)) == ("Class 3", True, 32)
    stage.room(hosted_here=True)
    assert dialog.winfo_exists()
    room = Room(asked.room, "Class 3", ME, True, True, "K7QX2M", True, False, False, True, 1)
    stage.play(RoomChanged(room))
    assert not dialog.winfo_exists() and stage.context.conversation == Conversation.room(asked.room)


def test_a_room_is_joined_by_its_code(stage: Stage, opened: Opens) -> None:
    stage.begin()
    dialog = opened(NewRoomDialog)
    choose_segment(dialog.ways, "join")
    dialog.code.set("k7q")
    press_button(dialog, "go")
    assert dialog.code.error
    dialog.code.set("ｋ7qx2m ")
    press_button(dialog, "go")
    assert stage.submitted(JoinRoom) == [JoinRoom(code="K7QX2M")]
    stage.play(RoomEnded("", "refused:code"))
    assert "no room with this code" in words(dialog)
    press_button(dialog, "go")
    stage.room(code="K7QX2M")
    assert not dialog.winfo_exists() and stage.context.conversation == Conversation.room(ROOM)


@pytest.mark.parametrize(
    ("typed", "wrong"), [("k7q-x2m", False), ("K7", False), ("K0", True), ("K7QX2MM", True)]
)
def test_a_code_is_judged_as_it_is_typed(typed: str, wrong: bool) -> None:
    assert bool(code_problem(typed)) is wrong
    assert typed_code(" k7q-x2m") == "K7QX2M"


def test_a_room_one_is_in_is_shown_at_once(stage: Stage, opened: Opens) -> None:
    stage.begin()
    stage.room(code="K7QX2M")
    asked_to_join(opened, "k7q x2m")
    assert not stage.submitted(JoinRoom) and stage.context.conversation == Conversation.room(ROOM)


@pytest.mark.usefixtures("impatient")
def test_a_code_that_nobody_knows_is_told(stage: Stage, opened: Opens) -> None:
    stage.begin()
    dialog = asked_to_join(opened, "K7QX2M")
    stage.wait(lambda: "Nobody who is here knows" in dialog.result.text, "it is said")
    assert dialog.buttons["go"].instate(["!disabled"])


def test_the_core_gives_up_a_code_first(stage: Stage, opened: Opens) -> None:
    stage.begin()
    dialog = asked_to_join(opened, "K7QX2M")
    stage.play(RoomEnded("", "refused:unanswered"))
    assert "Nobody who is here knows" in dialog.result.text and dialog.asked is None


def test_a_click_joins_a_room_in_sight(stage: Stage, opened: Opens) -> None:
    stage.begin(person(LIN, "Lin"))
    dialog = opened(NewRoomDialog)
    choose_segment(dialog.ways, "join")
    stage.app.update()
    assert "No room in sight" in stage.texts(dialog)
    stage.play(
        room(ROOM, "Project"),
        room(OTHER, "Mine", joined=True),
        room("ee" * 16, "Gone", host_online=False),
        room("ff" * 16, "Hosted", hosted_here=True),
    )
    dialog.rooms.paint_now()
    assert [line.room.name for line in dialog.rooms.rows.rows] == ["Project"]
    assert "hosted by Lin" in dialog.rooms.text_of(dialog.rooms.row(0))
    assert not dialog.none.winfo_manager()
    click(stage, dialog, 0)
    assert stage.submitted(JoinRoom) == [JoinRoom(ROOM)]
    stage.play(room(OTHER, "Mine", joined=True))
    assert dialog.winfo_exists()
    stage.play(room(ROOM, "Project", joined=True))
    assert not dialog.winfo_exists() and stage.context.conversation == Conversation.room(ROOM)


def test_a_locked_room_in_sight_asks_for_its_code(stage: Stage, opened: Opens) -> None:
    stage.begin(person(LIN, "Lin"))
    stage.play(room(ROOM, "Exam", locked=True), room(OTHER, "Open to all"))
    dialog = opened(NewRoomDialog)
    choose_segment(dialog.ways, "join")
    stage.app.update()
    assert [line.room.name for line in dialog.rooms.rows.rows] == ["Open to all", "Exam"]
    click(stage, dialog, 1)
    assert not stage.submitted(JoinRoom) and "Exam is locked" in dialog.result.text


@pytest.mark.parametrize(
    "answer",
    [
        RoomEnded(ROOM, "refused:full"),
        ChatFault(Fault(FaultKind.NOT_CONNECTED), Conversation.room(ROOM), "", {"reason": "room_unknown"}),
    ],
)
def test_a_room_in_sight_that_refuses(stage: Stage, opened: Opens, answer: Any) -> None:
    stage.begin(person(LIN, "Lin"))
    stage.play(room(ROOM, "Project"))
    dialog = opened(NewRoomDialog)
    choose_segment(dialog.ways, "join")
    stage.app.update()
    click(stage, dialog, 0)
    stage.play(RoomEnded(OTHER, "refused:full"))
    assert dialog.asked is not None
    stage.play(answer)
    assert dialog.asked is None and dialog.result.text and dialog.winfo_exists()
    assert ROOM in stage.context.model.rooms
