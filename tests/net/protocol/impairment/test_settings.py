"""The settings as text, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.protocol.impairment.settings import (
    Impairment,
    ImpairmentError,
    StreamImpairment,
    parse_settings,
)


@given(
    st.builds(
        Impairment,
        loss=st.floats(0.0, 0.9),
        burst=st.sampled_from([0.0, 9.0, 12.5]),
        delay=st.floats(0.0, 60.0),
        jitter=st.floats(0.0, 60.0),
        rate=st.floats(0.0, 1e6),
        queue=st.integers(1, 100_000),
        double=st.floats(0.0, 1.0),
        reorder=st.floats(0.0, 0.5),
        lose=st.sets(st.integers(1, 10**9)).map(lambda found: tuple(sorted(found))),
    )
)
def test_text_gives_the_same_settings(impairment: Impairment) -> None:
    assert parse_settings(Impairment, str(impairment)) == impairment


def test_stream_settings_as_text() -> None:
    asked = StreamImpairment(delay=0.25, rate=1000.0, stalled=True)
    assert str(asked) == "delay=0.25&rate=1000&stalled=1"
    assert parse_settings(StreamImpairment, str(asked)) == asked
    assert str(StreamImpairment()) == ""


def test_shares_and_times_as_people_write_them() -> None:
    found = parse_settings(Impairment, "loss=20%&delay=50ms&jitter=1.5s&lose=3, 1,3")
    assert found == Impairment(loss=0.2, delay=0.05, jitter=1.5, lose=(1, 3))


@pytest.mark.parametrize(
    "text",
    [
        "loss=-0.1",
        "loss=1.01",
        "loss=nan",
        "loss=",
        "loss=half",
        "delay=61",
        "delay=-1ms",
        "jitter=inf",
        "rate=-1",
        "rate=1e9",
        "queue=0",
        "queue=1.5",
        "double=200%",
        "reorder=0.6",
        "burst=0.5",
        "loss=0.9&burst=2",
        "lose=0",
        "lose=a",
        "colour=red",
    ],
)
def test_a_wrong_value_is_refused_by_name(text: str) -> None:
    with pytest.raises(ImpairmentError) as refused:
        parse_settings(Impairment, text)
    assert refused.value.name in text


def test_a_stream_loses_nothing() -> None:
    with pytest.raises(ImpairmentError) as refused:
        parse_settings(StreamImpairment, "loss=0.1")
    assert refused.value.name == "loss"
    assert refused.value.low > refused.value.high
