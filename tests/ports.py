"""Port numbers for programs that need theirs before they are started."""

from __future__ import annotations

import itertools
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
FIRST = 20_000
_claims: list[socket.socket] = []
_steps = itertools.count(os.getpid() * 61)


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM, host: str = "127.0.0.1") -> int:
    """A port that stays free until the caller's program binds it.

    A port that was merely free a moment ago may be given to anybody's next socket. Where the system tells
    which numbers it gives away by itself this is another one, claimed from all other test processes.
    """
    for port in _never_given_away():
        if _claim(port) and _is_free(kind, host, port):
            return port
    with _socket(kind, host) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _never_given_away() -> Iterator[int]:
    try:
        count = max(0, int(RANGE.read_text().split()[0]) - FIRST)
    except (OSError, ValueError):
        return
    for _attempt in range(count):
        yield FIRST + next(_steps) % count


def _claim(port: int) -> bool:
    """Until this process ends: an abstract name goes with whoever holds it."""
    if sys.platform != "linux":
        return True
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        claim.bind(f"\0duplex-tests-port-{port}")
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    return True


def _is_free(kind: socket.SocketKind, host: str, port: int) -> bool:
    with _socket(kind, host) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _socket(kind: socket.SocketKind, host: str) -> socket.socket:
    return socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
