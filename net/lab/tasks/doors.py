"""The doors of `which-door`: real sockets of this PC, made for one attempt.

- open: a listener. It need not accept: the kernel does, as long as its queue has room.
- refused: a port that is bound and does not listen, so that nobody else can take it.
- udp: a UDP socket that answers each datagram with `here`; TCP at the same number is refused.
- silent: a listener whose queue is full and that never accepts. Linux and BSD leave further connections
  without an answer; Windows refuses them. There, and only for a program on this PC, an address of TEST-NET-1
  (RFC 5737) does, if this PC's network swallows it. A silent door is tried before it is used. Where none can
  be made, a refused one takes its place.

From another PC a firewall may swallow what would be refused (as Windows' own does), so there "silent" is
right for a refused door as well."""

from __future__ import annotations

import contextlib
import functools
import selectors
import socket
import sys
from typing import TYPE_CHECKING

from net.lab.tasks.grading import Door
from net.lab.tasks.sockets import DatagramThread, bound_socket

if TYPE_CHECKING:
    import asyncio
    from typing import Any

TEST_NET = ("192.0.2.77", 9)
QUEUE_TRIES = 8
"""Connections after which a queue is full, or this system has no limit."""
ANSWER_SECONDS = 0.3
"""How long a silent door is watched before it counts as silent."""
ANSWER = b"here"


class Doors:
    """Opened by `open`, which blocks up to some seconds; to be closed on the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, host: str, same_pc: bool) -> None:
        self._loop = loop
        self._host = host
        self._same_pc = same_pc
        self._sockets: list[socket.socket] = []
        self._threads: list[DatagramThread] = []

    def open(self, kinds: tuple[str, ...]) -> tuple[Door, ...]:
        """Raises `OSError`."""
        make = {"open": self._open, "refused": self._refused, "udp": self._udp, "silent": self._silent}
        return tuple(make[kind]() for kind in kinds)

    async def close(self) -> None:
        for sock in self._sockets:
            sock.close()
        for thread in self._threads:
            await self._loop.run_in_executor(None, thread.close)

    def _open(self) -> Door:
        return self._door(self._keep(bound_socket(self._host, 0, "tcp")), "open")

    def _refused(self) -> Door:
        sock = self._keep(self._bound(0))
        return self._door(sock, *(("refused",) if self._same_pc else ("refused", "silent")))

    def _udp(self) -> Door:
        """Its number is one at which TCP is refused."""
        while True:
            guard = self._keep(self._bound(0))
            try:
                sock = bound_socket(self._host, guard.getsockname()[1], "udp")
            except OSError:
                continue  # somebody has this number for UDP
            self._threads.append(DatagramThread(sock, functools.partial(_answer, sock)))
            return self._door(sock, "udp")

    def _silent(self) -> Door:
        listener = self._keep(self._bound(0))
        listener.listen(1)
        address = listener.getsockname()
        for _ in range(QUEUE_TRIES):
            if not self._answers(address):
                return self._door(listener, "silent")
        listener.close()
        if self._same_pc and ":" not in self._host and not self._answers(TEST_NET):
            return Door(TEST_NET[0], TEST_NET[1], ("silent",))
        return self._refused()

    def _answers(self, address: tuple[str, int]) -> bool:
        """Whether a connection is accepted, or refused. It is kept: it fills the queue."""
        sock = self._keep(socket.socket(self._family))
        sock.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            try:
                sock.connect(address)
            except BlockingIOError:
                raise
            except OSError:
                return True
        with selectors.DefaultSelector() as selector:
            selector.register(sock, selectors.EVENT_WRITE)
            return bool(selector.select(ANSWER_SECONDS))

    @property
    def _family(self) -> int:
        return socket.AF_INET6 if ":" in self._host else socket.AF_INET

    def _bound(self, port: int) -> socket.socket:
        sock = socket.socket(self._family)
        try:
            if sys.platform == "win32":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            sock.bind((self._host, port))
        except BaseException:
            sock.close()
            raise
        return sock

    def _keep(self, sock: socket.socket) -> socket.socket:
        self._sockets.append(sock)
        return sock

    def _door(self, sock: socket.socket, *kinds: str) -> Door:
        host, port = sock.getsockname()[:2]
        return Door(host, port, kinds)


def _answer(sock: socket.socket, data: bytes, sender: Any) -> None:
    if data != ANSWER:  # two doors that answered each other would never stop
        with contextlib.suppress(OSError):
            sock.sendto(ANSWER, sender)
