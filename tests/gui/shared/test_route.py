"""Events reach the method for their type, in their order."""

from __future__ import annotations

from gui.shared.route import Route


class Rain:
    pass


class Hail(Rain):
    pass


def test_each_event_is_taken_by_its_own_type_and_in_order() -> None:
    rained: list[object] = []
    hailed: list[object] = []
    route = Route({Rain: rained.append, Hail: hailed.append})
    first, second, hail = Rain(), Rain(), Hail()
    route([first, hail, "sunshine", second])
    assert rained == [first, second] and hailed == [hail]


def test_a_type_is_not_taken_for_its_parent() -> None:
    rained: list[object] = []
    Route({Rain: rained.append})([Hail()])
    assert rained == []
