"""Recordings as files: one JSON line for each event (`net.lab.recording`), UTF-8.

A file may have been cut off, edited by hand, written by a newer Duplex or by somebody who means harm. What
can be read is given, with what is wrong as a code and a line number; names and texts are cleaned of control
characters and cut to a length that a picture can show.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, cast

import msgspec

from net.lab.recording import (
    DATA_LIMIT,
    VERSION,
    Done,
    Header,
    ProgramText,
    RecordedEvent,
)
from net.protocol.codec import clean_text
from net.storage.exporting import part_of

MOST_BYTES = 256 * 1024 * 1024
MOST_EVENTS = 500_000
LONGEST_LINE = 4 * DATA_LIMIT + 1_100_000
"""Bytes of a line: a call's data and a program's source fit."""
LONGEST_TEXT = 20_000
LONGEST_SOURCE = 1_000_000
LONGEST_NAME = 80
MOST_PROGRAMS = 100
MOST_VALUES = 100
LARGEST = 1 << 53
"""Counts and sizes that are larger, or negative, are no event's."""
MAY_BE_NEGATIVE = {"code", "errno"}
"""An exit code (the signal), and the error of a name that was not found (getaddrinfo)."""
LATEST_TIME = 10_000_000.0
"""Seconds: what is later, or before the beginning, is no time of a run."""

DamageCode = Literal["newer", "damaged-line", "cut-off", "too-large", "not-a-recording"]

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(RecordedEvent)


@dataclass(frozen=True, slots=True)
class Damage:
    """Something wrong with a file. ``line``: the first line that has it, from 1. ``count``: how many do.

    newer: written by a newer version; what this one does not know is left out. damaged-line: lines that are
    no event are left out. cut-off: the end is missing. too-large: more is not read. not-a-recording: nothing
    was read.
    """

    code: DamageCode
    line: int = 0
    count: int = 1


@dataclass(frozen=True, slots=True)
class ReadRecording:
    """``events``: begins with the header; empty if the file is no recording. ``damage``: the gravest
    first."""

    events: tuple[RecordedEvent, ...]
    damage: tuple[Damage, ...] = ()


def recording_line(event: RecordedEvent) -> bytes:
    """One event as a line, with its line end."""
    return _encoder.encode(event) + b"\n"


def write_recording(path: Path, events: Iterable[RecordedEvent]) -> None:
    """Write a recording: the file is complete or not there. Raises OSError."""
    with part_of(path) as part, open(part, "wb") as file:
        for event in events:
            file.write(recording_line(event))


def read_recording(path: Path) -> ReadRecording:
    """Read a recording, or what of it can be read. Raises OSError."""
    with open(path, "rb") as file:
        return decode_recording(file)


def decode_recording(file: BinaryIO) -> ReadRecording:
    """`read_recording` of an open file."""
    header = _header(file.readline(LONGEST_LINE + 1))
    if header is None:
        return ReadRecording((), (Damage("not-a-recording", 1),))
    events: list[RecordedEvent] = [header]
    damage = [Damage("newer", 1)] if header.version > VERSION else []
    names = {program.name for program in header.programs}
    size = bad = first_bad = number = 0
    too_large = 0
    for number, line in enumerate(_lines(file), start=2):
        size += len(line)
        if size > MOST_BYTES or len(events) >= MOST_EVENTS:
            too_large = number
            break
        if not line.strip():
            continue
        event = _event(line, names)
        if event is None:
            bad += 1
            first_bad = first_bad or number
        else:
            events.append(event)
    whole = isinstance(events[-1], Done)
    if bad == 1 and first_bad == number and not whole:
        # The last line is only a piece of one.
        bad = 0
    if bad and header.version <= VERSION:
        damage.append(Damage("damaged-line", first_bad, bad))
    if too_large:
        damage.append(Damage("too-large", too_large))
    elif not whole:
        damage.append(Damage("cut-off", number or 1))
    return ReadRecording(tuple(events), tuple(damage))


def _lines(file: BinaryIO) -> Iterable[bytes]:
    """The lines of a file; of one that is too long only its beginning, which is no event."""
    while line := file.readline(LONGEST_LINE):
        yield line
        while line and not line.endswith(b"\n"):
            line = file.readline(LONGEST_LINE)


def _header(line: bytes) -> Header | None:
    try:
        event = _decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(event, Header) or len(event.programs) > MOST_PROGRAMS:
        return None
    programs: list[ProgramText] = []
    for program in event.programs:
        name = _clean(program.name, LONGEST_NAME) or "?"
        if name in (other.name for other in programs):
            return None
        text = program.text[:LONGEST_SOURCE]
        file = _clean(program.file, LONGEST_TEXT)
        programs.append(ProgramText(name=name, file=file, text=text, side=1 if program.side else 0))
    return msgspec.structs.replace(
        event,
        t=0.0,
        programs=tuple(programs),
        lesson=_clean(event.lesson, LONGEST_NAME),
        scene=_clean(event.scene, LONGEST_NAME),
    )


def _event(line: bytes, names: set[str]) -> RecordedEvent | None:
    """The event on a line; None if it is none of this recording."""
    try:
        event = _decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if isinstance(event, Header) or not 0.0 <= event.t <= LATEST_TIME:
        return None
    changes: dict[str, object] = {}
    for field in event.__struct_fields__:
        value = getattr(event, field)
        if isinstance(value, str):
            cleaned = _clean(value, LONGEST_NAME if field in ("who", "name") else LONGEST_TEXT)
            if cleaned != value:
                changes[field] = cleaned
        elif isinstance(value, dict):
            pairs = list(value.items())[:MOST_VALUES]
            changes[field] = {_clean(key, LONGEST_NAME): _clean(text, LONGEST_TEXT) for key, text in pairs}
        elif isinstance(value, int) and not isinstance(value, bool):
            least = -LARGEST if field in MAY_BE_NEGATIVE else 0
            if not least <= value <= LARGEST:
                return None
    cleaned_event = msgspec.structs.replace(event, **changes) if changes else event
    who = getattr(cleaned_event, "who", "")
    if who and who not in names:
        return None
    return cast("RecordedEvent", cleaned_event)


def _clean(text: str, limit: int) -> str:
    """``text`` without what no program writes into a name, at most ``limit`` characters. Line ends and tabs
    stay."""
    if len(text) > limit:
        text = text[:limit]
    return text if text.isprintable() else clean_text(text)
