"""Hostile pictures: what the structure does not allow never reaches a decoder."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from net.protocol.chat.frames import decode, encode_body
from net.protocol.chat.messages import WireError
from net.protocol.chat.pictures import (
    MAX_PICTURE,
    MAX_SCANS,
    Picture,
    PictureError,
    PictureWanted,
    picture_size,
)

END = b"\0\0\0\0IEND\xaeB`\x82"


def made(kind: str, width: int = 64, height: int = 48, **options: Any) -> bytes:
    file = io.BytesIO()
    mode = options.pop("mode", "RGB")
    Image.radial_gradient("L").resize((width, height)).convert(mode).save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes = b"", length: int | None = None) -> bytes:
    crc = zlib.crc32(kind + data)
    return struct.pack(">I", len(data) if length is None else length) + kind + data + struct.pack(">I", crc)


def png(*chunks: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def header(width: int, height: int) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


PIXELS = chunk(b"IDAT", zlib.compress(bytes(100)))
SEGMENTS = made("JPEG")
SCAN = SEGMENTS.index(b"\xff\xda")
FRAME = SEGMENTS.index(b"\xff\xc0")


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_what_pillow_makes_is_taken(kind: str, mode: str) -> None:
    assert picture_size(made(kind, mode=mode)) == (64, 48)
    assert picture_size(made(kind, 8, 256, mode=mode)) == (8, 256)


def test_transparent_and_progressive_ones_too() -> None:
    assert picture_size(made("PNG", mode="RGBA")) == (64, 48)
    assert picture_size(made("JPEG", progressive=True)) == (64, 48)


HOSTILE = {
    "nothing": b"",
    "text": b"hello",
    "gif": made("GIF"),
    "bmp": made("BMP", 16, 16),
    "webp": b"RIFF\x10\0\0\0WEBPVP8 ",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "too many bytes": made("PNG") + bytes(MAX_PICTURE),
    "a bomb of 30,000 x 30,000": png(header(30_000, 30_000), PIXELS, END),
    "2^31 pixels wide": png(header(2**31 - 1, 1), PIXELS, END),
    "a side more than allowed": made("PNG", 257, 64),
    "a JPEG side more than allowed": made("JPEG", 64, 257),
    "no width": png(header(0, 64), PIXELS, END),
    "a tiny one": made("PNG", 7, 7),
    "no pixels": png(header(64, 64), END),
    "no end": png(header(64, 64), PIXELS),
    "header twice, the second a bomb": png(header(64, 64), header(30_000, 30_000), PIXELS, END),
    "header not first": png(PIXELS, header(64, 64), END),
    "short header": png(chunk(b"IHDR", bytes(12)), PIXELS, END),
    "chunk beyond the end": png(header(64, 64), chunk(b"IDAT", b"x", 2**31 - 1), END),
    "another PNG behind the end": png(header(64, 64), PIXELS, END) + png(header(9, 9), PIXELS, END),
    "only a PNG's signature and end": png(END),
    "only a JPEG's ends": b"\xff\xd8\xff\xd9",
    "JPEG without an end": SEGMENTS[:-2],
    "JPEG without a frame": SEGMENTS[:FRAME] + SEGMENTS[SCAN:],
    "JPEG without a scan": SEGMENTS[:SCAN] + b"\xff\xd9",
    "JPEG of unknown height": SEGMENTS[: FRAME + 5] + b"\0\0" + SEGMENTS[FRAME + 7 :],
    "a JPEG bomb": SEGMENTS[: FRAME + 5] + b"\xff\xff\xff\xff" + SEGMENTS[FRAME + 9 :],
    "12 bits": SEGMENTS[: FRAME + 4] + b"\x0c" + SEGMENTS[FRAME + 5 :],
    "arithmetic coding": SEGMENTS[:FRAME] + b"\xff\xc9" + SEGMENTS[FRAME + 2 :],
    "lossless": SEGMENTS[:FRAME] + b"\xff\xc3" + SEGMENTS[FRAME + 2 :],
    "two frames": SEGMENTS[:SCAN] + SEGMENTS[FRAME : FRAME + 19] + SEGMENTS[SCAN:],
    "CMYK": made("JPEG", mode="CMYK"),
    "scan after scan": SEGMENTS[:-2] + SEGMENTS[SCAN : SCAN + 14] * MAX_SCANS + b"\xff\xd9",
    "a segment of no length": SEGMENTS[:2] + b"\xff\xe0\0\0" + SEGMENTS[2:],
    "a segment beyond the end": SEGMENTS[:2] + b"\xff\xe0\xff\xff" + SEGMENTS[2:],
    "fill bytes without end": b"\xff\xd8" + b"\xff" * 5000 + b"\xff\xd9",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pictures_are_refused(name: str) -> None:
    with pytest.raises(PictureError):
        picture_size(HOSTILE[name])


@given(st.sampled_from([made("PNG"), SEGMENTS]), st.data())
def test_whatever_is_changed_the_size_is_bounded(whole: bytes, data: st.DataObject) -> None:
    changed = bytearray(whole)
    for _time in range(data.draw(st.integers(1, 5))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(changed)))
    for each in (bytes(changed), bytes(changed[:cut]), bytes(changed[cut:])):
        try:
            width, height = picture_size(each)
        except PictureError:
            continue
        assert 8 <= width <= 256 and 8 <= height <= 256


@given(st.binary(max_size=300))
def test_any_bytes_are_judged(data: bytes) -> None:
    for start in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8"):
        for end in (b"", END, b"\xff\xd9"):
            with pytest.raises(PictureError):
                picture_size(start + data[:100] + end)


def test_the_messages_have_limits() -> None:
    assert decode(encode_body(Picture(data=b"x" * MAX_PICTURE))) == Picture(data=b"x" * MAX_PICTURE)
    for bad in (Picture(data=b"x" * (MAX_PICTURE + 1)), Picture(data=b""), PictureWanted(digest=bytes(31))):
        with pytest.raises(WireError):
            decode(encode_body(bad))
