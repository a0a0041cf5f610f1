"""`Ports`: which real port stands for one that the programs name.

Programs keep their own ports where they are free. If another program has one, or a connection of an earlier
run still waits there in TIME_WAIT, a free one stands for it: for all programs of the run, all addresses of
this PC, and both transports.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import sys
from collections.abc import Iterable, Mapping

ATTEMPTS = 50


class Ports:
    """NetThread only. ``fresh``: give each port another one, also where it is free. ``outside``: the programs
    may reach what others listen on (a person's own files do); a lesson's programs only reach each other."""

    def __init__(self, *, fresh: bool = False, outside: bool = False) -> None:
        self._fresh = fresh
        self._outside = outside
        self._real: dict[int, int] = {}
        self._moved: dict[tuple[str, int], int] = {}
        self._own_hosts: frozenset[str] | None = None
        self._named: set[int] = set()
        self._settled: set[int] = set()

    @property
    def apart(self) -> bool:
        """Whether the programs reach each other alone."""
        return not self._outside

    @property
    def substitutes(self) -> Mapping[str, int]:
        """What the header tells: source port as text -> real port, where they differ."""
        moved = {str(port): to for (_who, port), to in self._moved.items()}
        return moved | {str(port): real for port, real in self._real.items() if port != real}

    def name(self, ports: Iterable[int]) -> None:
        """These numbers stand in the programs' sources. Others that a program connects or sends to were told
        to it by somebody: they are real."""
        self._named.update(ports)

    def keep(self, port: int) -> None:
        """This one is ours already: it keeps its number."""
        self._real[port] = port
        self._settled.add(port)

    def move(self, who: str, port: int, to: int) -> None:
        """For this program alone ``port`` stands for ``to``."""
        self._moved[who, port] = to

    def real(self, who: str, host: str, port: int, use: str) -> tuple[int, bool]:
        """``(the port to use, whether it was just taken for one that others have)``. ``use``: "bind",
        "connect" or "sendto"."""
        moved = self._moved.get((who, port))
        if moved is not None:
            return moved, False
        if port in self._real and self._is_here(host):
            return self._at_first_bind(port) if use == "bind" else (self._real[port], False)
        if not self._is_here(host) or (use != "bind" and (self._outside or port not in self._named)):
            return port, False
        chosen = self.choose(port)
        if use == "bind":
            self._settled.add(port)
        return chosen

    def is_settled(self, port: int) -> bool:
        """Whether a program of the run has bound it: what stands for it changes no more."""
        return port in self._settled or port not in self._real

    def _at_first_bind(self, port: int) -> tuple[int, bool]:
        """Somebody may have taken it since it was chosen. Once a program of the run has it, a second bind is
        that program's own mistake, or the lesson."""
        if port in self._settled:
            return self._real[port], False
        self._settled.add(port)
        taken = is_taken(self._real[port])
        if taken:
            self._real[port] = free_port()
        return self._real[port], taken

    def choose(self, port: int) -> tuple[int, bool]:
        """Decide about a port that a program of the run binds. As `real`."""
        if port in self._real:
            return self._real[port], False
        taken = is_taken(port)
        self._real[port] = free_port() if taken or self._fresh else port
        return self._real[port], taken and not self._fresh

    def _is_here(self, host: str) -> bool:
        """Whether an address (or a name) is this PC's."""
        if host in ("", "localhost", "<broadcast>"):
            return True
        try:
            address = ipaddress.ip_address(host.partition("%")[0])
        except ValueError:
            return host.lower() == socket.gethostname().lower()
        if address.is_loopback or address.is_unspecified:
            return True
        if self._own_hosts is None:
            import psutil

            self._own_hosts = frozenset(
                each.address.partition("%")[0]
                for addresses in psutil.net_if_addrs().values()
                for each in addresses
            )
        return str(address) in self._own_hosts


def is_taken(port: int) -> bool:
    """Whether a program could not bind it now on all addresses of this PC, for TCP or UDP. A port that this
    program may not bind at all (below 1024) is not taken: its own call says why."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with contextlib.closing(socket.socket(socket.AF_INET, kind)) as probe:
            if sys.platform == "win32":
                # Without it a bind succeeds there beside another program's.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            try:
                probe.bind(("", port))
            except PermissionError:
                # Windows answers so, too, for a port that another program holds exclusively.
                return sys.platform == "win32"
            except OSError:
                return True
    return False


def free_port() -> int:
    """A port that nobody has now, for TCP and UDP."""
    for _attempt in range(ATTEMPTS):
        with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
            probe.bind(("", 0))
            port = int(probe.getsockname()[1])
        if not is_taken(port):
            return port
    raise OSError("no free port")
