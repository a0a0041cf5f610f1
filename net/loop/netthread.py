"""NetThread: the one thread with the asyncio loop that every TCP connection lives on.

Commands come in and events go out inside the selector of our own loop (`net.loop.own_loop`). If the loop has
no selector (Windows' completion ports, uvloop), or the plain loop is selected (`net.loop.choice`), both go
through the loop's own callbacks.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from net.loop import choice
from net.loop.outlet import EventQueue, EventRecorder, Outlet
from net.loop.own_loop import CommandLoop, CommandSelector


class NetThread:
    """Runs ``main`` (a coroutine) until it returns, and `run_command` for each command submitted
    meanwhile."""

    def __init__(
        self, events: EventQueue, run_command: Callable[[object], None], recorder: EventRecorder | None = None
    ) -> None:
        self._run_command = run_command
        self._commands: deque[object] = deque()
        self._door = threading.Lock()
        self._open = True
        self._selector: CommandSelector | None = None
        self._scheduled = False
        self.loop = self._make_loop()
        self.outlet = Outlet(self.loop, events, recorder)
        if self._selector is not None:
            self._selector.commands = self._commands
            self._selector.run_commands = self.run_commands
            self._selector.outlet = self.outlet
            self.outlet.flushed_by_loop = True
        self._thread: threading.Thread | None = None

    def _make_loop(self) -> asyncio.AbstractEventLoop:
        if sys.platform == "win32":
            return asyncio.ProactorEventLoop()
        if choice.PLAIN:
            return asyncio.SelectorEventLoop()
        try:
            import uvloop
        except ImportError:
            self._selector = CommandSelector()
            own = CommandLoop(self._selector)
            own.hand_in = self._hand_in
            return own
        loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
        return loop

    def start(self, main: Callable[[], Coroutine[Any, Any, None]], at_end: Callable[[], None]) -> None:
        """Start the thread. ``at_end`` runs on it after the loop was closed."""

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

    def submit(self, command: object) -> None:
        """Any thread; does nothing after the end."""
        self._commands.append(command)
        if self._selector is not None:
            self._wake(self._selector)
        elif not self._scheduled:
            self._scheduled = True
            with contextlib.suppress(RuntimeError):
                self.loop.call_soon_threadsafe(self.run_commands)

    def _hand_in(self, handle: asyncio.Handle) -> bool:
        """Queue ``handle`` with the commands; False if none are run any more. Any thread."""
        if self._selector is None or not self._open:
            return False
        self._commands.append(handle)
        self._wake(self._selector)
        return True

    def _wake(self, selector: CommandSelector) -> None:
        if selector.asleep:
            selector.asleep = False
            # The doorbell's file number must not be written to after closing: it may belong to another file.
            with self._door:
                if self._open:
                    selector.doorbell.ring()

    def call(self, callback: Callable[..., object], *arguments: object) -> None:
        """Run ``callback`` on the thread; does nothing after the end. Any thread."""
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(callback, *arguments)

    def run_commands(self) -> None:
        """Run what was submitted. NetThread only."""
        self._scheduled = False
        commands = self._commands
        # Only those queued now, so that a caller that submits without end does not starve the sockets.
        for _ in range(len(commands)):
            if not commands:
                break  # one of them has run the rest already, as ending does
            command = commands.popleft()
            if not isinstance(command, asyncio.Handle):
                self._run_command(command)
            elif not command.cancelled():
                if self._selector is not None:
                    # It may end the loop, which checks for that when `select` returns.
                    self._selector.scheduled = True
                command._run()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the thread has ended; False if ``timeout`` seconds (None: no limit) pass first."""
        if self._thread is None:
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()
