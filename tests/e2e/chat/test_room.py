"""A room whose members are real programs, each on a PC of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.chat.chat_lan import Chat, Lan, lan

pytestmark = [pytest.mark.netns, pytest.mark.timeout(220)]


def spoken(chat: Chat) -> list[str]:
    """Who said who they are, as others heard it."""
    return [text for text in chat.texts() if text.startswith("我是")]


def everyone_talks(made: Lan, folder: Path, count: int, seconds: float) -> tuple[Chat, list[Chat]]:
    """The host and ``count`` members; each has said something that all have in the same order."""
    host = made.chat(made.pcs[0], folder / "host", "老师")
    host.wait_for("started ")
    host.type("/room create 教室", "欢迎")
    host.wait_for("to r:")
    members = [
        made.chat(made.pcs[number], folder / f"m{number}", f"学生 {number}") for number in range(1, count + 1)
    ]
    for member in members:
        enter(member, seconds)
    for member in members:
        member.wait_for("to r:", seconds)
    host.wait_for(rf"room \w+ hosted \w+ {count + 1} - 教室", seconds)
    for member in members:
        member.type(f"我是{member.name}")
    all_hear(host, members, seconds)
    return host, members


def enter(member: Chat, seconds: float) -> None:
    member.wait_for("room .*教室", seconds)
    member.type("/room join 教室")


def all_hear(host: Chat, members: list[Chat], seconds: float) -> None:
    """Each hears all that the others said, in the host's order."""
    for chat in (host, *members):
        expected = len(members) - (chat is not host)
        chat.wait(lambda chat=chat, expected=expected: len(spoken(chat)) == expected, "all", seconds)  # type: ignore[misc]
    order = spoken(host)
    assert sorted(order) == sorted(f"我是{member.name}" for member in members)
    for member in members:
        assert member.texts()[0] == "欢迎"
        assert spoken(member) == [text for text in order if text != f"我是{member.name}"]


def rules_hold(host: Chat, members: list[Chat], seconds: float) -> list[Chat]:
    """A muted one is refused and the others go on; one removed is out. Those who are left; the first of them
    is the muted one."""
    quiet, out, *others = members
    host.type(f"/room mute {quiet.name}", "安静")
    for member in members:
        member.wait_for("in .*安静", seconds)
    quiet.type("听不到")
    quiet.wait(lambda: "refused" in quiet.states("听不到"), "refused", seconds)
    host.type(f"/room remove {out.name}")
    out.wait_for(r"room-ended \w+ removed 教室", seconds)
    host.type("他走了")
    for member in (quiet, *others):
        member.wait_for("in .*他走了", seconds)
        assert "听不到" not in member.texts()
    assert "他走了" not in out.texts()
    return [quiet, *others]


def test_ten_members_hear_each_other_in_one_order(tmp_path: Path) -> None:
    with lan(11) as made:
        host, members = everyone_talks(made, tmp_path, 10, 120)
        host.type("/room members")
        host.wait_for(r"members \w+ 11")
        left = rules_hold(host, members, 60)
        # A late-comer gets what was said meanwhile.
        later = left[1]
        assert later.quit() == 0
        host.type("你不在的时候")
        left[4].wait_for("in .*你不在的时候")
        later = made.chat(later.pc, later.profile, later.name)  # type: ignore[arg-type]
        later.wait_for("in .*你不在的时候")


def test_members_wait_for_their_host(tmp_path: Path) -> None:
    """The host's PC goes off; what is said meanwhile comes when it is back, and is handed on."""
    with lan(3) as made:
        host, members = everyone_talks(made, tmp_path, 2, 60)
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
@pytest.mark.timeout(1500)
def test_forty_members(tmp_path: Path) -> None:
    """A class: all speak, one is muted, one removed, one comes late, and the room changes hands."""
    patience = 400.0
    with lan(42) as made:
        host, members = everyone_talks(made, tmp_path, 40, patience)
        order = spoken(host)
        left = rules_hold(host, members, patience)
        late = made.chat(made.pcs[41], tmp_path / "late", "迟到")
        enter(late, patience)
        late.wait(lambda: late.find("in .*他走了"), "the log", patience)
        assert late.texts() == ["欢迎", *order, "安静", "他走了"]
        # Nothing of it was altered on its way: each is signed by its author.
        assert not late.find("proof ")
        quiet, heir, *others = left
        host.type(f"/room give {heir.name}")
        heir.wait_for(r"room \w+ hosted .*教室", patience)
        others[0].type("换人了")
        late.wait_for("to r:", patience)
        late.type("我也在")
        for chat in (host, heir, quiet, *others[1:]):
            chat.wait_for("in .*换人了", patience)
            chat.wait_for("in .*我也在", patience)
        quiet.type("还是听不到")
        quiet.wait(lambda: "refused" in quiet.states("还是听不到"), "refused", patience)
        assert all("还是听不到" not in chat.texts() for chat in made.chats)


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
