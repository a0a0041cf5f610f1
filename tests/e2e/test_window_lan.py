"""The window on one PC, another Duplex on the other: over a good cable, a bad one, and one that is pulled."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.real_window import real_window
from tests.netns import Pc, two_pcs
from tests.programs import ROOT, Program, Programs, running_programs
from tests.waiting import wait_until

pytestmark = pytest.mark.netns
PORT = 12345
LOST_PERCENT = 20
LINES = [f"line {number} 第{number}行" for number in range(100)]


@pytest.fixture
def programs() -> Iterator[Programs]:
    with running_programs() as started:
        yield started


def headless(programs: Programs, pc: Pc, folder: Path, url: str, lang: str = "en") -> Program:
    """Another Duplex, without a window, on ``pc``."""
    words = [sys.executable, str(ROOT / "main.py"), "--headless", "--lang", lang]
    words += ["--profile", str(folder / "other"), "--open", url]
    return programs.start(*pc.command(words))


def test_tcp_chat_between_two_pcs(display: str, programs: Programs, tmp_path: Path) -> None:
    with (
        two_pcs() as (a, b),
        real_window(display, tmp_path, f"tcp-server://0.0.0.0:{PORT}", pc=a, lang="zh_CN") as window,
    ):
        other = headless(programs, b, tmp_path, f"tcp-client://{a.address}:{PORT}")
        other.wait_for("Connected")
        other.type("你好，这是另一台电脑")
        window.wait_for("你好，这是另一台电脑")
        window.say("你好，收到")
        other.wait_for("你好，收到")
        assert window.rows("in")[0]["remote"].startswith(b.address)


def test_udp_chat_between_two_windows(display: str, tmp_path: Path) -> None:
    with two_pcs() as (a, b):
        urls = [f"udp://{one.address}:{PORT}?peer={other.address}:{PORT}" for one, other in ((a, b), (b, a))]
        with (
            real_window(display, tmp_path / "a", urls[0], pc=a) as one,
            real_window(display, tmp_path / "b", urls[1], pc=b, lang="zh_CN") as other,
        ):
            one.say("a datagram")
            other.wait_for("a datagram")
            other.say("收到了")
            one.wait_for("收到了")


def test_link_local_ipv6_with_its_scope(display: str, programs: Programs, tmp_path: Path) -> None:
    with two_pcs() as (a, b):
        server = headless(programs, b, tmp_path, f"tcp-server://[::]:{PORT}")
        server.wait_for("Listening")
        there = b.address6.partition("%")[0]
        url = f"tcp-client://[{there}%25{a.interface}]:{PORT}"
        with real_window(display, tmp_path, url, pc=a) as window:
            window.say("over link-local six")
            server.wait_for("over link-local six")


def test_tcp_loses_nothing_while_a_fifth_of_the_packets_is_lost(
    display: str, programs: Programs, tmp_path: Path
) -> None:
    url = f"tcp-server://0.0.0.0:{PORT}?framing=lines&reply=any:{{text}}"
    with (
        two_pcs(lose_evenly=LOST_PERCENT, protocol="tcp") as (a, b),
        real_window(display, tmp_path, url, pc=a) as window,
    ):
        client = headless(programs, b, tmp_path, f"tcp-client://{a.address}:{PORT}?framing=lines&timeout=60")
        client.wait_for("Connected", 60)
        for line in LINES:
            client.type(line)
        wait_until(lambda: len(window.rows("in")) >= len(LINES), 60, what="all lines arrive")
        client.wait_for(LINES[-1], 60)
        window.say("still here")
        client.wait_for("still here", 60)
        assert window.texts("in") == LINES
        assert window.texts("out") == [*LINES, "still here"]
        answered = [line for line in client.output.decode().splitlines() if "line " in line]
        assert [re.sub(r".*(line \d+ )", r"\1", line) for line in answered] == LINES


def test_udp_that_gets_through_a_bad_cable_is_whole(display: str, programs: Programs, tmp_path: Path) -> None:
    with (
        two_pcs(lose_evenly=LOST_PERCENT, protocol="udp") as (a, b),
        real_window(display, tmp_path, f"udp://{a.address}:{PORT}", pc=a) as window,
    ):
        sender = headless(programs, b, tmp_path, f"udp://{b.address}:{PORT}?peer={a.address}:{PORT}")
        sender.wait_for("Bound")
        for line in LINES:
            sender.type(line)

        def last_words() -> bool:
            sender.type("last words")
            return "last words" in window.texts("in")

        wait_until(last_words, what="one of the last words gets through")
        arrived = [text for text in window.texts("in") if text != "last words"]
        assert set(arrived) <= set(LINES)
        assert max(Counter(arrived).values()) == 1
        # Each fifth that comes is lost.
        assert len(LINES) * 0.4 < len(arrived) < len(LINES)
        for number in range(20):
            window.say(f"answer {number}")
            if f"answer {number}" in sender.printed:
                break
        wait_until(lambda: "answer" in sender.printed, what="an answer gets through")


def test_what_is_written_while_the_cable_is_pulled_arrives_afterwards(
    display: str, programs: Programs, tmp_path: Path
) -> None:
    with two_pcs() as (a, b):
        server = headless(programs, b, tmp_path, f"tcp-server://{b.address}:{PORT}")
        server.wait_for("Listening")
        with real_window(display, tmp_path, f"tcp-client://{b.address}:{PORT}", pc=a) as window:
            window.say("before")
            server.wait_for("before")
            b.set_link(up=False)
            window.say("into the void")
            assert "into the void" not in server.printed
            b.set_link(up=True)
            server.wait_for("into the void", 60)
            server.type("back again")
            window.wait_for("back again", timeout=60)
            assert "Closed" not in window.notes()


def test_an_interface_that_vanishes_is_told_and_survived(display: str, tmp_path: Path) -> None:
    with two_pcs() as (a, b):
        url = f"udp://{a.address}:{PORT}?peer={b.address}:{PORT}"
        with real_window(display, tmp_path, url, f"tcp-server://127.0.0.1:{PORT}", pc=a) as window:
            a.run(["ip", "link", "delete", a.interface])
            client = a.popen([sys.executable, "-c", ASK, str(PORT)])
            window.wait_for("still served")
            window.say("and answering")
            assert client.wait(60) == 0


ASK = """
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as connection:
    connection.sendall(b"still served")
    assert connection.recv(100) == b"and answering"
"""


@pytest.mark.parametrize(("lang", "word"), [("en", "network"), ("zh_CN", "网络")])
def test_sending_over_a_vanished_interface_says_so(
    programs: Programs, tmp_path: Path, lang: str, word: str
) -> None:
    with two_pcs() as (a, b):
        url = f"udp://{a.address}:{PORT}?peer={b.address}:{PORT}"
        sender = headless(programs, a, tmp_path, url, lang)
        wait_until(lambda: str(PORT) in sender.printed, 60)
        a.run(["ip", "link", "delete", a.interface])
        before = len(sender.printed)
        sender.type("anybody?")
        wait_until(lambda: word in sender.printed[before:], 60, what=f"{word} in {sender.printed}")
        assert "Traceback" not in sender.printed
