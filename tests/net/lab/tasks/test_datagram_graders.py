"""The graders of the tasks over UDP, without sockets: each misconception, for a hundred seeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from net.lab.tasks.grading import Ended, Grader, Received
from net.lab.tasks.one_road import NUMBERS, OneRoad, Road
from net.lab.tasks.postcards import Postcards
from net.lab.tasks.reliability import Reliability, ReliabilityReceiver
from tests.net.lab.tasks.simulated import Played, Reply, play

SEEDS = range(100)
NAME = "座位 7".encode()


def codes(make: Callable[[int], Grader], reply: Callable[[], Reply], **options: Any) -> set[str]:
    """The verdicts of all seeds."""
    options = {"first": [NAME], "connects": False, **options}
    return {play(make(seed), reply(), **options).verdict.code for seed in SEEDS}


# --- postcards ---


class Adder:
    """``once``: answers each number once; ``cards``: how many datagrams it reads; ``counts``: numbers by
    arrival."""

    def __init__(self, once: bool = True, cards: int = 1000, counts: bool = False) -> None:
        self._once, self._left, self._counts = once, cards, counts
        self._answered: set[int] = set()
        self._arrived = 0

    def __call__(self, data: bytes) -> list[Any]:
        self._left -= 1
        number, a, b = map(int, data.split())
        if self._left < 0 or (self._once and number in self._answered):
            return []
        self._answered.add(number)
        self._arrived += 1
        return [self.answer(self._arrived if self._counts else number, a + b)]

    def answer(self, number: int, total: int) -> bytes:
        return b"%d %d" % (number, total)


class WrongSum(Adder):
    def answer(self, number: int, total: int) -> bytes:
        return b"%d %d" % (number, -total)


class Talkative(Adder):
    def answer(self, number: int, total: int) -> bytes:
        return b"%d is %d" % (number, total)


class Several(Adder):
    def answer(self, number: int, total: int) -> bytes:
        return b"%d %d\n%d %d" % (number, total, number, total)


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Adder, ""),
        (lambda: Adder(once=False), "answered-twice"),
        (lambda: Adder(cards=10), "counted-datagrams"),
        (lambda: Adder(once=False, cards=10, counts=True), "numbered-by-arrival"),
        (lambda: Adder(cards=4), "missing-answers"),
        (lambda: Adder(cards=0), "no-answer"),
        (WrongSum, "wrong-sum"),
        (Talkative, "not-understood"),
        (Several, "several-in-one-datagram"),
    ],
)
def test_postcards(reply: Callable[[], Reply], code: str) -> None:
    assert codes(Postcards, reply) == {code}


def test_a_postcard_that_was_really_lost_is_sent_again() -> None:
    class Deaf(Adder):
        """Hears nothing of number 3 until it comes after all others."""

        def __init__(self) -> None:
            super().__init__()
            self._heard = 0

        def __call__(self, data: bytes) -> list[Any]:
            self._heard += data.startswith(b"3 ")
            return [] if data.startswith(b"3 ") and self._heard < 3 else super().__call__(data)

    assert codes(Postcards, Deaf) == {""}


def test_a_program_that_sends_its_name_again_is_not_judged_for_it() -> None:
    class Eager(Adder):
        def __call__(self, data: bytes) -> list[Any]:
            return [NAME, *super().__call__(data)]

    assert codes(Postcards, Eager) == {""}


def test_an_address_is_given_to_the_next_program() -> None:
    grader = Postcards(1)
    played = play(grader, Adder(), first=[NAME], connects=False)
    assert played.verdict.passed
    assert grader.begins_anew(b"somebody else") and grader.begins_anew(NAME)
    assert not grader.begins_anew(b"3 1201")
    fresh = Postcards(2)
    play(fresh, Adder(cards=3), first=[NAME], connects=False)
    assert fresh.begins_anew(b"somebody else")


def test_one_who_has_gone_is_judged_at_once() -> None:
    class Gone(Adder):
        def __call__(self, data: bytes) -> list[Any]:
            replies = super().__call__(data)
            return replies or [Ended()]

    played = play(Postcards(1), Gone(cards=10), first=[NAME], connects=False)
    assert played.verdict.code in ("counted-datagrams", "missing-answers") and played.seconds < 3


# --- reliability ---


class Sender:
    """Sends numbers until their answers come. ``compares``: whether an old answer is told from a new one;
    ``repeats``: whether it has a timer (`play` is given its first sends)."""

    def __init__(self, compares: bool = True, last: int = 10, who: bytes = NAME) -> None:
        self._compares, self._last, self._who = compares, last, who
        self.number = 1

    def question(self) -> bytes:
        word = b"%d" % self.number if self.number <= self._last else b"done"
        return self._who + b" " + word

    def __call__(self, data: bytes) -> list[Any]:
        if self._compares and data != b"%d ok" % self.number:
            return []
        self.number += 1
        return [self.question()]


def with_timer(grader: Grader, sender: Sender, timer: float = 0.5) -> Played:
    """`play` for a program that sends again when nothing has come for ``timer`` seconds."""
    now = 0.0
    waiting: list[tuple[float, bytes]] = [(0.0, sender.question())]
    due = timer
    sent: list[bytes] = []
    grader.advance(0.0)
    for _ in range(100_000):
        for action in grader.take_actions():
            sent.append(action.data)
            replies = sender(action.data)
            waiting += [(now + 0.001, reply) for reply in replies]
            if replies:
                due = now + timer
        if grader.verdict is not None:
            return Played(grader.verdict, sent, now)
        assert grader.wake is not None
        next_event = min([grader.wake, due, *(time for time, _ in waiting)])
        now = max(now, next_event)
        ready = [each for each in waiting if each[0] <= now]
        if ready:
            waiting.remove(ready[0])
            grader.advance(now, Received(ready[0][1]))
        elif due <= now:
            waiting.append((now, sender.question()))
            due = now + timer
        else:
            grader.advance(now)
    raise AssertionError("no verdict")


@pytest.mark.parametrize("timer", [0.05, 0.3, 1.0, 3.0])
def test_reliability_takes_any_timer(timer: float) -> None:
    for seed in SEEDS:
        assert with_timer(Reliability(seed), Sender(), timer).verdict.passed


def test_reliability() -> None:
    assert {with_timer(Reliability(seed), Sender(compares=False)).verdict.code for seed in SEEDS} == {
        "took-old-answer"
    }
    assert codes(Reliability, Sender, first=[NAME + b" 1"]) == {"no-timer"}
    hopeful = [NAME + b" %d" % number for number in range(1, 11)]
    assert codes(Reliability, lambda: lambda data: [], first=[*hopeful, NAME + b" done"]) == {
        "done-too-early"
    }
    assert codes(Reliability, lambda: lambda data: [], first=[NAME + b" 1"] * 300) == {"hammered"}
    assert codes(Reliability, lambda: lambda data: [], first=[NAME + b" 0"]) == {"no-such-number"}
    assert codes(Reliability, lambda: lambda data: [], first=[NAME + b" 11"]) == {"no-such-number"}
    assert codes(Reliability, lambda: lambda data: [], first=[NAME + b" 4"]) == {"new-socket-each-time"}
    assert codes(Reliability, lambda: lambda data: [], first=[b"7"]) == {"not-understood"}
    assert codes(Reliability, lambda: lambda data: [], first=[NAME + b" hello"]) == {"not-understood"}


def test_done_is_expected() -> None:
    class Mute(Sender):
        def question(self) -> bytes:
            word = super().question()
            return NAME + b" 1" if word.endswith(b"done") else word

    sender = Mute()
    grader = Reliability(1)
    grader.SILENCE = 1.0
    assert with_timer(grader, sender, timer=5.0).verdict.code in ("no-timer", "no-done")


def test_every_attempt_meets_every_case() -> None:
    for seed in SEEDS:
        grader = Reliability(seed)
        with_timer(grader, Sender())
        notes = [line.text for line in grader.last_lines if line.direction == "note"]
        assert max(grader.copies.values()) <= 1 + 3 + 1, "never more than three losses in a row"
        assert notes


# --- reliability, level 2 ---


class Receiver:
    def __init__(self, uses_doubles: bool = False, answers_doubles: bool = True) -> None:
        self._uses, self._answers = uses_doubles, answers_doubles
        self._words: list[tuple[int, bytes]] = []

    def __call__(self, data: bytes) -> list[Any]:
        if data == b"end":
            words = self._words if self._uses else sorted(self._words)
            return [b" ".join([b"all", *(word for _, word in words)])]
        number, word = data.split()
        known = int(number) in dict(self._words)
        if not known or self._uses:
            self._words.append((int(number), word))
        return [number + b" ok"] if not known or self._answers else []


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Receiver, ""),
        (lambda: Receiver(uses_doubles=True), "took-doubles"),
        (lambda: Receiver(answers_doubles=False), "silent-to-doubles"),
        (lambda: lambda data: [], "no-ok"),
        (lambda: lambda data: [data.split()[0] + b" ok"] if data != b"end" else [b"all"], "words-missing"),
        (lambda: lambda data: [data.split()[0] + b" ok"] if data != b"end" else [], "no-all"),
        (lambda: lambda data: [b"thanks"], "not-understood"),
        (lambda: lambda data: [b"all"], "done-too-early"),
    ],
)
def test_the_receiver(reply: Callable[[], Reply], code: str) -> None:
    assert codes(ReliabilityReceiver, reply) == {code}


# --- one-road ---


def test_a_road_carries_no_more_than_its_rate() -> None:
    road = Road([(1.0, 100.0), (1e9, 10.0)])
    carried = [leaving for at in range(4000) if (leaving := road.enter(at / 1000)) is not None]
    assert 99 <= len([time for time in carried if time <= 1.0]) <= 100
    assert 28 <= len([time for time in carried if 1.0 < time <= 4.0]) <= 31
    assert carried == sorted(carried)


def test_a_full_queue_loses() -> None:
    road = Road([(1e9, 10.0)])
    assert [road.enter(0.0) is not None for _ in range(12)] == [True] * 9 + [False] * 3


class Slow(Sender):
    """One at a time."""

    def __init__(self) -> None:
        super().__init__(last=NUMBERS)


def test_one_road() -> None:
    everything = [NAME + b" %d" % number for number in range(1, NUMBERS + 1)]
    for seed in range(10):
        wasted = play(OneRoad(seed), lambda data: [], first=everything * 3, connects=False).verdict
        assert wasted.code == "road-wasted" and int(wasted.values["percent"]) < 30
        assert with_timer(OneRoad(seed), Slow(), 3.0).verdict.code == "too-timid"
        early = play(OneRoad(seed), lambda data: [], first=[NAME + b" 1", NAME + b" done"], connects=False)
        assert early.verdict.code == "done-too-early"
