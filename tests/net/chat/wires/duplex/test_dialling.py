"""Dialling: several addresses of one person, of which some are dead, silent or somebody else's."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest

from net.address import Address
from net.chat.wires.duplex.channel import CloseKind
from net.chat.wires.duplex.dialling import DialError
from net.chat.wires.duplex.door_contexts import TALKING
from tests.net.chat.duplexes import Relay, duplexes, identity_number, receive, run, until


@contextlib.asynccontextmanager
async def nobody() -> AsyncIterator[Address]:
    """Where nobody listens, and as long as it is held nobody else will."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield Address.from_socket(held.getsockname())


def test_the_first_to_shake_hands_wins_and_the_others_are_closed() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with duplexes(2) as (anna, bert):
            with socket.create_server(("127.0.0.1", 0)) as silent:
                silent.setblocking(False)
                dead = Address.from_socket(silent.getsockname())
                async with nobody() as closed:
                    link = await anna.doors.dial_talk([closed, dead, bert.address], bert.identity.id)
                assert link.path == bert.address
                loser, _ = await loop.sock_accept(silent)
                with loser:
                    # It was begun, and ended without an answer.
                    assert (await receive(loser)).startswith(TALKING)
            await until(lambda: bert.links)
            assert len(anna.links) == 1

    run(main())


def test_the_address_that_last_worked_is_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("net.chat.wires.duplex.dialling.ATTEMPT_DELAY", 60.0)

    async def main() -> None:
        async with duplexes(2) as (anna, bert):
            relay = Relay(bert.address)
            for first, second in ((relay.address, bert.address), (bert.address, relay.address)):
                link = await anna.doors.dial_talk([first, second], bert.identity.id)
                assert link.path == first
            await until(lambda: len(bert.links) == 2)
            relay.close()

    run(main())


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr("net.system.resolve.look_up", unknown)

    async def main() -> None:
        async with duplexes(2) as (anna, bert), nobody() as silent:
            for addresses in ([silent], [], [Address("no-such-host.invalid", 1)]):
                with pytest.raises(DialError) as caught:
                    await anna.doors.dial_talk(addresses, bert.identity.id)
                assert caught.value.kind is CloseKind.UNREACHABLE
            with pytest.raises(DialError) as caught:
                await anna.doors.dial_talk([silent], identity_number(4).id)
            assert caught.value.kind is CloseKind.REFUSED

    run(main())


def test_a_dialling_that_is_given_up_leaves_nothing() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with duplexes(2) as (anna, bert):
            with socket.create_server(("127.0.0.1", 0)) as silent:
                silent.setblocking(False)
                address = Address.from_socket(silent.getsockname())
                task = loop.create_task(anna.doors.dial_talk([address], bert.identity.id))
                sock, _ = await loop.sock_accept(silent)
                with sock:
                    task.cancel()
                    await receive(sock)
                with pytest.raises(asyncio.CancelledError):
                    await task

    run(main())
