"""Wakes a sleeping thread: NetThread in its selector, or the consumer of the events."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import sys
import threading
import weakref

from net.loop import choice


class Doorbell:
    """Wakes a thread that sleeps in a selector. The selector watches ``fileno``: an eventfd if there is one,
    else a pair of sockets."""

    def __init__(self) -> None:
        self._pair: tuple[socket.socket, socket.socket] | None = None
        if hasattr(os, "eventfd"):
            self.fileno = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        else:
            self._pair = socket.socketpair()
            for end in self._pair:
                end.setblocking(False)
            self.fileno = self._pair[0].fileno()

    def ring(self) -> None:
        """Any thread."""
        # EAGAIN: it is ringing already. Closed: nobody sleeps there any more.
        with contextlib.suppress(OSError):
            if self._pair is None:
                os.eventfd_write(self.fileno, 1)
            else:
                self._pair[1].send(b"\0")

    def hush(self) -> None:
        """Stop the ringing: empty the eventfd or the socket. For the thread that was woken."""
        with contextlib.suppress(BlockingIOError):
            if self._pair is None:
                os.eventfd_read(self.fileno)
            else:
                self._pair[0].recv(4096)

    def close(self) -> None:
        """Close the files. Nobody may ring after that: the number may be given to another file."""
        if self._pair is None:
            os.close(self.fileno)
        else:
            for end in self._pair:
                end.close()


class Alarm:
    """Wakes one thread that sleeps in `wait`. If it rang before `wait`, `wait` returns at once.

    An eventfd, if there is one, not a lock: the write releases the interpreter's lock, so the woken thread
    finds it free and need not sleep a second time for it.
    """

    def __init__(self) -> None:
        self._lock: threading.Lock | None = None
        if sys.platform == "linux" and not choice.PLAIN:
            self._fileno = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
            self._epoll = select.epoll()
            # Edge-triggered: the count need not be read.
            self._epoll.register(self._fileno, select.EPOLLIN | select.EPOLLET)
            # Not at interpreter exit: other threads may still ring then.
            weakref.finalize(self, os.close, self._fileno).atexit = False
        else:
            self._lock = threading.Lock()
            self._lock.acquire()

    def ring(self) -> None:
        """Any thread."""
        if self._lock is not None:
            with contextlib.suppress(RuntimeError):  # it is ringing already
                self._lock.release()
        elif sys.platform == "linux":
            os.eventfd_write(self._fileno, 1)

    def wait(self, timeout: float | None = None) -> bool:
        """Sleep until it rings; False when ``timeout`` seconds pass first."""
        if self._lock is not None:
            return self._lock.acquire(timeout=-1 if timeout is None else min(timeout, threading.TIMEOUT_MAX))
        return sys.platform == "linux" and bool(self._epoll.poll(timeout, 1))
