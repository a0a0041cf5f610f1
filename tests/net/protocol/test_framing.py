from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from net.protocol.framing import (
    Decoder,
    Framing,
    FramingError,
    FramingErrorKind,
    FramingKind,
    frame,
    frame_many,
    make_decoder,
    parse_framing,
)

LINES = Framing(FramingKind.LINES)
LENGTH2 = Framing(FramingKind.LENGTH)
LENGTH4 = Framing(FramingKind.LENGTH, length_bytes=4)


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    """The stream, cut at `places` (taken modulo its length)."""
    at = sorted({place % (len(stream) + 1) for place in places} | {0, len(stream)})
    return [stream[start:end] for start, end in itertools.pairwise(at)]


def run(decoder: Decoder, pieces: list[bytes]) -> tuple[list[bytes], FramingErrorKind | None]:
    """All messages, including an unfinished one, and the kind of the error that ended the stream."""
    messages: list[bytes] = []
    for piece in pieces:
        try:
            messages += decoder.feed(piece)
        except FramingError as error:
            return messages + error.messages, error.kind
    return messages + decoder.finish(), None


@pytest.mark.parametrize(
    "text",
    [
        "raw",
        "lines",
        "lines-crlf",
        "length2",
        "length4",
        "fixed:16",
        "delimiter:0d0a",
        "raw@4096",
        "length4@10000000",
        "fixed:9@10",
        "delimiter:ff@1",
    ],
)
def test_url_form_reads_back(text: str) -> None:
    assert str(parse_framing(text)) == text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", FramingErrorKind.UNKNOWN_FRAMING),
        ("length3", FramingErrorKind.UNKNOWN_FRAMING),
        ("raw:1", FramingErrorKind.UNKNOWN_FRAMING),
        ("fixed", FramingErrorKind.UNKNOWN_FRAMING),
        ("fixed:0", FramingErrorKind.BAD_SIZE),
        ("fixed:-1", FramingErrorKind.BAD_SIZE),
        ("fixed:9@8", FramingErrorKind.BAD_SIZE),
        ("fixed:x", FramingErrorKind.BAD_SIZE),
        ("lines@0", FramingErrorKind.BAD_LIMIT),
        ("lines@", FramingErrorKind.BAD_LIMIT),
        ("lines@99999999999999", FramingErrorKind.BAD_LIMIT),
        ("delimiter:", FramingErrorKind.EMPTY_DELIMITER),
        ("delimiter:0", FramingErrorKind.BAD_DELIMITER),
        ("delimiter:zz", FramingErrorKind.BAD_DELIMITER),
    ],
)
def test_bad_url_form_says_what_is_wrong(text: str, kind: FramingErrorKind) -> None:
    with pytest.raises(FramingError) as caught:
        parse_framing(text)
    assert caught.value.kind is kind


def test_full_width_is_read_as_meant() -> None:
    assert parse_framing("ＦＩＸＥＤ：１６") == Framing(FramingKind.FIXED, size=16)


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ({"kind": FramingKind.LENGTH, "length_bytes": 3}, FramingErrorKind.BAD_LENGTH_BYTES),
        ({"kind": FramingKind.LINES, "line_ending": b"\r"}, FramingErrorKind.BAD_LINE_ENDING),
        ({"kind": FramingKind.DELIMITER}, FramingErrorKind.EMPTY_DELIMITER),
        ({"limit": -1}, FramingErrorKind.BAD_LIMIT),
    ],
)
def test_a_framing_that_cannot_work_cannot_be_made(
    arguments: dict[str, object], kind: FramingErrorKind
) -> None:
    with pytest.raises(FramingError) as caught:
        Framing(**arguments)  # type: ignore[arg-type]
    assert caught.value.kind is kind


FRAMINGS = st.sampled_from(
    [
        LINES,
        Framing(FramingKind.LINES, line_ending=b"\r\n", limit=9),
        LENGTH2,
        Framing(FramingKind.LENGTH, limit=200),
        LENGTH4,
        Framing(FramingKind.LENGTH, length_bytes=4, limit=5),
        Framing(FramingKind.FIXED, size=1),
        Framing(FramingKind.FIXED, size=7),
        Framing(FramingKind.DELIMITER, delimiter=b"\0"),
        Framing(FramingKind.DELIMITER, delimiter=b"aa", limit=3),
        Framing(FramingKind.DELIMITER, delimiter=b"aba"),
    ]
)
STREAMS = st.one_of(
    st.binary(max_size=300),
    st.lists(st.sampled_from([b"a", b"b", b"aa", b"\n", b"\r", b"\0", b"\0\2", b"\0\n"]), max_size=60).map(
        b"".join
    ),
)


def check_any_chunking(framing: Framing, codec: str, stream: bytes, places: list[int]) -> None:
    whole = make_decoder(framing, codec)
    pieces = make_decoder(framing, codec)
    bytewise = make_decoder(framing, codec)
    expected = run(whole, [stream])
    assert run(pieces, cut(stream, places)) == expected
    assert run(bytewise, [stream[i : i + 1] for i in range(len(stream))]) == expected
    assert all(len(message) <= framing.limit for message in expected[0][:-1])


@given(FRAMINGS, st.sampled_from(["utf-8", "utf-16"]), STREAMS, st.lists(st.integers(0, 400), max_size=12))
def test_chunking_changes_nothing(framing: Framing, codec: str, stream: bytes, places: list[int]) -> None:
    check_any_chunking(framing, codec, stream, places)


@pytest.mark.deep
@settings(max_examples=30_000, deadline=None)
@given(FRAMINGS, st.sampled_from(["utf-8", "utf-16"]), STREAMS, st.lists(st.integers(0, 400), max_size=12))
def test_chunking_changes_nothing_however_long_one_tries(
    framing: Framing, codec: str, stream: bytes, places: list[int]
) -> None:
    check_any_chunking(framing, codec, stream, places)


@given(
    st.sampled_from([LENGTH2, LENGTH4]),
    st.lists(st.binary(max_size=300), max_size=30),
    st.lists(st.integers(0, 10_000), max_size=12),
)
def test_length_prefixed_messages_arrive_as_sent(
    framing: Framing, messages: list[bytes], places: list[int]
) -> None:
    decoder = make_decoder(framing)
    assert run(decoder, cut(frame_many(framing, messages), places)) == (messages, None)
    assert decoder.pending == 0


@given(
    st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))),
    st.sampled_from([b"\n", b"\r\n"]),
    st.sampled_from([("utf-8", "utf-8"), ("gb18030", "gb18030"), ("utf-16", "utf-16-le")]),
)
def test_lines_arrive_as_sent(lines: list[str], ending: bytes, codec: tuple[str, str]) -> None:
    framing = Framing(FramingKind.LINES, line_ending=ending)
    messages = [line.encode(codec[1]) for line in lines]
    assert make_decoder(framing, codec[0]).feed(frame_many(framing, messages, codec[0])) == messages


def test_a_line_loses_one_carriage_return_only() -> None:
    assert make_decoder(LINES).feed(b"a\r\nb\n\r\r\n\n") == [b"a", b"b", b"\r", b""]


def test_a_utf16_line_feed_is_not_looked_for_across_characters() -> None:
    text = "\u0a00\u4e00\n\u0a00\u4e00"
    decoder = make_decoder(LINES, "utf-16")
    assert decoder.feed(text.encode("utf-16-le")) == ["\u0a00\u4e00".encode("utf-16-le")]
    assert decoder.pending == 4
    assert decoder.feed(b"\n\0") == ["\u0a00\u4e00".encode("utf-16-le")]


@pytest.mark.parametrize(
    ("framing", "codec", "stream", "messages"),
    [
        (Framing(FramingKind.DELIMITER, delimiter=b"abac"), "utf-8", b"xabababac.abac", [b"xabab", b"."]),
        (LINES, "utf-8", b"one\r\ntwo\n", [b"one", b"two"]),
        (LINES, "utf-16", "\u0a00\u4e00\r\nb\n".encode("utf-16-le"), [b"\0\n\0N", b"b\0"]),
        (LENGTH4, "utf-8", b"\0\0\0\3one\0\0\0\0", [b"one", b""]),
    ],
)
def test_an_end_mark_may_arrive_byte_by_byte(
    framing: Framing, codec: str, stream: bytes, messages: list[bytes]
) -> None:
    decoder = make_decoder(framing, codec)
    assert run(decoder, [stream[i : i + 1] for i in range(len(stream))]) == (messages, None)


@pytest.mark.parametrize("framing", [LINES, Framing(FramingKind.DELIMITER, delimiter=b"\r\n")])
def test_ten_megabytes_without_an_end_are_refused(framing: Framing) -> None:
    decoder = make_decoder(framing)
    assert decoder.feed(b"first\r\n") == [b"first"]
    with pytest.raises(FramingError) as caught:
        for _ in range(160):
            decoder.feed(b"x" * 65536)
    assert caught.value.kind is FramingErrorKind.MESSAGE_TOO_LONG
    assert caught.value.limit == 1 << 20
    assert 1 << 20 < caught.value.size <= (1 << 20) + 65536
    assert decoder.pending <= (1 << 20) + 65536
    with pytest.raises(FramingError) as again:
        decoder.feed(b"\r\nmore\r\n")
    assert again.value.messages == []


@pytest.mark.parametrize(
    ("framing", "stream"),
    [
        (Framing(FramingKind.LINES, limit=4), b"one\n\r\ntoolong\nno\n"),
        (Framing(FramingKind.LENGTH, limit=4), b"\0\3one\0\0\0\7toolong\0\2no"),
        (Framing(FramingKind.LENGTH, limit=4), b"\0\3one\0\0\0\7"),
        (Framing(FramingKind.LENGTH, length_bytes=4, limit=4), b"\0\0\0\3one\0\0\0\0\xff\xff\xff\xff"),
        (Framing(FramingKind.DELIMITER, delimiter=b"::", limit=4), b"one::::toolong::no::"),
    ],
)
def test_messages_before_the_error_are_kept(framing: Framing, stream: bytes) -> None:
    decoder = make_decoder(framing)
    with pytest.raises(FramingError) as caught:
        decoder.feed(stream)
    assert caught.value.messages == [b"one", b""]
    assert caught.value.size > caught.value.limit == 4
    left = decoder.finish()
    assert left and stream.endswith(left[0]) and left[0] != stream


def test_a_message_at_the_limit_is_no_error() -> None:
    limit = 4
    assert make_decoder(Framing(FramingKind.LINES, limit=limit)).feed(b"four\r\n") == [b"four"]
    decoder = make_decoder(Framing(FramingKind.LINES, limit=limit))
    assert [decoder.feed(piece) for piece in (b"four\r", b"\n")] == [[], [b"four"]]
    assert make_decoder(Framing(FramingKind.LENGTH, limit=limit)).feed(b"\0\4four") == [b"four"]


def test_an_unfinished_message_is_returned_at_the_end() -> None:
    decoder = make_decoder(LENGTH2)
    assert decoder.feed(b"\0\2ok\0\5par") == [b"ok"]
    assert decoder.pending == 5
    assert decoder.flush() == []
    assert decoder.finish() == [b"\0\5par"]
    assert decoder.pending == 0
    assert decoder.finish() == []


@pytest.mark.parametrize(
    ("framing", "message", "kind"),
    [
        (LENGTH2, b"x" * 65536, FramingErrorKind.MESSAGE_TOO_LONG),
        (LENGTH4, b"x" * ((1 << 20) + 1), FramingErrorKind.MESSAGE_TOO_LONG),
        (Framing(FramingKind.LINES, limit=3), b"ok\nlong\nok", FramingErrorKind.MESSAGE_TOO_LONG),
        (Framing(FramingKind.FIXED, size=4), b"abc", FramingErrorKind.WRONG_SIZE),
        (Framing(FramingKind.FIXED, size=4), b"abcde", FramingErrorKind.WRONG_SIZE),
        (Framing(FramingKind.DELIMITER, delimiter=b"--"), b"a--b", FramingErrorKind.DELIMITER_IN_MESSAGE),
        (Framing(FramingKind.DELIMITER, delimiter=b"--"), b"ab-", FramingErrorKind.DELIMITER_IN_MESSAGE),
        (Framing(FramingKind.DELIMITER, delimiter=b"-", limit=2), b"abc", FramingErrorKind.MESSAGE_TOO_LONG),
    ],
)
def test_a_message_that_does_not_fit_is_refused(
    framing: Framing, message: bytes, kind: FramingErrorKind
) -> None:
    with pytest.raises(FramingError) as caught:
        frame(framing, message)
    assert caught.value.kind is kind


def test_framed_bytes() -> None:
    assert frame(LENGTH2, b"x" * 65535)[:2] == b"\xff\xff"
    assert frame(LENGTH4, b"abc") == b"\0\0\0\3abc"
    assert frame(Framing(FramingKind.LINES, line_ending=b"\r\n"), b"a\nb") == b"a\nb\r\n"
    assert frame(Framing(FramingKind.LINES, limit=3), b"one\ntwo") == b"one\ntwo\n"
    assert frame(Framing(FramingKind.DELIMITER, delimiter=b"\0"), b"a") == b"a\0"
    assert frame(Framing(), b"as it is") == b"as it is"
    assert frame(Framing(FramingKind.FIXED, size=3), b"abc") == b"abc"


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "utf-8"),
        ("gb18030", "gb18030"),
        ("big5", "big5"),
        ("shift_jis", "shift_jis"),
        ("utf-16", "utf-16-le"),
    ],
)
def test_raw_never_cuts_a_character(codec: str, name: str) -> None:
    text = "a中文b日本c" + ("😀é" if codec in ("utf-8", "gb18030", "utf-16") else "")
    encoded = text.encode(name)
    for place in range(len(encoded) + 1):
        decoder = make_decoder(Framing(), codec)
        first = decoder.feed(encoded[:place])
        assert len(first) <= 1 and decoder.pending <= 4
        second = decoder.feed(encoded[place:])
        assert "".join(piece.decode(name) for piece in first + second) == text
        assert decoder.pending == 0


@given(st.sampled_from(["utf-8", "gb18030", "big5", "shift_jis", "utf-16", "ascii"]), STREAMS)
def test_raw_loses_nothing_and_holds_at_most_four_bytes(codec: str, stream: bytes) -> None:
    decoder = make_decoder(Framing(limit=7), codec)
    messages: list[bytes] = []
    for index in range(0, len(stream), 10):
        messages += decoder.feed(stream[index : index + 10])
        assert decoder.pending <= 4
    assert b"".join(messages + decoder.finish()) == stream
    assert all(0 < len(message) <= 7 for message in messages)


def test_raw_releases_an_incomplete_character_on_flush() -> None:
    decoder = make_decoder(Framing(), "utf-8")
    assert decoder.feed("中".encode()[:2]) == []
    assert decoder.pending == 2
    assert decoder.flush() == [b"\xe4\xb8"]
    assert decoder.flush() == decoder.finish() == []
    assert decoder.feed(b"\xe4") == []
    assert decoder.finish() == [b"\xe4"]


def test_raw_does_not_hold_what_is_no_character() -> None:
    assert make_decoder(Framing(), "utf-8").feed(b"ab\xff") == [b"ab\xff"]
    assert make_decoder(Framing(), "utf-8").feed(b"\xe0\x80") == [b"\xe0\x80"]
    assert make_decoder(Framing(), "ascii").feed(b"\x80") == [b"\x80"]


def test_raw_cuts_above_its_limit_between_characters() -> None:
    assert make_decoder(Framing(limit=4)).feed("中文a".encode()) == ["中".encode(), "文a".encode()]
    assert make_decoder(Framing(limit=2)).feed("中".encode()) == [b"\xe4\xb8", b"\xad"]


def test_bytearrays_and_views_are_copied() -> None:
    for framing in (Framing(), LINES, LENGTH2, Framing(FramingKind.FIXED, size=4)):
        buffer = bytearray(b"\0\2a\n")
        messages = make_decoder(framing).feed(memoryview(buffer))  # type: ignore[arg-type]
        before = list(messages)
        buffer[:] = b"zzzz"
        assert messages == before and all(type(message) is bytes for message in messages)
