"""docs/protocol.md names all that goes over the wire, so that another team can write a peer."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

import net.chat.wires.duplex.gate as gate
from net.chat import pace
from net.chat.commands import PORT
from net.chat.discovery.discovery import BURST, JITTER, PERIOD
from net.chat.discovery.dns_sd import SERVICE_TYPE
from net.chat.discovery.sockets import GROUP6
from net.chat.file_arrivals import MAX_OFFERED
from net.chat.transfer.context import WINDOW
from net.chat.transfer.faults import TransferFault
from net.chat.transfer.intake import MAX_WRITE_BYTES, WRITE_DELAY
from net.chat.transfer.item_sender import MAX_WANTED
from net.chat.wires.duplex.channel import DATA_HIGH, HANDSHAKE_TIMEOUT, PREAMBLE_TIMEOUT
from net.chat.wires.duplex.door_contexts import DIAGNOSIS, PAIRING, TALKING
from net.chat.wires.duplex.greeting import HELLO_TIMEOUT
from net.chat.wires.duplex.link import DEAD_AFTER, PING_EVERY
from net.chat.wires.duplex.visit import FIRST_MESSAGE_TIMEOUT, PAIRING_TIMEOUT
from net.protocol.chat import beacon, messages, room_messages
from net.protocol.chat.frames import MAX_CONTROL, MAX_DATA, MAX_HELLO
from net.protocol.chat.messages import Wire

TEXT = Path(__file__).resolve().parents[4].joinpath("docs", "protocol.md").read_text("utf-8")
KINDS = [kind for kind in Wire.__subclasses__() if kind is not messages.Unknown]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_kind_with_its_fields(kind: type[Wire]) -> None:
    """One indented line for each kind; its fields stand there or in the lines that continue it."""
    tag = str(kind.__struct_config__.tag)
    found = re.search(rf"^    (?:[CS]  )?{tag}\b.*(?:\n {{8,}}\S.*)*", TEXT, re.MULTILINE)
    assert found, tag
    for field in msgspec.structs.fields(kind):
        assert re.search(rf"\b{field.name}\b", found.group()), field.name


def test_items_of_lists() -> None:
    for kind in (messages.TransferItem, room_messages.Member, room_messages.RoomEntry):
        names = [field.name for field in msgspec.structs.fields(kind)]
        assert any(
            all(re.search(rf"\b{name}\b", listed) for name in names)
            for listed in re.findall(r"{([^}]*)}", TEXT)
        ), kind


def test_numbers() -> None:
    for value in (MAX_CONTROL, MAX_DATA, MAX_HELLO, messages.MAX_TEXT, messages.MAX_TEXT_BYTES):
        assert f"{value:,}" in TEXT
    for door in (PAIRING, TALKING, DIAGNOSIS):
        assert f"`{door.decode()}`" in TEXT
    assert (PREAMBLE_TIMEOUT, HANDSHAKE_TIMEOUT, FIRST_MESSAGE_TIMEOUT, HELLO_TIMEOUT, PAIRING_TIMEOUT) == (
        1,
        5,
        1,
        1,
        5,
    )
    assert (PING_EVERY, DEAD_AFTER, DATA_HIGH) == (5, 15, 512 * 1024)
    limits = gate.Limits()
    assert (limits.open_per_address, limits.open_in_all, limits.burst, limits.per_second) == (
        32,
        256,
        120,
        20,
    )


def test_finding() -> None:
    assert f"`{beacon.MAGIC.decode()}`" in TEXT and f"at most {beacon.MAX_BEACON} bytes" in TEXT
    assert f"UDP datagram of at most {beacon.MAX_BEACON} bytes to port {PORT}" in TEXT
    assert f"`{GROUP6}`" in TEXT and SERVICE_TYPE in TEXT
    assert (beacon.REQUEST, beacon.ANSWER, beacon.GOODBYE, beacon.PROBE) == (1, 2, 4, 8)
    (told,) = re.findall(r"- \*\*Beacon\*\*.*?(?=\n- )", TEXT, re.DOTALL)
    for field in msgspec.structs.fields(beacon.Beacon):
        assert re.search(rf"`{field.name}\b", told), field.name
    assert "duplex://ADDRESS:PORT/IDENTITY" in TEXT
    assert (BURST, PERIOD, JITTER) == ((0.1, 0.5, 2.0), 30, 0.2)


def test_transfers_limits_and_reasons() -> None:
    for fault in TransferFault:
        assert f"`{fault.value}`" in TEXT or f'"{fault.value}"' in TEXT, fault
    assert (WINDOW, MAX_WRITE_BYTES) == (16 * 1024 * 1024, 4 * 1024 * 1024)
    assert (WRITE_DELAY, MAX_WANTED) == (0.2, 64)


def test_what_is_borne() -> None:
    borne = TEXT[TEXT.index("A receiver MAY stop reading") :].split("\n\n")[0]
    for number in (pace.PAUSE, pace.BURST, int(pace.PER_SECOND), pace.JOINS, int(pace.JOINS_PER_SECOND)):
        assert re.search(rf"\b{number:,}\b", borne), number
    assert f"Duplex keeps {MAX_OFFERED} from one person" in TEXT


def test_signed_words() -> None:
    """What is signed is built from the text of the document."""
    room, author, id = b"r" * 16, b"a" * 32, b"i" * 16
    assert (
        '"duplex room words 1\\0" + room + author + id + u64 time + u8 length of reply_to + reply_to' in TEXT
    )
    assert "+ u32 length of quote + quote + text" in TEXT
    words = b"duplex room words 1\0" + room + author + id + (7).to_bytes(8, "big") + b"\x10" + b"t" * 16
    words += (6).to_bytes(4, "big") + "引语".encode() + "词".encode()
    assert room_messages.signed_words(room, author, id, 7, "词", b"t" * 16, "引语") == words
    assert f"at most 200 bin of {room_messages.MAX_AUTHOR_CERTIFICATE:,}" in TEXT
