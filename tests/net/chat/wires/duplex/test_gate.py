from __future__ import annotations

from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from net.chat.wires.duplex.gate import _REMEMBERED, Gate, Limits

LIMITS = Limits(
    open_per_address=3, open_in_all=5, burst=4, per_second=2.0, pairings=2, pairings_per_second=0.5
)


def test_open_ones_of_an_address() -> None:
    gate = Gate(LIMITS)
    assert [gate.enter("a", 0) for _ in range(4)] == [True, True, True, False]
    assert gate.enter("b", 0)
    gate.leave("a", proved=False)
    assert gate.enter("a", 0) and gate.open == 4 and gate.fullest() == "a"
    assert not gate.is_crowded
    assert gate.enter("b", 0) and gate.is_crowded


def test_new_ones_come_back_with_time() -> None:
    gate = Gate(LIMITS)
    for _ in range(4):
        assert gate.enter("a", 10)
        gate.leave("a", proved=False)
    assert not gate.enter("a", 10) and not gate.enter("a", 10.4)
    assert gate.enter("a", 10.5) and not gate.enter("a", 10.5)
    # A clock that goes back gives nothing and takes nothing.
    assert not gate.enter("a", 3)
    assert gate.enter("b", 10.5)


def test_who_is_known_does_not_count() -> None:
    gate = Gate(LIMITS)
    for _ in range(20):
        assert gate.enter("a", 0)
        gate.leave("a", proved=True)


def test_pairings() -> None:
    gate = Gate(LIMITS)
    assert [gate.may_pair("a", 0) for _ in range(3)] == [True, True, False]
    assert gate.may_pair("b", 0) and gate.may_pair("a", 2)


FEW = 64


@settings(deadline=None)
@given(st.lists(st.integers(0, 3 * FEW), max_size=50), st.booleans())
def test_memory_is_bounded(hosts: list[int], leave: bool) -> None:
    gate = Gate(LIMITS)
    with patch("net.chat.wires.duplex.gate._REMEMBERED", FEW):
        for number in range(2 * FEW):
            if gate.enter(f"host {number}", 0):
                gate.leave(f"host {number}", proved=False)
        for host in hosts:
            if gate.enter(str(host), 0) and leave:
                gate.leave(str(host), proved=False)
    assert len(gate) <= FEW + len(hosts)


def test_who_is_inside_is_not_forgotten() -> None:
    gate = Gate(LIMITS)
    gate.enter("inside", 0)
    for number in range(2 * _REMEMBERED):
        gate.may_pair(str(number), 0)
    gate.leave("inside", proved=False)
    assert gate.open == 0 and len(gate) <= _REMEMBERED
