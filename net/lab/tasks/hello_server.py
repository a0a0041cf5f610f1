"""`hello-server`: send your name, get a number, send its digits reversed, close.

The number comes late, so that a program that does not wait is seen, and it ends with a zero, so that digits
and value differ once they are reversed. It comes in one piece: this is the first task of all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from net.lab.tasks.grading import Failed, StreamGrader, shown

if TYPE_CHECKING:
    from net.lab.tasks.grading import Script


class HelloServer(StreamGrader):
    LATEST = 1.2
    """Seconds until the number comes, at most."""

    def script(self) -> Script[None]:
        yield from self.read_name()
        number = self._number()
        answer = number[::-1]
        channel = self.channel()
        yield from self._wait_in_silence(self.random.uniform(0.4, self.LATEST))
        self.send(number.encode() + b"\n")
        said = (yield from self.read_line(self.PATIENCE)).decode("utf-8", "replace").strip()
        if said != answer:
            self._explain(said, number, answer)
        if channel.data:
            raise Failed("said-too-much", text=shown(bytes(channel.data)))
        yield from self.read_close(more="said-too-much")

    def _number(self) -> str:
        """Five or six digits, no palindrome, with one or two zeros at the end and none else."""
        digits = [self.random.choice("123456789") for _ in range(self.random.choice((3, 4)))]
        return "".join(digits) + self.random.choice(("0", "00"))

    def _wait_in_silence(self, seconds: float) -> Script[None]:
        until = self.now + seconds
        channel = self.channel()
        while self.now < until:
            if channel.data:
                raise Failed("answered-too-early", text=shown(bytes(channel.data)))
            if channel.over:
                raise Failed("did-not-wait")
            yield until

    def _explain(self, said: str, number: str, answer: str) -> None:
        if not said:
            raise Failed("reversed-line-end")
        if said == number:
            raise Failed("not-reversed", number=number)
        if said == answer.lstrip("0"):
            raise Failed("lost-zeros", number=number, expected=answer)
        if said in (number[:length][::-1] for length in range(1, len(number))):
            raise Failed("read-too-little", number=number, got=said)
        raise Failed("wrong-answer", expected=answer, got=said[:40])
