"""Two PCs on one machine: network namespaces joined by a cable (a veth pair), for tests that need a real LAN.

    with two_pcs() as (a, b):
        server = b.popen([sys.executable, "server.py"])
        a.run(["ping", "-c", "1", b.address])

Needs root; mark such tests with ``netns``. What a test leaves behind is taken away, its processes too.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from tests.programs import is_installed, run_program, start_program
from tests.waiting import wait_until

_numbers = itertools.count(1)


@dataclass
class Pc:
    """One namespace. ``interface``: its end of the cable; ``address`` and ``address6`` (link-local, with
    scope) are on it, ``broadcast`` is its subnet's."""

    name: str
    interface: str
    address: str
    broadcast: str
    address6: str = ""
    _processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def command(self, arguments: Sequence[str]) -> list[str]:
        return ["ip", "netns", "exec", self.name, *arguments]

    def run(
        self, arguments: Sequence[str], *, check: bool = True, timeout: float = 60, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run a program on this PC to its end."""
        return run_program(
            self.command(arguments), check=check, timeout=timeout, capture_output=True, text=True, **options
        )

    def popen(
        self,
        arguments: Sequence[str],
        *,
        stdin: int | IO[str] | None = subprocess.PIPE,
        stderr: int | IO[str] | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
    ) -> subprocess.Popen[str]:
        """Start a program on this PC, with pipes; it is ended with the namespace at the latest."""
        process = start_program(
            self.command(arguments),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=None if env is None else dict(env),
            cwd=cwd,
            text=True,
            bufsize=1,
        )
        self._processes.append(process)
        return process

    def drop(self, percent: float, protocol: str = "udp", *, evenly: bool = False) -> None:
        """Let the firewall lose so much of what arrives here ("udp", "tcp", or "all").

        ``evenly``: each fifth packet, for 20, and not any with that chance. Never two in a row: TCP, which
        waits twice as long after each loss in a row, then needs no luck to be done in time.
        """
        every = round(100 / percent)
        mode = ["nth", "--every", str(every), "--packet", "0"]
        if not evenly:
            mode = ["random", "--probability", str(percent / 100)]
        rule = ["-p", protocol, "-m", "statistic", "--mode", *mode]
        if is_installed("iptables"):
            done = self.run(["iptables", "-w", "-A", "INPUT", *rule, "-j", "DROP"], check=False)
            if done.returncode == 0:
                return
        which = "" if protocol == "all" else f"meta l4proto {protocol} "
        chance = f"numgen random mod 1000 < {round(percent * 10)}"
        if evenly:
            chance = f"numgen inc mod {every} 0"
        for line in (
            "add table inet loss",
            "add chain inet loss input { type filter hook input priority 0; }",
            f"add rule inet loss input {which}{chance} drop",
        ):
            self.run(["nft", line])

    def set_link(self, *, up: bool) -> None:
        """Pull the cable's plug, or put it back."""
        self.run(["ip", "link", "set", self.interface, "up" if up else "down"])

    def _end(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.wait(30)
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()


def _ip(*arguments: str, check: bool = True) -> None:
    run_program(["ip", *arguments], check=check, capture_output=True, text=True, timeout=60)


@contextlib.contextmanager
def two_pcs(*, lose_evenly: float = 0, protocol: str = "udp") -> Iterator[tuple[Pc, Pc]]:
    """Two namespaces with a cable between them, 10.99.N.1 and 10.99.N.2 with a /24, without a default
    route, as on a LAN by itself. ``lose_evenly``: percent of ``protocol`` that either firewall loses."""
    # Unique among the test processes that run at the same time: interface names have 15 characters. What a
    # killed process of the same number left behind has another name, too.
    mark = f"{os.getpid()}x{next(_numbers)}"
    chance = os.urandom(3).hex()
    subnet = f"10.99.{os.getpid() % 250 + 1}"
    pcs = tuple(
        Pc(f"dx{end}{mark}-{chance}", f"v{end}{mark}"[:15], f"{subnet}.{number}", f"{subnet}.255")
        for number, end in ((1, "a"), (2, "b"))
    )
    a, b = pcs
    try:
        for pc in pcs:
            _ip("netns", "add", pc.name)
        _ip("link", "add", a.interface, "netns", a.name, "type", "veth", "peer", b.interface, "netns", b.name)
        for number, pc in enumerate(pcs, 1):
            pc.address6 = f"fe80::99:{number}%{pc.interface}"
            link = ["dev", pc.interface]
            pc.run(["ip", "link", "set", "lo", "up"])
            # Made by the kernel, a link-local address takes a second or two until it may be used.
            pc.run(["ip", "link", "set", *link, "addrgenmode", "none"])
            pc.run(["ip", "address", "add", f"{pc.address}/24", "broadcast", pc.broadcast, *link])
            pc.run(["ip", "address", "add", f"fe80::99:{number}/64", "nodad", *link])
            pc.run(["ip", "link", "set", *link, "up"])
            if lose_evenly:
                pc.drop(lose_evenly, protocol, evenly=True)
        for pc in pcs:
            # A cable has two ends: this one works once the other is plugged in, and a moment later.
            wait_until(lambda pc=pc: "state UP" in pc.run(["ip", "link", "show", pc.interface]).stdout)  # type: ignore[misc]
        yield a, b
    finally:
        for pc in pcs:
            pc._end()
            # The cable goes with its namespaces.
            _ip("netns", "del", pc.name, check=False)
