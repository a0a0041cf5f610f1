"""`ChatCore`: the chat's wing of the Engine: its life, and which part of a running chat takes which command.

Between `StartChat` and `ChatStarted` commands wait; without it each is answered with a `ChatFault`.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from net.chat import commands as c
from net.chat.chat import Chat, DiscoveryFactory, EmitAnywhere, start_chat
from net.chat.discovery import Discovery
from net.chat.events import ChatFailed, ChatFault
from net.chat.history import HistoryReader, ProfileInUse
from net.chat.history.history import FILE_NAME
from net.chat.identity_file import IdentityFault
from net.chat.troubles import Emit, Trouble, trouble
from net.events import Fault, FaultKind
from net.faults import fault_from_ours
from net.storage.file import fault_of
from net.wing import Routes

logger = logging.getLogger("duplex.chat")

Choose = Callable[[Chat], Callable[[Any], object]]
"""Gives the method of a running chat that takes a command."""

COMMANDS: Mapping[type, Choose] = {
    c.SetProfile: lambda chat: chat.presence.set_profile,
    c.SetPresence: lambda chat: chat.presence.set_status,
    c.SetDiscovery: lambda chat: chat.finder.set,
    c.FindAgain: lambda chat: chat.finder.find_again,
    c.Diagnose: lambda chat: chat.diagnoses.begin,
    c.AddPerson: lambda chat: chat.introductions.add,
    c.ConfirmDigits: lambda chat: chat.trust.confirm,
    c.TrustNewKey: lambda chat: chat.trust.trust_new_key,
    c.BlockPerson: lambda chat: chat.trust.block,
    c.ForgetPerson: lambda chat: chat.trust.forget,
    c.SendText: lambda chat: chat.text_sender.send,
    c.SendTyping: lambda chat: chat.typing_notices.send,
    c.MarkDisplayed: lambda chat: chat.texts.mark_displayed,
    c.DeleteMessages: lambda chat: chat.texts.delete,
    c.SetKeepDays: lambda chat: chat.set_keep_days,
    c.Search: lambda chat: chat.search.begin,
    c.ExportConversation: lambda chat: chat.history.export,
    c.SetReceiving: lambda chat: chat.files.arrivals.set_receiving,
    c.OfferFiles: lambda chat: chat.files.offers.offer,
    c.AcceptTransfer: lambda chat: chat.files.accept,
    c.DeclineTransfer: lambda chat: chat.files.decline,
    c.PauseTransfer: lambda chat: chat.files.pause,
    c.ResumeTransfer: lambda chat: chat.files.resume,
    c.CancelTransfer: lambda chat: chat.files.cancel,
    c.WatchItems: lambda chat: chat.files.watch_items,
    c.CreateRoom: lambda chat: chat.rooms.hosted.create,
    c.JoinRoom: lambda chat: chat.rooms.joined.join,
    c.LeaveRoom: lambda chat: chat.rooms.leave,
    c.SetRoom: lambda chat: chat.rooms.hosted.set,
    c.MuteMember: lambda chat: chat.rooms.hosted.mute,
    c.RemoveMember: lambda chat: chat.rooms.hosted.remove,
    c.HandOverRoom: lambda chat: chat.rooms.handovers.hand_over,
    c.ListMembers: lambda chat: chat.rooms.list_members,
}


class ChatCore:
    """A `net.wing.Wing`. ``emit``: on NetThread; ``emit_anywhere``: batches, any thread."""

    make_discovery: DiscoveryFactory = Discovery

    def __init__(self, loop: asyncio.AbstractEventLoop, emit: Emit, emit_anywhere: EmitAnywhere) -> None:
        self._loop = loop
        self._emit = emit
        self._emit_anywhere = emit_anywhere
        self._waiting: list[tuple[Choose, Any]] = []
        self._chat: Chat | None = None
        self._history: Path | None = None
        self._starting: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None

    @property
    def chat(self) -> Chat | None:
        """The one that runs, from a little after `ChatStarted` until `StopChat`."""
        return self._chat

    def history_reader(self) -> HistoryReader | None:
        """A new reader of the history for the calling thread; None before `ChatStarted`. Any thread."""
        path = self._history
        return HistoryReader(path) if path is not None else None

    # --- The wing ---

    def routes(self) -> Routes:
        waiting = {kind: partial(self._when_running, choose) for kind, choose in COMMANDS.items()}
        return {c.StartChat: self._begin_start, c.StopChat: self._begin_stop, **waiting}

    def failed(self, command: Any, error: Exception) -> None:
        self._emit(ChatFault(fault_from_ours(error), getattr(command, "conversation", None)))

    async def stop(self) -> None:
        """Say goodbye, write what waits and let go of everything. Idempotent; raises nothing."""
        if self._stopping is not None:
            await asyncio.gather(self._stopping, return_exceptions=True)
        try:
            await self._stop(self._starting)
        except Exception:
            logger.exception("stopping the chat")

    # --- Commands ---

    def _begin_start(self, command: c.StartChat) -> None:
        if self._starting is None and (self._chat is None or self._stopping is not None):
            self._starting = self._loop.create_task(self._start(command, self._stopping))

    def _begin_stop(self, command: c.StopChat) -> None:
        if self._stopping is None:
            self._stopping = self._loop.create_task(self._stop(self._starting))

    def _when_running(self, choose: Choose, command: Any) -> None:
        if self._starting is not None:
            self._waiting.append((choose, command))
        elif self._chat is not None:
            choose(self._chat)(command)
        else:
            self._emit(trouble(Trouble.NOT_STARTED, getattr(command, "conversation", None)))

    def _run_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for choose, command in waiting:
            try:
                self._when_running(choose, command)
            except Exception as error:
                logger.exception("%r", type(command).__name__)
                self.failed(command, error)

    # --- Its life ---

    async def _start(self, command: c.StartChat, stopping: asyncio.Task[None] | None) -> None:
        if stopping is not None:
            await asyncio.gather(stopping, return_exceptions=True)
        chat: Chat | None = None
        fault: Fault | None = None
        try:
            chat = await start_chat(
                self._loop,
                command,
                emit=self._emit,
                emit_anywhere=self._emit_anywhere,
                make_discovery=type(self).make_discovery,
                on_history=self._history_opened,
            )
        except ProfileInUse:
            fault = Fault(FaultKind.PROFILE_IN_USE, {"path": str(command.folder)})
        except IdentityFault as error:
            fault = error.fault
        except sqlite3.Error as error:
            fault = fault_of(error, command.folder / FILE_NAME)
        except asyncio.CancelledError:
            # A stop waits for no start. Nobody is told: whoever stops it does not expect it to run.
            self._starting = None
            self._run_waiting()
            raise
        except OSError as error:
            fault = Fault(FaultKind.SYSTEM, {"detail": str(error), "errno": error.errno or 0})
        except Exception as error:
            logger.exception("starting the chat")
            fault = fault_from_ours(error)
        self._chat = chat
        self._starting = None
        if fault is not None:
            # Only now that all is let go of: who sees it may try again at once, and finds the profile free.
            self._emit(ChatFailed(fault))
        self._run_waiting()

    async def _stop(self, starting: asyncio.Task[None] | None) -> None:
        try:
            if starting is not None:
                starting.cancel()
                await asyncio.gather(starting, return_exceptions=True)
            chat, self._chat = self._chat, None
            if chat is not None:
                await chat.stop()
        finally:
            self._stopping = None

    def _history_opened(self, path: Path) -> None:
        self._history = path
