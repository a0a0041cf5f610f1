"""`reliability-3` and `reliability-4` (UDP): 60 numbers with a window of 8, through a path with a round trip.
Level 3: an answer ``N ok`` is about all numbers up to N, and the other end throws away what comes behind a
gap (go-back-N, RFC 3366 section 1.4.2). Level 4: it is about N alone, and the other end keeps everything
(selective repeat).

The round trip is no fixed time. Answers are kept back until the window is full; who leaves it open waits
`HOLD` seconds for them. So a loaded PC can't make a right program look like one that waits for each answer:
what is judged are the numbers that were on the way, and their order. What a program must have read is
derived from what it sends: who sends a new number had room for it, so older answers have reached it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from net.lab.tasks.grading import Failed
from net.lab.tasks.reliability import NumberedSender

if TYPE_CHECKING:
    from net.lab.tasks.grading import Script

NUMBERS = 60
WINDOW = 8
"""Numbers that may be sent and not answered."""
DELAY = 0.03
"""Seconds from a full window to its answers."""
LATE = (0.4, 0.6)
"""Seconds from a full window to answers that are late: between these two."""
HOLD = 0.6
"""Seconds that answers are kept back while the program could send more."""
WAKE_LATE = 0.1
"""Seconds too late that Duplex woke: datagrams may lie there unread, so it waits once more."""
TIMES_PROVEN = 3
"""How often a program must do something wrong: once or twice, the real network or a busy PC may be the
cause."""
STUCK_SECONDS = 3.0
STUCK_ROUNDS = 10
"""So long, and for so many round trips, a program goes on that does not take the last answer. Datagrams that
were sent before it can lie here unread for a second."""


class WindowSender(NumberedSender):
    """What both levels share: the window, and answers in bursts. Each burst is a round trip."""

    LAST = NUMBERS
    ONE_AT_A_TIME = False

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.highest = 0
        self.most_unanswered = 0
        self.round_trips = 0
        self._lose_number: dict[int, int] = {}  # how many of its first copies are lost
        self._late_burst = 0
        self._held: list[int] = []  # numbers whose answers are kept back, in the order of arrival
        self._in_round: set[int] = set()  # what came since the last burst
        self._burst_planned = False
        self._holding = False
        self._round = 0
        self._was_part = False  # the last burst had a part of the answers only
        self._left_open = 0
        self._sent_again = 0

    def script(self) -> Script[None]:
        self._plan()
        while True:
            number = yield from self.read_number()
            if number is None:
                return self._judge()
            self.highest = max(self.highest, number)
            self._look_at(number)
            self.most_unanswered = max(self.most_unanswered, self._unanswered())
            self._in_round.add(number)
            if self.copies[number] <= self._lose_number.get(number, 0):
                self.record("note", "lost")
            else:
                self._arrive(number)
            if not self._burst_planned:
                if self._is_full():
                    self._plan_burst()
                elif not self._holding:
                    self._hold()

    def begins_anew(self, data: bytes) -> bool:
        """Number 1 alone does not tell: whoever has failed without an answer to it goes on sending it."""
        same = data.rstrip(b"\r\n").rpartition(b" ")[0] == self._name
        return super().begins_anew(data) and not (same and 1 not in self.answered)

    # --- What a level says ---

    def _plan(self) -> None:
        """What is lost, and which burst is late, is drawn before the first datagram comes."""
        raise NotImplementedError

    def _look_at(self, number: int) -> None:
        """Whether it may be sent now. Raises `Failed`."""
        raise NotImplementedError

    def _arrive(self, number: int) -> None:
        """It has got through: its answer goes into ``_held``."""
        raise NotImplementedError

    def _unanswered(self) -> int:
        raise NotImplementedError

    def _has_room(self) -> bool:
        """Whether the program could send a number that it has not sent yet."""
        raise NotImplementedError

    def _is_full(self) -> bool:
        raise NotImplementedError

    def _answer(self, answers: list[int]) -> None:
        """Send these answers, a part of what was in ``_held`` or all of it."""
        raise NotImplementedError

    def _may_be_part(self) -> bool:
        """Whether some of the answers make room for new numbers."""
        return self.highest < NUMBERS

    def _nothing_new(self) -> None:
        """The window is full, and only a part of it came again. Raises `Failed`."""

    # --- Round trips ---

    def _plan_burst(self) -> None:
        self._burst_planned = True
        late = self.round_trips + 1 == self._late_burst
        self.later(self.random.uniform(*LATE) if late else DELAY, lambda: self._burst(whole=False))

    def _burst(self, whole: bool) -> None:
        self._burst_planned = False
        self.round_trips += 1
        self._round += 1
        self._holding = False
        self.record("note", f"on-the-way {self._unanswered()}")
        self._in_round.clear()
        self._was_part = not whole and not self._was_part and self._may_be_part()
        count = self.random.randint(3, 5) if self._was_part else len(self._held)
        answers, self._held = self._held[:count], self._held[count:]
        self._answer(answers)
        if self._held:
            self._hold()

    def _hold(self) -> None:
        """Keep the answers back until the window is full, at most `HOLD` seconds."""
        self._round += 1
        self._holding = True
        this, due = self._round, self.now + HOLD + self.lateness

        def release() -> None:
            if this != self._round or self._burst_planned:
                return
            if self.now - due > WAKE_LATE:
                self._hold()
                return
            if self._has_room():
                self._look_at_room()
            elif self._in_round:
                self._nothing_new()
            self._burst(whole=True)

        self.later(due - self.now, release)

    def _look_at_room(self) -> None:
        """The program could send more, and has not done so for `HOLD` seconds. Raises `Failed`."""
        self._left_open += 1
        if self._left_open < TIMES_PROVEN:
            return
        if self.most_unanswered <= 1:
            raise Failed("waited-for-each", window=WINDOW)
        if self.most_unanswered < WINDOW:
            raise Failed("window-too-narrow", most=self.most_unanswered, window=WINDOW)
        raise Failed("window-stands-still", number=self.highest + 1)

    # --- The end ---

    def explain_silence(self) -> None:
        if len(self.copies) == 1 and 1 not in self.copies:
            raise Failed("new-socket-each-time")
        waiting = sorted(set(self.copies) - self.answered)
        if waiting and self.copies[waiting[0]] > 1:
            raise Failed("gave-up", number=waiting[0], count=self.copies[waiting[0]])
        super().explain_silence()

    def _judge(self) -> None:
        missing = self.missing()
        if missing:
            raise self._done_too_early(missing)
        pace = f"{NUMBERS / self.round_trips:.1f}"
        self.record("note", f"pace {pace}")
        self.figures = {
            "numbers": str(NUMBERS),
            "round_trips": str(self.round_trips),
            "pace": pace,
            "window": str(WINDOW),
        }

    def _done_too_early(self, missing: list[int]) -> Failed:
        return Failed("done-too-early", missing=" ".join(str(number) for number in missing[:10]))

    def _send_ok(self, number: int) -> None:
        self.send(f"{number} ok".encode())


# --- Level 3 ----------------------------------------------------------------------------------------------


class GoBackN(WindowSender):
    """Each datagram is answered with the last number up to which all have arrived. Some bursts lose all their
    answers but the last, one loses all; two begin with an answer from long ago."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._arrived = 0
        self._told = 0
        self._told_at = 0.0
        self._needless = 0  # round trips after the last answer
        self._went_back_to = NUMBERS + 1  # the first number of what was sent again last
        self._previous = 0
        self._deaf = 0  # times that it left room, and asked for what had been answered
        self._old = 0  # the last answer from long ago
        self._alone = 0
        self._advances = 0  # bursts that say that three numbers or more have arrived

    def _plan(self) -> None:
        draw = self.random.randint
        numbers = [draw(4, 8), draw(23, 28), draw(42, 50)]
        self._lose_number = dict.fromkeys(numbers, 1)
        self._lose_number[self.random.choice(numbers)] = 3
        self._late_burst = draw(6, 7)
        self._few_answers = {2: 1, 3: 0, 5: 1, 6: 1}  # at which advance how many get through, the last ones
        self._old_bursts = {draw(6, 7), 10}

    def _look_at(self, number: int) -> None:
        if number > self._told + WINDOW:
            raise Failed("window-too-wide", number=number, first=self._told + 1, window=WINDOW)
        if number <= self._previous:
            self._went_back_to = number
        self._previous = number
        # Whoever has sent `highest` has read an answer of at least this:
        if number <= self.highest - WINDOW:
            self._sent_again += 1
            if self._sent_again >= TIMES_PROVEN and self._old and number > self._old:
                raise Failed("window-went-back", old=self._old, number=number, told=self.highest - WINDOW)
            if self._sent_again >= TIMES_PROVEN:
                raise Failed("sent-again-what-was-answered", number=number)

    def _arrive(self, number: int) -> None:
        if number == self._arrived + 1:
            self._arrived = number
        elif number > self._arrived:
            self.record("note", "behind-a-gap")
        self._held.append(self._arrived)

    def _newest(self) -> int:
        return min(self._told + WINDOW, NUMBERS)

    def _unanswered(self) -> int:
        return self.highest - self._told

    def _has_room(self) -> bool:
        return self.highest < self._newest()

    def _is_full(self) -> bool:
        return self._newest() in self._in_round

    def _look_at_room(self) -> None:
        self._deaf += self._went_back_to <= self._told and self.most_unanswered == WINDOW
        if self._left_open + 1 >= TIMES_PROVEN and self._deaf >= TIMES_PROVEN - 1:
            raise Failed("answer-covers-all-before", told=self._told, number=self._went_back_to)
        super()._look_at_room()

    def _answer(self, answers: list[int]) -> None:
        if self._told == NUMBERS:
            self._needless += 1
            if self._needless >= STUCK_ROUNDS and self.now - self._told_at > STUCK_SECONDS:
                raise Failed("answer-covers-all-before", told=self._told, number=self.latest)
        if self._told > WINDOW and self.round_trips in self._old_bursts:
            self._old = self._told - WINDOW
            self._send_ok(self._old)
        if answers and answers[-1] >= self._told + 3:
            self._advances += 1
            if self._advances in self._few_answers:
                self.record("note", "answers-lost")
                answers = answers[len(answers) - self._few_answers[self._advances] :]
        for number in answers:
            self._send_ok(number)
            if number > self._told:
                self._told = number
                self._told_at = self.now
        self.answered = set(range(1, self._told + 1))

    def _nothing_new(self) -> None:
        self._alone += 1
        if self._alone >= TIMES_PROVEN:
            raise Failed("did-not-go-back", number=self._told + 1)


# --- Level 4 ----------------------------------------------------------------------------------------------


class SelectiveRepeat(WindowSender):
    """Each datagram is answered by its own number, the newest first. Some numbers, and the first answers to
    some, are lost; some answers come once more with the next burst."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._here: set[int] = set()
        self._told: list[int] = []  # in the order in which they were answered first
        self._told_twice = False
        self._missed: set[int] = set()  # those it sent again although it knew the answer to a higher one
        self._doubles: list[int] = []

    def _plan(self) -> None:
        draw = self.random.randint
        twice = draw(0, 2)
        first = (draw(2, 4), draw(16, 20), draw(30, 34), draw(44, 47))
        self._losses = [(number, 1 + (at == twice)) for at, number in enumerate(first)][::-1]
        self._lose_answer = {draw(8, 12), draw(36, 40)}
        self._answer_twice = {draw(1, 2), draw(24, 27), draw(52, 56)}
        self._late_burst = draw(4, 6)

    def _look_at(self, number: int) -> None:
        # So many have been sent, and at most a window of them can have been without an answer:
        known = self._told[: max(0, len(self.copies) - WINDOW)]
        if self.copies[number] == 1:
            self._may_lose(number)
        elif number in known:
            self._sent_again += 1
            if self._sent_again >= TIMES_PROVEN:
                raise Failed("sent-again-what-was-answered", number=number)
        elif number < max(known, default=0):
            self._missed.add(number)
        if self._unanswered() > WINDOW:
            self._explain_width(number, self.missing()[0], max(self._told, default=0))

    def _may_lose(self, number: int) -> None:
        """Lose the first copy of a number in the middle of the window, so that answers to numbers before and
        behind it make room. (A program that counts its unanswered numbers may have passed that place.)"""
        if self._losses and number >= self._losses[-1][0]:
            place = number - self.missing()[0]
            if place in (3, 4, 5) or number >= self._losses[-1][0] + WINDOW:
                self._lose_number[number] = self._losses.pop()[1]

    def _explain_width(self, number: int, first: int, told: int) -> None:
        if first < told and number <= told + WINDOW and not self._missed:
            raise Failed("answer-is-for-one", told=told, missing=first)
        if self._told_twice:
            raise Failed("counted-an-answer-twice", number=number, unanswered=self._unanswered())
        raise Failed("window-too-wide", number=number, first=first, window=WINDOW)

    def _arrive(self, number: int) -> None:
        self._here.add(number)
        self._held.append(number)

    def _unanswered(self) -> int:
        return len(self.copies) - len(self._told)

    def _has_room(self) -> bool:
        """Room for a program whose window ends `WINDOW` behind the first unanswered number, too."""
        missing = self.missing()
        newest = min(missing[0] + WINDOW - 1, NUMBERS) if missing else NUMBERS
        return self.highest < newest and self._unanswered() < WINDOW

    def _is_full(self) -> bool:
        return not self._has_room()

    def _may_be_part(self) -> bool:
        return super()._may_be_part() and len(self._here) == self.highest

    def _answer(self, answers: list[int]) -> None:
        if not self._was_part:
            answers = sorted(answers, reverse=True)
        doubles: list[int] = []
        if len(self._here) == self.highest:
            doubles, self._doubles = self._doubles, []
        for number in doubles + answers:
            if number in self._lose_answer:
                self._lose_answer.discard(number)
                self.record("note", "answer-lost")
                continue
            self._send_ok(number)
            if number in self.answered:
                self._told_twice = True
            else:
                self._told.append(number)
                self.answered.add(number)
                if number in self._answer_twice:
                    self._doubles.append(number)

    def _done_too_early(self, missing: list[int]) -> Failed:
        if self._told and missing[-1] < max(self._told):
            return Failed("answer-is-for-one", told=max(self._told), missing=missing[0])
        return super()._done_too_early(missing)
