from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.protocol.checksum import (
    CHECKSUM_SIZES,
    Checksum,
    append,
    checksum_bytes,
    crc16_modbus,
    crc32,
    sum8,
    verify,
)

CHECK = b"123456789"


def test_published_check_values() -> None:
    assert sum8(CHECK) == 0xDD
    assert crc16_modbus(CHECK) == 0x4B37
    assert crc32(CHECK) == 0xCBF43926


def test_byte_order_of_what_is_appended() -> None:
    assert append(CHECK, Checksum.NONE) == CHECK
    assert append(CHECK, Checksum.SUM8) == CHECK + b"\xdd"
    assert append(CHECK, Checksum.CRC16_MODBUS) == CHECK + b"\x37\x4b"
    assert append(CHECK, Checksum.CRC32) == CHECK + b"\xcb\xf4\x39\x26"


def test_a_modbus_request_from_the_field() -> None:
    assert checksum_bytes(bytes.fromhex("01 03 00 00 00 0A"), Checksum.CRC16_MODBUS) == b"\xc5\xcd"


@given(st.binary(), st.sampled_from(list(Checksum)))
def test_what_was_appended_verifies(data: bytes, checksum: Checksum) -> None:
    whole = append(data, checksum)
    assert len(whole) == len(data) + CHECKSUM_SIZES[checksum]
    assert verify(whole, checksum)


@given(st.binary(min_size=1), st.data())
def test_one_wrong_bit_does_not_verify(data: bytes, draw: st.DataObject) -> None:
    checksum = draw.draw(st.sampled_from([Checksum.SUM8, Checksum.CRC16_MODBUS, Checksum.CRC32]))
    damaged = bytearray(append(data, checksum))
    damaged[draw.draw(st.integers(0, len(damaged) - 1))] ^= 1 << draw.draw(st.integers(0, 7))
    assert not verify(bytes(damaged), checksum)


@pytest.mark.parametrize("checksum", [Checksum.SUM8, Checksum.CRC16_MODBUS, Checksum.CRC32])
def test_too_short_to_hold_a_checksum(checksum: Checksum) -> None:
    assert not verify(b"\0" * (CHECKSUM_SIZES[checksum] - 1), checksum)
