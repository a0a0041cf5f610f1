"""How soon people on one LAN see each other, and who is seen when the network drops what finds them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.chat.chat_lan import Chat, Lan
from tests.net.chat.discovery.lan import SECONDS, drop

pytestmark = [pytest.mark.netns, pytest.mark.timeout(220)]

Soon = Callable[[float], float]


@pytest.fixture(params=[False, pytest.param(True, marks=pytest.mark.deep)], ids=["busy", "calm"])
def soon(request: pytest.FixtureRequest) -> Soon:
    """So many seconds on a PC that does nothing else. On a busy one, before the second beacon is due: it was
    the first burst that was answered, only later."""
    return (lambda seconds: seconds) if request.param else (lambda seconds: SECONDS)


def seconds_until_both_see(start: Callable[[], tuple[Chat, Chat]]) -> float:
    """From the later start to both being connected."""
    a, b = start()
    a.wait_for("started ")
    b.wait_for("started ")
    begun = time.monotonic()
    a.online(b)
    b.online(a)
    return time.monotonic() - begun


def test_two_people_are_online_within_three_seconds(two: Lan, tmp_path: Path, soon: Soon) -> None:
    def start() -> tuple[Chat, Chat]:
        return (two.chat(two.pcs[0], tmp_path / "a", "阿明"), two.chat(two.pcs[1], tmp_path / "b", "Bob"))

    assert seconds_until_both_see(start) < soon(3.0)


def test_without_multicast_within_six(two: Lan, tmp_path: Path, soon: Soon) -> None:
    for pc in two.pcs:
        drop(pc, "multicast")

    def start() -> tuple[Chat, Chat]:
        return (two.chat(two.pcs[0], tmp_path / "a", "阿明"), two.chat(two.pcs[1], tmp_path / "b", "Bob"))

    assert seconds_until_both_see(start) < soon(6.0)


def test_met_before_without_broadcast_too(two: Lan, tmp_path: Path, soon: Soon) -> None:
    def start() -> tuple[Chat, Chat]:
        return (two.chat(two.pcs[0], tmp_path / "a", "阿明"), two.chat(two.pcs[1], tmp_path / "b", "Bob"))

    a, b = start()
    a.online(b)
    b.online(a)
    assert (a.quit(), b.quit()) == (0, 0)
    for pc in two.pcs:
        drop(pc, "multicast")
        drop(pc, "broadcast")
    assert seconds_until_both_see(start) < soon(6.0)


def test_strangers_without_both_are_found_by_address(two: Lan, tmp_path: Path) -> None:
    for pc in two.pcs:
        drop(pc, "multicast")
        drop(pc, "broadcast")
    a = two.chat(two.pcs[0], tmp_path / "a", "阿明")
    b = two.chat(two.pcs[1], tmp_path / "b", "Bob")
    b.wait_for("started ")
    a.wait_for("started ")
    a.type(f"/add {two.pcs[1].address}")
    a.online(b)
    b.online(a)
    a.type("/to bob", "找到你了")
    b.wait_texts(["找到你了"])
