"""What was so after an event: of programs and of sockets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from net.lab.picture.rows import Piece, SocketKey
from net.lab.recording import Facts

ProgramPhase = Literal["absent", "runs", "held", "calls", "ended"]
"""``held``: before call ``n``, which it has not made; ``calls``: in call ``n``, which has not come back."""


@dataclass(frozen=True, slots=True)
class ProgramState:
    """``since``: seconds; ``name``, ``arguments``, ``line``: of the call it is held before, or in. ``code``:
    after its end. ``row``: the row of the call it is in, -1 if none."""

    phase: ProgramPhase
    since: float
    n: int = 0
    name: str = ""
    arguments: str = ""
    line: int = 0
    socket: int = 0
    code: int = 0
    row: int = -1


@dataclass(frozen=True, slots=True)
class SocketState:
    """``received``: what its receive buffer holds, first byte first. ``unacked``: what its send buffer keeps
    because it is not acknowledged yet, as the kernel told last. ``sent``, ``acked``, ``arrived``, ``read``:
    of the bytes in each direction that the pieces come from; -1 if it has no stream. ``facts``: the last that
    the kernel told."""

    key: SocketKey
    transport: str
    local: str
    remote: str
    state: str
    received: tuple[Piece, ...]
    received_size: int
    unacked: tuple[Piece, ...]
    sent: int
    acked: int
    arrived: int
    read: int
    facts: Facts | None
    closed: bool
    datagrams: int = 0


@dataclass(frozen=True, slots=True)
class PictureState:
    """After the first ``count`` events."""

    count: int
    t: float
    programs: dict[str, tuple[ProgramState, ...]]
    """Of each program its threads, the main one first."""
    sockets: dict[SocketKey, SocketState]
