"""Trials that need no run: addresses and ports of this PC, and its Pythons."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import NamedTuple

from net.lab.run.pythons import find_pythons

TUTORIAL_PORT = 12345


class Tried(NamedTuple):
    """``detail``: why it does not work, as the system says it; ``value``: what its sentence names."""

    works: bool
    value: str = ""
    detail: str = ""


def try_second_loopback() -> Tried:
    """macOS has only 127.0.0.1, until an administrator adds others."""
    return _try_binding(socket.AF_INET, socket.SOCK_STREAM, "127.0.0.2", 0)


def try_ipv6() -> Tried:
    if not socket.has_ipv6:
        return Tried(False)
    return _try_binding(socket.AF_INET6, socket.SOCK_STREAM, "::1", 0)


def try_tutorial_port() -> Tried:
    """TCP and UDP: the tutorial's programs use both."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        tried = _try_binding(socket.AF_INET, kind, "127.0.0.1", TUTORIAL_PORT)
        if not tried.works:
            return tried
    return Tried(True)


def try_python() -> Tried:
    """A Python for a person's own programs, besides the one that Duplex runs with. Blocks for up to some
    seconds."""
    found = find_pythons()
    return Tried(bool(found), value=found[0].version if found else "")


TRIALS: dict[str, Callable[[], Tried]] = {
    "second-loopback": try_second_loopback,
    "ipv6": try_ipv6,
    "port-12345": try_tutorial_port,
}
"""Each takes microseconds and leaves nothing open."""


def _try_binding(family: socket.AddressFamily, kind: socket.SocketKind, host: str, port: int) -> Tried:
    try:
        with socket.socket(family, kind) as sock:
            sock.bind((host, port))
            if kind is socket.SOCK_STREAM:
                sock.listen(1)
    except OSError as error:
        return Tried(False, detail=error.strerror or str(error))
    return Tried(True)
