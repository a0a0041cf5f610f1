"""The class port: whoever connects is told that it works, and nobody can hold it up."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import urllib.request
from collections.abc import AsyncIterator

import pytest

from net.lab.preflight import class_port
from net.lab.preflight.class_port import LARGEST_REQUEST, ClassPort


@contextlib.asynccontextmanager
async def opened(knocks: list[str], port: int = 0) -> AsyncIterator[ClassPort]:
    class_door = ClassPort(knocks.append)
    await class_door.open(port)
    try:
        yield class_door
    finally:
        class_door.close()


async def exchange(port: int, request: bytes) -> bytes:
    """All that comes back; b"" if it hung up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        await writer.drain()
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionError:
        return b""
    finally:
        writer.close()


def test_a_browser_reads_that_it_works() -> None:
    async def scenario() -> None:
        knocks: list[str] = []
        async with opened(knocks) as class_door:
            fetch = urllib.request.urlopen
            page = await asyncio.to_thread(
                lambda: fetch(f"http://127.0.0.1:{class_door.port}/", timeout=10).read()
            )
            assert "连上了" in page.decode() and "can reach" in page.decode()
            assert knocks == ["127.0.0.1"]

    asyncio.run(scenario())


def test_nothing_else_is_served() -> None:
    async def scenario() -> None:
        async with opened([]) as class_door:
            pages = {
                await exchange(class_door.port, b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path)
                for path in (b"/", b"/../../etc/passwd", b"/lesson.toml")
            }
            assert len(pages) == 1

    asyncio.run(scenario())


def test_who_sends_too_much_or_nothing_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_port, "PATIENCE", 0.2)

    async def scenario() -> None:
        async with opened([]) as class_door:
            assert await exchange(class_door.port, b"x" * (LARGEST_REQUEST + 1)) == b""
            assert await exchange(class_door.port, b"GET / HTTP/1.1\r\n") == b""

    asyncio.run(scenario())


def test_a_taken_port_is_replaced() -> None:
    async def scenario() -> None:
        with socket.socket() as taken:
            taken.bind(("0.0.0.0", 0))
            taken.listen(1)
            asked = taken.getsockname()[1]
            async with opened([], asked) as class_door:
                assert class_door.port not in (0, asked)

    asyncio.run(scenario())


def test_closing_ends_the_connections_too() -> None:
    async def scenario() -> None:
        async with opened([]) as class_door:
            reader, writer = await asyncio.open_connection("127.0.0.1", class_door.port)
            writer.write(b"GET")
            await writer.drain()
            class_door.close()
            with contextlib.suppress(ConnectionError):
                assert await asyncio.wait_for(reader.read(), 10) == b""
            writer.close()

    asyncio.run(scenario())
