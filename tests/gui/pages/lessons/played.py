"""A run of the lesson "stream" as the lab would report it, written down by hand."""

from __future__ import annotations

from collections.abc import Sequence

from net.events import Event
from net.lab.commands import MakeMoves, RunMany, StartRun
from net.lab.events import MovesMade, OutcomesCounted, RunEnded, RunGrew
from net.lab.lesson import Scene
from net.lab.lesson_files import lesson_file
from net.lab.recording import (
    Call,
    Facts,
    Header,
    Measured,
    Printed,
    ProgramText,
    RecordedEvent,
    Released,
    Returned,
    Started,
    Step,
)

SENDS = (b"AAA", b"BB", b"C")
NAMES = {"who": "('127.0.0.1', 50000)"}


def header(lesson: str, scene: Scene) -> Header:
    """As the lab writes it: with the text of each program."""
    programs = tuple(
        ProgramText(each.name, each.file, lesson_file(lesson, each.file).read_text("utf-8"), each.side)
        for each in scene.programs
    )
    return Header(0.0, lesson=lesson, scene=scene.name, programs=programs)


def _send(t: float, n: int, line: int, data: bytes) -> Call:
    """Held before it."""
    shown, size = repr(data), len(data)
    return Call(t, n, "client", "send", 0, 1, "tcp", "client.py", line, shown, data, size)


def connected() -> list[RecordedEvent]:
    """Both programs up to the client's first send: it is held there."""
    return [
        Started(0.01, "server", 4711),
        Call(0.02, 1, "server", "listen", 0, 1, "tcp", "server.py", 6),
        Released(0.03, 1, "server"),
        Returned(0.04, 1, "server", local="127.0.0.1:12345"),
        Call(0.05, 2, "server", "accept", 0, 1, "tcp", "server.py", 7),
        Released(0.06, 2, "server"),
        Started(0.20, "client", 4712),
        Call(0.30, 3, "client", "connect", 0, 1, "tcp", "client.py", 5, address="127.0.0.1:12345"),
        Released(0.31, 3, "client"),
        Returned(0.32, 3, "client", 0.0002, local="127.0.0.1:50000", remote="127.0.0.1:12345"),
        Returned(0.33, 2, "server", 0.27, made=2, local="127.0.0.1:12345", remote="127.0.0.1:50000"),
        _send(0.40, 4, 6, b"AAA"),
        Call(0.41, 5, "server", "recv", 0, 2, "tcp", "server.py", 9, "100", names=NAMES),
    ]


def sent() -> list[RecordedEvent]:
    """Three sends; six bytes wait."""
    events: list[RecordedEvent] = []
    numbers = (4, 6, 7)
    for turn, data in enumerate(SENDS):
        t, n = 0.5 + turn / 10, numbers[turn]
        if turn:
            events.append(_send(t - 0.02, n, 6 + turn, data))
        events += [
            Released(t, n, "client"),
            Returned(t + 0.01, n, "client", 0.00002, value=str(len(data)), size=len(data)),
            Facts(t + 0.02, "server", 2, state="ESTABLISHED", unread=sum(map(len, SENDS[: turn + 1]))),
        ]
    return events


def received() -> list[RecordedEvent]:
    """One recv takes them all."""
    return [
        Released(1.0, 5, "server"),
        Returned(1.01, 5, "server", 0.00001, value="b'AAABBC'", data=b"AAABBC", size=6),
        Printed(1.02, "server", "b'AAABBC'\n"),
        Facts(1.03, "server", 2, state="ESTABLISHED", unread=0),
    ]


def figures() -> list[RecordedEvent]:
    """The table of lesson 17."""
    return [
        Measured(1.0, "tcp-arrived", 100.0, "percent"),
        Measured(1.0, "udp-arrived", 56.0, "percent"),
        Measured(1.1, "tcp-round-trip", 38.0, "us"),
        Measured(1.1, "udp-round-trip", 51.0, "us"),
        Measured(1.2, "tcp-first-answer", 384.0, "us"),
    ]


def answer(command: object, step_events: Sequence[RecordedEvent]) -> list[Event]:
    """What the lab reports of a command, with these events for its moves."""
    if isinstance(command, StartRun) and command.scene is not None:
        return [RunGrew(command.run, (header(command.lesson, command.scene),))]
    if isinstance(command, MakeMoves):
        recorded = (*step_events, Step(2.0, command.step))
        return [RunGrew(command.run, recorded), MovesMade(command.run, command.step, True)]
    if isinstance(command, RunMany):
        outcomes = (("b'AAABBC'", 67), ("b'AAA' b'BBC'", 25), ("b'AAA' b'BB' b'C'", 8))
        counted = OutcomesCounted(command.run, command.times, command.times, outcomes)
        return [counted, RunEnded(command.run)]
    return []
