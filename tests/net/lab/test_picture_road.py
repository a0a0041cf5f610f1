"""A narrow road's seconds are read from what the experiment measured."""

from __future__ import annotations

import pytest

from net.lab.lesson_files import still_recording
from net.lab.picture.road import Road, RoadSecond, road_of
from net.lab.recording import Header, Measured, RecordedEvent
from net.lab.recording_file import read_recording


def second(t: float, delivered: float, useful: float, lost: float) -> list[RecordedEvent]:
    figures = {"useful": useful, "offered": delivered + lost, "delivered": delivered, "queue-full": lost}
    return [Measured(t, name=name, value=value) for name, value in figures.items()]


def test_each_second_is_divided_into_new_copies_and_lost() -> None:
    road = road_of([Header(0.0), *second(1.0, 400, 25, 1000), *second(2.0, 200, 100, 0)])
    assert road.seconds == (RoadSecond(1.0, 100, 300, 1000), RoadSecond(2.0, 200, 0, 0))
    assert road.most == 1400
    assert road.useful == pytest.approx(50)  # 300 of 600 that came through


def test_the_measured_total_is_what_counts_at_the_end() -> None:
    road = road_of([*second(1.0, 400, 25, 0), Measured(1.5, name="useful-total", value=46.2)])
    assert road.useful == 46.2


def test_a_second_that_is_not_whole_and_other_figures_are_left_out() -> None:
    events = [
        *second(1.0, 400, 25, 0),
        *second(2.0, 400, 25, 0)[:-1],
        Measured(3.0, name="fairness", value=1),
    ]
    assert len(road_of(events).seconds) == 1
    assert road_of([]) == Road() and road_of([]).most == 1


@pytest.mark.parametrize(("scene", "least", "most"), [("greedy", 30, 60), ("aimd", 85, 100)])
def test_the_delivered_recordings_show_what_the_lesson_says(scene: str, least: float, most: float) -> None:
    road = road_of(read_recording(still_recording("one-road", scene)).events)
    assert len(road.seconds) >= 9
    assert road.useful is not None and least <= road.useful <= most
    assert all(350 <= each.new + each.copies <= 450 for each in road.seconds[1:-1])
