"""Dialogs that are not answered, rooms in sight, digits compared before one looked, and namesakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gui.pages.chat.dialogs import new_room, parts
from gui.pages.chat.dialogs.add_person import AddPersonDialog
from gui.pages.chat.dialogs.new_room import NewRoomDialog
from gui.pages.chat.dialogs.search import SearchDialog
from gui.pages.chat.dialogs.verify import VerifyDialog
from gui.pages.chat.member_list import rows_of
from net.chat.commands import AddPerson, JoinRoom, Search
from net.chat.events import (
    ChatFault,
    DigitsCompared,
    PersonChanged,
    PersonForgotten,
    Room,
    RoomChanged,
    RoomEnded,
    RoomMember,
    SearchFound,
    Trust,
)
from net.events import Fault, FaultKind
from tests.gui.pages.chat.stage import BOB, LIN, MIA, ROOM, Stage, person

Opens = Callable[..., Any]
OTHER = "dd" * 16


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "ANSWER_MS", 1)
    monkeypatch.setattr(new_room, "JOIN_ANSWER_MS", 1)


def room(id: str, name: str, **more: Any) -> RoomChanged:
    given: dict[str, Any] = {
        "host": LIN, "hosted_here": False, "joined": False, "code": "", "locked": False, "read_only": False,
        "all_muted": False, "host_online": True, "members": 3,
    }  # fmt: skip
    return RoomChanged(Room(id, name, **{**given, **more}))


def test_people_who_come_push_nobody_out_of_sight(stage: Stage) -> None:
    stage.begin(person(LIN, "Lin"), person(BOB, "Bob"))
    shown = stage.page.people.list
    stage.play(*[PersonChanged(person(f"{number:064x}", f"Pupil {number:02}")) for number in range(16, 70)])
    shown.paint_now()
    assert shown.visible[0] == 0 and len(shown.visible) < 50
    shown.to_bottom()
    shown.paint_now()
    assert shown.visible[-1] == shown.source.count() - 1


# Not answered


@pytest.mark.usefixtures("impatient")
def test_a_search_that_is_not_answered_says_so_and_still_takes_the_answer(
    stage: Stage, opened: Opens
) -> None:
    stage.begin(person(LIN, "Lin"))
    dialog = opened(SearchDialog, "", "hello")
    stage.wait(lambda: dialog.late, "it is late")
    assert "does not answer" in stage.texts(dialog) and "Searching" not in stage.texts(dialog)
    stage.play(SearchFound(dialog.job, ((f"p:{LIN}", "ab", 0, "hello there", 1),), True))
    assert not dialog.nothing.winfo_manager() and "1 message found" in stage.texts(dialog)
    dialog.field.set("again")
    dialog.search()
    assert len(stage.submitted(Search)) == 2 and not dialog.late


def test_an_answered_search_is_never_late(
    stage: Stage, opened: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "ANSWER_MS", 50)
    stage.begin()
    dialog = opened(SearchDialog)
    dialog.field.set("hello")
    dialog.search()
    stage.play(SearchFound(dialog.job, (), True))
    over: list[bool] = []
    dialog.after(100, over.append, True)
    stage.wait(lambda: over, "the time is over")
    assert not dialog.late and "Nothing found." in stage.texts(dialog)


@pytest.mark.usefixtures("impatient")
def test_an_address_that_does_not_answer_can_be_asked_again(stage: Stage, opened: Opens) -> None:
    stage.begin()
    dialog = opened(AddPersonDialog, "10.0.0.9")
    dialog.buttons["add"].invoke()
    stage.wait(lambda: "10.0.0.9:45654 does not answer" in dialog.result.text, "it is said")
    assert dialog.buttons["add"].instate(["!disabled"])
    dialog.buttons["add"].invoke()
    assert len(stage.submitted(AddPerson)) == 2


@pytest.mark.usefixtures("impatient")
def test_a_code_that_nobody_knows_is_told(stage: Stage, opened: Opens) -> None:
    stage.begin()
    dialog = opened(NewRoomDialog)
    dialog.ways._choose("join")
    dialog.code.set("K7QX2M")
    dialog.buttons["go"].invoke()
    stage.wait(lambda: "Nobody who is here knows" in dialog.result.text, "it is said")
    assert dialog.buttons["go"].instate(["!disabled"])


def test_the_core_gives_up_a_code_first(stage: Stage, opened: Opens) -> None:
    stage.begin()
    dialog = opened(NewRoomDialog)
    dialog.ways._choose("join")
    dialog.code.set("K7QX2M")
    dialog.buttons["go"].invoke()
    stage.play(RoomEnded("", "refused:unanswered"))
    assert "Nobody who is here knows" in dialog.result.text and dialog.asked is None


# Rooms in sight


def click(stage: Stage, dialog: NewRoomDialog, line: int) -> None:
    dialog.rooms.paint_now()
    placed = dialog.rooms.placed(line)
    assert placed is not None
    y = placed.y + placed.height // 2
    for sequence in ("<Button-1>", "<ButtonRelease-1>"):
        dialog.rooms.canvas.event_generate(sequence, x=60, y=y)
    stage.app.update()


def test_a_click_joins_a_room_in_sight(stage: Stage, opened: Opens) -> None:
    stage.begin(person(LIN, "Lin"))
    dialog = opened(NewRoomDialog)
    dialog.ways._choose("join")
    stage.app.update()
    assert "No room in sight" in stage.texts(dialog)
    stage.play(
        room(ROOM, "Project"),
        room(OTHER, "Mine", joined=True),
        room("ee" * 16, "Gone", host_online=False),
        room("ff" * 16, "Hosted", hosted_here=True),
    )
    dialog.rooms.paint_now()
    assert [line.room.name for line in dialog.rooms.lines.rows] == ["Project"]
    assert "hosted by Lin" in dialog.rooms.text_of(dialog.rooms.row(0))
    assert not dialog.none.winfo_manager()
    click(stage, dialog, 0)
    assert stage.submitted(JoinRoom) == [JoinRoom(ROOM)]
    stage.play(room(OTHER, "Mine", joined=True))
    assert dialog.winfo_exists()
    stage.play(room(ROOM, "Project", joined=True))
    assert not dialog.winfo_exists() and stage.page.conversation == f"r:{ROOM}"


def test_a_locked_room_in_sight_asks_for_its_code(stage: Stage, opened: Opens) -> None:
    stage.begin(person(LIN, "Lin"))
    stage.play(room(ROOM, "Exam", locked=True), room(OTHER, "Open to all"))
    dialog = opened(NewRoomDialog)
    dialog.ways._choose("join")
    stage.app.update()
    assert [line.room.name for line in dialog.rooms.lines.rows] == ["Open to all", "Exam"]
    click(stage, dialog, 1)
    assert not stage.submitted(JoinRoom) and "Exam is locked" in dialog.result.text


@pytest.mark.parametrize(
    "answer",
    [
        RoomEnded(ROOM, "refused:full"),
        ChatFault(Fault(FaultKind.NOT_CONNECTED), f"r:{ROOM}", "", {"reason": "room_unknown"}),
    ],
)
def test_a_room_in_sight_that_refuses(stage: Stage, opened: Opens, answer: Any) -> None:
    stage.begin(person(LIN, "Lin"))
    stage.play(room(ROOM, "Project"))
    dialog = opened(NewRoomDialog)
    dialog.ways._choose("join")
    stage.app.update()
    click(stage, dialog, 0)
    stage.play(RoomEnded(OTHER, "refused:full"))
    assert dialog.asked is not None
    stage.play(answer)
    assert dialog.asked is None and dialog.result.text and dialog.winfo_exists()
    assert ROOM in stage.page.model.rooms


# Digits compared before one looked


@pytest.mark.parametrize(("same", "verdict"), [(True, "their_turn_over"), (False, "they_differ")])
def test_what_was_said_before_the_dialog_opened_is_shown(
    stage: Stage, opened: Opens, same: bool, verdict: str
) -> None:
    stage.begin(person(LIN, "Lin"))
    stage.page.show(f"p:{LIN}")
    stage.play(DigitsCompared(LIN, same))
    assert "Lin says that the six digits" in stage.texts(stage.page.chat.banner)
    assert opened(VerifyDialog, LIN).verdict == verdict


def test_new_digits_have_not_been_compared_by_anybody(stage: Stage, opened: Opens) -> None:
    stage.begin(person(LIN, "Lin", digits="111111"))
    stage.play(DigitsCompared(LIN, True), PersonChanged(person(LIN, "Lin", digits="222222")))
    assert opened(VerifyDialog, LIN).verdict == "asking"
    stage.play(
        DigitsCompared(LIN, True), PersonForgotten(LIN), PersonChanged(person(LIN, "Lin", digits="222222"))
    )
    assert stage.page.model.digits_said(LIN) is None


# Namesakes


def test_namesakes_are_told_apart(stage: Stage) -> None:
    stage.begin(person(LIN, "Lin"), person(BOB, "Bob"))
    stage.room()
    stage.page.show(f"r:{ROOM}")
    stage.hear(LIN, "Lin", "hello", conversation=f"r:{ROOM}")
    row: Any = stage.page.chat.messages.bubbles.row(0)
    assert row.author == "Lin" and not any("[" in line for line in stage.list_text())
    stage.play(PersonChanged(person(MIA, "ＬＩＮ", colour="#112233")))
    stage.hear(MIA, "ＬＩＮ", "hello", conversation=f"r:{ROOM}")
    rows: list[Any] = [stage.page.chat.messages.bubbles.row(index) for index in (0, 1)]
    assert [row.author for row in rows] == ["Lin [11111111]", "ＬＩＮ [44444444]"]
    assert stage.page.chat.messages.bubbles.colours["ＬＩＮ [44444444]"] == "#112233"
    assert sum("[" in line for line in stage.list_text()) == 2
    stage.page.show(f"p:{MIA}")
    stage.paint()
    assert "[44444444]" in stage.texts(stage.page.chat.header)
    assert "Somebody else is called" in stage.texts(stage.page.chat.banner)
    stage.play(PersonForgotten(LIN))
    assert not any("[" in line for line in stage.list_text())
    stage.play(PersonChanged(person(MIA, "Mia")), PersonChanged(person(LIN, "Lin")))
    assert not any("[" in line for line in stage.list_text())


def test_a_verified_namesake_is_not_warned_of(stage: Stage) -> None:
    stage.begin(person(LIN, "Lin", trust=Trust.VERIFIED), person(MIA, "Lin"))
    stage.page.show(f"p:{LIN}")
    stage.paint()
    assert "Somebody else" not in stage.texts(stage.page.chat)


def test_members_of_one_name() -> None:
    members = [
        RoomMember(identity, name, "", "online", False) for identity, name in ((LIN, "Lin"), (MIA, "lin"))
    ]
    assert [row.about.split(" · ")[0] for row in rows_of(members, "", "")] == ["[11111111]", "[44444444]"]
    assert not rows_of(members[:1], "", "")[0].fingerprint
    assert rows_of(members[:1], "", "", fingerprint=lambda _i, _n: "ab")[0].fingerprint == "ab"
