"""What a PC shows of a lesson follows from what works on it."""

from __future__ import annotations

import pytest

from net.lab.lesson_files import load_lesson, load_shelf
from net.lab.preflight.mechanisms import MECHANISMS, names, shown, worst

ALL = dict.fromkeys(names(), True)


@pytest.mark.parametrize("lesson", load_shelf().lessons)
def test_each_need_of_a_lesson_is_a_mechanism_that_is_tried(lesson: str) -> None:
    needs = load_lesson(lesson).needs
    assert needs and set(needs) <= set(names())
    assert set(shown(needs, ALL).values()) == {"observed"}


def test_each_mechanism_is_named_once_and_has_a_way_without_it() -> None:
    assert len(set(names())) == len(MECHANISMS)
    assert all(mechanism.without != "observed" for mechanism in MECHANISMS)


def test_what_does_not_work_is_shown_in_another_way() -> None:
    found = {**ALL, "unacked": False, "port-12345": False}
    ways = shown(("hook", "unacked", "port-12345"), found)
    assert ways == {"hook": "observed", "unacked": "derived", "port-12345": "replaced"}
    assert worst(ways.values()) == "derived"


def test_without_the_hook_everything_comes_from_the_recording() -> None:
    ways = shown(("hook", "unread"), {**ALL, "hook": False})
    assert ways == {"hook": "recording", "unread": "recording"}
    assert worst(ways.values()) == "recording"


def test_nothing_is_said_of_what_was_not_tried_yet() -> None:
    assert shown(("hook", "unread"), {"hook": True}) == {"hook": "observed"}
    assert worst([]) == "observed"
