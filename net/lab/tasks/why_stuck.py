"""`why-stuck`: answer three lines that come at times nobody knows, each within a second.

The keyboard of the program is never touched: who waits there, or in a recv of his own, answers nothing. A
line whose receipt stays away does not stop the next one, so that the order tells what the program waited
for: receipts that come after the third line, or each one line late. "Within a second" is judged with two
seconds more, for a loaded PC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from net.lab.tasks.grading import Failed, StreamGrader, shown

if TYPE_CHECKING:
    from net.lab.tasks.grading import Script

SAYINGS = (
    "下课了吗",
    "老师来了",
    "作业写完了",
    "今天吃什么",
    "明天下雨",
    "are you there",
    "see you at four",
    "窗户没关",
    "the bus is late",
    "周末打球去",
    "good morning",
    "别忘了带伞",
)


class WhyStuck(StreamGrader):
    ALLOWED = 1.0
    """Seconds for a receipt, as the task says it."""
    GRACE = 2.0
    """Seconds more that a loaded PC may need."""
    SHORTEST_GAP, LONGEST_GAP = 0.6, 1.8

    def script(self) -> Script[None]:
        yield from self.read_name()
        self._sayings = self.random.sample(SAYINGS, 3)
        self._sent = 0
        self._receipts: list[int] = []  # for each, how many lines had been sent by then
        for number, saying in enumerate(self._sayings):
            yield from self._take_receipts(self.random.uniform(self.SHORTEST_GAP, self.LONGEST_GAP))
            self.send(saying.encode() + b"\n")
            self._sent = number + 1
            yield from self._take_receipts(self._limit, until=number + 1)
        self._judge()
        self.end_sending()
        yield from self.read_close(more="answered-the-end")

    @property
    def _limit(self) -> float:
        return self.ALLOWED + self.GRACE + self.lateness

    def _take_receipts(self, seconds: float, until: int = 0) -> Script[None]:
        """For so long, or until so many receipts are there."""
        channel = self.channel()
        end = self.now + seconds
        while self.now < end and not (until and len(self._receipts) >= until):
            while b"\n" in channel.data:
                line, _, rest = bytes(channel.data).partition(b"\n")
                channel.data[:] = rest
                self._take_receipt(line.strip(b"\r"))
            if until and len(self._receipts) >= until:
                return
            if channel.over:
                raise Failed("left-early") if self._receipts else Failed("left-without-receipt")
            yield end
        self._check_line_end(bytes(channel.data))

    def _take_receipt(self, line: bytes) -> None:
        number = len(self._receipts)
        if number >= self._sent:
            raise Failed("answered-too-early", text=shown(line))
        expected = f"got {self._sayings[number]}"
        said = line.decode("utf-8", "replace")
        if said.strip() != expected:
            if said.strip() == self._sayings[number]:
                raise Failed("receipt-without-got", expected=expected, got=said[:60])
            raise Failed("wrong-receipt", expected=expected, got=said[:60])
        self._receipts.append(self._sent)

    def _check_line_end(self, rest: bytes) -> None:
        number = len(self._receipts)
        if number < self._sent and rest.decode("utf-8", "replace").startswith(f"got {self._sayings[number]}"):
            raise Failed("no-line-end", what="receipt")

    def _judge(self) -> None:
        receipts = self._receipts
        if not receipts:
            raise Failed("no-receipt")
        if receipts[0] == 3:
            raise Failed("answered-together")
        late = [number for number, sent in enumerate(receipts, 1) if sent > number]
        if late:
            raise Failed("one-line-late", number=late[0])
        if len(receipts) < 3:
            raise Failed("missing-receipt", number=len(receipts) + 1)
