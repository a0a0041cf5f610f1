"""`Grader`: what grades one attempt. Events in, actions and a verdict out; it does no I/O.

A grader is a script: a generator that sends, waits for what comes and raises `Failed` where the program did
something else than the task asks. It yields the time until which it waits and is resumed by the next event or
at that time. Times are seconds since the attempt's beginning and come from outside (`Grader.advance`); chance
comes from the seed alone, so the same seed makes the same attempt.

A program is judged by the order of what happened wherever that is possible. Where only time can tell (a
program that says nothing), the limits are generous: a loaded PC must not fail a right program.
"""

from __future__ import annotations

import heapq
import unicodedata
from collections import deque
from random import Random
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    T = TypeVar("T")
    Script = Generator[float, None, T]

NAME_LENGTH = 40
"""Characters of a name that are kept."""
LINE_LIMIT = 4096
"""Bytes of a line that a program may send."""
BUFFER_LIMIT = 65_536
"""Bytes that may wait for the script."""
SHOWN_LENGTH = 72
"""Characters of what was sent or received that one line of the record shows."""
LONGEST_LATENESS = 5.0
"""Seconds: a PC that was asleep is not a slow one."""
LINES_KEPT = 20
LINES_TOLD = 1000
"""Lines of an attempt's record that are told as they come; of more only the last `LINES_KEPT` are known."""


# --- What happens, and what is to be done -----------------------------------------------------------------


class Connected(NamedTuple):
    """A connection is open: the program's own (channel 0), or one that `Connect` asked for."""

    channel: int = 0


class Refused(NamedTuple):
    """The connection that `Connect` asked for could not be opened. ``silent``: nothing answered."""

    channel: int = 0
    silent: bool = False


class Received(NamedTuple):
    """Bytes of a stream, or one datagram."""

    data: bytes
    channel: int = 0


class Ended(NamedTuple):
    """The program has ended its side of the stream (FIN); UDP: another program has its address."""

    channel: int = 0


class Broken(NamedTuple):
    """The connection was reset, or is otherwise gone."""

    channel: int = 0


class Door(NamedTuple):
    """``kinds``: the words that are right for it; more than one where a firewall may turn one into the
    other."""

    host: str
    port: int
    kinds: tuple[str, ...]


class DoorsOpened(NamedTuple):
    doors: tuple[Door, ...]


class Released(NamedTuple):
    """Somebody at this PC wants the attempt to end."""


class Send(NamedTuple):
    data: bytes
    channel: int = 0


class EndSending(NamedTuple):
    """Close the writing side (FIN), once all is sent."""

    channel: int = 0


class Close(NamedTuple):
    channel: int = 0


class Connect(NamedTuple):
    channel: int


class OpenDoors(NamedTuple):
    """Doors of these kinds ("open", "refused", "silent", "udp"); `DoorsOpened` tells which there are."""

    kinds: tuple[str, ...]


class Line(NamedTuple):
    """``direction``: "in", "out", or "note" with a key of `net.lab.tasks.verdicts.NOTES` as its text, which a
    blank and a value may follow."""

    t: float
    direction: str
    text: str


class Verdict(NamedTuple):
    """``code``: "" if passed, else a key of `net.lab.tasks.verdicts.VERDICTS`. ``values``: of its sentence;
    if passed, what was measured (nothing in most tasks)."""

    passed: bool
    code: str = ""
    values: Mapping[str, str] = MappingProxyType({})


class Failed(Exception):
    """The program did something else than the task asks."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = {name: printable(str(value)) for name, value in values.items()}


class Channel:
    """What has come on one connection, or from one UDP address, and is not taken yet."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.datagrams: deque[bytes] = deque()
        self.connected = False
        self.refused = False
        self.silent = False
        self.ended = False
        self.broken = False
        self.last_received = 0.0

    @property
    def over(self) -> bool:
        """Nothing more will come."""
        return self.ended or self.broken


# --- Text that others wrote -------------------------------------------------------------------------------


def decoded(data: bytes) -> str:
    """Text in UTF-8, else in GB18030 (which Windows in Chinese uses), else with its bytes as escapes."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8", "backslashreplace")


def clean_name(data: bytes) -> str:
    """A program's name for itself, safe to show: one line without control characters, at most `NAME_LENGTH`
    characters and two combining marks in a row; "?" if nothing is left."""
    kept: list[str] = []
    marks = 0
    for character in decoded(data[: 4 * NAME_LENGTH]):
        kind = unicodedata.category(character)[0]
        marks = marks + 1 if kind == "M" else 0
        if kind == "Z" or character == "\t":
            kept.append(" ")
        elif kind != "C" and marks <= 2:
            kept.append(character)
    return " ".join("".join(kept).split())[:NAME_LENGTH].strip() or "?"


def printable(text: str) -> str:
    """Line ends, control characters and what else can't be seen as escapes."""
    return "".join(
        character
        if character == " " or unicodedata.category(character)[0] not in "CZ"
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def shown(data: bytes) -> str:
    """Bytes as a line of the record: text, with escapes for line ends, control characters and bytes that are
    no UTF-8; at most `SHOWN_LENGTH` characters, with the number of bytes if some are left out."""
    text = data[: 4 * SHOWN_LENGTH].decode("utf-8", "backslashreplace")
    cut = len(text) > SHOWN_LENGTH or len(data) > 4 * SHOWN_LENGTH
    return printable(text[:SHOWN_LENGTH]) + (f" … ({len(data)} B)" if cut else "")


def address_text(address: Any) -> str:
    """``host:port`` of a socket's address, brackets around IPv6."""
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


# --- The grader -------------------------------------------------------------------------------------------


class Grader:
    """One attempt at a task. A task overrides `script`.

    `advance` is called with each event, and without one when the time `wake` has come. After it the caller
    takes ``actions`` and ``lines`` (`take_actions`, `take_lines`) and looks at ``verdict``, which is final.
    """

    PATIENCE = 30.0
    """Seconds a program may say nothing when it is its turn."""
    LINE_END_PATIENCE = 5.0
    """Seconds between the last byte and the line end that must follow."""
    CLOSE_PATIENCE = 10.0
    """Seconds until a program that has nothing left to do closes."""
    LIFETIME = 1800.0
    """Seconds an attempt may take at most."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.who = ""
        self.verdict: Verdict | None = None
        self.figures: dict[str, str] = {}  # what is told when it is passed
        self.now = 0.0
        self.lateness = 0.0  # the longest time that this PC was late to wake us, in seconds
        self.last_lines: deque[Line] = deque(maxlen=LINES_KEPT)
        self._actions: list[Any] = []
        self._lines: list[Line] = []
        self._recorded = 0
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._planned = 0
        self._events = 0
        self._channels: dict[int, Channel] = {}
        self._deadline = 0.0
        self._script: Script[None] = self.script()

    def script(self) -> Script[None]:
        """What the task does; returning means passed. Raises `Failed`."""
        raise NotImplementedError

    # --- For the caller ---

    def advance(self, now: float, event: Any = None) -> None:
        """``event`` happened at ``now``, or the time to wake has come."""
        if self.verdict is not None:
            return
        self.now = max(self.now, now)
        try:
            if event is not None:
                self._take(event)
            elif self.wake is not None:
                self.lateness = min(max(self.lateness, self.now - self.wake), LONGEST_LATENESS)
            self._resume(happened=event is not None)
            while self._agenda and self._agenda[0][0] <= self.now:
                heapq.heappop(self._agenda)[2]()
            if any(len(each.data) > BUFFER_LIMIT for each in self._channels.values()):
                raise Failed("sent-too-much", limit=BUFFER_LIMIT)
            if self.now > self.LIFETIME:
                raise Failed("took-too-long", seconds=int(self.LIFETIME))
        except StopIteration:
            self.verdict = Verdict(True, "", self.figures)
        except Failed as failed:
            self.verdict = Verdict(False, failed.code, failed.values)

    @property
    def wake(self) -> float | None:
        """When to call `advance` without an event; None once there is a verdict."""
        if self.verdict is not None:
            return None
        return min(self._deadline, self._agenda[0][0]) if self._agenda else self._deadline

    def take_actions(self) -> list[Any]:
        actions, self._actions = self._actions, []
        return actions

    def take_lines(self) -> list[Line]:
        lines, self._lines = self._lines, []
        return lines

    # --- For the script: doing ---

    def send(self, data: bytes, channel: int = 0) -> None:
        self.act(Send(data, channel))
        self.record("out", shown(data))

    def send_later(self, seconds: float, data: bytes) -> None:
        self.later(seconds, lambda: self.send(data))

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        self._planned += 1
        heapq.heappush(self._agenda, (self.now + seconds, self._planned, action))

    def act(self, action: Any) -> None:
        self._actions.append(action)

    def record(self, direction: str, text: str) -> None:
        line = Line(round(self.now, 3), direction, text)
        self._recorded += 1
        if self._recorded <= LINES_TOLD:
            self._lines.append(line)
        self.last_lines.append(line)

    def end_sending(self, channel: int = 0) -> None:
        self.act(EndSending(channel))
        self.record("note", "we-ended")

    def channel(self, number: int = 0) -> Channel:
        return self._channels.setdefault(number, Channel())

    # --- For the script: waiting ---

    def wait(self, seconds: float) -> Script[bool]:
        """Until something happens: True. False when ``seconds`` have passed without."""
        return (yield from self.wait_until(self.now + seconds))

    def wait_until(self, time: float) -> Script[bool]:
        before = self._events
        while self._events == before and self.now < time:
            yield time
        return self._events != before

    # --- Inside ---

    def _resume(self, happened: bool) -> None:
        while happened or self.now >= self._deadline:
            happened = False
            self._deadline = next(self._script)

    def _take(self, event: Any) -> None:
        self._events += 1
        if isinstance(event, Released):
            raise Failed("released")
        if isinstance(event, DoorsOpened):
            self.doors_opened(event.doors)
            return
        channel = self.channel(event.channel)
        if isinstance(event, Received):
            channel.last_received = self.now
            self.record("in", shown(event.data))
            self.received(channel, event.data)
        elif isinstance(event, Connected):
            channel.connected = True
            self.record("note", "connected")
        elif isinstance(event, Refused):
            channel.refused, channel.silent = True, event.silent
            self.record("note", "no-answer" if event.silent else "refused")
        elif isinstance(event, Ended):
            channel.ended = True
            self.record("note", "ended")
        else:
            channel.broken = True
            self.record("note", "reset")

    def received(self, channel: Channel, data: bytes) -> None:
        channel.data += data

    def doors_opened(self, doors: tuple[Door, ...]) -> None:
        """Overridden by the one task that opens doors."""


class StreamGrader(Grader):
    """For a program that connects and talks lines over channel 0."""

    def read_name(self) -> Script[bytes]:
        """The first line, as it was sent; ``who`` is set to it."""
        line = yield from self.read_line(self.PATIENCE, silent="no-name", what="name")
        if not line:
            raise Failed("name-empty")
        self.who = clean_name(line)
        return line

    def read_line(
        self, patience: float, *, silent: str = "no-answer", left: str = "left-early", what: str = "answer"
    ) -> Script[bytes]:
        """The next line that the program sends, without its line end (also ``\\r\\n``).

        Raises `Failed`: ``silent`` if nothing comes for ``patience`` seconds, ``left`` if the program has
        gone; "no-line-end", with ``what`` it lacks.
        """
        channel = self.channel()
        end = self.now + patience
        while b"\n" not in channel.data:
            unfinished = bool(channel.data)
            if len(channel.data) > LINE_LIMIT:
                raise Failed("line-too-long", limit=LINE_LIMIT)
            if channel.over:
                raise Failed("no-line-end", what=what) if unfinished else Failed(left)
            until = channel.last_received + self.LINE_END_PATIENCE + self.lateness if unfinished else end
            if self.now >= until:
                raise Failed("no-line-end", what=what) if unfinished else Failed(silent)
            yield until
        line, _, rest = bytes(channel.data).partition(b"\n")
        channel.data[:] = rest
        return line[:-1] if line.endswith(b"\r") else line

    def read_close(self, more: str) -> Script[None]:
        """Until the program closes. Raises `Failed`: ``more`` if it sends instead, "did-not-close"."""
        channel = self.channel()
        end = self.now + self.CLOSE_PATIENCE
        while not channel.over:
            if channel.data:
                raise Failed(more, text=shown(bytes(channel.data)))
            if self.now >= end:
                raise Failed("did-not-close")
            yield end
        if channel.data:
            raise Failed(more, text=shown(bytes(channel.data)))


class DatagramGrader(Grader):
    """For a program that sends datagrams from one address."""

    DATAGRAM_LIMIT = 20_000
    """Datagrams that one attempt may send."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.count = 0

    def received(self, channel: Channel, data: bytes) -> None:
        self.count += 1
        if self.count > self.DATAGRAM_LIMIT:
            raise Failed("sent-too-much", limit=self.DATAGRAM_LIMIT)
        channel.datagrams.append(data)

    def begins_anew(self, data: bytes) -> bool:
        """Whether this can only be the first datagram of another program: addresses are given to the next
        one soon after a program has ended. Also asked when there is a verdict."""
        raise NotImplementedError

    def read_datagram(self, until: float) -> Script[bytes | None]:
        """The next datagram, without a line end; None if none comes until then, or the program has gone."""
        channel = self.channel()
        while not channel.datagrams:
            if channel.over or self.now >= until:
                return None
            yield until
        return channel.datagrams.popleft().rstrip(b"\r\n")
