"""`reliability` (UDP): a number is sent until its answer has come, through a network that loses, doubles and
delays. Level 2 turns it round: the program is the receiver, and must use nothing twice.

What is lost is planned, not drawn for each datagram, so that every attempt meets every case and none more
than three losses in a row. In level 1 two of the answers come a second time just when the next number is
lost: who takes any answer for the right one believes that number has arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

from net.lab.tasks.grading import DatagramGrader, Failed, clean_name, shown

if TYPE_CHECKING:
    from net.lab.tasks.grading import Script

NUMBERS = 10
COPIES_LIMIT = 200
"""How often a program may send the same number."""


class NumberedSender(DatagramGrader):
    """What levels 1, 3 and 4 and `one-road` share: datagrams ``WHO N`` and, at the end, ``WHO done``."""

    SILENCE = 15.0
    """Seconds without a datagram after which nothing more is expected."""
    LAST = NUMBERS
    ONE_AT_A_TIME = True
    """So its first datagram is number 1."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.copies: dict[int, int] = {}
        self.answered: set[int] = set()
        self.latest = 0
        self.answers = 0
        self.twice_answered = 0  # the last number whose answer was sent again
        self.misled: dict[int, int] = {}  # number without an answer -> whose answer came instead
        self._name = b""

    def begins_anew(self, data: bytes) -> bool:
        who, _, word = data.rstrip(b"\r\n").rpartition(b" ")
        if not who or not self._name or not (word == b"done" or word.isdigit()):
            return False
        return who != self._name or (self.verdict is not None and word == b"1")

    def read_number(self) -> Script[int | None]:
        """The next number; None for ``done``. Raises `Failed`."""
        while True:
            datagram = yield from self.read_datagram(self.now + self.SILENCE + self.lateness)
            if datagram is None:
                self.explain_silence()
                continue
            who, space, word = datagram.rpartition(b" ")
            if not space or not who or not (word == b"done" or (word.isdigit() and len(word) < 9)):
                raise Failed("not-understood", text=shown(datagram))
            if not self._name:
                self._name = who
                self.who = clean_name(who)
                if self.ONE_AT_A_TIME and word.isdigit() and 2 <= int(word) <= self.LAST:
                    raise Failed("new-socket-each-time")
            if word == b"done":
                return None
            number = int(word)
            if not 1 <= number <= self.LAST:
                raise Failed("no-such-number", number=number, last=self.LAST)
            self.copies[number] = self.copies.get(number, 0) + 1
            self.latest = number
            if self.copies[number] > COPIES_LIMIT:
                raise Failed("hammered", number=number, count=self.copies[number])
            return number

    def send_answer(self, number: int, seconds: float) -> None:
        def answer() -> None:
            self.answers += 1
            if number in self.answered:
                self.twice_answered = number
            self.answered.add(number)
            if self.latest != number and self.latest not in self.answered:
                self.misled[self.latest] = number
            self.send(f"{number} ok".encode())

        self.later(seconds, answer)

    def missing(self) -> list[int]:
        """Numbers without an answer so far."""
        return [number for number in range(1, self.LAST + 1) if number not in self.answered]

    def explain_silence(self) -> None:
        """Nothing more comes, and there was no ``done``. Raises `Failed`."""
        if not self.copies:
            raise Failed("no-name")
        if set(self.copies) - self.answered:
            raise Failed("no-timer", number=min(set(self.copies) - self.answered))
        if not self.missing():
            raise Failed("no-done")
        raise Failed("stopped-early", number=self.missing()[0])


class Reliability(NumberedSender):
    LATE_ANSWER = 0.6
    """Seconds that a delayed answer is kept, at most."""

    def script(self) -> Script[None]:
        self._plan()
        while True:
            number = yield from self.read_number()
            if number is None:
                return self._judge()
            copy = self.copies[number]
            if copy == 1 and number - 1 in self._twice:
                # The old answer once more, while this number is lost.
                self.send_answer(number - 1, 0.02)
            if copy <= self._lose_number[number]:
                self.record("note", "lost")
            elif copy <= self._lose_number[number] + self._lose_answer[number]:
                self.record("note", "answer-lost")
            else:
                self.send_answer(number, self._delay[number] if number not in self.answered else 0.0)

    def _plan(self) -> None:
        """For each number: how many of its first copies are lost, how many answers then, how late the answer
        is. ``_twice``: whose answer comes a second time, when the next number is lost."""
        numbers = range(1, NUMBERS + 1)
        pairs = self.random.choice(((1, 4), (2, 5), (1, 6), (3, 8), (2, 7), (4, 9)))
        self._twice = set(pairs)
        self._lose_number = {number: 0 for number in numbers}
        self._lose_answer = {number: 0 for number in numbers}
        self._delay = {number: self.random.uniform(0.0, 0.03) for number in numbers}
        for number in pairs:
            self._lose_number[number + 1] = self.random.choice((1, 2))
        free = [number for number in numbers if number not in pairs and number - 1 not in pairs]
        for number in self.random.sample(free, 2):
            self._lose_answer[number] = self.random.choice((1, 2))
        self._lose_number[self.random.choice(free)] += 1
        self._delay[self.random.choice(free)] = self.random.uniform(0.3, self.LATE_ANSWER)

    def _judge(self) -> None:
        missing = self.missing()
        if not missing:
            return
        numbers = " ".join(str(number) for number in missing)
        # Ten answers, and some of them to a number that had one already: each was taken for the next number.
        if set(missing) <= self.misled.keys() or (self.twice_answered and self.answers >= NUMBERS):
            raise Failed(
                "took-old-answer", missing=numbers, old=self.misled.get(missing[0], self.twice_answered)
            )
        raise Failed("done-too-early", missing=numbers)


WORDS = "北京 上海 广州 天津 西安 南京 杭州 成都 武汉 长沙 昆明 拉萨 海口 福州 兰州 银川".split()  # noqa: SIM905


class ReliabilityReceiver(DatagramGrader):
    """Level 2: the program sends its name; ten datagrams ``N WORD`` come, each until the program's answer
    ``N ok`` has come, doubled and late; after them ``end`` until ``all WORD WORD ...`` comes, each word once
    and in order."""

    REPEAT = 0.4
    """Seconds until a datagram without an answer is sent again."""
    TRIES = 25

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._name = b""
        self._answered = False

    def begins_anew(self, data: bytes) -> bool:
        words = data.split()
        if not self._name or words[:1] in ([b"all"], [b"end"]) or (len(words) == 2 and words[1] == b"ok"):
            return False
        same = data.rstrip(b"\r\n") == self._name
        return self.verdict is not None or (self._answered and not same)

    def script(self) -> Script[None]:
        name = yield from self.read_datagram(self.PATIENCE)
        if not name:
            raise Failed("name-empty" if name is not None else "no-name")
        self.who = clean_name(name)
        self._name = name
        words = self.random.sample(WORDS, NUMBERS)
        twice = self.random.sample(range(1, NUMBERS + 1), 4)
        deaf = set(self.random.sample(range(1, NUMBERS + 1), 4))
        for number, word in enumerate(words, 1):
            card = f"{number} {word}".encode()
            yield from self._bring(number, card, lose_first=number in deaf)
            if number in twice:
                self.send_later(self.random.uniform(0.0, 0.2), card)
        yield from self._bring_end(words)

    def _bring(self, number: int, card: bytes, lose_first: bool) -> Script[None]:
        """Send until the answer comes; with ``lose_first`` the first answer is lost."""
        lost = False
        for _ in range(self.TRIES):
            self.send(card)
            end = self.now + self.REPEAT + self.lateness
            while True:
                answer = yield from self._read_answer(end)
                if answer is None:
                    break
                if answer.split()[:1] == [b"all"]:
                    raise Failed("done-too-early", missing=number)
                said = self._number_of(answer)
                if said == number and lose_first and not lost:
                    lost = True
                    self.record("note", "answer-lost")
                elif said == number:
                    return
                elif said > number:
                    raise Failed("no-such-number", number=said, last=number)
        raise Failed("silent-to-doubles" if lost else "no-ok", number=number)

    def _bring_end(self, words: list[str]) -> Script[None]:
        for _ in range(self.TRIES):
            self.send(b"end")
            end = self.now + self.REPEAT + self.lateness
            while True:
                answer = yield from self._read_answer(end)
                if answer is None:
                    break
                if answer.split()[:1] == [b"all"]:
                    return self._judge(answer.decode("utf-8", "replace").split()[1:], words)
                if answer.split()[:1] != [b"end"]:
                    self._number_of(answer)
        raise Failed("no-all")

    def _read_answer(self, until: float) -> Script[bytes | None]:
        while True:
            datagram = yield from self.read_datagram(until)
            if self.channel().over:
                raise Failed("left-early")
            if datagram != self._name:
                self._answered = self._answered or datagram is not None
                return datagram

    def _number_of(self, answer: bytes) -> int:
        words = answer.split()
        if len(words) != 2 or words[1] != b"ok" or not words[0].isdigit() or len(words[0]) > 8:
            raise Failed("not-understood", text=shown(answer))
        return int(words[0])

    def _judge(self, said: list[str], words: list[str]) -> None:
        if said == words:
            return
        if list(dict.fromkeys(said)) == words:
            twice = next(word for word in words if said.count(word) > 1)
            raise Failed("took-doubles", word=twice, count=said.count(twice))
        if sorted(said) == sorted(words):
            raise Failed("wrong-order", expected=" ".join(words), got=" ".join(said)[:120])
        missing = [word for word in words if word not in said]
        if missing:
            raise Failed("words-missing", missing=" ".join(missing))
        raise Failed("took-doubles", word=said[0], count=said.count(said[0]))
