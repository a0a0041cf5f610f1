"""What "run it many times" counts: the outcome of one run, from its recording."""

from __future__ import annotations

import re
from collections.abc import Sequence

from net.lab.lesson import FIRST_CLOSE
from net.lab.recording import Call, Ended, Printed, RecordedEvent, Returned

SHOWN = 120
"""Characters of an outcome."""


class OutcomeError(ValueError):
    """A text that is no outcome; for whoever writes a lesson."""


def check_outcome(text: str) -> None:
    """Raises `OutcomeError` unless it is in the grammar that `net.lab.lesson.Scene` describes."""
    if text != FIRST_CLOSE and not re.fullmatch(r"[A-Za-z][\w-]* \w+", text):
        raise OutcomeError(f"{text!r} is no outcome")


def outcome_of(text: str, events: Sequence[RecordedEvent]) -> str:
    """The outcome of a run as a histogram shows it. Raises `OutcomeError`."""
    check_outcome(text)
    if text == FIRST_CLOSE:
        return _first_close(events)
    who, what = text.split(" ")
    if what == "prints":
        printed = "".join(event.text for event in events if isinstance(event, Printed) and event.who == who)
        return printed.strip()[:SHOWN]
    if what == "ends":
        codes = [str(event.code) for event in events if isinstance(event, Ended) and event.who == who]
        return codes[0] if codes else "-"
    return _returned(who, what, events)


def _returned(who: str, name: str, events: Sequence[RecordedEvent]) -> str:
    """What each call of this name returned. The empty bytes at the end of a stream are no piece of it."""
    calls = {
        event.n for event in events if isinstance(event, Call) and (event.who, event.name) == (who, name)
    }
    pieces = []
    for event in events:
        if not isinstance(event, Returned) or event.n not in calls:
            continue
        if event.error:
            pieces.append(event.error)
        elif name.startswith("recv"):
            if event.size:
                pieces.append(repr(event.data))
        else:
            pieces.append(event.value)
    return " ".join(pieces)[:SHOWN] or "-"


def _first_close(events: Sequence[RecordedEvent]) -> str:
    """The program whose kernel was first told that it sends no more: by close() or shutdown() of a TCP
    connection, or by the end of its process. "-": nobody."""
    connected: set[tuple[str, int]] = set()
    listens: set[tuple[str, int]] = set()
    calls: dict[int, Call] = {}
    for event in events:
        if isinstance(event, Call):
            calls[event.n] = event
            key = (event.who, event.socket)
            if (
                event.name in ("close", "shutdown")
                and event.transport == "tcp"
                and key in connected - listens
            ):
                return event.who
        elif isinstance(event, Returned) and not event.error:
            call = calls.get(event.n)
            if call is None:
                continue
            if call.name == "accept":
                connected.add((event.who, event.made))
            elif call.name in ("connect", "connect_ex"):
                connected.add((event.who, call.socket))
            elif call.name == "listen":
                listens.add((event.who, call.socket))
        elif isinstance(event, Ended) and any(who == event.who for who, _socket in connected):
            return event.who
    return "-"
