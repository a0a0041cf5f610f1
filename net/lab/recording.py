"""A recording: what happened in one run of some programs, as JSON lines. It is all that a picture shows.

The first line is a `Header`, each further line one event, in the order of time, the last one a `Done`. Times
are seconds since the run's beginning. Programs are known by their names in the header, sockets by numbers:
the first socket that a program makes is its number 1. Bytes are base64 (RFC 4648 section 4).

Calls are numbered through the whole run. A call that the hook holds is a `Call`; it becomes a `Released` when
the program may make it and a `Returned` when it has come back. One that never comes back has no `Returned`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

VERSION = 1
DATA_LIMIT = 65_536
"""Bytes of one call that are kept; ``size`` says how many there were."""

Mark = Literal["observed", "derived", "simulated"]


class ProgramText(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One program of the run. ``side``: the half of the picture it is drawn in, 0 left, 1 right; ``text``:
    its source, as it was run."""

    name: str
    file: str
    text: str = ""
    side: int = 0


class Event(msgspec.Struct, frozen=True, tag_field="kind", tag=str.lower, omit_defaults=True):
    """``t``: seconds since the run began."""

    t: float


class Header(Event, frozen=True):
    """``made``: date and time, ISO 8601, UTC. ``ports``: where a program's port stands for another one
    because its own was taken: from the number in the source to the real one, as decimal text."""

    version: int = VERSION
    lesson: str = ""
    scene: str = ""
    made: str = ""
    system: str = ""
    python: str = ""
    programs: tuple[ProgramText, ...] = ()
    ports: dict[str, int] = {}
    still: bool = False


class Started(Event, frozen=True):
    """A program's process exists."""

    who: str
    pid: int = 0


class Call(Event, frozen=True):
    """``who`` is about to call ``name`` ("recv", "connect", "accept", "input", "sleep" ...) and is held.

    ``thread``: 0 is the program's main thread. ``socket``: 0 where no socket is concerned. ``arguments``: as
    in the source's call, values as Python writes them, shortened. ``data``: what is to be sent; ``address``:
    the target or the name to bind, as ``host:port``. ``names``: the local names worth showing, with their
    values as Python writes them.
    """

    n: int
    who: str
    name: str
    thread: int = 0
    socket: int = 0
    transport: Literal["tcp", "udp", ""] = ""
    file: str = ""
    line: int = 0
    arguments: str = ""
    data: bytes = b""
    size: int = 0
    address: str = ""
    names: dict[str, str] = {}


class Released(Event, frozen=True):
    """The program may make call ``n`` now."""

    n: int
    who: str


class Returned(Event, frozen=True):
    """Call ``n`` came back after ``seconds``. ``value``: what it returned, as Python writes it, shortened;
    ``error``: the exception's name ("ConnectionRefusedError"), "" if it returned; ``message``: its text.

    ``data``: the bytes received; ``size``: bytes received or sent. ``made``: the number of the socket that
    accept() or socket() made. ``local``, ``remote``: the socket's addresses now (of the new one after
    accept), ``host:port``, "" if none. For recvfrom ``remote`` is the sender.
    """

    n: int
    who: str
    seconds: float = 0.0
    value: str = ""
    error: str = ""
    message: str = ""
    errno: int = 0
    data: bytes = b""
    size: int = 0
    made: int = 0
    local: str = ""
    remote: str = ""


class Facts(Event, frozen=True):
    """What the kernel told about a socket at this moment. None: this system does not tell it.

    ``unread``: bytes that wait to be read (FIONREAD). ``unacked``: bytes sent and not acknowledged yet.
    ``acked``: bytes acknowledged since the beginning (with the SYN of whoever connected). ``queue``,
    ``queue_limit``: of a listener, connections that wait for accept(). Windows in bytes,
    ``congestion_window`` in segments, ``rtt`` and ``rto`` in ms. ``timer``: "retransmit", "persist",
    "time-wait", "keepalive"; ``timer_left``: seconds. ``drops``: datagrams thrown away because the
    buffer was full.
    """

    who: str
    socket: int
    local: str = ""
    remote: str = ""
    state: str | None = None
    unread: int | None = None
    unacked: int | None = None
    acked: int | None = None
    received: int | None = None
    send_window: int | None = None
    receive_window: int | None = None
    congestion_window: int | None = None
    rtt: float | None = None
    rto: float | None = None
    retransmissions: int | None = None
    queue: int | None = None
    queue_limit: int | None = None
    timer: str | None = None
    timer_left: float | None = None
    drops: int | None = None


class Acked(Event, frozen=True):
    """The kernel told when the peer's kernel had acknowledged this socket's first ``offset`` bytes."""

    who: str
    socket: int
    offset: int


class Printed(Event, frozen=True):
    """The program wrote ``text`` to standard output (``error``: to standard error)."""

    who: str
    text: str
    error: bool = False


class Typed(Event, frozen=True):
    """Somebody typed a line for the program."""

    who: str
    text: str


class Ended(Event, frozen=True):
    """The program's process is gone. ``stopped``: Duplex ended it."""

    who: str
    code: int = 0
    stopped: bool = False


class Relayed(Event, frozen=True):
    """The relay decided about one datagram: ``fate`` is "passed", "lost", "queue-full", "doubled" or
    "reordered" (one that was sent later has left before it). A doubled one has two fates, its own and
    "doubled" for its copy. ``t``: when it left the relay, or was lost; ``delay``: seconds it was kept until
    then; ``queued``: datagrams in the queue when it came. ``source`` is the sender's own address, ``target``
    the one that it sent to, as the programs name them."""

    source: str
    target: str
    fate: str
    data: bytes = b""
    size: int = 0
    delay: float = 0.0
    queued: int = 0


class Step(Event, frozen=True):
    """The lesson's step ``number`` (from 1) was reached here. ``reached`` False: the programs did something
    else than the lesson expected; ``why`` is a code of `net.lab.troubles`."""

    number: int
    reached: bool = True
    why: str = ""


class Trouble(Event, frozen=True):
    """Something about a program or the run that a person must know. ``code``: see `net.lab.troubles`, with
    the values of its sentence."""

    code: str
    who: str = ""
    values: dict[str, str] = {}


class Measured(Event, frozen=True):
    """One figure of an experiment that was measured on this PC: ``name`` for example "udp-arrived"; ``unit``
    for example "us", "percent", "per-second"."""

    name: str
    value: float
    unit: str = ""


class Done(Event, frozen=True):
    """The recording is whole."""


RecordedEvent = (
    Header
    | Started
    | Call
    | Released
    | Returned
    | Facts
    | Acked
    | Printed
    | Typed
    | Ended
    | Relayed
    | Step
    | Trouble
    | Measured
    | Done
)
