"""What a lesson may need of a PC, and what is shown where a PC does not have it. Nothing here tries anything.

A lesson's ``needs`` are names of these mechanisms; `facts/kernel` of the design says which system has which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

CLASS_PORT = 8765
"""Asked for first: pupils type it. A free port if another program has it."""

Shown = Literal["observed", "derived", "simulated", "recording", "left-out", "replaced"]
"""How a PC shows what a mechanism is for. "recording": from the lesson's delivered recording, and said so.
"replaced": in another way that shows the same (another port, our own Python)."""

SHOWN: tuple[Shown, ...] = ("observed", "replaced", "derived", "left-out", "simulated", "recording")
"""The best first."""


class Mechanism(NamedTuple):
    """``without``: what is shown on a PC where it does not work."""

    name: str
    without: Shown


MECHANISMS: tuple[Mechanism, ...] = (
    Mechanism("hook", "recording"),  # programs run in processes of their own, held before each socket call
    Mechanism("tcp-info", "derived"),  # a connection's state, windows and times
    Mechanism("unread", "derived"),  # bytes that wait to be read (FIONREAD)
    Mechanism("unacked", "derived"),  # bytes sent and not acknowledged (SIOCOUTQ)
    Mechanism("ack-times", "derived"),  # when the peer's kernel acknowledged (SO_TIMESTAMPING)
    Mechanism("accept-queue", "left-out"),  # how many connections wait for accept()
    Mechanism("time-wait", "derived"),  # that a closed connection is still remembered
    Mechanism("time-wait-countdown", "left-out"),  # and for how long
    Mechanism("udp-drops", "derived"),  # datagrams that a full buffer lost
    Mechanism("udp-relay", "recording"),  # datagrams through Duplex's relay
    Mechanism("second-loopback", "recording"),  # 127.0.0.2 is an address of this PC
    Mechanism("ipv6", "left-out"),  # ::1 is
    Mechanism("port-12345", "replaced"),  # nobody else has the tutorial's port
    Mechanism("lan-port", "left-out"),  # a port can be listened on for the other PCs
    Mechanism("python", "replaced"),  # a Python for own programs is found
)

_WITHOUT = {mechanism.name: mechanism.without for mechanism in MECHANISMS}


def names() -> tuple[str, ...]:
    """All mechanisms, in the order in which they are told."""
    return tuple(_WITHOUT)


def shown(needs: Iterable[str], works: Mapping[str, bool]) -> dict[str, Shown]:
    """For each need of a lesson how this PC shows it; needs that were not tried yet are left out. Without the
    hook no program runs here, so everything is shown from the recording."""
    if works.get("hook") is False:
        return dict.fromkeys(needs, "recording")
    return {name: "observed" if works[name] else _WITHOUT[name] for name in needs if name in works}


def worst(ways: Iterable[Shown]) -> Shown:
    """What is said of a lesson in one word: "recording" if any of it comes from there."""
    return max(ways, key=SHOWN.index, default="observed")
