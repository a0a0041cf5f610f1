"""`postcards` (UDP): ten numbered questions come twice and out of order; answer each exactly once.

Each question is sent two or three times, all copies mixed, so that the first ten datagrams are never the ten
questions and the numbers never come in order. A question whose answer stays away is sent once more: a
datagram may really be lost between two PCs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from net.lab.tasks.grading import DatagramGrader, Failed, clean_name, shown

if TYPE_CHECKING:
    from net.lab.tasks.grading import Script

QUESTIONS = 10


class Postcards(DatagramGrader):
    SETTLE = 1.5
    """Seconds without a datagram after which no second answer is expected any more."""
    MISSING_PATIENCE = 6.0
    """Seconds without a datagram after which the answers that are not there count as missing."""
    LONGEST_GAP = 0.12

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        sums = self.random.sample(range(300, 3000), QUESTIONS)
        self._questions = {
            number: (self.random.randrange(1, total - 1), total) for number, total in enumerate(sums, 1)
        }
        self._order = self._shuffled()
        self._last_question = 0.0
        self._name = b""
        self._answered: set[int] = set()

    def script(self) -> Script[None]:
        name = yield from self.read_datagram(self.PATIENCE)
        if not name:
            raise Failed("name-empty" if name is not None else "no-name")
        self._name = name
        self.who = clean_name(name)
        if is_answer(name):
            raise Failed("new-socket-each-time")
        self._ask()
        yield from self._take_answers()

    def begins_anew(self, data: bytes) -> bool:
        data = data.rstrip(b"\r\n")
        if self.verdict is not None:
            return not is_answer(data)
        return bool(self._answered) and data != self._name and not _is_numbers(data)

    def _take_answers(self) -> Script[None]:
        channel = self.channel()
        asked_again = False
        while True:
            whole = len(self._answered) == QUESTIONS
            patience = self.SETTLE if whole else self.MISSING_PATIENCE / 2
            quiet_since = max(channel.last_received, self._last_question)
            datagram = yield from self.read_datagram(quiet_since + patience + self.lateness)
            if datagram is not None:
                if datagram != self._name:
                    self._judge(datagram)
            elif whole:
                return
            elif asked_again or channel.over:
                self._explain_missing()
            else:
                asked_again = True
                self._last_question = self.now
                for number in sorted(self._questions.keys() - self._answered):
                    self._send_question(number)

    def _ask(self) -> None:
        """Plan the copies of all questions."""
        time = 0.1
        for number in self._order:
            self.later(time, lambda number=number: self._send_question(number))  # type: ignore[misc]
            time += self.random.uniform(0.005, self.LONGEST_GAP)
        self._last_question = self.now + time

    def _shuffled(self) -> list[int]:
        numbers = list(range(1, QUESTIONS + 1))
        order = numbers * 2 + self.random.sample(numbers, 4)
        while True:
            self.random.shuffle(order)
            appearing = list(dict.fromkeys(order))
            early = set(order[:QUESTIONS])
            if len(early) <= QUESTIONS - 2 and all(appearing[at] != at + 1 for at in range(QUESTIONS)):
                return order

    def _send_question(self, number: int) -> None:
        first, total = self._questions[number]
        self.send(f"{number} {first} {total - first}".encode())

    # --- Judging ---

    def _judge(self, datagram: bytes) -> None:
        words = datagram.split()
        if len(words) > 2 and _is_numbers(datagram):
            raise Failed("several-in-one-datagram", text=shown(datagram))
        if not is_answer(datagram):
            raise Failed("not-understood", text=shown(datagram))
        number, said = int(words[0]), int(words[1])
        if number not in self._questions:
            raise Failed("no-such-question", number=number)
        if number in self._answered:
            raise Failed("answered-twice", number=number)
        total = self._questions[number][1]
        if said != total:
            other = [each for each, question in self._questions.items() if question[1] == said]
            if other:
                raise Failed("numbered-by-arrival", number=number, other=other[0])
            raise Failed("wrong-sum", number=number, expected=total, got=said)
        self._answered.add(number)

    def _explain_missing(self) -> None:
        missing = sorted(self._questions.keys() - self._answered)
        numbers = " ".join(str(number) for number in missing)
        if not self._answered:
            raise Failed("no-answer")
        if self._answered == set(self._order[:QUESTIONS]):
            raise Failed("counted-datagrams", missing=numbers)
        raise Failed("missing-answers", missing=numbers)


def is_answer(datagram: bytes) -> bool:
    """``N SUM``, both of at most eight digits."""
    return _is_numbers(datagram) and len(datagram.split()) == 2


def _is_numbers(datagram: bytes) -> bool:
    words = datagram.split()
    return bool(words) and all(word.lstrip(b"-").isdigit() and len(word) < 9 for word in words)
