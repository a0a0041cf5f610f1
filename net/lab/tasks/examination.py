"""`Examination`: one task being graded, over real sockets, on an asyncio loop.

It listens for pupils' programs (or knocks at one), and each that comes is an attempt with a `Grader` of its
own, to which it carries the events, the time and the actions. NetThread runs it in Duplex, and
``asyncio.run`` in `check.py`.

What comes from outside is bounded: attempts at the same time, over all and from one address; what a program
may send (the graders'); how long a connection may take to close.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from typing import TYPE_CHECKING, Any

from net.lab.tasks.doors import Doors
from net.lab.tasks.grading import (
    Broken,
    Close,
    Connect,
    Connected,
    DatagramGrader,
    DoorsOpened,
    Ended,
    EndSending,
    OpenDoors,
    Received,
    Refused,
    Released,
    Send,
    Verdict,
    address_text,
)
from net.lab.tasks.sockets import DatagramReader, bound_socket

if TYPE_CHECKING:
    from collections.abc import Callable

    from net.lab.tasks.catalog import Task
    from net.lab.tasks.grading import Grader, Line

logger = logging.getLogger("duplex.net")

ATTEMPTS_LIMIT = 512
"""Attempts at the same time."""
ADDRESS_LIMIT = 64
"""Attempts at the same time from one address."""
CLOSE_SECONDS = 2.0
"""How long a program may take to read what is left for it, once its verdict is there."""
STRAGGLER_SECONDS = 2.0
"""How long after a verdict, and after each datagram that follows it, datagrams from the same address still
belong to that attempt."""
CONNECT_SECONDS = 10.0


class Reports:
    """What an examination tells; attempts are numbered from 1. Override what is of interest."""

    def began(self, attempt: int, remote: str) -> None:
        """A program came from ``remote``, ``host:port``."""

    def named(self, attempt: int, who: str) -> None:
        """The program said what it calls itself."""

    def line(self, attempt: int, line: Line) -> None:
        """Something was sent, received or noted."""

    def judged(self, attempt: int, who: str, verdict: Verdict, lines: tuple[Line, ...]) -> None:
        """The verdict, with the last lines."""

    def over(self) -> None:
        """A knock has ended."""


# --- Attempts ---------------------------------------------------------------------------------------------


class Attempt:
    """Carries one grader. A kind of attempt overrides `_act` and `_close`."""

    def __init__(self, examination: Examination, remote: str, host: str) -> None:
        self.host = host
        self.number = examination.next_number()
        self._examination = examination
        self._loop = examination.loop
        self._grader = examination.new_grader(self.number)
        self._who = ""
        self._begun = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self.is_over = False
        examination.add(self)
        examination.reports.began(self.number, remote)

    def happen(self, event: Any = None) -> None:
        """Tell the grader, do what it wants, and see whether it has judged."""
        if self.is_over:
            return
        grader = self._grader
        try:
            grader.advance(self._loop.time() - self._begun, event)
        except Exception:
            logger.exception("the grader of attempt %d", self.number)
            grader.verdict = Verdict(False, "grader-broke")
        if grader.who != self._who:
            self._who = grader.who
            self._examination.reports.named(self.number, grader.who)
        for line in grader.take_lines():
            self._examination.reports.line(self.number, line)
        for action in grader.take_actions():
            self._act(action)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if grader.verdict is not None:
            self._end(grader, grader.verdict)
        elif grader.wake is not None:
            self._timer = self._loop.call_at(self._begun + grader.wake, self.happen)

    def abandon(self) -> None:
        """End without a verdict: the examination is over."""
        if not self.is_over:
            self.is_over = True
            if self._timer is not None:
                self._timer.cancel()
            self._close()
            self._examination.remove(self)

    def _end(self, grader: Grader, verdict: Verdict) -> None:
        self.is_over = True
        self._close()
        self._examination.remove(self)
        self._examination.reports.judged(self.number, grader.who, verdict, tuple(grader.last_lines))

    def _act(self, action: Any) -> None:
        raise NotImplementedError

    def _close(self) -> None:
        raise NotImplementedError


class TalkChannel(asyncio.Protocol):
    """One TCP connection of an attempt."""

    def __init__(self, number: int, happen: Callable[[Any], None]) -> None:
        self._number = number
        self._happen = happen
        self._transport: asyncio.Transport | None = None
        self._closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        with contextlib.suppress(OSError):
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._closing:
            transport.abort()
        else:
            self._happen(Connected(self._number))

    def data_received(self, data: bytes) -> None:
        self._happen(Received(data, self._number))

    def eof_received(self) -> bool:
        self._happen(Ended(self._number))
        return True  # keep our side open: half-close is part of the lessons

    def connection_lost(self, error: Exception | None) -> None:
        if not self._closing:
            self._happen(Broken(self._number))

    def send(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def end_sending(self) -> None:
        transport = self._transport
        if transport is not None and not transport.is_closing():
            try:
                transport.write_eof()
            except OSError:
                transport.abort()  # reset meanwhile

    def close(self, loop: asyncio.AbstractEventLoop) -> None:
        """Send what is queued, then close; a program that does not read it is reset after a while."""
        if self._closing:
            return
        self._closing = True
        if self._transport is not None:
            self._transport.close()
            loop.call_later(CLOSE_SECONDS, self._transport.abort)


class StreamAttempt(Attempt):
    """A program that has connected."""

    def __init__(self, examination: Examination, sock: socket.socket, address: Any) -> None:
        super().__init__(examination, address_text(address), address[0])
        self._sock_host = sock.getsockname()[0]
        self._channel = TalkChannel(0, self.happen)
        self._doors: Doors | None = None
        examination.finish(self._adopt(sock))

    async def _adopt(self, sock: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(lambda: self._channel, sock)
        except OSError:
            sock.close()
            self.happen(Broken())

    def _act(self, action: Any) -> None:
        if isinstance(action, Send):
            self._channel.send(action.data)
        elif isinstance(action, EndSending):
            self._channel.end_sending()
        elif isinstance(action, OpenDoors):
            self._examination.finish(self._open_doors(action.kinds))

    async def _open_doors(self, kinds: tuple[str, ...]) -> None:
        doors = Doors(self._loop, self._sock_host, same_pc=self._sock_host == self.host)
        try:
            opened = await self._loop.run_in_executor(None, doors.open, kinds)
        except OSError:
            logger.exception("doors")
            opened = ()
        if self.is_over:
            await doors.close()
            return
        self._doors = doors
        self.happen(DoorsOpened(opened))

    def _close(self) -> None:
        self._channel.close(self._loop)
        if self._doors is not None:
            self._examination.finish(self._doors.close())
            self._doors = None


class DatagramAttempt(Attempt):
    """A program that sends datagrams from one address."""

    def __init__(
        self,
        examination: Examination,
        reader: DatagramReader,
        address: Any,
        forget: Callable[[DatagramAttempt], None],
    ) -> None:
        super().__init__(examination, address_text(address), address[0])
        self.address = address
        self._reader = reader
        self._forget = forget
        self._forgetting: asyncio.TimerHandle | None = None

    def happen(self, event: Any = None) -> None:
        if self.is_over:
            self._close()  # a program that has failed may go on sending: that is no new attempt
        else:
            super().happen(event)

    def begins_anew(self, data: bytes) -> bool:
        return isinstance(self._grader, DatagramGrader) and self._grader.begins_anew(data)

    def _act(self, action: Any) -> None:
        if isinstance(action, Send):
            self._reader.send(action.data, self.address)

    def _close(self) -> None:
        if self._forgetting is not None:
            self._forgetting.cancel()
        self._forgetting = self._loop.call_later(STRAGGLER_SECONDS, self._forget, self)


class KnockAttempt(Attempt):
    """A pupil's server, to which we connect as often as the grader wants."""

    def __init__(self, examination: Examination, host: str, port: int) -> None:
        super().__init__(examination, address_text((host, port)), host)
        self._port = port
        self._channels: dict[int, TalkChannel] = {}
        self._connecting: set[asyncio.Task[None]] = set()
        self._loop.call_soon(self.happen)

    def _act(self, action: Any) -> None:
        if isinstance(action, Connect):
            channel = self._channels[action.channel] = TalkChannel(action.channel, self.happen)
            task = self._loop.create_task(self._connect(action.channel, channel))
            self._connecting.add(task)
            task.add_done_callback(self._connecting.discard)
        elif isinstance(action, Send):
            self._channels[action.channel].send(action.data)
        elif isinstance(action, EndSending):
            self._channels[action.channel].end_sending()
        elif isinstance(action, Close):
            self._channels.pop(action.channel).close(self._loop)

    async def _connect(self, number: int, channel: TalkChannel) -> None:
        opening = self._loop.create_connection(lambda: channel, self.host, self._port)
        try:
            await asyncio.wait_for(opening, CONNECT_SECONDS)
        except asyncio.TimeoutError:
            self.happen(Refused(number, silent=True))
        except (OSError, UnicodeError) as error:  # UnicodeError: no name can be written so
            self.happen(Refused(number, silent=not isinstance(error, ConnectionError)))

    def _close(self) -> None:
        for task in self._connecting:
            task.cancel()
        for channel in self._channels.values():
            channel.close(self._loop)
        self._loop.call_soon(self._examination.reports.over)


# --- The examination --------------------------------------------------------------------------------------


class Examination:
    """``seed``: of the first attempt; the next one has ``seed + 1``, and so on, so that each can be had
    again. To be used on ``loop`` only."""

    def __init__(self, loop: asyncio.AbstractEventLoop, task: Task, seed: int, reports: Reports) -> None:
        self.loop = loop
        self.reports = reports
        self._task = task
        self._seed = seed
        self._numbers = 0
        self._attempts: dict[int, Attempt] = {}
        self._listener: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._reader: DatagramReader | None = None
        self._by_address: dict[Any, DatagramAttempt] = {}
        self._finishing: set[asyncio.Task[None]] = set()

    # --- For the caller ---

    def listen(self, host: str, port: int) -> str:
        """Begin; returns the address, ``host:port``. Raises `OSError`."""
        sock = bound_socket(host, port, self._task.transport)
        if self._task.transport == "tcp":
            self._listener = sock
            self._accepting = self.loop.create_task(self._accept(sock))
        else:
            self._reader = DatagramReader(self.loop, sock, self._take_datagram)
        return address_text(sock.getsockname())

    def knock(self, host: str, port: int) -> None:
        """Begin with a pupil's server."""
        KnockAttempt(self, host, port)

    def release(self, attempt: int) -> None:
        """End an attempt that is stuck: "released" is its verdict."""
        found = self._attempts.get(attempt)
        if found is not None:
            found.happen(Released())

    async def close(self) -> None:
        """End everything; attempts under way get no verdict."""
        if self._accepting is not None:
            self._accepting.cancel()
            await asyncio.gather(self._accepting, return_exceptions=True)
        if self._listener is not None:
            self._listener.close()
        for attempt in list(self._attempts.values()):
            attempt.abandon()
        if self._reader is not None:
            await self._reader.close()
        while self._finishing:
            await asyncio.gather(*self._finishing, return_exceptions=True)

    # --- For its attempts ---

    def next_number(self) -> int:
        self._numbers += 1
        return self._numbers

    def new_grader(self, number: int) -> Grader:
        return self._task.grader(self._seed + number - 1)

    def add(self, attempt: Attempt) -> None:
        self._attempts[attempt.number] = attempt

    def remove(self, attempt: Attempt) -> None:
        self._attempts.pop(attempt.number, None)

    def finish(self, work: Any) -> None:
        """Run ``work`` in a task of its own; the examination does not end before it."""
        task = self.loop.create_task(work)
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)

    # --- Those who come ---

    async def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                sock, address = await self.loop.sock_accept(listener)
            except OSError:
                # Out of files, or the client has gone already: the others still come.
                await asyncio.sleep(0.2)
                continue
            sock.setblocking(False)
            if self._is_full(address[0]):
                sock.close()
                continue
            try:
                StreamAttempt(self, sock, address)
            except OSError:
                sock.close()

    def _take_datagram(self, data: bytes, sender: Any) -> None:
        attempt = self._by_address.get(sender)
        if attempt is not None and attempt.begins_anew(data):
            attempt.happen(Ended())
            del self._by_address[sender]
            attempt = None
        if attempt is None:
            if self._reader is None or self._is_full(sender[0]):
                return
            attempt = self._by_address[sender] = DatagramAttempt(self, self._reader, sender, self._forget)
        attempt.happen(Received(data))

    def _forget(self, attempt: DatagramAttempt) -> None:
        if self._by_address.get(attempt.address) is attempt:
            del self._by_address[attempt.address]

    def _is_full(self, host: str) -> bool:
        same = sum(1 for attempt in self._attempts.values() if attempt.host == host)
        return same >= ADDRESS_LIMIT or len(self._attempts) >= ATTEMPTS_LIMIT
