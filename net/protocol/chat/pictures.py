"""The small picture that a person chose to be shown with: how it is asked for and told, and what may be one.

Nothing here decodes a pixel. What is no JPEG or PNG of bearable size never reaches a decoder.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from net.protocol.chat.messages import Digest, Wire

MAX_PICTURE = 16 * 1024
"""Bytes of a picture."""

MAX_PICTURE_SIDE = 256
"""Pixels of a side."""

MIN_PICTURE_SIDE = 8
MAX_SCANS = 16
"""Of a JPEG: each scan makes the decoder go over the whole picture once more."""

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
_JPEG, _JPEG_END, _SCAN = b"\xff\xd8", b"\xff\xd9", b"\xff\xda"
_FRAMES = (0xC0, 0xC1, 0xC2)  # baseline, extended, progressive: what all decoders know
_ALONE = (*range(0xD0, 0xD9), 0x01)  # markers without a length (ITU-T T.81, B.1.1.3)


class PictureWanted(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="picture_wanted"):
    """Please send the picture that you named in your hello or presence."""

    digest: Digest


class Picture(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="picture"):
    """The answer. Whoever gets it compares its SHA-256 with what was asked for, and then `picture_size`."""

    data: Annotated[bytes, Meta(min_length=1, max_length=MAX_PICTURE)]


class PictureError(ValueError):
    """This is no picture that anybody may be shown with."""


def picture_size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels, read from the structure alone.

    Raises `PictureError` for all but a whole JPEG (ITU-T T.81; Huffman-coded, at most `MAX_SCANS` scans) or
    PNG (ISO/IEC 15948) of at most `MAX_PICTURE` bytes, `MIN_PICTURE_SIDE` to `MAX_PICTURE_SIDE` a side.
    """
    if len(data) > MAX_PICTURE:
        raise PictureError(f"{len(data)} bytes")
    if data.startswith(_PNG):
        width, height = _png_size(data)
    elif data.startswith(_JPEG):
        width, height = _jpeg_size(data)
    else:
        raise PictureError("neither JPEG nor PNG")
    if not all(MIN_PICTURE_SIDE <= side <= MAX_PICTURE_SIDE for side in (width, height)):
        raise PictureError(f"{width} x {height} pixels")
    return width, height


def _png_size(data: bytes) -> tuple[int, int]:
    """Chunks one behind the other: one IHDR, which is first, pixels, and IEND at the very end."""
    if not data.endswith(_PNG_END):
        raise PictureError("PNG without its end")
    size = (0, 0)
    at, pixels = len(_PNG), False
    while at < len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if at + 12 + length > len(data):
            raise PictureError("PNG chunk beyond the end")
        first = at == len(_PNG)
        if first != (kind == b"IHDR") or (first and length != 13):
            raise PictureError("PNG header")
        if first:
            size = (
                int.from_bytes(data[at + 8 : at + 12], "big"),
                int.from_bytes(data[at + 12 : at + 16], "big"),
            )
        pixels = pixels or kind == b"IDAT"
        at += 12 + length
        if kind == b"IEND" and at != len(data):
            raise PictureError("more behind the PNG's end")
    if not pixels:
        raise PictureError("PNG without pixels")
    return size


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Segments up to the first scan; in them one frame header with 8 bits a sample and 1 or 3 components."""
    if not data.endswith(_JPEG_END):
        raise PictureError("JPEG without its end")
    if data.count(_SCAN) > MAX_SCANS:
        raise PictureError("too many scans")
    size: tuple[int, int] | None = None
    at = len(_JPEG)
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise PictureError("no JPEG marker")
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in _ALONE or marker in (0x00, 0xD9):
            raise PictureError("JPEG marker out of place")
        if marker == 0xFF:  # fill bytes before a marker
            at += 1
            continue
        if length < 2 or at + 2 + length > len(data):
            raise PictureError("JPEG segment beyond the end")
        if marker == _SCAN[1]:
            break
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            body = data[at + 4 : at + 2 + length]
            if marker not in _FRAMES or size is not None or len(body) < 6:
                raise PictureError("JPEG frame")
            if body[0] != 8 or body[5] not in (1, 3):
                raise PictureError("JPEG samples")
            size = (int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big"))
        at += 2 + length
    else:
        raise PictureError("JPEG without a scan")
    if size is None:
        raise PictureError("JPEG without a frame")
    return size
