"""Show code for every choice: the program of the other end really talks with that of the window, run by plain
Python on another PC (a network namespace), and on the same one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gui.pages.sockets.choice import Choice
from net.protocol.compose import ComposeMode
from net.protocol.reply import ReplyMatch, ReplyRule
from net.sockets.tls import generate_certificate
from tests.netns import Pc, two_pcs
from tests.waiting import wait_until

pytestmark = pytest.mark.netns

FRAMINGS = ("raw", "lines", "lines-crlf", "length2", "length4", "fixed:16", "delimiter:0d0a7e")
MAKER = Path(__file__).with_name("choice_programs.py")
FIRST_PORT = 20000


def all_choices(a: Pc, b: Pc, folder: Path) -> list[Choice]:
    """For a window on ``a``; certificates are in ``folder``."""
    scoped_a, scoped_b = a.address6, f"{b.address6.partition('%')[0]}%{a.interface}"
    server = Choice(no_delay=False)
    client = replace(server, role="client")
    here = ("127.0.0.1", "::1", "localhost")
    found = [
        replace(server, host=host, framing=framing, tls=tls)
        for host in ("0.0.0.0", "::", a.address, scoped_a, *here)
        for framing in FRAMINGS
        for tls in (False, True)
    ]
    found += [
        replace(client, host=host, framing=framing, tls=tls)
        for host in (b.address, scoped_b, *here)
        for framing in FRAMINGS
        for tls in (False, True)
    ]
    for codec in ("gb18030", "big5", "shift_jis", "utf-16", "ascii", "latin-1"):
        found.append(replace(server, codec=codec, framing="lines"))
    options: list[dict[str, Any]] = [
        {"backlog": "3"},
        {"keep_alive": True},
        {"no_delay": True},
        {"reuse_address": False},
        {"receive_buffer": "65536", "send_buffer": "65536"},
        {"host": "::", "dual_stack": False},
    ]
    found += [replace(server, **one) for one in options]
    certificate = str(folder / "certificate.pem")
    found.append(replace(server, tls=True, tls_certificate=certificate, tls_key=certificate))
    options = [
        {"local": a.address},
        {"keep_alive": True, "no_delay": True},
        {"timeout": "3", "receive_buffer": "65536"},
        {"tls": True, "tls_verify": True, "tls_authority": certificate, "tls_name": "duplex.example"},
    ]
    found += [replace(client, host=b.address, **one) for one in options]
    udp = replace(server, transport="udp", role="unicast")
    found += [
        replace(udp, host=host, receive_buffer=size)
        for host in ("0.0.0.0", "::", a.address, scoped_a, "127.0.0.1", "::1")
        for size in ("", "65536")
    ]
    found += [
        replace(udp, host=own, peer=peer, connected=connected)
        for own, peer in (
            ("0.0.0.0", f"{b.address}:PEER"),
            (a.address, f"{b.address}:PEER"),
            ("::", f"[{scoped_b}]:PEER"),
            ("127.0.0.1", "127.0.0.1:PEER"),
            ("::1", "[::1]:PEER"),
        )
        for connected in (False, True)
    ]
    broadcast = replace(udp, role="broadcast")
    found += [
        replace(broadcast, peer=f"{host}:PEER", interface=interface)
        for host in (a.broadcast, "255.255.255.255")
        for interface in ("", a.interface)
    ]
    multicast = replace(udp, role="multicast", host="239.1.2.3")
    found += [replace(multicast, interface=interface) for interface in ("", a.interface, a.address)]
    found += [replace(multicast, host=f"ff02::77%{a.interface}"), replace(multicast, ttl="4")]
    found += [replace(multicast, host="ff02::77", interface=interface) for interface in ("", a.interface)]
    rules = (
        (ReplyRule(),),
        (ReplyRule(ReplyMatch.CONTAINS, "?", answer="{count} {remote}", delay=0.01),),
        (ReplyRule(ReplyMatch.EXACT, "ff 00", hex=True, answer="00", answer_mode=ComposeMode.HEX),),
    )
    found += [replace(one, reply_rules=rule) for one in (server, udp) for rule in rules]
    return [
        replace(
            one,
            port=str(FIRST_PORT + 2 * number),
            peer=one.peer.replace("PEER", str(FIRST_PORT + 2 * number + 1)),
        )
        for number, one in enumerate(found)
    ]


class Talker:
    """A program on a PC, with what it has printed."""

    def __init__(self, pc: Pc, source: str, path: Path) -> None:
        path.write_text(source, "utf-8")
        self.process = pc.popen(
            [sys.executable, str(path)],
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUTF8": "1"},
            cwd=path.parent,
        )
        self.printed = ""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed += line

    def type(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def waits_for(self, text: str) -> None:
        wait_until(lambda: text in self.printed, what=f"{text} in: {self.printed}")

    def end(self) -> None:
        self.process.kill()
        self.process.wait(30)


@dataclass(frozen=True)
class Lan:
    a: Pc
    b: Pc
    folder: Path
    choices: list[Choice]


@pytest.fixture(scope="module")
def lan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lan]:
    folder = tmp_path_factory.mktemp("programs")
    (folder / "certificate.pem").write_bytes(generate_certificate("duplex.example"))
    with two_pcs() as (a, b):
        yield Lan(a, b, folder, all_choices(a, b, folder))


def check(lan: Lan, choices: list[Choice]) -> None:
    """The two programs of each choice talk, on two PCs and on one."""
    lines = "".join(json.dumps(choice.as_dict()) + "\n" for choice in choices)
    made = lan.a.run([sys.executable, str(MAKER)], input=lines).stdout.splitlines()
    failed = []
    for choice, line in zip(choices, map(json.loads, made), strict=True):
        # What is bound to an address of the other PC belongs there.
        elsewhere = lan.b.address in choice.host + choice.peer or "99:2" in choice.host + choice.peer
        places = ([] if line["here"] else [lan.b]) + ([] if elsewhere else [lan.a])
        if not choice.reuse_address:
            places = places[:1]  # without SO_REUSEADDR its port rests for a minute then (TIME_WAIT)
        for place in places:
            try:
                converse(lan, choice, line, place)
            except AssertionError as error:
                failed.append(f"{choice.as_dict()} on {place.name[:3]}: {error}")
    assert not failed, "\n".join(failed)


def converse(lan: Lan, choice: Choice, made: dict[str, Any], place: Pc) -> None:
    """The other end runs on ``place``."""
    talkers: dict[str, Talker] = {}
    for side in ("server", "client"):
        pc, source = lan.a, made[side]
        if side == made["peer"]:
            pc = place
            # As its comment says: on another PC the card has another name.
            source = source.replace(f"INTERFACE = '{lan.a.interface}'", f"INTERFACE = '{place.interface}'")
        talkers[side] = Talker(pc, source, lan.folder / f"{side}.py")
        if side == "server":
            talkers[side].waits_for("20")  # its port
    try:
        there, back = ("你好", "很好") if choice.codec not in ("ascii", "latin-1") else ("hello", "fine")
        if choice.codec in ("big5", "shift_jis"):
            there, back = "日本", "中文" if choice.codec == "big5" else "東京"
        talkers["client"].type(there)
        talkers["server"].waits_for(there)
        talkers["server"].type(back)
        talkers["client"].waits_for(back)
        for talker in talkers.values():
            assert "Traceback" not in talker.printed, talker.printed
    finally:
        for talker in talkers.values():
            talker.end()


def test_some_choices_talk_from_another_pc(lan: Lan) -> None:
    """One of each kind; all of them: the next test."""
    kinds: dict[tuple[object, ...], Choice] = {}
    for one in lan.choices:
        scope = "%" in one.host or "%" in one.peer
        kinds.setdefault((one.transport, one.role, scope, one.tls and one.tls_verify), one)
    check(lan, list(kinds.values()))


@pytest.mark.deep
@pytest.mark.timeout(1800)
def test_every_choice_talks_from_another_pc(lan: Lan) -> None:
    assert len(lan.choices) >= 222
    check(lan, lan.choices)
