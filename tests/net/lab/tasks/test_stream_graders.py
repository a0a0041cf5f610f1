"""The graders of the tasks over TCP, without sockets: each misconception, for a hundred seeds."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

import pytest

from net.lab.tasks.grading import Door, Ended, Grader
from net.lab.tasks.hello_server import HelloServer
from net.lab.tasks.http import Http
from net.lab.tasks.stream import Stream
from net.lab.tasks.which_door import WhichDoor
from net.lab.tasks.who_hangs_up import WhoHangsUp
from net.lab.tasks.why_stuck import WhyStuck
from tests.net.lab.tasks.simulated import CLOSES, RESETS, LineReader, Played, Reply, play

SEEDS = range(100)
NAME = "座位 7\n".encode()


def codes(make: Callable[[int], Grader], reply: Callable[[], Reply], **options: Any) -> set[str]:
    """The verdicts of all seeds."""
    options = {"first": [NAME], **options}
    return {play(make(seed), reply(), **options).verdict.code for seed in SEEDS}


# --- hello-server ---


def reversing(change: Callable[[bytes], bytes], *after: Any) -> Callable[[], Reply]:
    return lambda: lambda data: [change(data), *after] if data else []


@pytest.mark.parametrize(
    ("change", "after", "code"),
    [
        (lambda number: number.strip()[::-1] + b"\n", (CLOSES,), ""),
        (lambda number: number.strip()[::-1] + b"\r\n", (CLOSES,), ""),
        (lambda number: number.strip()[::-1] + b"\n", (), "did-not-close"),
        (lambda number: number.strip()[::-1] + b"\n", (b"bye\n", CLOSES), "said-too-much"),
        (lambda number: number[::-1], (CLOSES,), "reversed-line-end"),
        (lambda number: number.strip()[::-1], (), "no-line-end"),
        (lambda number: number.strip()[::-1], (CLOSES,), "no-line-end"),
        (lambda number: b"%d\n" % int(number.strip()[::-1]), (CLOSES,), "lost-zeros"),
        (lambda number: number, (CLOSES,), "not-reversed"),
        (lambda number: number[:2][::-1] + b"\n", (CLOSES,), "read-too-little"),
        (lambda number: b"hello\n", (CLOSES,), "wrong-answer"),
    ],
)
def test_hello_server(change: Callable[[bytes], bytes], after: tuple[Any, ...], code: str) -> None:
    assert codes(HelloServer, reversing(change, *after)) == {code}


def test_hello_server_is_not_waited_for() -> None:
    assert codes(HelloServer, lambda: lambda data: [], first=[NAME, b"0\n"]) == {"answered-too-early"}
    assert codes(HelloServer, lambda: lambda data: [], first=[NAME, CLOSES]) == {"did-not-wait"}


@pytest.mark.parametrize("make", [HelloServer, Stream, WhyStuck, WhichDoor, WhoHangsUp])
@pytest.mark.parametrize(
    ("first", "code"),
    [
        ([], "no-name"),
        ([b"\n"], "name-empty"),
        ([b"seat 7"], "no-line-end"),
        ([b"seat 7", CLOSES], "no-line-end"),
        ([CLOSES], "left-early"),
        ([b"x" * 5000], "line-too-long"),
    ],
)
def test_names_that_are_none(make: type[Grader], first: list[Any], code: str) -> None:
    assert play(make(1), lambda data: [], first=first).verdict.code == code


def test_a_name_in_gbk_is_read() -> None:
    grader = HelloServer(1)
    play(
        grader,
        reversing(lambda number: number.strip()[::-1] + b"\n", CLOSES)(),
        first=["张三\n".encode("gbk")],
    )
    assert grader.who == "张三"


def test_a_hostile_name_is_cleaned() -> None:
    grader = HelloServer(1)
    name = "a\x1b[31mb\u202ec\x00d\u2028e" + "\u0301" * 50 + "x" * 300 + "\n"
    play(grader, lambda data: [], first=[name.encode()])
    assert grader.who.startswith("a[31mbcd e\u0301\u0301x") and len(grader.who) <= 40


# --- stream ---


def counting(line: bytes) -> bytes:
    return b"%d\n" % len(line.decode())


class FirstRecv:
    def __call__(self, data: bytes) -> list[Any]:
        return [b"%d\n" % len(data.decode("utf-8", "ignore").strip())] if data else [CLOSES]


class TextCollector:
    """Decodes each piece by itself; with ``errors`` "strict" it crashes."""

    def __init__(self, errors: str) -> None:
        self._errors = errors
        self._text = ""

    def __call__(self, data: bytes) -> list[Any]:
        try:
            self._text += data.decode("utf-8", self._errors)
        except UnicodeDecodeError:
            return [RESETS]
        *lines, self._text = self._text.split("\n")
        return [b"%d\n" % len(line) for line in lines] + ([] if data else [CLOSES])


class Dropper(LineReader):
    """Forgets what stands behind the line end."""

    def __call__(self, data: bytes) -> list[Any]:
        replies = super().__call__(data)
        if data and replies:
            self._data = b""
        return replies[:1]


class OneForEachRecv:
    def __init__(self) -> None:
        self._data = b""

    def __call__(self, data: bytes) -> list[Any]:
        self._data += data
        if b"\n" not in self._data:
            return [] if data else [CLOSES]
        line, self._data = self._data.split(b"\n", 1)
        return [counting(line)] + ([] if data else [CLOSES])


class Together(LineReader):
    """Waits for a line end and takes all that is there for one line."""

    def __call__(self, data: bytes) -> list[Any]:
        self._data += data
        if not data:
            return [CLOSES]
        if not self._data.endswith(b"\n"):
            return []
        line, self._data = self._data.strip(), b""
        return [counting(line)]


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (lambda: LineReader(counting), ""),
        (FirstRecv, "answered-after-first-recv"),
        (lambda: TextCollector("strict"), "decoded-half-character"),
        (lambda: TextCollector("replace"), "decoded-half-character"),
        (lambda: TextCollector("ignore"), "decoded-half-character"),
        (lambda: Dropper(counting), "dropped-behind-line-end"),
        (OneForEachRecv, "one-line-for-each-recv"),
        (lambda: Together(counting), "counted-several-lines-as-one"),
        (lambda: LineReader(lambda line: b"%d\n" % len(line)), "counted-bytes"),
        (lambda: LineReader(lambda line: b"%d\n" % (len(line.decode()) + 1)), "counted-line-end"),
        (lambda: LineReader(lambda line: b"%d\n" % (len(line.decode()) - 2)), "wrong-number"),
        (lambda: LineReader(lambda line: b"length %d\n" % len(line.decode())), "not-a-number"),
        (lambda: LineReader(lambda line: b"%d" % len(line.decode())), "no-line-end"),
        (lambda: LineReader(counting, closes=False), "did-not-close"),
    ],
)
def test_stream(reply: Callable[[], Reply], code: str) -> None:
    assert codes(Stream, reply) == {code}


def test_stream_waits_for_a_slow_program() -> None:
    """Half a second for each answer, and up to eight."""
    for thinks in (0.5, 2.0, 8.0):
        assert codes(Stream, lambda: LineReader(counting), thinks=thinks) == {""}


def test_the_end_is_no_line() -> None:
    class Endless(LineReader):
        def __call__(self, data: bytes) -> list[Any]:
            return super().__call__(data) if data else [b"0\n"]

    assert codes(Stream, lambda: Endless(counting)) == {"answered-the-end"}


def test_stream_names_the_mistake_of_a_program_that_is_slower_than_the_pauses() -> None:
    assert codes(Stream, FirstRecv, thinks=2 * Stream.LONGEST_PAUSE) == {"answered-after-first-recv"}


# --- why-stuck ---


def receipt(line: bytes) -> bytes:
    return b"got " + line + b"\n"


class LaterReader(LineReader):
    """Answers all lines once so many are there."""

    def __init__(self, count: int) -> None:
        super().__init__(receipt)
        self._count = count
        self._kept: list[Any] = []

    def __call__(self, data: bytes) -> list[Any]:
        self._kept += super().__call__(data)
        if len(self._kept) < self._count:
            return []
        kept, self._kept = self._kept, []
        return kept


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (lambda: LineReader(receipt), ""),
        (lambda: lambda data: [], "no-receipt"),
        (lambda: LaterReader(3), "answered-together"),
        (lambda: LaterReader(2), "one-line-late"),
        (lambda: LineReader(lambda line: line + b"\n"), "receipt-without-got"),
        (lambda: LineReader(lambda line: b"got it\n"), "wrong-receipt"),
        (lambda: LineReader(lambda line: b"got " + line), "no-line-end"),
        (lambda: LineReader(receipt, closes=False), "did-not-close"),
        (lambda: lambda data: [b"got " + data.strip() + b"\n"], "answered-the-end"),
        (lambda: lambda data: [Ended()], "left-without-receipt"),
    ],
)
def test_why_stuck(reply: Callable[[], Reply], code: str) -> None:
    assert codes(WhyStuck, reply) == {code}


def test_a_receipt_may_be_late_on_a_loaded_pc() -> None:
    assert codes(WhyStuck, lambda: LineReader(receipt), thinks=2.5) == {""}


# --- which-door ---

DOORS = tuple(
    Door("127.0.0.1", 1000 + at, (kind,))
    for at, kind in enumerate(("open", "refused", "silent", "udp", "udp"))
)


def telling(word: Callable[[str], str], *, lines: int = 5) -> Callable[[], Reply]:
    kinds = {f"{door.host}:{door.port}": door.kinds[0] for door in DOORS}

    def reply(data: bytes) -> list[Any]:
        if data == b"ok\n":
            return [CLOSES]
        names = data.decode().split()[:lines]
        return [f"{name} {word(kinds[name])}\n".encode() for name in reversed(names)]

    return lambda: reply


@pytest.mark.parametrize(
    ("word", "code"),
    [
        (lambda kind: kind, ""),
        (lambda kind: "refused" if kind == "silent" else kind, "silence-is-not-refusal"),
        (lambda kind: "silent" if kind == "refused" else kind, "refusal-is-not-silence"),
        (lambda kind: "refused" if kind == "udp" else kind, "udp-door-missed"),
        (lambda kind: "open" if kind == "udp" else kind, "udp-is-not-open"),
        (lambda kind: "refused" if kind == "open" else kind, "open-door-missed"),
        (lambda kind: "open" if kind == "refused" else kind, "no-door-there"),
        (lambda kind: "closed", "not-a-word"),
    ],
)
def test_which_door(word: Callable[[str], str], code: str) -> None:
    assert codes(WhichDoor, telling(word), doors=DOORS) == {code}


def test_doors_that_are_not_told() -> None:
    assert codes(WhichDoor, telling(lambda kind: kind, lines=3), doors=DOORS) == {"stuck-at-a-door"}
    assert codes(WhichDoor, lambda: lambda data: [CLOSES], doors=DOORS) == {"doors-missing"}
    assert codes(WhichDoor, lambda: lambda data: [b"127.0.0.1:7 open\n"], doors=DOORS) == {"not-a-door"}


def test_where_a_firewall_may_stand_both_words_are_right() -> None:
    doors = tuple(Door("10.0.0.1", door.port, ("refused", "silent")) for door in DOORS)
    for word in ("refused", "silent"):

        def reply(data: bytes, word: str = word) -> list[Any]:
            lines = [f"{name} {word}\n".encode() for name in data.decode().split()]
            return [CLOSES] if data == b"ok\n" else lines

        assert play(WhichDoor(1), reply, first=[NAME], doors=doors).verdict.passed


# --- who-hangs-up ---


def test_who_hangs_up() -> None:
    content = b"x" * 10_000
    played = play(WhoHangsUp(1), lambda data: [], first=[NAME, content, CLOSES])
    assert played.verdict.passed
    assert b"".join(played.sent) == hashlib.sha256(content).hexdigest().encode() + b"\n"
    assert len(played.sent) == 3
    assert codes(WhoHangsUp, lambda: lambda data: [], first=[NAME, content]) == {"no-half-close"}


@pytest.mark.parametrize(("pieces", "code"), [(2, "closed-both-ways"), (3, "read-once")])
def test_whoever_is_gone_when_the_hash_comes(pieces: int, code: str) -> None:
    """The second piece meets the reset that the first one caused; so does the third."""
    count = 0

    def reply(data: bytes) -> list[Any]:
        nonlocal count
        count += 1
        return [RESETS] if count == pieces else []

    assert play(WhoHangsUp(1), reply, first=[NAME, CLOSES]).verdict.code == code


# --- http ---


class Client:
    """Collects the answer; ``hashes`` decides of (head, body so far, length) what is hashed, None: not
    yet."""

    def __init__(self, hashes: Callable[[bytes, bytes, int], bytes | None]) -> None:
        self._hashes = hashes
        self._data = b""
        self._asked = False

    def __call__(self, data: bytes) -> list[Any]:
        self._data += data
        head, end, body = self._data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        if not end or length is None or self._asked:
            return []
        hashed = self._hashes(head + end, body, int(length[1]))
        if hashed is None:
            return []
        self._asked = True
        digest = hashlib.sha256(hashed).hexdigest()
        return [f"GET /seat7/sha256/{digest} HTTP/1.1\r\nHost: x\r\n\r\n".encode()]


REQUEST = b"GET /seat7 HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    ("hashes", "code"),
    [
        (lambda head, body, length: body if len(body) == length else None, ""),
        (lambda head, body, length: body if body else None, "read-too-little-of-body"),
        (lambda head, body, length: head + body if len(body) == length else None, "hashed-the-head"),
        (lambda head, body, length: body.strip() + b"!" if len(body) == length else None, "wrong-hash"),
        (lambda head, body, length: None, "waits-for-close"),
        (lambda head, body, length: body if len(body.decode("utf-8", "ignore")) == length else None,
         "waits-for-close"),
    ],
)  # fmt: skip
def test_http(hashes: Callable[[bytes, bytes, int], bytes | None], code: str) -> None:
    assert codes(Http, lambda: Client(hashes), first=[REQUEST]) == {code}


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (b"GET /seat7 HTTP/1.1\nHost: x\n\n", "line-feed-only"),
        (b"GET /seat7 HTTP/1.1\r\nHost: x\n\r\n\r\n", "line-feed-only"),
        (b"GET /seat7 HTTP/1.1\r\nHost: x\r\n", "request-unfinished"),
        (b"GET /seat7 HTTP/1.1\r\n\r\n", "no-host"),
        (b"GET /seat7 HTTP/1.0\r\nHost: x\r\n\r\n", "wrong-version"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "name-empty"),
        (b"POST /seat7 HTTP/1.1\r\nHost: x\r\n\r\n", "bad-request-line"),
        (b"GET /seat 7 HTTP/1.1\r\nHost: x\r\n\r\n", "bad-request-line"),
        (b"GET /seat7 HTTP/1.1\r\nHost x\r\n\r\n", "bad-field"),
        (b"GET /seat7/sha256/00 HTTP/1.1\r\nHost: x\r\n\r\n", "new-connection"),
        (b"x" * 10_000, "head-too-long"),
    ],
)
def test_requests_that_are_none(request_: bytes, code: str) -> None:
    assert play(Http(1), lambda data: [], first=[request_]).verdict.code == code


def test_whoever_hangs_up_after_the_body_is_told_so() -> None:
    def leaving(head: bytes, body: bytes, length: int) -> bytes | None:
        return None

    played: list[Played] = []
    for seed in range(10):
        client = Client(leaving)

        def reply(data: bytes, client: Client = client) -> list[Any]:
            client(data)
            head, end, body = client._data.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: *(\d+)", head)
            return [CLOSES] if end and length and len(body) == int(length[1]) else []

        played.append(play(Http(seed), reply, first=[REQUEST]))
    assert {each.verdict.code for each in played} == {"new-connection"}
