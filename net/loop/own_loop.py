"""Our own event loop: asyncio's, on a selector that hands events over and takes commands before it sleeps.

Both happen inside ``select``. A command that writes to a socket, and a batch of events that leaves, then need
no turn of the loop, which saves a message two trips through the loop's list of callbacks and one write to its
self-pipe.

One turn of `CommandSelector.select`:

1. Run the submitted commands. If one schedules something on the loop, the turn ends without sleeping.
2. Hand over the pending events. A small batch is a conversation's: it goes at once, and what the consumer
   submits in response is run before the thread sleeps. A large one is a flood's: as long as more is ready to
   be read the batch grows (up to `Outlet.is_full`), because waking the consumer costs both threads.
3. Sleep until a socket is ready, the doorbell rings (a command was submitted), or a timer of the loop or of
   `Outlet.put_later` is due.
4. Run the commands submitted meanwhile, before the sockets' events: a reply that was submitted before the
   peer's FIN came is sent before the FIN is acted upon.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import Any

from net.loop.doorbell import Doorbell
from net.loop.outlet import Outlet
from net.loop.polling import Polling, Ready


class CommandSelector(Polling):
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
                    # The consumer may have run meanwhile, and submitted a reply.
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
                # A command that came after the check above and before `asleep` was set rang no bell.
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
        """Run commands submitted before a peer's FIN came before the FIN is acted upon."""
        self.asleep = False
        if self.commands:
            self.run_commands()
        return ready


class CommandLoop(asyncio.SelectorEventLoop):
    """Tells its selector what is scheduled while that runs commands; callbacks of other threads arrive like
    commands."""

    def __init__(self, selector: CommandSelector) -> None:
        self._noted = selector
        self.hand_in: Callable[[asyncio.Handle], bool] = lambda handle: False
        super().__init__(selector)

    # typeshed ties the callback to its arguments by a type that Python 3.10 cannot express.
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
