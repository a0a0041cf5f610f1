"""`ChatCore`: the chat on NetThread. Commands in, events out; its parts do the work.

    People      everybody known or seen         TrustDecisions    pairing, digits, blocking
    Links     one link to each person         Delivery    the outbox, exactly once
    Texts  texts and receipts              Files     files
    Rooms       hosted here, or joined

Between `StartChat` and `ChatStarted` commands wait; without it each is answered with a `ChatFault`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from net.chat import commands as c
from net.chat.chat import DiscoveryFactory, Running
from net.chat.discovery import Discovery
from net.chat.events import ChatFailed, ChatFault
from net.chat.history import HistoryReader, ProfileInUse
from net.chat.identity import IdentityError
from net.chat.troubles import Emit, Trouble, trouble
from net.events import Fault, FaultKind
from net.faults import fault_from_ours
from net.wing import Routes

logger = logging.getLogger("duplex.chat")


class ChatCore:
    """``tell``: on NetThread; ``tell_anywhere``: batches, any thread."""

    make_discovery: DiscoveryFactory = Discovery

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        emit: Emit,
        tell_anywhere: Callable[[tuple[Any, ...]], None],
    ) -> None:
        self._loop = loop
        self._emit = emit
        self._tell_anywhere = tell_anywhere
        self._waiting: list[c.ChatCommand] = []
        self._running: Running | None = None
        self._starting: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._newest: Running | None = None

    @property
    def history_path(self) -> Path | None:
        """Where the history is, from `ChatStarted` on."""
        return self._newest.history_path if self._newest is not None else None

    def run(self, command: c.ChatCommand) -> None:
        """Do this. Never blocks."""
        if isinstance(command, c.StartChat):
            if self._starting is None and (self._running is None or self._stopping is not None):
                self._starting = self._loop.create_task(self._start(command, self._stopping))
        elif isinstance(command, c.StopChat):
            if self._stopping is None:
                self._stopping = self._loop.create_task(self._stop(self._starting))
        elif self._starting is not None:
            self._waiting.append(command)
        elif self._running is not None:
            self._run(self._running, command)
        else:
            self._emit(trouble(Trouble.NOT_STARTED, getattr(command, "conversation", "")))

    def routes(self) -> Routes:
        return {kind: self.run for kind in get_args(c.ChatCommand)}

    def failed(self, command: Any, error: Exception) -> None:
        self._tell(ChatFault(fault_from_ours(error), getattr(command, "conversation", "")))

    def history_reader(self) -> HistoryReader | None:
        """A new reader of the history for the calling thread; None before `ChatStarted`. Any thread."""
        path = self.history_path
        return HistoryReader(path) if path is not None else None

    async def stop(self) -> None:
        """Say goodbye, write what waits and let go of everything. Idempotent; raises nothing."""
        if self._stopping is not None:
            await asyncio.gather(self._stopping, return_exceptions=True)
        try:
            await self._stop(self._starting)
        except Exception:
            logger.exception("stopping the chat")

    async def _stop(self, starting: asyncio.Task[None] | None) -> None:
        try:
            if starting is not None:
                await asyncio.gather(starting, return_exceptions=True)
            running, self._running = self._running, None
            if running is not None:
                await running.stop()
        finally:
            self._stopping = None

    async def _start(self, command: c.StartChat, stopping: asyncio.Task[None] | None) -> None:
        if stopping is not None:
            await asyncio.gather(stopping, return_exceptions=True)
        running = None
        fault: Fault | None = None
        try:
            running = Running(self._loop, self._emit, self._tell_anywhere, command)
            self._newest = running
            await running.start(type(self).make_discovery)
        except ProfileInUse:
            fault = Fault(FaultKind.STORE_FAILED, {"path": str(command.folder), "detail": "in use"})
        except IdentityError as error:
            detail = {"path": str(command.folder), "detail": f"{error.kind} {error}"}
            fault = Fault(FaultKind.STORE_FAILED, detail)
        except OSError as error:
            fault = Fault(FaultKind.SYSTEM, {"detail": str(error), "errno": error.errno or 0})
        except Exception as error:
            logger.exception("starting the chat")
            fault = fault_from_ours(error)
        if fault is not None and running is not None:
            await self._let_go(running)
        self._running = running if fault is None else None
        self._starting = None
        if fault is not None:
            # Only now: whoever is told may try again at once, and finds the profile free.
            self._emit(ChatFailed(fault))
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            self.run(one)

    async def _let_go(self, running: Running) -> None:
        try:
            await running.stop()
        except Exception:  # the first mistake is the one to tell
            logger.exception("letting go of a chat that did not start")

    def _run(self, running: Running, command: c.ChatCommand) -> None:
        try:
            running.run(command)
        except Exception as error:
            logger.exception("%r", type(command).__name__)
            self._emit(ChatFault(fault_from_ours(error), getattr(command, "conversation", "")))
