"""The discovery beacon, sans-IO: one UDP datagram of at most MAX_BEACON bytes that says who is at its sender.

Four bytes of magic, then one MessagePack map with named fields; a newer Duplex may add fields, which are
ignored. A beacon is a hint and proves nothing: who somebody is, TLS tells.
"""

from __future__ import annotations

import re
from typing import Annotated

import msgspec
from msgspec import Meta

from net.protocol.chat.cleaning import clean_name
from net.protocol.chat.messages import MAX_NAME, VERSION, Colour, Identity

MAGIC = b"DXB1"
MAX_BEACON = 512
"""Bytes: fits any path's MTU unfragmented."""

REQUEST = 1
"""Flag: please answer the sender directly."""

ANSWER = 2
"""Flag: answers a request."""

GOODBYE = 4
"""Flag: the sender stops; forget the address it comes from."""

PROBE = 8
"""Flag: a PC tests whether it hears itself; everyone else ignores it. ``start`` is the test's nonce."""

START_LENGTH = 8

_COLOUR = re.compile(r"#[0-9a-f]{6}")


class BeaconError(ValueError):
    """The datagram is no beacon, or a malformed one."""


class Beacon(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``identity``: SHA-256 of the certificate; ``port``: where the sender's talking listener is (TCP);
    ``start``: random bytes made when the sender started, new ones mean that it restarted; ``probe``: what a
    probe tests, e.g. "broadcast eth0". ``name`` is cleaned by `decode`."""

    version: Annotated[int, Meta(ge=1, le=2**31)] = VERSION
    identity: Identity
    name: Annotated[str, Meta(max_length=MAX_NAME)] = ""
    colour: Colour = ""
    port: Annotated[int, Meta(ge=0, le=65535)]
    flags: Annotated[int, Meta(ge=0, le=2**31)] = 0
    start: Annotated[bytes, Meta(min_length=START_LENGTH, max_length=START_LENGTH)]
    probe: Annotated[str, Meta(max_length=64)] = ""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Beacon)


def encode(beacon: Beacon) -> bytes:
    """The datagram. Raises `BeaconError` where it would be too long or a text is no Unicode."""
    try:
        data = MAGIC + _encoder.encode(beacon)
    except (UnicodeEncodeError, OverflowError) as error:
        raise BeaconError(str(error)) from error
    if len(data) > MAX_BEACON:
        raise BeaconError(f"beacon of {len(data)} bytes")
    return data


def decode(data: bytes) -> Beacon:
    """The beacon in a datagram, its name cleaned. Raises `BeaconError`."""
    if len(data) > MAX_BEACON or data[: len(MAGIC)] != MAGIC:
        raise BeaconError("no beacon")
    try:
        beacon = _decoder.decode(memoryview(data)[len(MAGIC) :])
    except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError) as error:
        raise BeaconError(str(error)) from error
    if beacon.port == 0 and not beacon.flags & PROBE:
        raise BeaconError("no port")
    name = clean_name(beacon.name)
    return beacon if name == beacon.name else msgspec.structs.replace(beacon, name=name)


def clean_colour(text: str) -> str:
    """``#rrggbb`` in small letters, or ""."""
    text = text.lower()
    return text if _COLOUR.fullmatch(text) else ""
