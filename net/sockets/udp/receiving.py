"""The receiving thread of one bound UDP socket.

It sleeps in a selector until the socket is readable, reads what is waiting, and hands it over as one batch. A
selector rather than a blocking ``recvfrom``, because there is no portable way to end the latter: closing the
socket during it risks that its descriptor number is reused, ``shutdown`` wakes it only on Linux, and a
datagram to oneself is lost when the buffer is full and never accepted by a connected socket. One byte through
a socketpair wakes the selector on Linux, macOS and Windows alike. Measured on loopback it receives as fast as
a bare ``recvfrom`` loop: under load one wait serves many datagrams.

Batches
-------
After each wait all that the kernel holds is read, up to BATCH_DATAGRAMS, BATCH_BYTES or BATCH_SECONDS, and
handed over as one event. If datagrams come in quick succession, but not so fast that a batch is large, the
thread naps GATHER_SECONDS before it waits again: fewer and larger batches cost every thread less, and the
kernel's buffer holds what arrives meanwhile. A single datagram is never delayed.
"""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable

from net.loop.outlet import Outlet
from net.sockets.events import DatagramsReceived

BATCH_DATAGRAMS = 512
BATCH_BYTES = 1024 * 1024
BATCH_SECONDS = 0.004
"""A batch ends at whichever of the three comes first."""

DATAGRAM_OVERHEAD = 200
"""Bytes of memory per datagram with its sender besides its data: empty ones can be a flood too."""

LARGEST_READ = 65536
"""More than any datagram without jumbograms has (65,527 bytes): nothing is ever truncated."""

GATHER_SECONDS = 0.0003
GATHER_BYTES = 16 * 1024
"""The nap, and the number of datagrams from which on a batch is large enough to do without it."""

ERROR_PAUSE = 0.05
"""Seconds to wait after an error with nothing arriving, so that a broken network does not keep a core
busy."""

Sender = tuple[str, int] | tuple[str, int, int, int]
# Windows' shortest sleep may be fifteen milliseconds.
_CAN_NAP = sys.platform != "win32"
# The socket itself is closed, or never was a socket.
_FATAL = {errno.EBADF, errno.ENOTSOCK}


class Receiver:
    """``receive()`` is what reads a datagram of ``sock`` now. ``on_error`` and ``on_batch`` are called on
    the receiving thread; so is ``on_end``, as the last thing, with the error that ended it or None.
    ``dropped`` counts datagrams read while the outlet was congested."""

    def __init__(
        self,
        session: int,
        sock: socket.socket,
        receive: Callable[[], Callable[[int], tuple[bytes, Sender]]],
        outlet: Outlet,
        on_error: Callable[[OSError], None],
        on_end: Callable[[OSError | None], None],
    ) -> None:
        self.session = session
        self.messages = 0
        self.bytes = 0
        self.dropped = 0
        self.on_batch: Callable[[list[bytes], list[Sender]], None] | None = None
        self._socket = sock
        self._receive = receive
        self._outlet = outlet
        self._on_error = on_error
        self._on_end = on_end
        self._stopping = False
        self._gathering = False
        self._wake, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        self._thread = threading.Thread(target=self._run, name=f"udp-{session}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the thread after its present read; ``on_end`` follows. Returns at once. Idempotent; any
        thread."""
        self._stopping = True
        with contextlib.suppress(OSError):
            self._waker.send(b"\0")

    def _run(self) -> None:
        fatal: OSError | None = None
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._socket, selectors.EVENT_READ)
                selector.register(self._wake, selectors.EVENT_READ)
                while not self._stopping and fatal is None:
                    selector.select()
                    fatal = self._read_waiting()
                    if self._gathering:
                        time.sleep(GATHER_SECONDS)
        except OSError as error:
            fatal = error
        finally:
            self._wake.close()
            self._waker.close()
            self._on_end(fatal)

    def _read_waiting(self) -> OSError | None:
        receive = self._receive()
        datagrams: list[bytes] = []
        senders: list[Sender] = []
        size = 0
        error: OSError | None = None
        deadline = time.monotonic() + BATCH_SECONDS
        try:
            for count in range(BATCH_DATAGRAMS):
                data, sender = receive(LARGEST_READ)
                datagrams.append(data)
                senders.append(sender)
                size += len(data)
                if count & 15 == 15 and (size > BATCH_BYTES or time.monotonic() > deadline):
                    break
        except (BlockingIOError, InterruptedError):
            pass
        except OSError as failure:
            error = failure
        self._gathering = _CAN_NAP and len(datagrams) > 1 and size < GATHER_BYTES
        if datagrams:
            self._hand_over(datagrams, senders, size)
        if error is None:
            return None
        if error.errno in _FATAL:
            return error
        self._on_error(error)
        if not datagrams:
            self._pause()
        return None

    def _hand_over(self, datagrams: list[bytes], senders: list[Sender], size: int) -> None:
        event = DatagramsReceived(self.session, datagrams, senders, time.time_ns())
        if not self._outlet.put_batch((event,), size + DATAGRAM_OVERHEAD * len(datagrams)):
            self.dropped += len(datagrams)
            return
        self.messages += len(datagrams)
        self.bytes += size
        if self.on_batch is not None:
            self.on_batch(datagrams, senders)

    def _pause(self) -> None:
        # Not time.sleep: the wake-up to stop must not wait for it.
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake, selectors.EVENT_READ)
            selector.select(ERROR_PAUSE)
