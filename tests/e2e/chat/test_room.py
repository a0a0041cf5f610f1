"""A room whose members are real programs, each on a PC of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.chat.chat_lan import Chat, Lan, lan

pytestmark = pytest.mark.netns


def everyone_talks(made: Lan, folder: Path, count: int, seconds: float) -> tuple[Chat, list[Chat]]:
    """The host and ``count`` members; each has said something that all have in the same order."""
    host = made.chat(made.pcs[0], folder / "host", "老师")
    host.wait_for("started ")
    host.type("/room create 教室", "欢迎")
    host.wait_for("to r:")
    members = [
        made.chat(pc, folder / f"m{number}", f"学生 {number}") for number, pc in enumerate(made.pcs[1:], 1)
    ]
    assert len(members) == count
    for member in members:
        member.wait_for("room .*教室", seconds)
        member.type("/room join 教室")
    for member in members:
        member.wait_for("to r:", seconds)
    host.wait_for(rf"room \w+ hosted \w+ {count + 1} - 教室", seconds)
    for member in members:
        member.type(f"我是{member.name}")
    said = sorted(f"我是{member.name}" for member in members)

    def heard(chat: Chat) -> list[str]:
        return [text for text in chat.texts() if text.startswith("我是")]

    for chat in (host, *members):
        missing = 0 if chat is host else 1
        chat.wait(lambda chat=chat, missing=missing: len(heard(chat)) == count - missing, "all", seconds)  # type: ignore[misc]
    order = heard(host)
    assert sorted(order) == said
    for member in members:
        assert member.texts()[0] == "欢迎"
        assert heard(member) == [text for text in order if text != f"我是{member.name}"]
    return host, members


def test_ten_members_hear_each_other_in_one_order(tmp_path: Path) -> None:
    with lan(11) as made:
        host, members = everyone_talks(made, tmp_path, 10, 60)
        host.type("/room members")
        host.wait_for(r"members \w+ 11")
        # A muted one is refused and the others go on; one removed is out; a late-comer gets the log.
        quiet, out, later = members[:3]
        host.type(f"/room mute {quiet.name}")
        host.type("安静")
        for member in members:
            member.wait_for("in .*安静")
        quiet.type("听不到")
        quiet.wait(lambda: "refused" in quiet.states("听不到"), "refused")
        host.type(f"/room remove {out.name}")
        out.wait_for(r"room-ended \w+ removed 教室")
        assert later.quit() == 0
        host.type("你不在的时候")
        members[4].wait_for("in .*你不在的时候")
        later = made.chat(made.pcs[3], later.profile, later.name)
        later.wait_for("in .*你不在的时候")
        assert all("听不到" not in member.texts() for member in members)


def test_members_wait_for_their_host(tmp_path: Path) -> None:
    """The host's PC goes off; what is said meanwhile comes when it is back, and is handed on."""
    with lan(3) as made:
        host, members = everyone_talks(made, tmp_path, 2, 30)
        host.kill()
        for member in members:
            member.wait_for("room .*host_away")
            member.type(f"等 {member.name}")
        for member in members:
            member.wait(lambda member=member: member.find(f"out .*等 {member.name}"), "stored")  # type: ignore[misc]
        again = made.chat(made.pcs[0], host.profile, host.name)
        for member in members:
            again.wait_for(f"in .*等 {member.name}")
        members[0].wait_for(f"in .*等 {members[1].name}")
        members[1].wait_for(f"in .*等 {members[0].name}")


@pytest.mark.deep
@pytest.mark.timeout(600)
def test_forty_members(tmp_path: Path) -> None:
    with lan(41) as made:
        everyone_talks(made, tmp_path, 40, 240)


def test_a_wrong_code_is_refused_and_a_right_one_opens(tmp_path: Path) -> None:
    with lan(2) as made:
        host = made.chat(made.pcs[0], tmp_path / "host", "老师")
        guest = made.chat(made.pcs[1], tmp_path / "guest", "学生")
        guest.online(host)
        host.online(guest)
        host.type("/room create 教室")
        code = host.wait_for(r"room \w+ hosted ").split()[3]
        guest.type("/room join WRONG1")
        guest.wait_for("room-ended - refused:")
        guest.type(f"/room join {code.lower()}", "到了")
        host.wait_for("in r:.* 到了")
