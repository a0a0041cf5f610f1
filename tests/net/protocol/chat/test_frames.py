from __future__ import annotations

import struct
from typing import Any, Union, get_args

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from net.protocol.chat import messages as m
from net.protocol.chat.frames import (
    MAX_CONTROL,
    MAX_DATA,
    MAX_HELLO,
    Data,
    Frame,
    FrameDecoder,
    decode,
    encode,
    encode_body,
    encode_data,
    encode_many,
)

HELLO = m.Hello(version=1, min_version=1, name="王", stream=b"s" * 16, received=7)
KINDS = [kind for kind in m.Wire.__subclasses__() if kind is not m.Unknown]


def data_frame(channel: int, data: bytes) -> bytes:
    return encode_data(channel, data) + data


def open_decoder() -> FrameDecoder:
    return FrameDecoder(small=False)


def plain(kind: type) -> st.SearchStrategy[Any]:
    """Values of a wire type: made from its fields, so that every kind's every field is tried."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        fields = {field.name: annotated(field.type) for field in msgspec.structs.fields(kind)}
        return st.builds(kind, **fields)
    raise AssertionError(kind)


def annotated(kind: Any) -> st.SearchStrategy[Any]:
    arguments = get_args(kind)
    limits: dict[str, Any] = {}
    if hasattr(kind, "__metadata__"):
        meta = kind.__metadata__[0]
        limits = {name: getattr(meta, name) for name in ("ge", "le", "min_length", "max_length", "pattern")}
        kind = arguments[0]
        arguments = get_args(kind)
    least, most = limits.get("min_length") or 0, limits.get("max_length")
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.integers(limits.get("ge", -(2**40)), limits.get("le", 2**40))
    if kind is bytes:
        return st.binary(min_size=least, max_size=min(most or 64, 64) if least < 64 else most)
    if kind is str:
        if limits.get("pattern"):
            return st.from_regex(limits["pattern"], fullmatch=True).filter(lambda text: "\n" not in text)
        alphabet = st.characters(exclude_categories=["Cs"])
        return st.text(alphabet, min_size=least, max_size=min(most or 40, 40))
    if getattr(kind, "__origin__", None) is list:
        return st.lists(annotated(arguments[0]), min_size=least, max_size=3)
    return plain(kind)


any_message: st.SearchStrategy[Any] = st.one_of([plain(kind) for kind in KINDS])


@given(any_message)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_every_message_comes_back(message: m.Wire) -> None:
    assert decode(encode_body(message)) == message
    assert open_decoder().feed(encode(message)) == [message]


@given(st.lists(st.one_of(any_message, st.binary(min_size=1, max_size=300)), max_size=6), st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_however_the_bytes_are_cut(frames: list[m.Wire | bytes], data: st.DataObject) -> None:
    stream = b"".join(data_frame(9, f) if isinstance(f, bytes) else encode(f) for f in frames)
    decoder = open_decoder()
    seen: list[Frame] = []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        room = decoder.data_room()
        if room is not None and data.draw(st.booleans()):
            cut = min(cut, len(room))
            room[:cut] = stream[:cut]
            whole = decoder.data_written(cut)
            seen += [whole] if whole else []
        else:
            seen += decoder.feed(stream[:cut])
        stream = stream[cut:]
    assert seen == [Data(9, f) if isinstance(f, bytes) else f for f in frames]
    assert decoder.held == 0


def test_large_data_is_filled_in_place() -> None:
    data = bytes(range(256)) * 1024
    assert len(data) == MAX_DATA
    decoder = open_decoder()
    assert decoder.feed(encode_data(2**32 - 1, data)) == []
    room = decoder.data_room()
    assert room is not None and len(room) == MAX_DATA
    room[:] = data
    assert decoder.data_written(MAX_DATA) == Data(2**32 - 1, data)
    assert decoder.data_room() is None


def test_an_unknown_kind_is_told_politely() -> None:
    body = msgspec.msgpack.encode({"t": "hologram" * 20, "x": [1, {"y": 2}]})
    assert decode(body) == m.Unknown(kind=("hologram" * 20)[:64])
    assert decode(msgspec.msgpack.encode({"t": "unknown"})) == m.Unknown(kind="unknown")


def test_unknown_fields_are_ignored() -> None:
    assert decode(msgspec.msgpack.encode({"t": "ping", "number": 3, "newer": "x"})) == m.Ping(number=3)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xc1",
        msgspec.msgpack.encode([1]),
        msgspec.msgpack.encode({"number": 3}),
        msgspec.msgpack.encode({"t": 5}),
        msgspec.msgpack.encode({"t": "ping"}),
        msgspec.msgpack.encode({"t": "ping", "number": "3"}),
        msgspec.msgpack.encode({"t": "ping", "number": -1}),
        msgspec.msgpack.encode({"t": "ping", "number": 2**63}),
        msgspec.msgpack.encode({"t": "say", "id": b"short", "text": "x", "time": 0}),
        msgspec.msgpack.encode({"t": "say", "id": b"i" * 16, "text": "x" * 16_001, "time": 0}),
        b"\x81\xa1t\xa4\xff\xff\xff\xff",
        b"\x91" * 60_000,
        encode_body(m.Ping(number=1)) + b"\0",
    ],
)
def test_what_is_no_message(body: bytes) -> None:
    with pytest.raises(m.WireError):
        decode(body)


def test_limits_before_hello() -> None:
    with pytest.raises(m.WireError):
        FrameDecoder().feed(struct.pack(">IB", MAX_HELLO + 1, 0))
    with pytest.raises(m.WireError):
        FrameDecoder().feed(data_frame(1, b"x"))
    decoder = FrameDecoder()
    long = m.Say(id=b"i" * 16, text="好" * 10_000, time=1)
    # The limits go with the Hello itself: what follows in the same bytes has the large ones.
    assert decoder.feed(encode_many([HELLO, long]) + data_frame(1, b"x")) == [HELLO, long, Data(1, b"x")]


@pytest.mark.parametrize(
    "header",
    [
        struct.pack(">IB", MAX_CONTROL + 1, 0),
        struct.pack(">IB", MAX_DATA + 5, 1),
        struct.pack(">IB", 4, 1),
        struct.pack(">IB", 0, 1),
        struct.pack(">IB", 1, 2),
        struct.pack(">IB", 2**32 - 1, 0),
        b"GET / HTTP/1.1\r\n",
    ],
)
def test_headers_that_are_refused_at_once(header: bytes) -> None:
    with pytest.raises(m.WireError) as caught:
        open_decoder().feed(encode(m.Ping(number=1)) + header)
    assert caught.value.before == (m.Ping(number=1),)


def test_what_cannot_be_sent() -> None:
    with pytest.raises(m.WireError):
        encode(m.Say(id=b"i" * 16, text="\ud800", time=0))
    with pytest.raises(m.WireError):
        encode(m.Queued(number=1, body=bytes(MAX_CONTROL)))
    for data in (b"", bytes(MAX_DATA + 1)):
        with pytest.raises(m.WireError):
            encode_data(1, data)


VALID = [
    encode(HELLO),
    encode(m.Queued(number=5, body=encode_body(m.Say(id=b"i" * 16, text="你好", time=1)))),
    data_frame(3, b"data" * 50),
    encode(m.TransferItems(transfer=b"t" * 16, first=0, items=[m.TransferItem(path=["a", "b"], size=9)])),
]


@given(
    st.lists(st.sampled_from(VALID), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255), st.sampled_from("xid")), max_size=8),
    st.booleans(),
)
@settings(max_examples=400)
def test_mutated_frames_end_in_a_wire_error_or_in_messages(
    frames: list[bytes], changes: list[tuple[int, int, str]], small: bool
) -> None:
    stream = bytearray(b"".join(frames))
    for place, value, how in changes:
        at = place % max(1, len(stream))
        if how == "x" and stream:
            stream[at] = value
        elif how == "i":
            stream.insert(at, value)
        else:
            del stream[at : at + 1]
    decoder = FrameDecoder(small)
    try:
        for start in range(0, len(stream), 7):
            for frame in decoder.feed(stream[start : start + 7]):
                assert isinstance(frame, m.Wire | Data)
    except m.WireError:
        pass
    assert decoder.held <= MAX_DATA + 4 + 7


@given(st.binary(max_size=2000))
def test_garbage(data: bytes) -> None:
    decoder = FrameDecoder()
    try:
        decoder.feed(data)
    except m.WireError:
        return
    assert decoder.held <= MAX_HELLO + 5


def test_the_list_of_kinds_is_whole() -> None:
    """Each public struct with a tag can be decoded; a kind that was forgotten would come as Unknown."""
    tags = {kind.__struct_config__.tag for kind in KINDS}
    assert len(tags) == len(KINDS) >= 35
    assert Union[tuple(KINDS)]  # noqa: UP007


def test_a_spare_buffer_is_filled_anew_and_only_where_it_fits() -> None:
    spare = [bytearray(b"\xff" * MAX_DATA)]
    kept = spare[0]
    decoder = FrameDecoder(small=False, spare=spare)
    short = b"a" * 1000
    frames = [
        *feed_in_pieces(decoder, data_frame(1, short)),
        *feed_in_pieces(decoder, data_frame(2, b"b" * MAX_DATA)),
    ]
    assert [(frame.channel, bytes(frame.data)) for frame in frames if isinstance(frame, Data)] == [
        (1, short),
        (2, b"b" * MAX_DATA),
    ]
    assert isinstance(frames[1], Data) and frames[1].data is kept and not spare


def feed_in_pieces(decoder: FrameDecoder, data: bytes) -> list[Frame]:
    return [frame for start in range(0, len(data), 700) for frame in decoder.feed(data[start : start + 700])]


def test_nothing_is_written_between_frames() -> None:
    decoder = FrameDecoder()
    assert decoder.data_room() is None
    with pytest.raises(ValueError):
        decoder.data_written(1)
