from __future__ import annotations

import codecs
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from net.protocol.codec import (
    CODECS,
    MARKS_PER_CHARACTER,
    CodecError,
    CodecErrorKind,
    clean_text,
    decode_spans,
    decode_text,
    encode_text,
    parse_codec,
    split_incomplete,
)

IDS = [codec.id for codec in CODECS]


def test_the_codecs_offered() -> None:
    assert IDS == ["utf-8", "gb18030", "big5", "shift_jis", "latin-1", "ascii", "utf-16"]


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("UTF8", "utf-8"),
        ("utf_8", "utf-8"),
        ("GBK", "gb18030"),
        ("gb2312", "gb18030"),
        ("Shift-JIS", "shift_jis"),
        ("ISO_8859-1", "latin-1"),
        ("ＵＴＦ－１６", "utf-16"),
        (" Big5 ", "big5"),
    ],
)
def test_names_people_use(name: str, codec: str) -> None:
    assert parse_codec(name) == codec


def test_an_unknown_codec() -> None:
    with pytest.raises(CodecError) as caught:
        parse_codec("klingon")
    assert (caught.value.kind, caught.value.codec) == (CodecErrorKind.UNKNOWN_CODEC, "klingon")


@given(
    st.sampled_from(IDS),
    st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("中文日本テ，é~"))),
)
def test_what_can_be_encoded_comes_back(codec: str, text: str) -> None:
    try:
        encoded = encode_text(text, codec)
    except CodecError as error:
        assert error.kind is CodecErrorKind.NOT_IN_CODEC
        assert text[error.position] == error.character
        encode_text(text[: error.position], codec)
        return
    if codec == "shift_jis":
        # JIS X 0201 has a yen sign and an overline in the places of ASCII's backslash and tilde.
        text = text.replace("¥", "\\").replace("‾", "~")
    if codec == "utf-16":
        text = text.removeprefix("\ufeff")
        if text.startswith("\ufffe"):
            return
    assert decode_text(encoded, codec) == text


def test_utf16_is_little_endian_without_a_mark_and_read_by_its_mark() -> None:
    assert encode_text("A中", "utf-16") == b"A\0-N"
    assert decode_text(b"\xff\xfeA\0", "utf-16") == "A"
    assert decode_text(b"\xfe\xff\0A", "utf-16") == "A"
    assert decode_text(b"A\0", "utf-16") == "A"


@pytest.mark.parametrize("codec", IDS)
def test_half_a_surrogate_pair_is_refused_where_it_stands(codec: str) -> None:
    with pytest.raises(CodecError) as caught:
        encode_text("ab\udc00c", codec)
    assert caught.value.kind is CodecErrorKind.LONE_SURROGATE
    assert (caught.value.position, caught.value.character) == (2, "\udc00")


def test_a_surrogate_pair_is_its_character_and_keeps_later_positions() -> None:
    assert encode_text("a\ud83d\ude00", "utf-8") == "a😀".encode()
    with pytest.raises(CodecError) as caught:
        encode_text("\ud83d\ude00\ud83d\ude00\ud800", "utf-8")
    assert caught.value.position == 4
    with pytest.raises(CodecError) as caught:
        encode_text("\ud83d\ude00é\ud83d\ude00", "ascii")
    assert (caught.value.position, caught.value.character) == (0, "😀")
    with pytest.raises(CodecError) as caught:
        encode_text("a\ud83d\ude00b\u0100\ud800", "latin-1")
    assert (caught.value.position, caught.value.kind) == (1, CodecErrorKind.NOT_IN_CODEC)


@given(st.sampled_from(IDS), st.binary())
def test_any_bytes_can_be_decoded(codec: str, data: bytes) -> None:
    check_any_bytes(codec, data)


@pytest.mark.deep
@settings(max_examples=20_000, deadline=None)
@given(st.sampled_from(IDS), st.binary(max_size=600))
def test_any_bytes_can_be_decoded_however_long_one_tries(codec: str, data: bytes) -> None:
    check_any_bytes(codec, data)


def check_any_bytes(codec: str, data: bytes) -> None:
    spans = decode_spans(data, codec)
    text = decode_text(data, codec)
    assert "".join(piece for piece, _ in spans) == text
    assert all(piece for piece, _ in spans)
    assert not any(unicodedata.category(character) == "Cs" for character in text)
    restored = b""
    for piece, undecodable in spans:
        restored += bytes.fromhex(piece[1:-1]) if undecodable else encode_text(piece, codec)
    # GB18030 and Shift-JIS read more than one form of some characters; UTF-16's mark is not part of the text.
    if codec not in ("gb18030", "shift_jis", "big5") and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        assert restored == data
    complete, held = split_incomplete(data, codec)
    assert complete + held == data
    assert len(held) <= 4


def test_undecodable_bytes_are_marked_in_one_piece() -> None:
    assert decode_text(b"ok\xff\xfe.", "utf-8") == "ok⟨FF FE⟩."
    assert decode_spans(b"\xe4\xbd", "utf-8") == [("⟨E4 BD⟩", True)]
    assert decode_spans(b"a\x80b", "ascii") == [("a", False), ("⟨80⟩", True), ("b", False)]
    assert decode_text(b"\0\xd8A\0", "utf-16") == "⟨00 D8⟩A"
    assert decode_text(b"\xa4", "big5") == "⟨A4⟩"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\tc", "a\nb\tc"),
        ("\0\x1b[31m\r\x7f", "⟨00⟩⟨1B⟩[31m⟨0D⟩⟨7F⟩"),
        ("one\r\ntwo", "one\ntwo"),
        ("\x85\x9b", "⟨U+0085⟩⟨U+009B⟩"),
        ("a\u202etxt.exe\u2066\u200f", "a⟨U+202E⟩txt.exe⟨U+2066⟩⟨U+200F⟩"),
        ("\ud800x\udfff", "⟨U+D800⟩x⟨U+DFFF⟩"),
        ("\ud83d\ude00", "😀"),
        ("👨‍👩‍👧 é", "👨‍👩‍👧 é"),
        ("\ufeff\u2028", "⟨U+FEFF⟩⟨U+2028⟩"),
    ],
)
def test_nothing_shown_can_move_hide_or_reorder(text: str, shown: str) -> None:
    assert clean_text(text) == shown


def test_piled_up_marks_are_limited_and_counted() -> None:
    pile = "\u0301" * 30
    assert clean_text(f"a{pile}b") == "a" + "\u0301" * MARKS_PER_CHARACTER + "⟨+22⟩b"
    assert clean_text("中" + "\u0301" * MARKS_PER_CHARACTER) == "中" + "\u0301" * MARKS_PER_CHARACTER
    assert clean_text("—" * 50) == "—" * 50


@given(st.text(st.characters()))
def test_cleaned_text_is_clean_for_good(text: str) -> None:
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert not any(
        unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t" for character in cleaned
    )


@given(
    st.sampled_from(IDS),
    st.one_of(st.binary(), st.text().map(lambda text: text.encode("utf-16-le", "replace"))),
)
def test_what_is_held_is_what_a_decoder_would_wait_for(codec: str, data: bytes) -> None:
    decoder = codecs.getincrementaldecoder("utf-16-le" if codec == "utf-16" else codec)("replace")
    decoder.decode(data)
    waiting = decoder.getstate()[0] if codec not in ("latin-1", "ascii") else b""
    if not (codec == "utf-16" and data.startswith(b"\xfe\xff")):
        assert split_incomplete(data, codec)[1] == waiting


@pytest.mark.parametrize(
    ("codec", "data", "held"),
    [
        ("utf-8", b"a\xf0\x9f\x98", 3),
        ("utf-8", b"a\xf0\x9f\x98\x80", 0),
        ("utf-8", b"\x80\x80\x80\x80", 0),
        ("utf-8", b"\xc3", 1),
        ("gb18030", b"a\x81\x30\x81", 3),
        ("gb18030", b"\xd6\xd0\xce", 1),
        ("big5", b"\xa4\xa4\xa4", 1),
        ("shift_jis", b"\x82\xa0\x82", 1),
        ("utf-16", b"A\0B", 1),
        ("utf-16", b"\x3d\xd8", 2),
        ("utf-16", b"A\0\x3d\xd8\0", 3),
        ("utf-16", b"A\0A\0\x3d\xd8\0\xde", 0),
        ("utf-16", b"A\0A\0\x3d\xd8\0\xdeB\0", 0),
        ("utf-16", b"\xfe\xff\xd8\x3d", 2),
        ("latin-1", b"\xff", 0),
    ],
)
def test_what_is_held_back(codec: str, data: bytes, held: int) -> None:
    assert split_incomplete(data, codec) == (data[: len(data) - held], data[len(data) - held :])
