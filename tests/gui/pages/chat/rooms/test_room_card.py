"""The card of a room: members, code, and the host's tools."""

from __future__ import annotations

from typing import Any

import pytest

from gui.pages.chat.rooms.member_list import rows_of
from gui.pages.chat.rooms.room_card import RoomCard
from gui.shared import i18n
from net.chat.commands import (
    HandOverRoom,
    LeaveRoom,
    ListMembers,
    MuteMember,
    RemoveMember,
    SetRoom,
)
from net.chat.conversation import Conversation
from net.chat.events import RoomMember, RoomMembers, RoomMembersChanged
from tests.gui.pages.chat.stage import BOB, LIN, ME, ROOM, WANG, Stage, person

MEMBERS = (
    RoomMember(ME, "Me", "", "online", False),
    RoomMember(WANG, "Wang", "", "offline", False),
    RoomMember(LIN, "Lin Xiao", "", "online", False),
    RoomMember(BOB, "Bob", "", "away", True),
)


def opened(stage: Stage, hosted: bool = True, **more: Any) -> RoomCard:
    stage.begin(person(LIN, "Lin Xiao"), person(BOB, "Bob"))
    stage.room(hosted_here=hosted, host=ME if hosted else LIN, code="K7QX2M", **more)
    stage.context.open(Conversation.room(ROOM))
    stage.page.side.toggle()
    stage.app.update()
    panel = stage.page.side.shown
    assert isinstance(panel, RoomCard)
    stage.play(RoomMembers(ROOM, MEMBERS))
    return panel


def names(panel: RoomCard) -> list[str]:
    return [row.member.name for row in panel.list.rows.rows]


def choose(panel: RoomCard, identity: str) -> None:
    panel.list.paint_now()
    rows = panel.list.rows.rows
    place = panel.list.placed(next(i for i, row in enumerate(rows) if row.member.identity == identity))
    assert place is not None
    panel.list.canvas.event_generate("<Button-1>", x=20, y=place.y + 5)
    panel.update()


def test_members_are_asked_for_once_and_sorted(stage: Stage) -> None:
    panel = opened(stage)
    assert stage.submitted(ListMembers) == [ListMembers(ROOM)]
    assert names(panel) == ["Me", "Bob", "Lin Xiao", "Wang"]
    assert "4 members" in stage.texts(panel) and "3 here" in stage.texts(panel)


def test_comings_and_goings(stage: Stage) -> None:
    panel = opened(stage)
    stage.play(
        RoomMembersChanged(ROOM, (RoomMember(WANG, "Wang", "", "online", False),), (BOB,)),
        RoomMembersChanged("dd" * 16, (RoomMember(WANG, "Other", "", "online", False),)),
    )
    assert names(panel) == ["Me", "Lin Xiao", "Wang"] and "3 here" in stage.texts(panel)


def test_who_is_chosen_stays_chosen_while_others_move(stage: Stage) -> None:
    panel = opened(stage)
    choose(panel, LIN)
    stage.play(RoomMembersChanged(ROOM, (), (BOB,)))
    assert panel.list.chosen is not None and panel.list.chosen.member.identity == LIN


def test_a_member_is_found_by_name(stage: Stage) -> None:
    panel = opened(stage)
    panel.find.set("xIAO")
    assert names(panel) == ["Lin Xiao"]


@pytest.mark.parametrize("rule", ["locked", "read_only", "all_muted"])
def test_the_hosts_switches(stage: Stage, rule: str) -> None:
    panel = opened(stage)
    panel.switches[rule].invoke()
    assert stage.submitted(SetRoom) == [SetRoom(ROOM, **{rule: True})]
    stage.room(hosted_here=True, host=ME, **{rule: True})
    assert panel.switches[rule].on
    stage.room(hosted_here=True, host=ME)
    assert not panel.switches[rule].on


def test_the_hosts_tools_for_a_member(stage: Stage) -> None:
    panel = opened(stage)
    choose(panel, BOB)
    panel.tools["mute"].invoke()
    choose(panel, LIN)
    panel.tools["mute"].invoke()
    assert stage.submitted(MuteMember) == [MuteMember(ROOM, BOB, False), MuteMember(ROOM, LIN, True)]
    panel.tools["remove"].invoke()
    panel.tools["hand"].invoke()
    assert not stage.submitted(RemoveMember) and not stage.submitted(HandOverRoom)
    stage.answer = "yes"
    panel.tools["remove"].invoke()
    panel.tools["hand"].invoke()
    assert stage.submitted(RemoveMember) == [RemoveMember(ROOM, LIN)]
    assert stage.submitted(HandOverRoom) == [HandOverRoom(ROOM, LIN)]


def test_only_who_is_here_can_become_host(stage: Stage) -> None:
    panel = opened(stage)
    choose(panel, WANG)
    assert panel.tools["hand"].instate(["disabled"])
    choose(panel, LIN)
    assert panel.tools["hand"].instate(["!disabled"])


def test_nobody_uses_the_tools_on_themselves(stage: Stage) -> None:
    panel = opened(stage)
    choose(panel, ME)
    assert not panel.bar.winfo_ismapped()


def test_a_member_has_no_tools(stage: Stage) -> None:
    panel = opened(stage, hosted=False)
    choose(panel, BOB)
    assert not panel.bar.winfo_ismapped() and not panel.rules.winfo_ismapped()
    row = next(row for row in panel.list.rows.rows if row.member.identity == BOB)
    assert len(panel.entries(row)) == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [({"host_online": False}, "host is away"), ({"read_only": True}, "Only the host"),
     ({"all_muted": True}, "muted"), ({}, "")],
)  # fmt: skip
def test_what_stands_in_the_way_is_said(stage: Stage, more: dict[str, Any], said: str) -> None:
    panel = opened(stage, hosted=False, **more)
    assert panel.restriction.winfo_ismapped() == bool(said) and said in panel.restriction.text


@pytest.mark.parametrize("hosted", [True, False])
def test_leaving_is_asked(stage: Stage, hosted: bool) -> None:
    panel = opened(stage, hosted)
    panel.leave_button.invoke()
    assert not stage.submitted(LeaveRoom)
    stage.answer = "yes"
    panel.leave_button.invoke()
    assert stage.submitted(LeaveRoom) == [LeaveRoom(ROOM)]


def test_the_code_is_shown_large(stage: Stage) -> None:
    panel = opened(stage)
    window = panel.show_code()
    assert window is not None
    stage.wait(lambda: str(window.code.cget("text")) == "K7Q X2M", "the code")

    def large() -> bool:
        wide = window.code.winfo_width()
        return wide > 100 and wide * 0.5 < window._font.measure("K7Q X2M") <= wide

    stage.wait(large, "as large as the window lets it be")
    window.destroy()


def test_a_thousand_members_draw_only_what_is_in_view(stage: Stage) -> None:
    panel = opened(stage)
    many = tuple(RoomMember(f"{n:064x}", f"Pupil {n:04}", "", "online", False) for n in range(1000))
    stage.play(RoomMembers(ROOM, many))
    panel.list.paint_now()
    assert len(names(panel)) == 1000 and len(panel.list.canvas.find_all()) < 250


def test_a_state_of_a_newer_version_counts_as_here() -> None:
    (row,) = rows_of([RoomMember(LIN, "Lin", "", "dancing", False)], "", "")
    assert row.about


def test_the_words_follow_the_language(stage: Stage) -> None:
    panel = opened(stage)
    english = stage.texts(panel)
    i18n.set_language("zh_CN")
    stage.app.update()
    assert stage.texts(panel) != english
    i18n.set_language("en")
    stage.app.update()
    assert stage.texts(panel) == english
