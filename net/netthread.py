"""NetThread: the one thread with the asyncio loop that every TCP connection lives on.

Commands come in through a queue of our own and events go out when the loop is about to sleep: both happen
inside the selector's ``select``, which saves a message two trips through the loop's list of callbacks and
one self-pipe. Where the loop has no selector (Windows' completion ports, uvloop) both go through the loop's
own callbacks.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import selectors
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from net.commands import Command
from net.outlet import EventQueue, Outlet

SelectResult = list[tuple[selectors.SelectorKey, int]]


class _Doorbell:
    """Wakes a thread that sleeps in ``select``: an eventfd where there is one, else a pair of sockets."""

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
        # Full means that it rings already; closed, that nobody sleeps there any more.
        with contextlib.suppress(OSError):
            if self._pair is None:
                os.eventfd_write(self.fileno, 1)
            else:
                self._pair[1].send(b"\0")

    def hush(self) -> None:
        with contextlib.suppress(BlockingIOError):
            if self._pair is None:
                os.eventfd_read(self.fileno)
            else:
                self._pair[0].recv(4096)

    def close(self) -> None:
        if self._pair is None:
            os.close(self.fileno)
        else:
            for end in self._pair:
                end.close()


class _Selector(selectors.DefaultSelector):
    """Hands events over and takes commands before it sleeps."""

    def __init__(self) -> None:
        super().__init__()
        self.commands: deque[Command] = deque()
        self.run_commands: Callable[[], None] = lambda: None
        self.outlet: Outlet | None = None
        self.asleep = False

    def select(self, timeout: float | None = None) -> SelectResult:
        if self.commands:
            self.run_commands()
            timeout = 0
        outlet = self.outlet
        if outlet is not None and outlet.urgent:
            # Waking the consumer costs both threads: in a flood it gets few large batches, otherwise each
            # at once.
            ready = super().select(0)
            if not ready or outlet.is_full:
                outlet.flush()
            if ready:
                return self._commands_first(ready)
        elif outlet is not None and outlet.waiting:
            left = outlet.due - time.monotonic()
            if left <= 0 or outlet.is_full:
                outlet.flush()
            elif timeout is None or timeout > left:
                timeout = left
        if timeout is None or timeout > 0:
            self.asleep = True
            # A command that came after the look above and before `asleep` was set has rung no bell.
            if self.commands:
                timeout = 0
        ready = super().select(timeout)
        self.asleep = False
        return self._commands_first(ready)

    def _commands_first(self, ready: SelectResult) -> SelectResult:
        """What was submitted before a peer's FIN came goes out before the FIN is acted upon."""
        if self.commands:
            self.run_commands()
        return ready


class NetThread:
    """Runs ``main`` (a coroutine) until it returns, and `run_command` for each command submitted
    meanwhile."""

    def __init__(self, events: EventQueue, run_command: Callable[[Command], None]) -> None:
        self._run_command = run_command
        self._commands: deque[Command] = deque()
        self._door = threading.Lock()
        self._open = True
        self._doorbell: _Doorbell | None = None
        self._selector: _Selector | None = None
        self._scheduled = False
        self.loop = self._make_loop()
        self.outlet = Outlet(self.loop, events)
        if self._selector is not None:
            self._doorbell = _Doorbell()
            self._selector.commands = self._commands
            self._selector.run_commands = self.run_commands
            self._selector.outlet = self.outlet
            self.outlet.flushed_by_loop = True
            self.loop.add_reader(self._doorbell.fileno, self._answer_door)
        self._thread: threading.Thread | None = None

    def _make_loop(self) -> asyncio.AbstractEventLoop:
        if sys.platform == "win32":
            return asyncio.ProactorEventLoop()
        try:
            import uvloop
        except ImportError:
            self._selector = _Selector()
            return asyncio.SelectorEventLoop(self._selector)
        loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
        return loop

    def start(self, main: Callable[[], Coroutine[Any, Any, None]], at_end: Callable[[], None]) -> None:
        """``at_end`` runs on the same thread when the loop is closed."""

        def run() -> None:
            try:
                with contextlib.closing(self.loop):
                    asyncio.set_event_loop(self.loop)
                    self.loop.run_until_complete(main())
                    self._shut()
                    self.loop.run_until_complete(self.loop.shutdown_asyncgens())
                    self.outlet.flush()
            finally:
                asyncio.set_event_loop(None)
                at_end()

        self._thread = threading.Thread(target=run, name="NetThread", daemon=True)
        self._thread.start()

    def _shut(self) -> None:
        with self._door:
            self._open = False
        if self._doorbell is not None:
            self.loop.remove_reader(self._doorbell.fileno)
            self._doorbell.close()

    def submit(self, command: Command) -> None:
        """Any thread; after the end it does nothing."""
        self._commands.append(command)
        selector = self._selector
        if selector is None:
            if not self._scheduled:
                self._scheduled = True
                with contextlib.suppress(RuntimeError):
                    self.loop.call_soon_threadsafe(self.run_commands)
        elif selector.asleep:
            selector.asleep = False
            # The bell's file number must not be rung once it is closed: it may be another file by then.
            with self._door:
                if self._open and self._doorbell is not None:
                    self._doorbell.ring()

    def call(self, callback: Callable[..., object], *arguments: object) -> None:
        """Run ``callback`` on the thread; after the end it does nothing. Any thread."""
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(callback, *arguments)

    def run_commands(self) -> None:
        """Run what was submitted. NetThread only."""
        self._scheduled = False
        commands = self._commands
        # Only what is there now, so that whoever submits without end does not keep the sockets waiting.
        for _ in range(len(commands)):
            self._run_command(commands.popleft())

    def _answer_door(self) -> None:
        assert self._doorbell is not None
        self._doorbell.hush()
        self.run_commands()

    def join(self, timeout: float | None = None) -> bool:
        if self._thread is None:
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()
