"""A file of 1 GiB between two windows: the cable is pulled, then the receiver is killed, then the sender;
each time it goes on, and in the end it is whole."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from tests.e2e import chroot
from tests.e2e.chat.chat_lan import Lan
from tests.e2e.chat.chat_window import ChatWindow, Way, from_source, packaged, two_windows
from tests.e2e.chat.test_large_file import SIZE, TITLE, arrived, digest_of, make, only_the_rest_came
from tests.e2e.chat.test_windows import accept, first_says, meet, shoot
from tests.waiting import wait_until

pytestmark = [pytest.mark.netns, pytest.mark.deep, pytest.mark.timeout(chroot.MAKE_SECONDS + 900)]

PATIENCE = 300.0
RATE = "500mbit"


def part_size(window: ChatWindow) -> int:
    """What is on the receiver's disk so far."""
    with contextlib.suppress(OSError):
        return sum(part.stat().st_size for part in window.downloads.glob("*.part"))
    return 0


def until_received(window: ChatWindow, size: int) -> None:
    wait_until(lambda: part_size(window) >= size, PATIENCE, what=f"{size} bytes of the file")


def broken_off(a: ChatWindow, b: ChatWindow, two: Lan) -> None:
    digest = make(a.home / TITLE)
    # Slow enough that it is not over before it is broken off.
    shaped = f"tc qdisc add dev {two.pcs[0].interface} root tbf rate {RATE} burst 1m latency 100ms"
    two.pcs[0].run(shaped.split())
    meet(a, b)
    a.choose("Bob")
    b.choose("小红")
    a.send_file(TITLE)
    b.wait_stage("offered")
    accept(b, TITLE)
    until_received(b, SIZE // 8)
    shoot(a, b, "large-running")

    receiver = two.pcs[1]
    receiver.set_link(up=False)
    for window in (a, b):
        window.wait_stage("waiting", seconds=PATIENCE)
    have = part_size(b)
    assert SIZE // 8 <= have < SIZE
    a.press("ctrl+d")
    first_says(a, "等待对方上线")
    first_says(b, "waits until the other is there")
    shoot(a, b, "large-waiting")
    receiver.set_link(up=True)
    until_received(b, have + SIZE // 8)

    b.kill()
    have = part_size(b)
    assert have < SIZE
    a.wait_stage("waiting", seconds=PATIENCE)
    before, had = arrived(receiver), have
    b.begin_again()
    until_received(b, have + SIZE // 8)

    a.kill()
    have = part_size(b)
    assert have < SIZE
    b.wait_stage("waiting", seconds=PATIENCE)
    shoot(a, b, "large-sender-gone")
    a.begin_again()
    for window in (a, b):
        window.wait_stage("finished", seconds=PATIENCE)
    # Of what was on the disk, only what was on its way when the sender died may have come twice.
    only_the_rest_came(arrived(receiver) - before, had)
    assert os.listdir(b.downloads) == [TITLE]
    assert digest_of(b.downloads / TITLE) == digest
    for window, name, text in ((a, "Bob", "已送达并校验"), (b, "小红", "received and checked")):
        window.choose(name)
        window.press("ctrl+d")
        first_says(window, text)
    shoot(a, b, "large-finished")
    a.close()
    b.close()


@pytest.mark.parametrize(("way", "theme"), [(from_source, "dark"), (packaged, "light")])
def test_broken_off_and_whole(two: Lan, tmp_path: Path, display: str, way: Way, theme: str) -> None:
    with two_windows(two.pcs, tmp_path, way, theme) as (a, b):
        try:
            broken_off(a, b, two)
        finally:
            for window in (a, b):
                window.stop()
                for file in window.home.rglob(f"{TITLE}*"):
                    file.unlink()
