"""NetThread: the one thread with the asyncio loop that every TCP connection lives on.

Commands come in through a queue of our own and events go out when the loop is about to sleep: both happen
inside the selector's ``select``, which saves a message two trips through the loop's list of callbacks and
one self-pipe. Where the loop has no selector (Windows' completion ports, uvloop) both go through the loop's
own callbacks.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any

from net.loop.doorbell import Doorbell
from net.loop.outlet import EventQueue, Outlet, Recording
from net.loop.polling import Polling, Ready


class _Selector(Polling):
    """Hands events over and takes commands before it sleeps. A command that schedules nothing on the loop
    does not even return to it."""

    def __init__(self) -> None:
        super().__init__()
        self.commands: deque[object] = deque()
        self.run_commands: Callable[[], None] = lambda: None
        self.outlet: Outlet | None = None
        self.asleep = False
        self.scheduled = False
        self.doorbell = Doorbell()
        self.watch(self.doorbell)

    def close(self) -> None:
        super().close()
        self.doorbell.close()

    def select(self, timeout: float | None = None) -> Ready:
        outlet = self.outlet
        if outlet is None:
            return self.look(timeout)
        deadline = None if timeout is None else time.monotonic() + timeout
        outlet.alone = self.scheduled = False
        while True:
            if self.commands:
                self.run_commands()
            if outlet.urgent:
                if outlet.is_small:
                    outlet.flush()
                    # The consumer may have run meanwhile, and answered.
                    if self.commands:
                        self.run_commands()
                else:
                    # Waking the consumer costs both threads: in a flood it gets few large batches.
                    ready = self.look(0)
                    if not ready or outlet.is_full:
                        outlet.flush()
                    if ready:
                        return self._commands_first(ready)
            wait = 0 if self.scheduled or outlet.urgent else outlet.until_due(timeout)
            if wait is None or wait > 0:
                self.asleep = True
                # A command that came after the look above and before `asleep` was set has rung no bell.
                if self.commands:
                    wait = 0
            ready = self._commands_first(self.look(wait))
            if ready or self.scheduled:
                outlet.alone = len(ready) == 1
                return ready
            if deadline is not None:
                timeout = deadline - time.monotonic()
                if timeout <= 0:
                    return ready

    def _commands_first(self, ready: Ready) -> Ready:
        """What was submitted before a peer's FIN came goes out before the FIN is acted upon."""
        self.asleep = False
        if self.commands:
            self.run_commands()
        return ready


class _Loop(asyncio.SelectorEventLoop):
    """Tells its selector what is scheduled while that runs commands; other threads' callbacks come as they
    do."""

    def __init__(self, selector: _Selector) -> None:
        self._noted = selector
        self.hand_in: Callable[[asyncio.Handle], bool] = lambda handle: False
        super().__init__(selector)

    # typeshed ties the callback to its arguments by a type that Python 3.10 cannot write down.
    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        self._noted.scheduled = True
        return super().call_soon(callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        self._noted.scheduled = True
        return super().call_at(when, callback, *args, context=context)

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        if not self.is_closed():
            handle = asyncio.Handle(callback, args, self, context)
            if self.hand_in(handle):
                return handle
        return super().call_soon_threadsafe(callback, *args, context=context)


class NetThread:
    """Runs ``main`` (a coroutine) until it returns, and `run_command` for each command submitted
    meanwhile."""

    def __init__(
        self, events: EventQueue, run_command: Callable[[object], None], recorder: Recording | None = None
    ) -> None:
        self._run_command = run_command
        self._commands: deque[object] = deque()
        self._door = threading.Lock()
        self._open = True
        self._selector: _Selector | None = None
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
        try:
            import uvloop
        except ImportError:
            self._selector = _Selector()
            own = _Loop(self._selector)
            own.hand_in = self._hand_in
            return own
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

    def submit(self, command: object) -> None:
        """Any thread; after the end it does nothing."""
        self._commands.append(command)
        if self._selector is not None:
            self._wake(self._selector)
        elif not self._scheduled:
            self._scheduled = True
            with contextlib.suppress(RuntimeError):
                self.loop.call_soon_threadsafe(self.run_commands)

    def _hand_in(self, handle: asyncio.Handle) -> bool:
        """Run this with the commands; False where none are run any more. Any thread."""
        if self._selector is None or not self._open:
            return False
        self._commands.append(handle)
        self._wake(self._selector)
        return True

    def _wake(self, selector: _Selector) -> None:
        if selector.asleep:
            selector.asleep = False
            # The bell's file number must not be rung once it is closed: it may be another file by then.
            with self._door:
                if self._open:
                    selector.doorbell.ring()

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
            if not commands:
                break  # one of them has run the others: the end does
            command = commands.popleft()
            if not isinstance(command, asyncio.Handle):
                self._run_command(command)
            elif not command.cancelled():
                assert self._selector is not None
                # It may be what ends the loop, which looks for that when `select` is over.
                self._selector.scheduled = True
                command._run()

    def join(self, timeout: float | None = None) -> bool:
        if self._thread is None:
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()
