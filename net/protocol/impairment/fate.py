"""What can happen to a datagram."""

from __future__ import annotations

from enum import Enum


class Fate(str, Enum):
    """What happened to one datagram. A doubled one has two fates: its own, and DOUBLED for its copy.
    REORDERED: one that was sent later has left before it (RFC 4737 section 3.3)."""

    PASSED = "passed"
    LOST = "lost"
    QUEUE_FULL = "queue-full"
    DOUBLED = "doubled"
    REORDERED = "reordered"

    @property
    def leaves(self) -> bool:
        """Whether the datagram comes out at the other end."""
        return self not in (Fate.LOST, Fate.QUEUE_FULL)
