"""The control channel, Duplex's end: where the hooks of all programs connect (`net.lab.run.hook` has the
format)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
import socket
from typing import Any, Protocol

from net.loop.outlet import Outlet

logger = logging.getLogger("duplex.net")

VARIABLE = "DUPLEX_RUN"
"""The environment variable that tells a hook where to connect and how to prove that it was started here. All
processes that a program starts inherit it, and are found by it."""

LINE_LIMIT = 1 << 20
"""Bytes of a line that a hook sends: the beginning of a call's data, in base64, and some words."""

HELLO_LIMIT = 1024
HELLO_SECONDS = 10.0
"""What may come, and how soon, from something that has not shown its token yet."""

Message = dict[str, Any]


class HookOwner(Protocol):
    """The program at the other end, as the channel sees it."""

    def hook_came(self, line: HookLine, hello: Message) -> None: ...

    def hook_said(self, message: Message) -> None: ...

    def hook_left(self) -> None: ...


class HookDoor:
    """Listens on loopback for hooks. NetThread only."""

    def __init__(self, loop: asyncio.AbstractEventLoop, outlet: Outlet) -> None:
        self._loop = loop
        self._outlet = outlet
        self._server: asyncio.Server | None = None
        self._expected: dict[str, HookOwner] = {}
        self._lines: set[HookLine] = set()
        self._port = 0
        self._opening = asyncio.Lock()

    async def expect(self, owner: HookOwner) -> str:
        """The value of `VARIABLE` for a program that is started now. Raises OSError."""
        async with self._opening:
            if self._server is None:
                listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                try:
                    listener.bind(("127.0.0.1", 0))
                    self._port = listener.getsockname()[1]
                    self._server = await self._loop.create_server(self._meet, sock=listener, backlog=100)
                except BaseException:
                    listener.close()
                    raise
        token = secrets.token_hex(16)
        self._expected[token] = owner
        return f"{self._port}:{token}"

    def forget(self, value: str) -> None:
        """The program with this value has ended."""
        self._expected.pop(value.partition(":")[2], None)

    def owner_of(self, token: str) -> HookOwner | None:
        """Whose hook shows this token; each token is good for one."""
        return self._expected.pop(token, None)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for line in list(self._lines):
            line.close()

    def _meet(self) -> HookLine:
        return HookLine(self._loop, self, self._outlet, self._lines)


class HookLine(asyncio.Protocol):
    """One hook's connection. While nobody takes what is recorded it is not read: the program waits."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, door: HookDoor, outlet: Outlet, lines: set[HookLine]
    ) -> None:
        self._loop = loop
        self._door = door
        self._outlet = outlet
        self._lines = lines
        self._transport: asyncio.Transport | None = None
        self._owner: HookOwner | None = None
        self._rest = b""
        self._paused = False
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            return
        self._transport = transport
        self._lines.add(self)
        sock = transport.get_extra_info("socket")
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._late = self._loop.call_later(HELLO_SECONDS, self._dismiss_stranger)

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > (LINE_LIMIT if self._owner is not None else HELLO_LIMIT):
            self.close()
            return
        for line in lines:
            self._take(line)
        if self._outlet.congested and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
            self._outlet.when_clear(self._resume)

    def connection_lost(self, error: Exception | None) -> None:
        self._lines.discard(self)
        if self._late is not None:
            self._late.cancel()
        if self._owner is not None:
            owner, self._owner = self._owner, None
            owner.hook_left()

    def send(self, *words: str | int) -> None:
        """One order: a word and its values."""
        if self._transport is not None:
            self._transport.write((" ".join(map(str, words)) + "\n").encode("utf-8"))

    def send_order(self, order: Message) -> None:
        """What to run; the first line to a hook."""
        self.send(json.dumps(order))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _take(self, line: bytes) -> None:
        try:
            message = json.loads(line)
            if b"\\u" in line:
                message = _valid(message)
            if self._owner is None:
                owner = self._door.owner_of(message["token"])
                if owner is None:
                    raise ValueError("a token that nobody was given")
                if self._late is not None:
                    self._late.cancel()
                self._owner = owner
                owner.hook_came(self, message)
            else:
                self._owner.hook_said(message)
        except (ValueError, KeyError, TypeError, AttributeError):
            # A program can write to its channel if it tries hard.
            logger.warning("a hook said what none says", exc_info=True)
            self.close()

    def _dismiss_stranger(self) -> None:
        if self._owner is None:
            self.close()

    def _resume(self) -> None:
        self._paused = False
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()


def _valid(value: Any) -> Any:
    """``value`` with ? for what is no character, as in a file's name that is no text: a recording with it
    could not be written."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_valid(key): _valid(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_valid(each) for each in value]
    return value
