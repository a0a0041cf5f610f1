"""The ports that the doors come to be at."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence

import pytest

from net.address import Address
from net.chat.identity import pairing_client_context
from net.chat.wires.duplex import doors
from net.chat.wires.duplex.channel import CloseKind
from net.chat.wires.duplex.door_contexts import PAIRING
from tests.net.chat.duplexes import Duplex, at_door, duplexes, identity_number, run

V4, V6 = "127.0.0.1", "::1"


def families_here() -> list[str]:
    """The loopback addresses that this machine has."""
    found = []
    for host, family in ((V4, socket.AF_INET), (V6, socket.AF_INET6)):
        try:
            socket.create_server((host, 0), family=family).close()
        except OSError:
            continue
        found.append(host)
    return found


def test_a_taken_port_gives_the_next_free_one() -> None:
    async def main() -> None:
        async with duplexes(1) as (anna,):
            bert = Duplex(identity_number(1))
            port = await bert.doors.listen(anna.doors.port, (V4,))
            assert anna.doors.port < port <= anna.doors.port + 20
            await bert.doors.close()

    run(main())


def test_all_families_there_are_have_one_port() -> None:
    async def main() -> None:
        both = Duplex(identity_number(2))
        await both.doors.listen(0, (V4, V6))
        for host in families_here():
            address = Address(host, both.doors.port)
            channel = await at_door(PAIRING, pairing_client_context(), address)
            channel.abort(CloseKind.BY_ME)
        await both.doors.close()

    run(main())


def test_a_port_of_the_systems_that_the_other_family_does_not_have_is_not_the_last_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bind = doors._bind
    asked: list[int] = []

    def unlucky(hosts: Sequence[str], port: int) -> list[socket.socket]:
        asked.append(port)
        if len(asked) < 3:
            raise OSError(errno.EADDRINUSE, "taken for the other family")
        return bind(hosts, port)

    monkeypatch.setattr(doors, "_bind", unlucky)

    async def main() -> None:
        anna = Duplex(identity_number(0))
        assert await anna.doors.listen(0, (V4,)) == anna.doors.port > 0
        assert asked == [0, 0, 0]
        await anna.doors.close()

    run(main())
