"""Two real programs on two PCs: what is said arrives once and in order, whatever the network does."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

import pytest
from PIL import Image

from tests.e2e.chat.chat_lan import Chat, Lan, stored_texts

pytestmark = [pytest.mark.netns, pytest.mark.timeout(220)]


def both(lan: Lan, folder: Path) -> tuple[Chat, Chat]:
    return lan.chat(lan.pcs[0], folder / "a", "阿明"), lan.chat(lan.pcs[1], folder / "b", "Bob", lang="zh_CN")


def met(lan: Lan, folder: Path) -> tuple[Chat, Chat]:
    """Both online, each with the other chosen."""
    a, b = both(lan, folder)
    a.online(b)
    b.online(a)
    a.type("/to Bob")
    b.type("/to 阿明")
    a.wait_for("to p:")
    b.wait_for("to p:")
    return a, b


def numbered(word: str, start: int, stop: int) -> list[str]:
    return [f"{word} {number}" for number in range(start, stop)]


def ended(*chats: Chat) -> None:
    assert [chat.quit() for chat in chats] == [0] * len(chats)


def test_chinese_both_ways_with_states(two: Lan, tmp_path: Path) -> None:
    a, b = met(two, tmp_path)
    a.type("你好，世界 🌏", "//slash")
    b.wait_texts(["你好，世界 🌏", "/slash"])
    b.type("收到。\\n 不是换行")
    a.wait_texts(["收到。\\\\n 不是换行"])
    a.wait(lambda: "displayed" in a.states("你好，世界 🌏"), "displayed")
    states = a.states("你好，世界 🌏")
    # Each once and in this order; what is overtaken by the next is not said.
    assert states == [state for state in ("sent", "delivered", "displayed") if state in states]
    ended(a, b)
    assert stored_texts(a.profile, incoming=True) == ["收到。\\n 不是换行"]
    assert stored_texts(b.profile, incoming=False) == ["收到。\\n 不是换行"]


def test_outbox_waits_across_restarts_of_both(two: Lan, tmp_path: Path) -> None:
    a, b = met(two, tmp_path)
    before = len(a.lines)
    ended(b)
    a.sees(b, "offline", after=before)
    a.type(*numbered("早", 0, 5))
    a.wait(lambda: a.find("out .*早 4"), "stored")
    ended(a)
    a = two.chat(two.pcs[0], a.profile, "阿明")
    a.type("/to Bob", *numbered("早", 5, 8))
    a.wait(lambda: a.find("out .*早 7"), "stored")
    b = two.chat(two.pcs[1], b.profile, "Bob")
    b.wait_texts(numbered("早", 0, 8))
    a.wait(lambda: a.states("早 7"), "that it arrived")  # displayed, where that is known first
    ended(a, b)
    assert stored_texts(b.profile, incoming=True) == numbered("早", 0, 8)


def test_a_fifth_of_everything_lost(two: Lan, tmp_path: Path) -> None:
    a, b = met(two, tmp_path)
    for pc in two.pcs:
        pc.drop(20, "all", evenly=True)
    # One after the other, so that each is a packet of its own and may be lost.
    for number in range(25):
        a.type(f"去 {number}")
        b.wait_texts(numbered("去", 0, number + 1))
        b.type(f"回 {number}")
        a.wait_texts(numbered("回", 0, number + 1))


def test_link_down_and_up(two: Lan, tmp_path: Path) -> None:
    a, b = met(two, tmp_path)
    a.type(*numbered("before", 0, 20))
    two.pcs[0].set_link(up=False)
    a.type(*numbered("dark", 0, 20))
    b.type(*numbered("back", 0, 20))
    # Longer than the first retransmissions, so that some are lost: the cable itself is the clock.
    threading.Event().wait(10.0)
    two.pcs[0].set_link(up=True)
    a.type(*numbered("after", 0, 20))
    b.wait_texts(numbered("before", 0, 20) + numbered("dark", 0, 20) + numbered("after", 0, 20))
    a.wait_texts(numbered("back", 0, 20))
    ended(a, b)
    assert len(stored_texts(b.profile, incoming=True)) == 60


def test_address_changed_while_talking(two: Lan, tmp_path: Path) -> None:
    for pc in two.pcs:
        # Over a link-local address of IPv6 the line would outlive the change of the other.
        pc.run(["sysctl", "-q", "-w", "net.ipv6.conf.all.disable_ipv6=1"])
    a, b = met(two, tmp_path)
    a.type(*numbered("old", 0, 30))
    pc = two.pcs[0]
    pc.run(["ip", "address", "del", f"{pc.address}/24", "dev", "eth0"])
    pc.run(["ip", "address", "add", "10.73.1.77/24", "broadcast", "10.73.1.255", "dev", "eth0"])
    a.type(*numbered("new", 0, 30))
    b.type(*numbered("answer", 0, 30))
    b.wait_texts(numbered("old", 0, 30) + numbered("new", 0, 30))
    a.wait_texts(numbered("answer", 0, 30))
    b.wait_for(rf"person {a.identity} online \w+ 10\.73\.1\.77:")


def test_both_connect_at_the_same_moment(two: Lan, tmp_path: Path) -> None:
    """Several times: each start is another race between the two dials."""
    a, b = met(two, tmp_path)
    for turn in range(4):
        ended(a, b)
        a, b = both(two, tmp_path)
        a.type("/to Bob", *numbered(f"a{turn}", 0, 20))
        b.type("/to 阿明", *numbered(f"b{turn}", 0, 20))
        b.wait_texts(numbered(f"a{turn}", 0, 20))
        a.wait_texts(numbered(f"b{turn}", 0, 20))
    ended(a, b)
    assert len(stored_texts(b.profile, incoming=True)) == 80


def test_two_ways_to_the_same_peer(two: Lan, tmp_path: Path) -> None:
    """The PCs have two networks in common: one person each, and the other way is taken when one ends."""
    for number, pc in enumerate(two.pcs, 1):
        two.plug(pc, "eth1", f"10.74.1.{number}")
    a, b = met(two, tmp_path)
    a.type("/who")
    a.wait_for("people 1$")
    a.type(*numbered("one", 0, 20))
    b.wait_texts(numbered("one", 0, 20))
    used = a.sees(b, "online").split()[4]
    interface = "eth0" if used.startswith("10.73.") else "eth1"
    for pc in two.pcs:
        pc.run(["ip", "link", "set", interface, "down"])
    a.type(*numbered("two", 0, 20))
    b.type(*numbered("back", 0, 20))
    b.wait_texts(numbered("one", 0, 20) + numbered("two", 0, 20))
    a.wait_texts(numbered("back", 0, 20))
    a.type("/who")
    a.wait(lambda: len([line for line in a.lines if line == "people 1"]) == 2, "one person")


def test_digits_are_the_same_and_verify_both(two: Lan, tmp_path: Path) -> None:
    a, b = met(two, tmp_path)
    a.type("/verify")
    b.type("/verify")
    digits = [chat.wait_for("digits ").split()[2] for chat in (a, b)]
    assert digits[0] == digits[1] and len(digits[0]) == 6
    a.type("/verify yes")
    b.wait_for(f"compared {a.identity} yes")
    assert a.find(f"person {b.identity} online verified") is None
    b.type("/verify yes")
    a.wait_for(f"person {b.identity} online verified ")
    b.wait_for(f"person {a.identity} online verified ")
    before = len(a.lines)
    b.type("/verify no")
    a.wait_for(f"compared {b.identity} no")
    a.wait_for(f"person {b.identity} online unverified ", after=before)


def test_announcement_reaches_all(two: Lan, tmp_path: Path) -> None:
    a, b = met(two, tmp_path)
    a.type("/all 开会了")
    b.wait_for("in all .*开会了")
    a.wait_for("state all .* (delivered|displayed)")


def test_a_picture_is_seen_and_taken_away(two: Lan, tmp_path: Path) -> None:
    a, b = met(two, tmp_path)
    Image.new("RGB", (640, 320), "#2266aa").save(tmp_path / "my face.png")
    kept = b.profile / "pictures"
    a.type(f"/picture {tmp_path / 'my face.png'}")
    size = int(a.wait_for("picture ").split()[1])

    def sizes() -> list[int]:
        found: list[int] = []
        for path in kept.glob(f"{a.identity}*"):
            # It goes, and gets its name, at moments of its own.
            with contextlib.suppress(FileNotFoundError):
                found.append(path.stat().st_size)
        return found

    b.wait(lambda: sizes() == [size], "the picture")
    a.type("/picture")
    b.wait(lambda: not sizes(), "its going")
    ended(a, b)
