"""`stream`: answer each line with its number of characters.

What is lawful and what friendly tests never do: a line in two pieces with a pause between them, cut between
two characters or inside one; several lines in one piece; the last lines together with the end of the stream.
Each piece after a pause is sent only once the program has answered all lines before it, so it waits in recv
and finds this piece alone. The pause grows with the time that the program's first answer took. A program that
was too late for one cut meets the next one.

Which line was answered is seen by the numbers, because all lines differ in length. All characters are of the
Basic Multilingual Plane, where every language counts alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from net.lab.tasks.grading import Failed, StreamGrader, shown

if TYPE_CHECKING:
    from net.lab.tasks.grading import Script

TEXT = (
    "一个好的网络程序不相信recv一次就能读到一整行，它把读到的字节都攒起来，看见换行才开始数。"
    "TCP只保证字节的顺序，不保证字节怎样分段；UTF-8里一个汉字是三个字节，所以一个“好”字也会被切成两半，"
    "前一半先到，后一半晚到。几行也可能粘在一起到达，这时第一个换行后面的字节还有用，不能丢掉！"
)
"""Lines are pieces of it: Chinese with a few words in ASCII and no spaces."""
SHORTEST, LONGEST = 6, 32
"""Characters of a line."""


class Stream(StreamGrader):
    SHORTEST_PAUSE = 0.25
    LONGEST_PAUSE = 2.0
    STALL = 3.0
    """Seconds without an answer after which one more line is sent, to see which one is answered next."""

    def script(self) -> Script[None]:
        yield from self.read_name()
        lengths = self.random.sample(range(SHORTEST, LONGEST + 1), 13)
        lines = [self._piece_of_text(length) for length in lengths]
        yield from self._whole(lines.pop())
        yield from self._cut(lines.pop(), inside=False)
        yield from self._cut(lines.pop(), inside=False)
        for _ in range(3):
            yield from self._cut(lines.pop(), inside=True)
        spare = lines.pop()
        yield from self._glued([lines.pop(), lines.pop()], spare)
        yield from self._glued([lines.pop(), lines.pop(), lines.pop()], spare)
        yield from self._last([lines.pop()])
        yield from self.read_close(more="answered-the-end")

    def _piece_of_text(self, length: int) -> str:
        """So many characters of the text, at least half of them of three bytes."""
        while True:
            start = self.random.randrange(len(TEXT) - length)
            text = TEXT[start : start + length]
            if len(text.encode()) >= 2 * length:
                return text

    # --- One line after the other ---

    def _whole(self, line: str) -> Script[None]:
        began = self.now
        self.send(line.encode() + b"\n")
        self._judge((yield from self._answer()), line)
        response = self.now - began
        self._pause = min(max(4 * response, self.SHORTEST_PAUSE), self.LONGEST_PAUSE)

    def _cut(self, line: str, inside: bool) -> Script[None]:
        """The line in two pieces: cut between two characters, or inside one."""
        data = line.encode() + b"\n"
        places = [at for at in range(3, len(data) - 3) if (data[at] & 0xC0 == 0x80) is inside]
        at = self.random.choice(places)
        self.send(data[:at])
        yield from self._see_whether_it_answers(data[:at], inside)
        self.send(data[at:])
        got = yield from self._answer(left="decoded-half-character" if inside else "left-early")
        if inside and got != str(len(line)):
            raise Failed("decoded-half-character", expected=len(line), got=got)
        if not inside and got == str(len(data[:at].decode())):
            # It took longer than the pause to answer the first piece.
            raise Failed("answered-after-first-recv", part=shown(data[:at]), got=got)
        self._judge(got, line)

    def _see_whether_it_answers(self, part: bytes, inside: bool) -> Script[None]:
        """Nothing is to be answered yet."""
        until = self.now + self._pause
        channel = self.channel()
        while self.now < until:
            if channel.data:
                raise Failed("answered-after-first-recv", part=shown(part), got=shown(bytes(channel.data)))
            if channel.over:
                raise Failed("decoded-half-character") if inside else Failed("left-early")
            yield until

    # --- Several lines in one piece ---

    def _glued(self, lines: list[str], spare: str) -> Script[None]:
        """All lines in one piece. If the program stops answering, it gets ``spare``: what it answers to that
        tells what became of the others."""
        self.send("".join(f"{line}\n" for line in lines).encode())
        got = yield from self._answer()
        if got != str(len(lines[0])):
            self._judge_together(got, lines)
            self._judge(got, lines[0])
        waiting = lines[1:]
        probed = False
        while waiting:
            if not (yield from self._stalls()):
                got = yield from self._answer()
                if probed and got == str(len(spare)) != str(len(waiting[0])):
                    raise Failed("dropped-behind-line-end", line=waiting[0])
                self._judge(got, waiting.pop(0))
            elif probed:
                raise Failed("one-line-for-each-recv", line=waiting[0])
            else:
                probed = True
                self.send(spare.encode() + b"\n")
                waiting.append(spare)

    def _stalls(self) -> Script[bool]:
        """Whether no line comes for `STALL` seconds."""
        channel = self.channel()
        end = self.now + self.STALL + self.lateness
        while b"\n" not in channel.data and not channel.over:
            if self.now >= end:
                return not channel.data
            yield end
        return False

    def _last(self, lines: list[str]) -> Script[None]:
        self.send("".join(f"{line}\n" for line in lines).encode())
        self.end_sending()
        for line in lines:
            self._judge((yield from self._answer(left="left-before-last-line")), line)

    # --- Judging an answer ---

    def _answer(self, left: str = "left-early") -> Script[str]:
        line = yield from self.read_line(self.PATIENCE, left=left)
        return line.decode("utf-8", "replace").strip()

    def _judge_together(self, got: str, lines: list[str]) -> None:
        for together in ("".join(lines), "\n".join(lines), "\n".join(lines) + "\n"):
            if got in (str(len(together)), str(len(together.encode()))):
                raise Failed("counted-several-lines-as-one", count=len(lines), got=got)

    def _judge(self, got: str, line: str) -> None:
        right, size = len(line), len(line.encode())
        if got == str(right):
            return
        if not (got.isascii() and got.isdigit()):
            raise Failed("not-a-number", got=got[:40])
        if got in (str(size), str(size + 1)):
            raise Failed("counted-bytes", line=line, expected=right, got=got)
        if got == str(right + 1):
            raise Failed("counted-line-end", line=line, expected=right, got=got)
        raise Failed("wrong-number", line=line, expected=right, got=got[:40])
