"""Where a program stands after the first so many events of a recording. No widget here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from net.lab.recording import (
    Call,
    Ended,
    Facts,
    Header,
    Measured,
    Printed,
    ProgramText,
    RecordedEvent,
    Released,
    Returned,
    Started,
    Typed,
)

State = Literal["not-started", "held", "inside", "runs", "ended", "failed", "stopped", "many"]


@dataclass(frozen=True, slots=True)
class Standing:
    """``line``: of the source, from 1, 0 if no line is known; ``call``: the last call's name; ``names``: the
    local names worth showing. "held" is before ``line``, "inside" in its call, which has not come back;
    "failed": it ended with an error in ``line``; "ended" and "stopped": ``line`` is that of its last
    call; "many": it is run many times."""

    state: State
    line: int = 0
    call: str = ""
    names: Mapping[str, str] = field(default_factory=dict)


class Line(NamedTuple):
    """A line that a program wrote (``kind`` "out" or "error") or was given ("typed")."""

    kind: Literal["out", "error", "typed"]
    text: str


EACH_SECOND = frozenset({"useful", "offered", "delivered", "queue-full", "queued"})
"""Figures of a narrow road that are measured again and again: after its first second there is one of each."""


def standing(events: Sequence[RecordedEvent], count: int, who: str) -> Standing:
    """Found from the end backwards: a recording may be long, and the last call is near."""
    over: set[int] = set()
    released: set[int] = set()
    over_with: Literal["ended", "failed", "stopped"] | None = None
    errors: list[str] = []
    for index in range(min(count, len(events)) - 1, -1, -1):
        event = events[index]
        if isinstance(event, Ended) and event.who == who:
            over_with = "stopped" if event.stopped else "failed" if event.code else "ended"
        elif isinstance(event, Printed) and event.who == who and event.error:
            errors.append(event.text)
        if isinstance(event, Returned) and event.who == who:
            over.add(event.n)
        elif isinstance(event, Released) and event.who == who:
            released.add(event.n)
        elif isinstance(event, Call) and event.who == who:
            if over_with is not None:
                if over_with == "failed":
                    line = _line_of_error(errors, _file_of(events, who)) or event.line
                    return Standing("failed", line, event.name, event.names)
                return Standing(over_with, event.line, event.name)
            state: State = "runs" if event.n in over else "inside" if event.n in released else "held"
            return Standing(state, event.line, event.name, event.names)
        elif isinstance(event, Started) and event.who == who:
            line = _line_of_error(errors, _file_of(events, who)) if over_with == "failed" else 0
            return Standing(over_with or "runs", line)
    return Standing("not-started")


def _file_of(events: Sequence[RecordedEvent], who: str) -> str:
    """The name of a program's file, "" if the recording has no header."""
    header = events[0]
    known = program_text(header.programs, who) if isinstance(header, Header) else None
    return known.file.rpartition("/")[2] if known is not None else ""


def _line_of_error(errors: Sequence[str], file: str) -> int:
    """The innermost line of its own file that Python's traceback names, 0 if there is none. ``errors``: what
    the program wrote to its standard error, the newest first."""
    written = "".join(reversed(errors))
    named = re.findall(r'^\s*File "(?:[^"\n]*[/\\])?([^"/\\\n]+)", line (\d+)', written, re.MULTILINE)
    return next((int(line) for name, line in reversed(named) if name == file), 0)


def waits_for_line(events: Sequence[RecordedEvent], count: int, who: str) -> bool:
    """Whether it is inside input()."""
    now = standing(events, count, who)
    return now.state == "inside" and now.call == "input"


def console(events: Sequence[RecordedEvent], count: int, who: str, most: int) -> list[Line]:
    """The last ``most`` lines that it wrote or was given, the newest last."""
    pieces: list[Line] = []
    breaks = 0
    for index in range(min(count, len(events)) - 1, -1, -1):
        event = events[index]
        if isinstance(event, Printed) and event.who == who:
            pieces.append(Line("error" if event.error else "out", event.text))
            breaks += event.text.count("\n")
        elif isinstance(event, Typed) and event.who == who:
            pieces.append(Line("typed", event.text + "\n"))
            breaks += 1
        if breaks > most:
            break
    lines: list[Line] = []
    ended = True
    for kind, written in reversed(pieces):
        for part in written.splitlines(keepends=True):
            text = part.rstrip("\r\n")
            if ended or not lines:
                lines.append(Line(kind, text))
            else:  # a prompt and what was typed after it stand on one line
                lines[-1] = Line(lines[-1].kind, lines[-1].text + text)
            ended = part.endswith("\n")
    return lines[-most:]


def latest_fact(
    events: Sequence[RecordedEvent], count: int, who: str, field: str
) -> int | float | str | None:
    """What the kernel last told about this program's sockets; None if it has not, or does not on this
    system."""
    for index in range(min(count, len(events)) - 1, -1, -1):
        event = events[index]
        if isinstance(event, Facts) and event.who == who:
            value: int | float | str | None = getattr(event, field)
            if value is not None:
                return value
    return None


def measured(events: Sequence[RecordedEvent], count: int) -> list[Measured]:
    """The figures so far that were measured once: results, not what went on meanwhile, of which the totals
    follow ("X-total")."""
    found: dict[str, list[Measured]] = {}
    for event in events[:count]:
        if isinstance(event, Measured):
            found.setdefault(event.name, []).append(event)
    return [points[0] for name, points in found.items() if len(points) == 1 and name not in EACH_SECOND]


def program_text(programs: Sequence[ProgramText], who: str) -> ProgramText | None:
    """The program called ``who``; of several copies ("NAME-1") the one that was named without a number."""
    for program in programs:
        if program.name == who:
            return program
    return next((program for program in programs if program.name.rpartition("-")[0] == who), None)
