"""The grammar of a schedule's moves, as `net.lab.lesson` describes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

MoveKind = Literal[
    "starts", "before", "in", "after", "unread", "state", "types", "ends", "runs", "pass",
    "all run", "all end", "stop",
]  # fmt: skip

CALLS = (
    "socket", "bind", "listen", "accept", "connect", "connect_ex", "send", "sendall", "sendto", "sendmsg",
    "recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "shutdown", "close", "setsockopt",
    "input", "sleep", "select",
)  # fmt: skip
"""The calls that the hook holds. ``select`` stands for every wait for several sockets."""

STATES = (
    "LISTEN", "SYN_SENT", "SYN_RECEIVED", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSE_WAIT", "CLOSING",
    "LAST_ACK", "TIME_WAIT", "CLOSED",
)  # fmt: skip


class MoveError(ValueError):
    """A text that is no move. ``str(error)`` says why, in English: lessons are written by developers."""


@dataclass(frozen=True, slots=True)
class Move:
    """``who``: "" for those of all programs. ``call`` and ``count``: the ``count``-th call of this name.
    ``number``: bytes (unread) or seconds (pass). ``text``: what is typed, or the state's name."""

    kind: MoveKind
    who: str = ""
    call: str = ""
    count: int = 1
    number: float = 0
    text: str = ""


_WHO = r"(?P<who>[A-Za-z][\w-]*)"
_PATTERNS: tuple[tuple[MoveKind, str], ...] = (
    ("all run", r"all run"),
    ("all end", r"all end"),
    ("stop", rf"stop {_WHO}"),
    ("pass", r"(?P<number>\d+(\.\d+)?) seconds? pass"),
    ("before", rf"{_WHO} before (?P<call>\w+)( (?P<count>\d+))?"),
    ("in", rf"{_WHO} in (?P<call>\w+)( (?P<count>\d+))?"),
    ("after", rf"{_WHO} after (?P<call>\w+)( (?P<count>\d+))?"),
    ("unread", rf"{_WHO} unread (?P<number>\d+)"),
    ("state", rf"{_WHO} state (?P<text>\w+)"),
    ("types", rf"{_WHO} types( (?P<text>.*))?"),
    ("starts", rf"{_WHO} starts"),
    ("ends", rf"{_WHO} ends"),
    ("runs", rf"{_WHO} runs"),
)


def parse_move(text: str) -> Move:
    """Raises `MoveError`, also for a call that the hook does not hold and a state that TCP does not have."""
    for kind, pattern in _PATTERNS:
        found = re.fullmatch(pattern, text)
        if found is None:
            continue
        values = found.groupdict()
        call, state = values.get("call") or "", values.get("text") or ""
        if call and call not in CALLS:
            raise MoveError(f"{text!r}: no call is named {call!r}")
        if kind == "state" and state not in STATES:
            raise MoveError(f"{text!r}: no state of TCP is named {state!r}")
        count = int(values.get("count") or 1)
        if count < 1:
            raise MoveError(f"{text!r}: calls are counted from 1")
        return Move(
            kind,
            who=values.get("who") or "",
            call=call,
            count=count,
            number=float(values.get("number") or 0),
            text=state,
        )
    raise MoveError(f"{text!r} is no move")
