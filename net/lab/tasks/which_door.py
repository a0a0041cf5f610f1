"""`which-door`: of five addresses find out which is open, which refuses, which is silent and which is UDP.

The program connects, sends its name, and gets five lines `HOST:PORT` and an empty line. It sends one line
for each, in any order: `HOST:PORT WORD`, where WORD is `open` (a TCP connection is accepted), `refused`
(nobody lives there), `silent` (no answer at all within three seconds) or `udp` (TCP is refused, and a
datagram gets an answer). Then it gets `ok` and closes.

Which doors there are is what this PC can make: a silent one needs a system that does not answer when a
listener's queue is full, or an address where nobody is (`net.lab.tasks.doors`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from net.lab.tasks.grading import Failed, OpenDoors, StreamGrader, address_text

if TYPE_CHECKING:
    from net.lab.tasks.grading import Door, Script

WORDS = ("open", "refused", "silent", "udp")
MISTAKES = {
    ("silent", "refused"): "silence-is-not-refusal",
    ("refused", "silent"): "refusal-is-not-silence",
    ("udp", "refused"): "udp-door-missed",
    ("udp", "silent"): "udp-door-missed",
    ("open", "refused"): "open-door-missed",
    ("open", "silent"): "open-door-missed",
    ("open", "udp"): "open-door-missed",
    ("refused", "open"): "no-door-there",
    ("silent", "open"): "no-door-there",
    ("udp", "open"): "udp-is-not-open",
    ("refused", "udp"): "no-door-there",
    ("silent", "udp"): "no-door-there",
}
"""(what the door is, what was said) -> code."""


class WhichDoor(StreamGrader):
    PATIENCE = 60.0
    """Five doors, one after the other, with patience for each."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._doors: tuple[Door, ...] = ()
        self._opened = False

    def script(self) -> Script[None]:
        yield from self.read_name()
        kinds = [*WORDS, self.random.choice(WORDS)]
        self.random.shuffle(kinds)
        self.act(OpenDoors(tuple(kinds)))
        while not self._opened:
            if self.channel().over:
                raise Failed("left-early")
            if not (yield from self.wait(self.PATIENCE)):
                raise Failed("took-too-long", seconds=int(self.PATIENCE))
        doors = {address_text((door.host, door.port)): door for door in self._doors}
        self.send("".join(f"{name}\n" for name in doors).encode() + b"\n")
        said: dict[str, str] = {}
        while len(said) < len(doors):
            line = yield from self.read_line(self.PATIENCE, silent="stuck-at-a-door", left="doors-missing")
            name, _, word = line.decode("utf-8", "replace").strip().rpartition(" ")
            name = name.strip()
            if name not in doors:
                raise Failed("not-a-door", got=line.decode("utf-8", "replace")[:60])
            if word not in WORDS:
                raise Failed("not-a-word", got=word[:40])
            if name in said:
                raise Failed("door-named-twice", door=name)
            said[name] = word
        for name, door in doors.items():
            if said[name] not in door.kinds:
                code = MISTAKES[door.kinds[0], said[name]]
                raise Failed(code, door=name, got=said[name], expected=door.kinds[0])
        self.send(b"ok\n")
        yield from self.read_close(more="said-too-much")

    def doors_opened(self, doors: tuple[Door, ...]) -> None:
        self._doors, self._opened = doors, True
