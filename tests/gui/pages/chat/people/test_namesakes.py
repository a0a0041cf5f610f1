"""Who shares a name is told apart; who comes pushes nobody out of sight."""

from __future__ import annotations

from typing import Any

from gui.pages.chat.rooms.member_list import rows_of
from net.chat.conversation import Conversation
from net.chat.events import PersonChanged, PersonForgotten, RoomMember, Trust
from tests.gui.pages.chat.stage import BOB, LIN, MIA, ROOM, Stage, person


def test_people_who_come_push_nobody_out_of_sight(stage: Stage) -> None:
    stage.begin(person(LIN, "Lin"), person(BOB, "Bob"))
    shown = stage.page.people.list
    stage.play(*[PersonChanged(person(f"{number:064x}", f"Pupil {number:02}")) for number in range(16, 70)])
    shown.paint_now()
    assert shown.visible[0] == 0 and len(shown.visible) < 50
    shown.to_bottom()
    shown.paint_now()
    assert shown.visible[-1] == shown.source.count() - 1


def test_namesakes_are_told_apart(stage: Stage) -> None:
    stage.begin(person(LIN, "Lin"), person(BOB, "Bob"))
    stage.room()
    stage.context.open(Conversation.room(ROOM))
    stage.hear(LIN, "Lin", "hello", conversation=Conversation.room(ROOM))
    row: Any = stage.page.chat.messages.bubbles.row(0)
    assert row.author == "Lin" and not any("[" in line for line in stage.list_text())
    stage.play(PersonChanged(person(MIA, "ＬＩＮ", colour="#112233")))
    stage.hear(MIA, "ＬＩＮ", "hello", conversation=Conversation.room(ROOM))
    rows: list[Any] = [stage.page.chat.messages.bubbles.row(index) for index in (0, 1)]
    assert [row.author for row in rows] == ["Lin [11111111]", "ＬＩＮ [44444444]"]
    assert stage.page.chat.messages.bubbles.colours["ＬＩＮ [44444444]"] == "#112233"
    assert sum("[" in line for line in stage.list_text()) == 2
    stage.context.open(Conversation.person(MIA))
    stage.paint()
    assert "[44444444]" in stage.texts(stage.page.chat.header)
    assert "Somebody else is called" in stage.texts(stage.page.chat.banner)
    stage.play(PersonForgotten(LIN))
    assert not any("[" in line for line in stage.list_text())
    stage.play(PersonChanged(person(MIA, "Mia")), PersonChanged(person(LIN, "Lin")))
    assert not any("[" in line for line in stage.list_text())


def test_a_verified_namesake_is_not_warned_of(stage: Stage) -> None:
    stage.begin(person(LIN, "Lin", trust=Trust.VERIFIED), person(MIA, "Lin"))
    stage.context.open(Conversation.person(LIN))
    stage.paint()
    assert "Somebody else" not in stage.texts(stage.page.chat)


def test_members_of_one_name() -> None:
    members = [
        RoomMember(identity, name, "", "online", False) for identity, name in ((LIN, "Lin"), (MIA, "lin"))
    ]
    assert [row.about.split(" · ")[0] for row in rows_of(members, "", "")] == ["[11111111]", "[44444444]"]
    assert not rows_of(members[:1], "", "")[0].fingerprint
    assert rows_of(members[:1], "", "", fingerprint=lambda _i, _n: "ab")[0].fingerprint == "ab"
