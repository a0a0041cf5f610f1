from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.protocol.checksum import Checksum
from net.protocol.codec import CodecError, CodecErrorKind
from net.protocol.compose import (
    ComposeError,
    ComposeErrorKind,
    ComposeMode,
    LineEnding,
    compose,
    parse_escapes,
    parse_hex,
)


@pytest.mark.parametrize(
    "text",
    [
        "48656C6c6f",
        "48 65 6c 6c 6f",
        "0x48, 0x65, 0x6C, 0x6c, 0x6f",
        "0x480x65 6c6c6f",
        "48:65:6c:6c:6f",
        "48-65-6c\n6c;6f\n",
        "\\x48\\x65\\x6c\\x6c\\x6f",
        "４８　６５，６Ｃ：６ｃ、６ｆ",
        "0X48656c6c6f",
    ],
)
def test_hex_as_people_paste_it(text: str) -> None:
    assert parse_hex(text) == b"Hello"


def test_hex_of_little() -> None:
    assert parse_hex("") == parse_hex(" \n") == b""
    assert parse_hex("0x1, 0x2") == b"\1\2"
    assert parse_hex("00") == b"\0"


@pytest.mark.parametrize(
    ("text", "kind", "position", "found"),
    [
        ("123", ComposeErrorKind.ODD_DIGITS, 2, "3"),
        ("12 3 45", ComposeErrorKind.ODD_DIGITS, 3, "3"),
        ("0x123", ComposeErrorKind.ODD_DIGITS, 4, "3"),
        ("12 G4", ComposeErrorKind.NOT_HEX, 3, "G"),
        ("4G", ComposeErrorKind.NOT_HEX, 1, "G"),
        ("12你", ComposeErrorKind.NOT_HEX, 2, "你"),
        ("12 0x", ComposeErrorKind.PREFIX_WITHOUT_DIGITS, 3, "0x"),
        ("４ ５", ComposeErrorKind.ODD_DIGITS, 0, "４"),
        ("x41", ComposeErrorKind.NOT_HEX, 0, "x"),
    ],
)
def test_bad_hex_says_what_and_where(text: str, kind: ComposeErrorKind, position: int, found: str) -> None:
    with pytest.raises(ComposeError) as caught:
        parse_hex(text)
    assert (caught.value.kind, caught.value.position, caught.value.found) == (kind, position, found)


@given(st.binary(), st.sampled_from(["", " ", ", ", ":", "-", "\n"]), st.sampled_from(["", "0x", "\\x"]))
def test_hex_comes_back(data: bytes, separator: str, prefix: str) -> None:
    assert parse_hex(separator.join(f"{prefix}{byte:02x}" for byte in data)) == data


@given(st.text())
def test_any_text_is_hex_or_an_error_with_a_place(text: str) -> None:
    try:
        parse_hex(text)
    except ComposeError as error:
        assert text.startswith(error.found, error.position)


def test_escapes() -> None:
    assert parse_escapes(r"a\n\r\t\0\\b", "utf-8") == b"a\n\r\t\0\\b"
    assert parse_escapes(r"\x41\xff\u4f60\U0001F600你", "utf-8") == b"A\xff" + "你😀你".encode()
    assert parse_escapes(r"\ud83d\ude00", "utf-8") == "😀".encode()
    assert parse_escapes(r"\u4f60\n\xff", "utf-16") == b"\x60\x4f\n\0\xff"
    assert parse_escapes("", "utf-8") == b""


@pytest.mark.parametrize(
    ("text", "kind", "position", "found"),
    [
        (r"ab\q", ComposeErrorKind.UNKNOWN_ESCAPE, 2, r"\q"),
        ("ab\\", ComposeErrorKind.ESCAPE_TOO_SHORT, 2, "\\"),
        (r"\\\x4", ComposeErrorKind.ESCAPE_TOO_SHORT, 2, r"\x4"),
        (r"\x4g", ComposeErrorKind.ESCAPE_TOO_SHORT, 0, r"\x4"),
        (r"\u4f6", ComposeErrorKind.ESCAPE_TOO_SHORT, 0, r"\u4f6"),
        (r"a\U00110000", ComposeErrorKind.NO_SUCH_CHARACTER, 1, r"\U00110000"),
    ],
)
def test_bad_escapes_say_what_and_where(text: str, kind: ComposeErrorKind, position: int, found: str) -> None:
    with pytest.raises(ComposeError) as caught:
        parse_escapes(text, "utf-8")
    assert (caught.value.kind, caught.value.position, caught.value.found) == (kind, position, found)


def test_what_the_codec_lacks_is_found_in_the_text_as_typed() -> None:
    with pytest.raises(CodecError) as caught:
        parse_escapes(r"\x41\n你", "ascii")
    assert (caught.value.kind, caught.value.position) == (CodecErrorKind.NOT_IN_CODEC, 6)
    with pytest.raises(CodecError) as caught:
        parse_escapes(r"ab\ud800", "utf-8")
    assert (caught.value.kind, caught.value.position) == (CodecErrorKind.LONE_SURROGATE, 2)
    with pytest.raises(CodecError) as caught:
        compose("a\nb\n你", codec="ascii", line_ending=LineEnding.CRLF)
    assert caught.value.position == 4


def test_text_gets_its_line_ending() -> None:
    assert compose("a\nb") == b"a\nb"
    assert compose("a\nb", line_ending=LineEnding.LF) == b"a\nb\n"
    assert compose("a\nb\r\nc", line_ending=LineEnding.CRLF) == b"a\r\nb\r\nc\r\n"
    assert compose("a\nb", line_ending=LineEnding.CR) == b"a\rb\r"
    assert compose("a", codec="utf-16", line_ending=LineEnding.LF) == b"a\0\n\0"
    assert compose("a\nb", ComposeMode.ESCAPES, line_ending=LineEnding.CRLF) == b"a\nb\r\n"


def test_the_checksum_stands_between_body_and_line_ending() -> None:
    assert compose("123456789", checksum=Checksum.SUM8, line_ending=LineEnding.LF) == b"123456789\xdd\n"
    assert compose(r"1\x32", ComposeMode.ESCAPES, checksum=Checksum.SUM8) == b"12c"


def test_hex_is_exact() -> None:
    composed = compose("31 32", ComposeMode.HEX, "utf-16", LineEnding.CRLF, Checksum.CRC16_MODBUS)
    assert composed[:2] == b"12" and len(composed) == 4
