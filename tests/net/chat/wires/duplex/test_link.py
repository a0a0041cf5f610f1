from __future__ import annotations

import socket

import pytest

from net.chat.line import Line
from net.chat.wires.duplex import link as link_module
from net.chat.wires.duplex.channel import CloseKind
from net.chat.wires.duplex.dialling import DialError
from net.chat.wires.duplex.link import keeps_old
from net.protocol.chat.frames import MAX_DATA, encode
from net.protocol.chat.messages import MAX_TEXT, Ping, Presence, Queued, Say, Typing, Wire
from tests.net.chat.duplexes import duplexes, run, turn, until

SAY = Say(id=b"i" * 16, text="你好", time=1)


def test_two_who_know_each_other_talk() -> None:
    async def main() -> None:
        async with duplexes(2) as (anna, bert):
            bert.hello_fields = {"received": 41}
            link = await anna.talk_to(bert)
            assert link.outgoing and link.identity == bert.identity.id and link.path == bert.address
            assert link.peer_hello.received == 41 and anna.links == [link]
            await until(lambda: bert.links, "the other's link")
            (other,) = bert.links
            assert not other.outgoing and other.identity == anna.identity.id
            assert other.path.host == "127.0.0.1" and bert.doors.gate.open == 0
            link.send(SAY)
            link.send_many([Typing(), Presence(status="away")])
            other.send(Say(id=b"i" * 16, text="字" * MAX_TEXT, time=1))
            await until(lambda: len(bert.messages) == 3 and anna.messages)
            assert bert.messages == [SAY, Typing(), Presence(status="away")]
            link.close()
            await until(lambda: anna.ends and bert.ends)
            assert anna.ends == [(link, CloseKind.BY_ME, "leaving")]
            assert bert.ends == [(other, CloseKind.BYE, "leaving")]
            link.send(SAY)
            link.close()
            assert len(anna.ends) == 1

    run(main())


def test_file_data_and_words_keep_their_order() -> None:
    async def main() -> None:
        async with duplexes(2) as (anna, bert):
            link = await anna.talk_to(bert)
            for number in range(5):
                link.send(Ping(number=2**40 + number))
                link.send(Queued(number=number, body=b"x"))
                link.send_data(number, bytes([number]) * (MAX_DATA if number % 2 else 1))
            await until(lambda: len(bert.data) == 5)
            assert bert.data == [(n, bytes([n]) * (MAX_DATA if n % 2 else 1)) for n in range(5)]
            assert bert.messages == [Queued(number=n, body=b"x") for n in range(5)]

    run(main())


def test_a_short_message_never_waits_for_the_acknowledgement_of_the_one_before() -> None:
    async def main() -> None:
        async with duplexes(2) as (anna, bert):
            link = await anna.talk_to(bert)
            await until(lambda: bert.links, "the other's link")
            for end in (link, bert.links[0]):
                sock = end._channel._transport.get_extra_info("socket")  # type: ignore[union-attr]
                assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    run(main())


def test_a_slow_reader_is_not_flooded_and_words_overtake() -> None:
    async def main() -> None:
        async with duplexes(2) as (anna, bert):
            link = await anna.talk_to(bert)
            await until(lambda: bert.links)
            bert.links[0].pause()
            drained: list[bool] = []
            link.on_drained = lambda link: drained.append(True)
            sent = 0
            idle = 0
            while idle < 200:
                if link.writable:
                    link.send_data(1, bytes(MAX_DATA))
                    sent, idle = sent + 1, 0
                else:
                    idle += 1
                    await turn()
            assert link.queued < 2 * 1024 * 1024 and not bert.data
            link.send(SAY)
            before = sent
            bert.links[0].resume()
            await until(lambda: drained, "drained")
            while sent < before + 40:
                if link.writable:
                    link.send_data(2, bytes(MAX_DATA))
                    sent += 1
                await turn()
            await until(lambda: len(bert.data) == sent)
            assert bert.messages == [SAY]

    run(main())


def test_pausing_holds_what_came_already() -> None:
    async def main() -> None:
        async with duplexes(2) as (anna, bert):
            link = await anna.talk_to(bert)
            await until(lambda: bert.links)
            other = bert.links[0]

            def take(link: Line, message: Wire) -> None:
                bert.messages.append(message)
                link.pause()

            other.on_message = take
            link.send_many([Queued(number=number, body=b"") for number in range(4)])
            for count in range(1, 5):
                await until(lambda count=count: len(bert.messages) == count)  # type: ignore[misc]
                await turn()
                assert len(bert.messages) == count
                other.resume()

    run(main())


def test_nothing_is_given_after_close() -> None:
    async def main() -> None:
        async with duplexes(2) as (anna, bert):
            link = await anna.talk_to(bert)
            await until(lambda: bert.links)

            def take(link: Line, message: Wire) -> None:
                bert.messages.append(message)
                link.close()

            bert.links[0].on_message = take
            link.send_many([SAY, SAY, SAY])
            await until(lambda: anna.ends and bert.ends)
            assert bert.messages == [SAY]
            assert anna.ends[0][1:] == (CloseKind.BYE, "leaving")

    run(main())


def test_a_silent_peer_is_asked_and_then_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "PING_EVERY", 0.05)

    async def main() -> None:
        async with duplexes(2) as (anna, bert):
            link = await anna.talk_to(bert)
            await until(lambda: bert.links)
            # Bert asks nothing himself: what is heard of him are his answers.
            bert.links[0]._timer.cancel()
            await until(lambda: link.silence > 0.04, "silence")
            await until(lambda: link.silence < 0.03, "a pong")
            # The peer's program hangs: its system takes bytes, and nobody answers.
            bert.links[0].pause()
            assert not anna.ends
            monkeypatch.setattr(link_module, "DEAD_AFTER", 0.3)
            await until(lambda: anna.ends)
            assert anna.ends == [(link, CloseKind.TIMED_OUT, "silent")]

    run(main())


def test_one_that_we_do_not_read_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "PING_EVERY", 0.01)

    async def main() -> None:
        async with duplexes(2) as (anna, bert):
            link = await anna.talk_to(bert)
            link.pause()
            monkeypatch.setattr(link_module, "DEAD_AFTER", 0.05)
            looks: list[bool] = []
            look = link._look

            def watched() -> None:
                looks.append(True)
                look()

            link._timer.cancel()
            link._look = watched  # type: ignore[method-assign]
            link._look()
            await until(lambda: len(looks) > 20)
            assert not anna.ends

    run(main())


def test_a_flood_to_one_who_does_not_read_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("net.chat.wires.duplex.channel.SEND_LIMIT", 1024 * 1024)

    async def main() -> None:
        async with duplexes(2) as (anna, bert):
            link = await anna.talk_to(bert)
            await until(lambda: bert.links)
            bert.links[0].pause()
            while not anna.ends:
                link.send(Queued(number=1, body=bytes(60_000)))
                assert link.queued < 2 * 1024 * 1024
                await turn()
            assert anna.ends[0][1] is CloseKind.STALLED

    run(main())


def test_a_second_hello_or_garbage_ends_the_link() -> None:
    async def main() -> None:
        async with duplexes(2) as (anna, bert):
            for bad in (encode(anna.hello(b"")), b"\0\0\0\1\7x", b"\xff" * 64):
                link = await anna.talk_to(bert)
                await until(lambda: len(bert.links) > len(bert.ends))
                link._channel.write(encode(SAY) + bad)
                await until(lambda: len(bert.ends) == len(bert.links))
                assert bert.ends[-1][1] is CloseKind.BAD_FRAME
                assert bert.messages.pop() == SAY and not bert.messages

    run(main())


def test_both_sides_keep_the_same_of_two_links() -> None:
    for mine, theirs in ((b"a", b"b"), (b"b", b"a")):
        for old_outgoing in (True, False):
            kept_here = keeps_old(mine, theirs, old_outgoing, not old_outgoing)
            kept_there = keeps_old(theirs, mine, not old_outgoing, old_outgoing)
            assert kept_here == kept_there
            assert kept_here == ((mine < theirs) == old_outgoing)
        assert not keeps_old(mine, theirs, True, True) and not keeps_old(mine, theirs, False, False)


def test_a_duplicate_says_so() -> None:
    async def main() -> None:
        async with duplexes(2) as (anna, bert):
            first = await anna.talk_to(bert)
            second = await bert.talk_to(anna)
            await until(lambda: len(anna.links) == len(bert.links) == 2)
            assert keeps_old(anna.identity.id, bert.identity.id, first.outgoing, anna.links[1].outgoing)
            assert keeps_old(bert.identity.id, anna.identity.id, bert.links[0].outgoing, second.outgoing)
            second.close("duplicate")
            await until(lambda: anna.ends and bert.ends)
            assert bert.ends == [(second, CloseKind.DUPLICATE, "duplicate")]
            assert anna.ends == [(anna.links[1], CloseKind.DUPLICATE, "duplicate")]
            first.send(SAY)
            await until(lambda: bert.messages)

    run(main())


def test_a_newer_version_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with duplexes(2) as (anna, bert):
            bert.hello_fields = {"version": 9, "min_version": 8}
            with pytest.raises(DialError) as caught:
                await anna.talk_to(bert)
            assert caught.value.kind is CloseKind.VERSION
            assert anna.updates == [(bert.identity.id, "王", True)] and not anna.links
            bert.hello_fields = {"version": 0, "min_version": 0}
            with pytest.raises(DialError):
                await anna.talk_to(bert)
            assert anna.updates[1:] == [(bert.identity.id, "王", False)]
            bert.hello_fields = {"version": 9, "min_version": 1}
            assert (await anna.talk_to(bert)).is_open

    run(main())


def test_who_waits_for_room_is_told_even_where_the_system_took_all_at_once() -> None:
    async def main() -> None:
        async with duplexes(2) as (anna, bert):
            link = await anna.talk_to(bert)
            drained: list[int] = []
            link.on_drained = lambda link: drained.append(link.queued)
            for _ in range(12):
                link.send(Queued(number=1, body=bytes(60_000)))
            assert link.queued > 700_000 and not drained
            await until(lambda: drained, "drained")
            assert drained[0] <= 128 * 1024

    run(main())
