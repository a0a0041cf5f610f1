"""Whom discovery asks at the addresses of then."""

from __future__ import annotations

from net.address import Address
from net.chat.discovery.met_people import MAX_ADDRESSES, MetPeople

ANN, BOB = "aa" * 32, "bb" * 32
AT_ANN = tuple(Address(f"10.1.1.{number}", 45654) for number in range(MAX_ADDRESSES + 2))
AT_BOB = (Address("10.1.2.1", 45654),)


def test_who_is_silent_is_asked_at_a_few_addresses_that_are_no_names() -> None:
    met = MetPeople()
    met.set({ANN: [Address("pc-7", 45654), *AT_ANN], BOB: AT_BOB})
    assert list(met) == [ANN, BOB]
    assert list(met.addresses()) == [AT_ANN[:MAX_ADDRESSES], AT_BOB]
    assert list(met.addresses(silent_since=0.0)) == [AT_ANN[:MAX_ADDRESSES], AT_BOB]
    met.heard(ANN, 100.0)
    assert list(met.addresses(silent_since=100.0)) == [AT_BOB]
    assert list(met.addresses(silent_since=100.1)) == [AT_ANN[:MAX_ADDRESSES], AT_BOB]
    assert len(list(met.addresses())) == 2


def test_of_strangers_and_of_those_forgotten_nothing_is_kept() -> None:
    met = MetPeople()
    met.set({ANN: AT_ANN})
    met.heard(ANN, 100.0)
    met.heard(BOB, 100.0)
    met.set({BOB: AT_BOB})
    assert list(met.addresses(silent_since=50.0)) == [AT_BOB]
    met.set({ANN: AT_ANN})
    assert len(list(met.addresses(silent_since=50.0))) == 1
