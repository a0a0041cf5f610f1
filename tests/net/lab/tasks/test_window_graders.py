"""The graders of the tasks with a window, without sockets: each misconception, for a hundred seeds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from net.lab.tasks.grading import Received
from net.lab.tasks.reliability_windows import NUMBERS, WINDOW, GoBackN, SelectiveRepeat, WindowSender
from net.lab.tasks.verdicts import verdict_sentence

SEEDS = range(100)
LATENCY = 0.001
"""Seconds from a grader's answer to what the program sends because of it."""


class Pupil:
    """A right program for level 3. Subclasses do something else."""

    WINDOW = WINDOW
    TIMER = 0.3

    def __init__(self) -> None:
        self.base = 1
        self.new = 1

    def fill(self) -> list[int]:
        """What it sends now; at the end once ``[0]``, for ``done``."""
        if self.base > NUMBERS:
            return [0]
        first, self.new = self.new, max(self.new, min(self.base + self.WINDOW, NUMBERS + 1))
        return list(range(first, self.new))

    def hear(self, number: int) -> None:
        self.base = max(self.base, number + 1)
        self.new = max(self.new, self.base)

    def time_out(self) -> list[int]:
        self.new = self.base
        return self.fill()


class OneAtATime(Pupil):
    WINDOW = 1


class Narrow(Pupil):
    WINDOW = 4


class Wide(Pupil):
    WINDOW = 9


class Everything(Pupil):
    WINDOW = NUMBERS


class Batch(Pupil):
    """Sends eight, and the next eight when all of them have been answered."""

    def fill(self) -> list[int]:
        return super().fill() if self.base >= self.new or self.base > NUMBERS else []

    def time_out(self) -> list[int]:
        return list(range(self.base, self.new))


class OnlyTheFirst(Pupil):
    """Sends again what was lost, and believes that the rest is there."""

    def time_out(self) -> list[int]:
        return [self.base]


class FromTheBeginning(Pupil):
    def time_out(self) -> list[int]:
        return list(range(1, self.new))


class Backwards(Pupil):
    """Believes the latest answer, also an old one, and goes back at once."""

    def hear(self, number: int) -> None:
        if number + 1 < self.base:
            self.new = number + 1
        self.base = number + 1
        self.new = max(self.new, self.base)


class Exact(Pupil):
    """Waits for the answer to each number."""

    def hear(self, number: int) -> None:
        if number == self.base:
            super().hear(number)


class NoTimer(Pupil):
    def time_out(self) -> list[int]:
        return []


class GivesUp(Pupil):
    """Sends the same again once, and no more."""

    def __init__(self) -> None:
        super().__init__()
        self._again = 0

    def time_out(self) -> list[int]:
        if self._again == self.base:
            return []
        self._again = self.base
        return super().time_out()


class Hopeful(Pupil):
    """Says done when all has been sent."""

    def fill(self) -> list[int]:
        sent = super().fill()
        return [*sent, 0] if sent and self.new > NUMBERS else sent


class Selective(Pupil):
    """A right program for level 4, with at most 8 without an answer. ``STRICT``: its window ends 8 behind the
    first of them."""

    STRICT = False

    def __init__(self) -> None:
        super().__init__()
        self.waiting: set[int] = set()

    def fill(self) -> list[int]:
        sent = []
        while self.new <= NUMBERS and self.has_room():
            sent.append(self.new)
            self.waiting.add(self.new)
            self.new += 1
        return sent or ([0] if not self.waiting else [])

    def has_room(self) -> bool:
        return (
            self.new < min(self.waiting or {self.new}) + WINDOW if self.STRICT else len(self.waiting) < WINDOW
        )

    def hear(self, number: int) -> None:
        self.waiting.discard(number)

    def time_out(self) -> list[int]:
        return sorted(self.waiting)


class Strict(Selective):
    STRICT = True


class AllAgain(Selective):
    """Sends again everything from the first number without an answer on."""

    def time_out(self) -> list[int]:
        return list(range(min(self.waiting), self.new))


class StrictAllAgain(AllAgain):
    STRICT = True


class Counting(Selective):
    """Counts answers down, also those that come twice."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def has_room(self) -> bool:
        return self.new - 1 - self.count < WINDOW

    def hear(self, number: int) -> None:
        super().hear(number)
        self.count += 1


class SelectiveBatch(Strict):
    def has_room(self) -> bool:
        return not self.waiting or (self.new - 1) % WINDOW > 0


class SelectiveNoTimer(Selective):
    def time_out(self) -> list[int]:
        return []


class SelectiveGivesUp(Selective):
    """Sends each again once, and no more."""

    def __init__(self) -> None:
        super().__init__()
        self._again: set[int] = set()

    def time_out(self) -> list[int]:
        again = self.waiting - self._again
        self._again |= again
        return sorted(again)


class SelectiveOneAtATime(Selective):
    def has_room(self) -> bool:
        return not self.waiting


def played(grader: WindowSender, pupil: Pupil, timer: float = 0.3) -> WindowSender:
    """Let ``pupil`` run against ``grader`` until there is a verdict. Nothing else happens at the moment at
    which a datagram arrives, so its answers are heard in their order."""
    now, due, done = 0.0, timer, False
    coming: list[tuple[float, int]] = [(0.0, number) for number in pupil.fill()]
    grader.advance(0.0)
    for _ in range(100_000):
        for action in grader.take_actions():
            pupil.hear(int(action.data.split()[0]))
            sent = pupil.fill() if not done else []
            done = done or 0 in sent
            coming += [(now + LATENCY, number) for number in sent]
            due = now + timer
        if grader.verdict is not None:
            return grader
        assert grader.wake is not None
        now = max(now, min([grader.wake, due, *(time for time, _ in coming)]))
        if coming and coming[0][0] <= now:
            word = str(coming.pop(0)[1] or "done")
            grader.advance(now, Received(f"座位 7 {word}".encode()))
        elif due <= now:
            sent = pupil.time_out() if not done else []
            done = done or 0 in sent
            coming += [(now, number) for number in sent]
            due = now + timer
        else:
            grader.advance(now)
    raise AssertionError("no verdict")


def codes(level: type[WindowSender], pupil: Callable[[], Pupil], timer: float = 0.3) -> set[str]:
    verdicts = [played(level(seed), pupil(), timer).verdict for seed in SEEDS]
    return {verdict.code for verdict in verdicts if verdict is not None}


@pytest.mark.parametrize("timer", [0.05, 0.3, 1.0, 3.0])
@pytest.mark.parametrize(
    ("level", "pupil"), [(GoBackN, Pupil), (SelectiveRepeat, Selective), (SelectiveRepeat, Strict)]
)
def test_right_programs_pass_with_any_timer(
    level: type[WindowSender], pupil: Callable[[], Pupil], timer: float
) -> None:
    assert codes(level, pupil, timer) == {""}


@pytest.mark.parametrize(
    ("pupil", "code"),
    [
        (OneAtATime, "waited-for-each"),
        (Narrow, "window-too-narrow"),
        (Wide, "window-too-wide"),
        (Everything, "window-too-wide"),
        (Batch, "window-stands-still"),
        (OnlyTheFirst, "did-not-go-back"),
        (FromTheBeginning, "sent-again-what-was-answered"),
        (Backwards, "window-went-back"),
        (Exact, "answer-covers-all-before"),
        (NoTimer, "no-timer"),
        (GivesUp, "gave-up"),
        (Hopeful, "done-too-early"),
    ],
)
def test_level_3(pupil: Callable[[], Pupil], code: str) -> None:
    assert codes(GoBackN, pupil) == {code}


@pytest.mark.parametrize(
    ("pupil", "code"),
    [
        (SelectiveOneAtATime, "waited-for-each"),
        (Wide, "window-too-wide"),
        (Pupil, "answer-is-for-one"),
        (AllAgain, "sent-again-what-was-answered"),
        (StrictAllAgain, "sent-again-what-was-answered"),
        (Counting, "counted-an-answer-twice"),
        (SelectiveBatch, "window-stands-still"),
        (SelectiveNoTimer, "no-timer"),
        (SelectiveGivesUp, "gave-up"),
    ],
)
def test_level_4(pupil: Callable[[], Pupil], code: str) -> None:
    assert codes(SelectiveRepeat, pupil) == {code}


def test_every_attempt_meets_every_case_and_tells_the_throughput() -> None:
    for seed in SEEDS:
        back, selective = played(GoBackN(seed), Pupil()), played(SelectiveRepeat(seed), Selective())
        for grader, notes in (
            (back, {"lost", "answers-lost", "behind-a-gap", "on-the-way", "pace"}),
            (selective, {"lost", "answer-lost", "on-the-way", "pace"}),
        ):
            lines = grader.take_lines()
            assert {line.text.split()[0] for line in lines if line.direction == "note"} == notes
            assert grader.verdict is not None and set(grader.verdict.values) >= {"pace", "round_trips"}
            assert f"note pace {grader.verdict.values['pace']}" == f"note {lines[-1].text}"
        assert len([line for line in back.last_lines]) == 20
        assert back.verdict is not None and selective.verdict is not None
        assert 2 < float(back.verdict.values["pace"]) < float(selective.verdict.values["pace"]) < WINDOW


def test_a_pass_is_told_with_its_throughput() -> None:
    verdict = played(GoBackN(1), Pupil()).verdict
    assert verdict is not None
    for language in ("en", "zh_CN"):
        assert verdict.values["pace"] in verdict_sentence(verdict.code, verdict.values, language)


def test_a_busy_pc_does_not_make_a_right_program_wrong() -> None:
    """It stands still for a second, two times, in the middle of a window."""

    class Interrupted(Pupil):
        def __init__(self) -> None:
            super().__init__()
            self.rests = {12, 30}

        def fill(self) -> list[int]:
            sent = super().fill()
            cut = next((at for at in self.rests if at in sent), None)
            if cut is None:
                return sent
            self.rests.discard(cut)
            self.new = cut
            return [number for number in sent if number < cut]

    assert codes(GoBackN, Interrupted, 1.0) == {""}


def test_one_that_goes_on_after_its_verdict_is_no_new_attempt() -> None:
    failed = played(GoBackN(1), Wide())
    assert not failed.begins_anew("座位 7 1".encode()), "it has had no answer yet"
    assert not failed.begins_anew("座位 7 9".encode())
    assert failed.begins_anew("座位 8 1".encode())
    assert played(GoBackN(1), Pupil()).begins_anew("座位 7 1".encode())
