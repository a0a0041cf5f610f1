"""Links for streams: all bytes, in order, not sooner and not faster than asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.protocol.impairment import stream
from net.protocol.impairment.settings import StreamImpairment
from net.protocol.impairment.stream import StreamLink

pieces = st.lists(st.tuples(st.floats(0.0, 1.0), st.binary(min_size=1, max_size=50)), max_size=30)
impairments = st.builds(
    StreamImpairment, delay=st.floats(0.0, 5.0), rate=st.sampled_from([0.0, 1.0, 40.0, 1e6])
)


@given(impairments, impairments, pieces)
def test_all_bytes_pass_in_order_and_the_end_is_last(
    first: StreamImpairment, second: StreamImpairment, given_pieces: list[tuple[float, bytes]]
) -> None:
    link = StreamLink(first)
    now, left = 0.0, []
    for count, (gap, data) in enumerate(given_pieces):
        now += gap
        if count == len(given_pieces) // 2:
            link.change(second, now)
        link.take(data, now)
        left += link.leave(now)
    link.take(b"", now)
    left += link.leave(now + 10_000.0)
    assert b"".join(piece for piece, _kept in left) == b"".join(data for _gap, data in given_pieces)
    assert left[-1][0] == b""
    assert all(piece for piece, _kept in left[:-1])
    assert (link.held, link.next_time()) == (0, None)


@given(impairments, pieces)
def test_it_is_neither_early_nor_fast(
    impairment: StreamImpairment, given_pieces: list[tuple[float, bytes]]
) -> None:
    link = StreamLink(impairment)
    now = 0.0
    for gap, data in given_pieces:
        now += gap
        link.take(data, now)
    passed = 0
    while (at := link.next_time()) is not None:
        for piece, kept in link.leave(at):
            passed += len(piece)
            assert kept >= impairment.delay - 1e-9
            if impairment.rate:
                assert passed / impairment.rate <= at - impairment.delay + 1e-6
    assert passed == sum(len(data) for _gap, data in given_pieces)


def test_a_stalled_stream_keeps_everything() -> None:
    link = StreamLink(StreamImpairment(stalled=True))
    link.take(b"abc", 1.0)
    link.take(b"", 1.0)
    assert (link.leave(100.0), link.next_time(), link.held) == ([], None, 3)
    link.change(StreamImpairment(), 100.0)
    assert [piece for piece, _kept in link.leave(100.0)] == [b"abc", b""]


def test_a_higher_rate_makes_up_for_nothing() -> None:
    link = StreamLink(StreamImpairment(rate=1.0))
    link.take(b"x" * 100, 0.0)
    assert len(b"".join(piece for piece, _kept in link.leave(10.0))) == 10
    link.change(StreamImpairment(rate=50.0), 10.0)
    assert len(b"".join(piece for piece, _kept in link.leave(11.0))) == pytest.approx(50, abs=1)


def test_it_says_when_it_is_full() -> None:
    link = StreamLink(StreamImpairment(delay=1.0))
    link.take(bytes(stream.HELD_BYTES - 1), 0.0)
    assert not link.is_full
    link.take(b"x", 0.0)
    assert link.is_full
    link.leave(1.0)
    assert not link.is_full
