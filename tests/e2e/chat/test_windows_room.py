"""A room opened in a window, with another window and 40 chats without one in it: each on a PC of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e import chroot
from tests.e2e.chat.chat_lan import lan
from tests.e2e.chat.chat_window import SECONDS, ChatWindow, Way, from_source, packaged, two_windows
from tests.e2e.chat.test_room import enter
from tests.e2e.chat.test_windows import shoot
from tests.waiting import wait_until

pytestmark = [pytest.mark.netns, pytest.mark.deep, pytest.mark.timeout(chroot.MAKE_SECONDS + 1200)]

MEMBERS = 40
PATIENCE = 400.0


def heard(window: ChatWindow, text: str) -> bool:
    return bool(window.ask("SELECT 1 FROM messages WHERE incoming AND text = ?", text))


def open_room(window: ChatWindow) -> str:
    """The code that its host reads aloud."""
    window.press("ctrl+n")
    with window.dialog(window.say_in("A new room", "新建房间")):
        window.fill("教室")
        window.shoot("new-room")
        window.xdotool("key", "Return")
    ((code,),) = wait_until(lambda: window.ask("SELECT code FROM rooms"), SECONDS, what="the room")
    return str(code)


def join_room(window: ChatWindow, code: str) -> None:
    """As its user does who was told the code."""
    window.press("ctrl+n")
    with window.dialog(window.say_in("A new room", "新建房间")):
        window.fill("-")  # the field for a name has the keyboard
        # From there to the choice of ways, and to the other one.
        window.press("shift+Tab", "Right")
        with window.dialog(window.say_in("Join a room", "加入房间")):
            window.press("Tab")
            window.fill(code.lower())
            window.shoot("join-room")
            window.xdotool("key", "Return")


@pytest.mark.parametrize(("way", "theme"), [(from_source, "light"), (packaged, "dark")])
def test_forty_members_hear_the_window(tmp_path: Path, display: str, way: Way, theme: str) -> None:
    with lan(MEMBERS + 2) as made, two_windows(made.pcs[:2], tmp_path, way, theme) as (a, b):
        a.named("老师")
        code = open_room(a)
        b.named("Bob")
        wait_until(lambda: "老师" in b.people(), SECONDS, what="the teacher is in sight")
        join_room(b, code)
        pupils = [
            made.chat(pc, tmp_path / f"m{number}", f"学生 {number}")
            for number, pc in enumerate(made.pcs[2:], start=1)
        ]
        for pupil in pupils:
            enter(pupil, PATIENCE)
        for pupil in pupils:
            pupil.wait_for("to r:", PATIENCE)

        a.say("大家好！")
        for pupil in pupils:
            pupil.wait_for("in r:.*大家好！", PATIENCE)
        wait_until(lambda: heard(b, "大家好！"), PATIENCE, what="the other window has it")
        b.say("hello from a window")
        for number, pupil in enumerate(pupils, start=1):
            pupil.wait_for("in r:.* hello from a window", PATIENCE)
            pupil.type(f"{number} 到")
        wait_until(lambda: heard(a, "hello from a window"), PATIENCE, what="the teacher has it")
        for number in range(1, MEMBERS + 1):
            for window in (a, b):
                wait_until(lambda: heard(window, f"{number} 到"), PATIENCE, what=f"{number} is heard")  # noqa: B023
        members = [name for (name,) in a.ask("SELECT name FROM members WHERE NOT removed")]
        assert {pupil.name for pupil in pupils} <= {*members}
        shoot(a, b, "room")
        for window in (a, b):
            window.press("ctrl+d")
        wait_until(lambda: "学生 40" in everyone(a), SECONDS, what="all are in the list of members")
        shoot(a, b, "room-members")
        a.close()
        b.close()


def everyone(window: ChatWindow) -> str:
    """The rows of the list with the keyboard."""
    window.press("ctrl+a")
    return window.copied()
