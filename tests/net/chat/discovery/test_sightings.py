"""The table of who was seen: one entry each, bounded, forgotten in time."""

from __future__ import annotations

from net.address import Address
from net.chat.discovery.sightings import (
    EXPIRY,
    MAX_ADDRESSES,
    MAX_HEARD,
    MAX_PER_HOST,
    MAX_STRANGERS,
    REPEAT,
    Sighting,
    Sightings,
    Way,
)

ANN = "aa" * 32
LAN = Address("192.168.1.7", 45654)
VPN = Address("10.8.0.7", 45654)


def see(
    table: Sightings,
    identity: str = ANN,
    address: Address = LAN,
    *,
    name: str = "Ann",
    start: bytes = b"1" * 8,
    way: Way = Way.BEACON,
    now: float = 100.0,
    virtual: bool = False,
) -> Sighting | None:
    return table.seen(
        identity, name=name, colour="", start=start, addresses={address: virtual}, way=way, now=now
    )


def test_one_identity_is_one_person_with_the_best_address_first() -> None:
    table = Sightings()
    see(table, address=Address("172.20.0.7", 45654), way=Way.DNS_SD, now=103)
    see(table, address=VPN, now=102, virtual=True)
    see(table, address=LAN, now=101)
    told = see(table, address=LAN, way=Way.DNS_SD, now=104)
    assert told is not None and len(table) == 1
    assert told.addresses == (LAN, VPN, Address("172.20.0.7", 45654))
    assert told.ways == {Way.BEACON, Way.DNS_SD}


def test_told_when_new_changed_restarted_or_after_a_while() -> None:
    table = Sightings()
    assert see(table, now=100) is not None
    assert see(table, now=101) is None
    assert see(table, now=102, name="Anna") is not None
    again = see(table, now=103, name="Anna", start=b"2" * 8)
    assert again is not None and again.restarted
    assert see(table, now=104, name="Anna", start=b"2" * 8) is None
    assert see(table, now=104 + REPEAT, name="Anna", start=b"2" * 8) is not None


def test_a_new_port_replaces_the_old() -> None:
    table = Sightings()
    see(table)
    told = see(table, address=Address(LAN.host, 45655), now=101)
    assert told is not None and told.addresses == (Address(LAN.host, 45655),)


def test_forgotten_after_silence_address_by_address() -> None:
    table = Sightings()
    see(table, now=0)
    see(table, address=VPN, now=50)
    assert table.expire(EXPIRY + 1) == []
    kept = table.sighting(ANN)
    assert kept is not None and kept.addresses == (VPN,)
    assert table.expire(EXPIRY + 51) == [ANN]
    assert ANN not in table


def test_heard_again_by_dns_sd() -> None:
    table = Sightings()
    see(table, way=Way.DNS_SD, now=60)
    # What is told late of an earlier time does not make it older.
    see(table, way=Way.DNS_SD, now=20)
    assert table.expire(EXPIRY + 30) == []
    assert table.heard(LAN.host, 170) == (False, True)
    assert table.heard_since(Way.DNS_SD, 60) == {ANN} and not table.heard_since(Way.BEACON, 0)
    assert table.expire(EXPIRY + 61) == [ANN]
    assert table.heard(LAN.host, 181) == (False, False)


def test_goodbye_counts_for_its_own_address_only() -> None:
    table = Sightings()
    see(table)
    assert not table.left(ANN, "192.168.1.66")
    assert ANN in table
    assert table.left(ANN, LAN.host, Way.BEACON)
    assert ANN not in table


def test_a_flood_from_one_address_is_bounded() -> None:
    table = Sightings()
    reported = [see(table, f"{number:064x}", Address("192.168.1.66", 1)) for number in range(5000)]
    assert len(table) == MAX_PER_HOST and reported.count(None) == 5000 - MAX_PER_HOST
    assert see(table) is not None


def test_a_flood_from_many_addresses_is_bounded_and_people_met_before_keep_their_place() -> None:
    table = Sightings()
    table.set_known([ANN])
    for number in range(3 * MAX_STRANGERS):
        see(table, f"{number:064x}", Address(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 1))
    assert len(table) == MAX_STRANGERS
    assert see(table) is not None and ANN in table
    assert len(table._heard) <= MAX_HEARD
    # What expires makes room.
    table.expire(100 + EXPIRY + 1)
    assert see(table, "bb" * 32, now=300) is not None


def test_becoming_known_gives_the_strangers_place_back() -> None:
    table = Sightings()
    host = Address("192.168.1.66", 1)
    for number in range(MAX_PER_HOST):
        see(table, f"{number:064x}", host)
    assert see(table, ANN, host) is None
    table.set_known([f"{0:064x}"])
    assert see(table, ANN, host) is not None


def test_addresses_of_one_person_are_bounded() -> None:
    table = Sightings()
    for number in range(100):
        see(table, address=Address(f"10.0.0.{number}", 1), now=number)
    kept = table.sighting(ANN)
    assert kept is not None and len(kept.addresses) == MAX_ADDRESSES
    assert kept.addresses[0] == Address("10.0.0.99", 1)


def test_link_local_addresses_go_with_their_interface() -> None:
    table = Sightings()
    see(table, address=Address("fe80::7", 1, "eth0"))
    assert table.drop_scopes(["eth1"]) == []
    assert table.drop_scopes(["eth0"]) == [ANN]


def test_two_that_speak_in_turn_are_copies_and_one_that_is_started_anew_is_not() -> None:
    """PCs cloned from one disk have one identity, and each its own start."""
    one, other, link_local = b"1" * 8, b"2" * 8, Address("fe80::7", 45654)
    there = Address("192.168.1.8", 45654)
    table = Sightings()
    see(table, start=one, now=100)
    see(table, start=one, address=link_local, now=100)
    restarted = see(table, start=other, now=101)
    assert restarted is not None and restarted.restarted and not restarted.copies
    table = Sightings()
    see(table, start=one, now=100)
    see(table, start=other, address=there, now=101)
    told = see(table, start=one, address=link_local, now=102)
    assert told is not None and told.copies == ("Ann (192.168.1.7)", "Ann (192.168.1.8)")
    for start, address, now in ((other, there, 103.0), (one, LAN, 104.0)):
        seen = see(table, start=start, address=address, now=now)
        assert seen is None or not seen.restarted, "connections that live are not ended"
    assert not table.left(ANN, there.host, start=other)
    left = table.sighting(ANN)
    assert left is not None and left.copies == ()
    see(table, start=other, address=there, now=105)
    see(table, start=one, now=106)
    see(table, start=one, now=105 + EXPIRY)
    table.expire(106 + EXPIRY)
    gone = table.sighting(ANN)
    assert gone is not None and gone.copies == (), "one of them was silent for long"
