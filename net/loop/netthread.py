"""NetThread: the one thread with the asyncio loop that every TCP connection lives on.

Commands come in and events go out through the loop's own callbacks, on every system alike.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from net.loop.outlet import EventQueue, EventRecorder, Outlet


class NetThread:
    """Runs ``main`` (a coroutine) until it returns, and `run_command` for each command submitted
    meanwhile."""

    def __init__(
        self, events: EventQueue, run_command: Callable[[object], None], recorder: EventRecorder | None = None
    ) -> None:
        self._run_command = run_command
        self._commands: deque[object] = deque()
        self._scheduled = False
        self.loop = _make_loop()
        self.outlet = Outlet(self.loop, events, recorder)
        self._thread: threading.Thread | None = None

    def start(self, main: Callable[[], Coroutine[Any, Any, None]], at_end: Callable[[], None]) -> None:
        """Start the thread. ``at_end`` runs on it after the loop was closed."""

        def run() -> None:
            try:
                with contextlib.closing(self.loop):
                    asyncio.set_event_loop(self.loop)
                    self.loop.run_until_complete(main())
                    self.loop.run_until_complete(self.loop.shutdown_asyncgens())
                    self.outlet.flush()
            finally:
                asyncio.set_event_loop(None)
                at_end()

        self._thread = threading.Thread(target=run, name="NetThread", daemon=True)
        self._thread.start()

    def submit(self, command: object) -> None:
        """Any thread; does nothing after the end."""
        self._commands.append(command)
        if not self._scheduled:
            self._scheduled = True
            with contextlib.suppress(RuntimeError):
                self.loop.call_soon_threadsafe(self.run_commands)

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
            self._run_command(commands.popleft())

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the thread has ended; False if ``timeout`` seconds (None: no limit) pass first."""
        if self._thread is None:
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()


def _make_loop() -> asyncio.AbstractEventLoop:
    if sys.platform == "win32":
        return asyncio.ProactorEventLoop()
    try:
        import uvloop
    except ImportError:
        return asyncio.SelectorEventLoop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop
