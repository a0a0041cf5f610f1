from __future__ import annotations

import asyncio
import dataclasses
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from net.chat.identity import Identity, pairing_client_context
from net.chat.wires.duplex.caller import ask
from net.chat.wires.duplex.channel import CloseKind
from net.chat.wires.duplex.dialling import DialError
from net.chat.wires.duplex.door_contexts import PAIRING
from net.chat.wires.duplex.gate import Limits
from net.chat.wires.duplex.pairing import Paired, PairingClient, PairingError, PairingServer
from net.protocol.chat.messages import (
    PairDone,
    PairHello,
    PairNonce,
    PairRefused,
    PairReveal,
    Ping,
    Wire,
)
from tests.net.chat.duplexes import at_door, duplexes, identity_number, run, until


def both() -> tuple[Identity, Identity, PairingClient, PairingServer]:
    anna, bert = identity_number(0), identity_number(1)
    client = PairingClient(anna, "Anna", "#112233", bert.certificate)
    return anna, bert, client, PairingServer(bert, "Bert", "")


def as_reveal(answer: PairReveal | Paired) -> PairReveal:
    assert isinstance(answer, PairReveal)
    return answer


def test_both_learn_the_same() -> None:
    anna, bert, client, server = both()
    nonce, nothing = server.receive(client.begin())
    assert nothing is None and server.client == anna.id
    done, of_anna = server.receive(as_reveal(client.receive(nonce)))
    of_bert = client.receive(done)
    assert of_anna is not None and isinstance(of_bert, Paired)
    assert of_anna.digits == of_bert.digits and len(of_anna.digits) == 6 and of_anna.digits.isdigit()
    assert of_anna == Paired(anna.id, anna.certificate, "Anna", "#112233", of_bert.digits)
    assert of_bert == Paired(bert.id, bert.certificate, "Bert", "", of_anna.digits)


def test_the_digits_are_as_documented() -> None:
    anna, bert, client, server = both()
    nonce, _ = server.receive(client.begin())
    assert isinstance(nonce, PairNonce)
    reveal = as_reveal(client.receive(nonce))
    _, paired = server.receive(reveal)
    parts = hashlib.sha256(anna.certificate).digest() + hashlib.sha256(bert.certificate).digest()
    digest = hashlib.sha256(b"duplex digits 1\0" + parts + reveal.nonce + nonce.nonce).digest()
    assert paired is not None and paired.digits == f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06d}"


def test_each_run_has_digits_of_its_own() -> None:
    seen = set()
    for _ in range(8):
        _, _, client, server = both()
        nonce, _ = server.receive(client.begin())
        _, paired = server.receive(as_reveal(client.receive(nonce)))
        assert paired is not None
        seen.add(paired.digits)
    assert len(seen) > 5


def refused(call: object, *arguments: object) -> str:
    with pytest.raises(PairingError) as caught:
        call(*arguments)  # type: ignore[operator]
    return caught.value.kind


def test_replayed_messages_prove_nothing() -> None:
    anna, bert, client, server = both()
    hello = client.begin()
    nonce, _ = server.receive(hello)
    reveal = as_reveal(client.receive(nonce))
    done, _ = server.receive(reveal)
    # All that one run said is of no use in another: the server's nonce is a new one.
    again = PairingServer(bert, "Bert", "")
    again.receive(hello)
    assert refused(again.receive, reveal) == "bad"
    # The server's answers neither: the client's nonce is a new one.
    later = PairingClient(anna, "Anna", "", bert.certificate)
    later.receive(nonce)
    assert refused(later.receive, done) == "bad"
    # And nothing is taken twice within a run.
    assert refused(server.receive, reveal) == "bad"
    assert refused(client.receive, nonce) == "bad"


def test_a_nonce_other_than_promised_is_refused() -> None:
    _, _, client, server = both()
    nonce, _ = server.receive(client.begin())
    client._nonce = b"n" * 32
    # The signature fits the new nonce, so it is the promise that is broken.
    assert refused(server.receive, client.receive(nonce)) == "bad"


def test_a_certificate_without_its_key_is_refused() -> None:
    anna, bert, client, server = both()
    thief = dataclasses.replace(identity_number(2), certificate=anna.certificate)
    client = PairingClient(thief, "Anna", "", bert.certificate)
    nonce, _ = server.receive(client.begin())
    assert refused(server.receive, client.receive(nonce)) == "bad"


def test_a_relay_in_the_middle_gives_two_digits() -> None:
    """It has a certificate of its own, pairs with both, and passes on all it may."""
    different = 0
    for _ in range(5):
        anna, bert, middle = identity_number(0), identity_number(1), identity_number(2)
        client = PairingClient(anna, "Anna", "", middle.certificate)
        towards_anna = PairingServer(middle, "Bert", "")
        nonce, _ = towards_anna.receive(client.begin())
        done, _ = towards_anna.receive(as_reveal(client.receive(nonce)))
        at_anna = client.receive(done)
        towards_bert = PairingClient(middle, "Anna", "", bert.certificate)
        server = PairingServer(bert, "Bert", "")
        nonce, _ = server.receive(towards_bert.begin())
        _, at_bert = server.receive(as_reveal(towards_bert.receive(nonce)))
        assert isinstance(at_anna, Paired) and at_bert is not None
        different += at_anna.digits != at_bert.digits
        # Passing on Anna's own messages fails outright: she signed the relay's certificate, not Bert's.
        passed_on = PairingServer(bert, "Bert", "")
        client = PairingClient(anna, "Anna", "", middle.certificate)
        nonce, _ = passed_on.receive(client.begin())
        assert refused(passed_on.receive, client.receive(nonce)) == "bad"
    assert different >= 4


@given(
    st.lists(
        st.sampled_from(["hello", "reveal", "nonce", "done", "refused", "ping", "bad reveal", "bad cert"]),
        max_size=6,
    )
)
@settings(deadline=None)
def test_any_order_of_messages(kinds: list[str]) -> None:
    """Only a hello and its own reveal, one after the other, pair."""
    _, _, client, server = both()
    reveal: Wire = Ping(number=1)
    proper = 0
    for kind in kinds:
        message: Wire = {
            "hello": client.begin(),
            "reveal": reveal,
            "nonce": PairNonce(version=1, min_version=1, nonce=b"n" * 32),
            "done": PairDone(signature=b"s", name=""),
            "refused": PairRefused(reason="bad"),
            "ping": Ping(number=1),
            "bad reveal": PairReveal(nonce=b"n" * 32, signature=b"s" * 64, name=""),
            "bad cert": PairHello(version=1, min_version=1, certificate=b"x" * 300, commitment=b"c" * 32),
        }[kind]
        try:
            answer, paired = server.receive(message)
        except PairingError:
            break
        if isinstance(answer, PairNonce):
            reveal = as_reveal(client.receive(answer))
        proper += paired is not None
    assert proper == (kinds[:2] == ["hello", "reveal"])


def test_versions() -> None:
    _, _, client, server = both()
    hello = client.begin()
    newer = PairHello(version=7, min_version=7, certificate=hello.certificate, commitment=hello.commitment)
    with pytest.raises(PairingError) as caught:
        server.receive(newer)
    assert caught.value.kind == "version" and caught.value.newer
    with pytest.raises(PairingError) as caught:
        client.receive(PairNonce(version=0, min_version=0, nonce=b"n" * 32))
    assert caught.value.kind == "version" and not caught.value.newer


# --- Through the doors


def test_two_strangers_pair_and_then_talk() -> None:
    async def main() -> None:
        async with duplexes(2, acquainted=False) as (anna, bert):
            with pytest.raises(DialError):
                await anna.talk_to(bert)
            paired, address = await anna.doors.dial_pair([bert.address], bert.identity.id)
            assert address == bert.address
            await until(lambda: bert.paired)
            ((of_anna, incoming),) = bert.paired
            assert incoming and anna.paired == [(paired, False)]
            assert paired.digits == of_anna.digits and of_anna.identity == anna.identity.id
            assert (await anna.talk_to(bert)).is_open
            assert (await bert.talk_to(anna)).is_open

    run(main())


def test_pairing_with_another_than_expected_is_refused() -> None:
    async def main() -> None:
        async with duplexes(2, acquainted=False) as (anna, bert):
            with pytest.raises(DialError) as caught:
                await anna.doors.dial_pair([bert.address], identity_number(3).id)
            assert caught.value.kind is CloseKind.IMPOSTOR
            assert not anna.paired and not bert.paired

    run(main())


def test_the_blocked_do_not_pair() -> None:
    async def main() -> None:
        async with duplexes(2, acquainted=False) as (anna, bert):
            bert.blocked.add(anna.identity.id)
            with pytest.raises(PairingError) as caught:
                await anna.doors.dial_pair([bert.address])
            assert caught.value.kind == "blocked" and not bert.paired and not anna.paired

    run(main())


def test_pairing_with_oneself_is_refused() -> None:
    async def main() -> None:
        async with duplexes(1) as (anna,):
            with pytest.raises(PairingError) as caught:
                await anna.doors.dial_pair([anna.address])
            assert caught.value.kind == "self" and not anna.paired

    run(main())


def test_both_pair_at_the_same_moment_and_show_the_same_digits() -> None:
    async def main() -> None:
        for _ in range(5):
            async with duplexes(2, acquainted=False) as (anna, bert):
                results = await asyncio.gather(
                    anna.doors.dial_pair([bert.address]),
                    bert.doors.dial_pair([anna.address]),
                    return_exceptions=True,
                )
                assert not [r for r in results if isinstance(r, Exception) and str(r) != "busy"]
                if all(isinstance(result, Exception) for result in results):
                    await anna.doors.dial_pair([bert.address])
                await until(lambda: anna.paired and len(anna.paired) == len(bert.paired))
                assert anna.paired[-1][0].digits == bert.paired[-1][0].digits

    run(main())


def test_pairings_from_one_address_are_limited() -> None:
    async def main() -> None:
        limits = Limits(pairings=2, pairings_per_second=0.0)
        async with duplexes(2, acquainted=False, limits=limits) as (anna, bert):
            for _ in range(2):
                await anna.doors.dial_pair([bert.address])
            with pytest.raises(PairingError) as caught:
                await anna.doors.dial_pair([bert.address])
            assert caught.value.kind == "busy"

    run(main())


def test_a_newer_one_is_told_to_both() -> None:
    async def main() -> None:
        async with duplexes(2, acquainted=False) as (anna, bert):
            channel = await at_door(PAIRING, pairing_client_context(), bert.address)
            hello = PairHello(
                version=9, min_version=9, certificate=anna.identity.certificate, commitment=b"c" * 32
            )
            assert await ask(asyncio.get_running_loop(), channel, hello) == PairRefused(reason="version")
            assert bert.updates == [(b"", "", True)]

    run(main())


def test_who_stops_in_the_middle_is_forgotten() -> None:
    async def main() -> None:
        async with duplexes(2, acquainted=False) as (anna, bert):
            channel = await at_door(PAIRING, pairing_client_context(), bert.address)
            client = PairingClient(anna.identity, "", "", bert.identity.certificate)
            assert isinstance(await ask(asyncio.get_running_loop(), channel, client.begin()), PairNonce)
            # Meanwhile another run of the same client is refused, and afterwards not.
            with pytest.raises(PairingError) as caught:
                await anna.doors.dial_pair([bert.address])
            assert caught.value.kind == "busy"
            channel.abort(CloseKind.BY_ME)
            await until(lambda: not bert.doors.gate.open)
            await anna.doors.dial_pair([bert.address])

    run(main())


def test_a_reveal_without_a_hello_pairs_nobody() -> None:
    async def main() -> None:
        async with duplexes(1, acquainted=False) as (bert,):
            channel = await at_door(PAIRING, pairing_client_context(), bert.address)
            answer = await ask(
                asyncio.get_running_loop(), channel, PairReveal(nonce=b"n" * 32, signature=b"s", name="")
            )
            assert answer == PairRefused(reason="bad")
            assert not bert.paired and not bert.known

    run(main())
