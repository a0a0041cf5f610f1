"""The doors, against peers that behave and peers that do not."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import ssl
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from net.address import Address
from net.chat.identity import pairing_client_context, talking_client_context
from net.chat.wires.duplex.channel import Channel, CloseKind
from net.chat.wires.duplex.dialling import DialError
from net.chat.wires.duplex.door_contexts import DIAGNOSIS, PAIRING, TALKING
from net.chat.wires.duplex.gate import Limits
from net.protocol.chat.frames import MAX_HELLO, encode, encode_data
from net.protocol.chat.messages import Bye, Hello, Say, Unknown
from tests.net.chat.certificates import signed_by
from tests.net.chat.duplexes import Duplex, Relay, at_door, duplexes, receive, run, turn, until

SAY = Say(id=b"i" * 16, text="你好", time=1)


async def talks(anna: Duplex, bert: Duplex) -> None:
    """An honest peer is served."""
    before = len(bert.messages)
    link = await anna.talk_to(bert)
    link.send(SAY)
    await until(lambda: len(bert.messages) > before, "an honest message")
    link.close()


@contextlib.contextmanager
def plain(target: Duplex, source: str = "127.0.0.2") -> Iterator[socket.socket]:
    """A bare TCP connection from an address of its own."""
    with socket.create_connection((target.address.host, target.address.port), 10, (source, 0)) as sock:
        sock.setblocking(False)
        yield sock


async def channel_to(anna: Duplex, bert: Duplex, door: bytes = TALKING) -> Channel:
    """Shaken hands, and nothing said."""
    if door == TALKING:
        context = talking_client_context(anna.identity, bert.identity.certificate)
    else:
        context = pairing_client_context()
    return await at_door(door, context, bert.address)


@pytest.mark.parametrize("cut", [None, 1, 8, 9])
def test_whatever_comes_together_with_the_preamble_is_kept(cut: int | None) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with duplexes(2) as (anna, bert):
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            context = talking_client_context(anna.identity, bert.identity.certificate)
            tls = context.wrap_bio(incoming, outgoing)
            with contextlib.suppress(ssl.SSLWantReadError):
                tls.do_handshake()
            with plain(bert) as sock:
                start = TALKING + outgoing.read()
                for piece in [start] if cut is None else [start[:cut], start[cut:]]:
                    await loop.sock_sendall(sock, piece)
                    await turn()
                while True:
                    try:
                        tls.do_handshake()
                        break
                    except ssl.SSLWantReadError:
                        incoming.write(await loop.sock_recv(sock, 65536))
                # Finished, Hello and a message in one go, too.
                tls.write(encode(anna.hello(b"")) + encode(SAY))
                await loop.sock_sendall(sock, outgoing.read())
                await until(lambda: bert.messages)
                assert bert.messages == [SAY] and bert.links[0].path.host == "127.0.0.2"

    run(main())


@pytest.mark.parametrize(
    "start", [b"GET / HTT", b"DUPLEX1X", b"\x16\x03\x01\x02\0\x01\0\x01", TALKING + b"garbage!" * 9]
)
def test_another_protocol_is_shown_out(start: bytes) -> None:
    async def main() -> None:
        async with duplexes(2) as (anna, bert):
            with plain(bert) as sock:
                await asyncio.get_running_loop().sock_sendall(sock, start)
                answer = await receive(sock)
                assert len(answer) < 100
            await until(lambda: not bert.doors.gate.open)
            await talks(anna, bert)

    run(main())


@pytest.mark.parametrize("start", [b"", b"DUPLEX1", TALKING, PAIRING + b"\x16\x03\x01"])
def test_half_open_ones_are_given_up(start: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("net.chat.wires.duplex.channel.PREAMBLE_TIMEOUT", 0.05)
    monkeypatch.setattr("net.chat.wires.duplex.channel.HANDSHAKE_TIMEOUT", 0.05)

    async def main() -> None:
        async with duplexes(1) as (bert,):
            with plain(bert) as sock:
                await asyncio.get_running_loop().sock_sendall(sock, start)
                assert await receive(sock) == b""
            assert not bert.doors.gate.open

    run(main())


@pytest.mark.parametrize("door", [TALKING, PAIRING, DIAGNOSIS])
def test_who_says_nothing_after_the_handshake_is_given_up(
    door: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("net.chat.wires.duplex.greeting.HELLO_TIMEOUT", 0.05)
    monkeypatch.setattr("net.chat.wires.duplex.visit.FIRST_MESSAGE_TIMEOUT", 0.05)

    async def main() -> None:
        async with duplexes(2) as (anna, bert):
            channel = await channel_to(anna, bert, door)
            ends: list[CloseKind] = []
            channel.on_closed = lambda kind, detail: ends.append(kind)
            channel.resume()
            await until(lambda: ends and not bert.doors.gate.open)
            assert not bert.links

    run(main())


@pytest.mark.parametrize(
    "first",
    [
        struct.pack(">IB", MAX_HELLO + 1, 0) + bytes(100),
        struct.pack(">IB", 2**32 - 1, 0),
        encode_data(1, b"x") + b"x",
        encode(SAY),
        encode(Unknown(kind="x")),
        b"\0\0\0\x02\0\x81\xa1",
        b"\0\0\0\x01\0\xc1",
    ],
)
@pytest.mark.parametrize("door", [TALKING, PAIRING, DIAGNOSIS])
def test_what_is_no_first_message(first: bytes, door: bytes) -> None:
    async def main() -> None:
        async with duplexes(2) as (anna, bert):
            channel = await channel_to(anna, bert, door)
            ends: list[CloseKind] = []
            channel.on_closed = lambda kind, detail: ends.append(kind)
            channel.resume()
            channel.write(first)
            if first == b"\0\0\0\x02\0\x81\xa1":
                channel.close()
            await until(lambda: ends and not bert.doors.gate.open)
            assert not bert.links and not bert.paired
            await talks(anna, bert)

    run(main())


def test_a_stranger_does_not_come_to_the_talking_door() -> None:
    async def main() -> None:
        async with duplexes(2, acquainted=False) as (anna, bert):
            anna.knows(bert)
            with pytest.raises(DialError) as caught:
                await anna.talk_to(bert)
            assert caught.value.kind is CloseKind.REFUSED
            assert not bert.links and not anna.links

    run(main())


def test_who_was_blocked_or_forgotten_is_refused_at_once() -> None:
    async def main() -> None:
        async with duplexes(3) as (anna, bert, carl):
            await talks(anna, bert)
            bert.blocked.add(anna.identity.id)
            bert.doors.people_changed()
            # At first by our own comparison, by TLS as soon as its context knows.
            kind = CloseKind.BY_PEER
            for _ in range(50):
                with pytest.raises(DialError) as caught:
                    await anna.talk_to(bert)
                kind = caught.value.kind
                if kind is CloseKind.REFUSED:
                    break
                assert kind in (CloseKind.RESET, CloseKind.BY_PEER)
            assert kind is CloseKind.REFUSED
            await talks(carl, bert)
            bert.blocked.clear()
            bert.doors.people_changed()
            await talks(anna, bert)

    run(main())


def test_a_certificate_signed_by_a_known_one_is_not_that_one() -> None:
    """Known certificates are authorities for OpenSSL: it takes what they signed, and we do not."""

    async def main() -> None:
        async with duplexes(2) as (anna, bert):
            minted = signed_by(anna.identity)
            context = talking_client_context(minted, bert.identity.certificate)
            channel = await at_door(TALKING, context, bert.address)
            ends: list[CloseKind] = []
            channel.on_closed = lambda kind, detail: ends.append(kind)
            channel.write(encode(anna.hello(b"")))
            channel.resume()
            await until(lambda: ends and not bert.doors.gate.open)
            assert not bert.links
            # The other way round: a server that shows a minted one.
            mallory = Duplex(minted)
            await mallory.doors.listen(0, ("127.0.0.1",))
            mallory.knows(bert)
            with pytest.raises(DialError) as caught:
                await bert.doors.dial_talk([mallory.address], anna.identity.id)
            assert caught.value.kind is CloseKind.IMPOSTOR
            assert not mallory.links and not bert.links
            await mallory.doors.close()

    run(main())


def test_an_impostor_at_a_known_address() -> None:
    async def main() -> None:
        async with duplexes(3) as (anna, bert, carl):
            with pytest.raises(DialError) as caught:
                await anna.doors.dial_talk([carl.address], bert.identity.id)
            assert caught.value.kind is CloseKind.REFUSED and not anna.links and not carl.links
            link = await anna.doors.dial_talk([carl.address, bert.address], bert.identity.id)
            assert link.path == bert.address and link.identity == bert.identity.id

    run(main())


def test_a_relay_sees_nothing_and_changes_nothing() -> None:
    async def main() -> None:
        async with duplexes(2) as (anna, bert):
            relay = Relay(bert.address)
            link = await anna.doors.dial_talk([relay.address], bert.identity.id)
            link.send(Say(id=b"i" * 16, text="the secret words", time=1))
            await until(lambda: bert.messages)
            link.close()
            await until(lambda: bert.ends)
            seen = b"".join(relay.seen)
            assert seen and b"secret" not in seen and anna.identity.certificate not in seen
            relay.close()

    run(main())


def test_diagnosis_is_for_everybody() -> None:
    async def main() -> None:
        async with duplexes(2, acquainted=False) as (anna, bert):
            reply = await anna.doors.dial_diagnose([bert.address])
            assert reply == bert.diagnosis(Address("127.0.0.1", 0))

    run(main())


# --- Crowds and noise


@pytest.fixture
def many() -> Iterator[int]:
    """Five thousand, or as many files as this machine allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = 12_000 if hard == resource.RLIM_INFINITY else min(hard, 12_000)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    yield min(5000, limit - 1000)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_five_thousand_connections_from_one_address(many: int) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with duplexes(2) as (anna, bert):
            flood: list[socket.socket] = []
            most = 0
            try:
                for number in range(many):
                    sock = socket.socket()
                    flood.append(sock)
                    sock.setblocking(False)
                    sock.bind(("127.0.0.2", 0))
                    await loop.sock_connect(sock, ("127.0.0.1", bert.doors.port))
                    most = max(most, bert.doors.gate.open)
                    if number % 1000 == 999:
                        await talks(anna, bert)
                assert many > 1000 and 0 < most <= Limits().open_per_address + 1
                # Without the limit of one address the flood's own wait, and others come in at once.
                await until(lambda: len(bert.ends) == many // 1000)
            finally:
                for sock in flood:
                    sock.close()
            await until(lambda: not bert.doors.gate.open)

    run(main())


def test_many_addresses_do_not_crowd_out_the_honest() -> None:
    async def main() -> None:
        limits = Limits(open_per_address=4, open_in_all=12)
        async with duplexes(2, limits=limits) as (anna, bert):
            with contextlib.ExitStack() as stack:
                for number in range(40):
                    stack.enter_context(plain(bert, f"127.0.1.{number % 20 + 1}"))
                    await turn()
                await until(lambda: bert.doors.gate.open == 12)
                await talks(anna, bert)
                assert bert.doors.gate.open <= 12

    run(main())


def test_new_connections_of_one_address_come_at_a_rate() -> None:
    async def main() -> None:
        limits = Limits(burst=3, per_second=0.0)
        async with duplexes(2, limits=limits) as (anna, bert):
            # Who is known is not counted,
            for _ in range(10):
                await talks(anna, bert)
            for _ in range(5):
                with plain(bert) as sock:
                    await asyncio.get_running_loop().sock_sendall(sock, b"x" * 8)
                    await receive(sock)
                await until(lambda: not bert.doors.gate.open)
            # and who was refused does not keep others out.
            with plain(bert) as sock:
                assert await receive(sock) == b"" and not bert.doors.gate.open
            await talks(anna, bert)

    run(main())


@given(st.lists(st.binary(max_size=400), max_size=4), st.sampled_from([b"", TALKING, PAIRING, DIAGNOSIS]))
@settings(max_examples=60, deadline=None)
def test_any_bytes_at_the_live_doors(pieces: list[bytes], door: bytes) -> None:
    async def main() -> None:
        async with duplexes(1) as (bert,):
            # The doors may have hung up before all is said; a socket that was reset is not even shut down.
            with plain(bert) as sock, contextlib.suppress(OSError):
                for piece in [door, *pieces]:
                    await asyncio.get_running_loop().sock_sendall(sock, piece)
                    await turn()
                sock.shutdown(socket.SHUT_WR)
                await receive(sock)
            await until(lambda: not bert.doors.gate.open)
            assert not bert.links and not bert.paired

    run(main())


VALID = encode(SAY) + encode_data(1, b"d" * 99) + b"d" * 99 + encode(Bye())


@given(
    st.lists(st.tuples(st.integers(0, len(VALID) - 1), st.integers(0, 255)), min_size=1, max_size=4),
    st.integers(1, 60),
)
@settings(max_examples=60, deadline=None)
def test_mutated_frames_from_a_known_peer(changes: list[tuple[int, int]], size: int) -> None:
    stream = bytearray(VALID)
    for place, value in changes:
        stream[place] = value

    async def main() -> None:
        async with duplexes(2) as (anna, bert):
            link = await anna.talk_to(bert)
            for start in range(0, len(stream), size):
                link._channel.write(bytes(stream[start : start + size]))
                await turn()
            link._channel.close()
            await until(lambda: bert.ends)
            assert bert.ends[0][1] in (CloseKind.BAD_FRAME, CloseKind.BYE, CloseKind.BY_PEER)
            await talks(anna, bert)

    run(main())


def test_hello_carries_what_the_person_is_told() -> None:
    async def main() -> None:
        async with duplexes(2) as (anna, bert):
            anna.hello_fields = {"name": "A", "received": 9, "received_stream": b"r" * 16, "port": 7}
            await anna.talk_to(bert)
            await until(lambda: bert.links)
            assert bert.links[0].peer_hello == anna.hello(b"")
            assert isinstance(bert.links[0].peer_hello, Hello)

    run(main())
