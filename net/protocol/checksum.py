"""Checksums a composer can append to a message, and their verification.

They demonstrate checksums; none of them protects against deliberate manipulation.
"""

from __future__ import annotations

import zlib
from enum import Enum


class Checksum(str, Enum):
    """The checksum to append: none, one byte, two bytes low byte first, or four bytes high byte first."""

    NONE = "none"
    SUM8 = "sum8"
    CRC16_MODBUS = "crc16_modbus"
    CRC32 = "crc32"


CHECKSUM_SIZES = {Checksum.NONE: 0, Checksum.SUM8: 1, Checksum.CRC16_MODBUS: 2, Checksum.CRC32: 4}


def sum8(data: bytes) -> int:
    """The sum of all bytes modulo 256."""
    return sum(data) & 0xFF


def _crc16_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
        table.append(value)
    return tuple(table)


_CRC16_TABLE = _crc16_table()


def crc16_modbus(data: bytes) -> int:
    """CRC-16/MODBUS: polynomial 0x8005 reflected, initial value 0xFFFF (MODBUS over Serial Line V1.02,
    6.2.2).
    """
    table = _CRC16_TABLE
    crc = 0xFFFF
    for byte in data:
        crc = (crc >> 8) ^ table[(crc ^ byte) & 0xFF]
    return crc


def crc32(data: bytes) -> int:
    """CRC-32/ISO-HDLC, as used by Ethernet, ZIP and PNG."""
    return zlib.crc32(data)


def checksum_bytes(data: bytes, checksum: Checksum) -> bytes:
    """The bytes that `append` adds to `data`: CRC-16/MODBUS low byte first, as on a Modbus line; CRC-32
    big-endian.
    """
    if checksum is Checksum.SUM8:
        return bytes((sum8(data),))
    if checksum is Checksum.CRC16_MODBUS:
        return crc16_modbus(data).to_bytes(2, "little")
    if checksum is Checksum.CRC32:
        return crc32(data).to_bytes(4, "big")
    return b""


def append(data: bytes, checksum: Checksum) -> bytes:
    """`data` followed by its checksum."""
    return data + checksum_bytes(data, checksum)


def verify(data: bytes, checksum: Checksum) -> bool:
    """Whether `data` ends with the right checksum of the bytes before it; always true with NONE, never if
    `data` is too short.
    """
    size = CHECKSUM_SIZES[checksum]
    if size > len(data):
        return False
    body = data[: len(data) - size]
    return data[len(body) :] == checksum_bytes(body, checksum)
