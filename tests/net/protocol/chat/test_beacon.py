"""Beacons: what is encoded comes back, and nothing else is taken."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.protocol.chat.beacon import MAGIC, MAX_BEACON, Beacon, BeaconError, clean_colour, decode, encode

WHOLE = Beacon(
    identity=b"\1" * 32, name="Ann \u5f20", colour="#00ff7f", port=45654, flags=3, start=b"12345678"
)


def fields(**changes: object) -> bytes:
    values = {"version": 1, "identity": b"\1" * 32, "name": "Ann", "port": 1, "start": b"12345678", **changes}
    return MAGIC + msgspec.msgpack.encode(values)


def test_there_and_back() -> None:
    assert decode(encode(WHOLE)) == WHOLE


def test_the_longest_fits() -> None:
    longest = Beacon(
        identity=b"\1" * 32,
        name="\U00020000" * 64,
        colour="#ffffff",
        port=65535,
        flags=15,
        start=b"12345678",
        probe="x" * 64,
    )
    assert len(encode(longest)) <= MAX_BEACON


def test_what_a_newer_one_adds_is_ignored() -> None:
    assert decode(fields(version=7, mood="good")).version == 7


def test_names_are_cleaned() -> None:
    assert decode(fields(name="A\u202eb\x00\n c")).name == "Ab c"
    assert decode(fields(name="\u200b\u2066")).name == "?"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"DXB1",
        b"DXB2" + fields()[4:],
        fields(identity=b"\1" * 31),
        fields(identity="\1" * 32),
        fields(port=0),
        fields(port=65536),
        fields(port="1"),
        fields(name="x" * 65),
        fields(colour="red"),
        fields(start=b""),
        fields(version=0),
        fields(more=b"x" * 500),
        fields() + b"\0",
        MAGIC + b"\x91" * 400,
    ],
)
def test_what_is_no_beacon(data: bytes) -> None:
    with pytest.raises(BeaconError):
        decode(data)


@given(st.binary(max_size=600) | st.binary(max_size=500).map(lambda data: MAGIC + data))
def test_random_bytes_are_refused_or_sound(data: bytes) -> None:
    try:
        beacon = decode(data)
    except BeaconError:
        return
    assert len(beacon.identity) == 32 and 0 < beacon.port < 65536


@given(st.integers(0, 120), st.integers(0, 255))
def test_mutated_beacons_are_refused_or_sound(place: int, value: int) -> None:
    data = bytearray(encode(WHOLE))
    data[place % len(data)] = value
    try:
        beacon = decode(bytes(data))
    except BeaconError:
        return
    assert len(beacon.identity) == 32 and len(beacon.name) <= 64


def test_a_text_that_is_no_unicode_is_an_error() -> None:
    with pytest.raises(BeaconError):
        encode(msgspec.structs.replace(WHOLE, name="\ud800"))


def test_colours() -> None:
    assert clean_colour("#AABBcc") == "#aabbcc"
    assert clean_colour("#aabbc") == clean_colour("red") == clean_colour("#aabbcc;") == ""
