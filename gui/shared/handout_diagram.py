"""The picture of a hand-out, drawn from the recording that is delivered with the lesson."""

from __future__ import annotations

from collections.abc import Iterator

from gui.shared.picture.colours import PRINT
from gui.shared.picture.pen import Paper
from gui.shared.picture.png import measure
from gui.shared.picture.road_drawing import draw_road
from gui.shared.picture.roles import roles_of
from gui.shared.picture.svg import print_svg, svg_text
from net.lab.lesson import ONE_ROAD, Lesson, Scene
from net.lab.lesson_files import still_recording
from net.lab.picture.road import road_of
from net.lab.recording import RecordedEvent, Step
from net.lab.recording_file import read_recording

ROWS = 10
"""Of the picture's last rows: more would be too small to write into."""

ROAD_SIZE = (440.0, 480.0)
"""Pixels; two stand side by side."""


def diagrams(lesson: Lesson, language: str, *, blank: bool) -> Iterator[str]:
    """One or more ``<svg>`` elements; none if the recording can't be read. ``blank``: without what pupils
    are to find out. ``language``: of the roles; the other words are in the present one."""
    scene = _asked_scene(lesson)
    if scene.experiment != ONE_ROAD:
        events = _events(lesson, scene)
        if events:
            yield print_svg(events, rows=ROWS, blank=blank, roles=roles_of(scene, language))
        return
    scenes = [each for each in lesson.scenes if each.experiment == ONE_ROAD]
    roads = [road_of(_events(lesson, each), float(each.settings.get("rate", 0))) for each in scenes]
    most = max(road.most for road in roads)
    for each, road in zip(scenes, roads, strict=True):
        paper = Paper(*ROAD_SIZE, PRINT, measure, scale=0.75, blank=blank)
        yield svg_text(draw_road(road, paper, roles_of(each, language).left, most))


def _asked_scene(lesson: Lesson) -> Scene:
    """That of the first question: the picture shows what is asked."""
    name = next(step.scene for step in lesson.steps if step.question is not None)
    return next(scene for scene in lesson.scenes if scene.name == name)


def _events(lesson: Lesson, scene: Scene) -> tuple[RecordedEvent, ...]:
    """Up to the last step: what follows is only the end of the programs."""
    events = read_recording(still_recording(lesson.name, scene.name)).events
    last = max((at for at, event in enumerate(events) if isinstance(event, Step)), default=len(events) - 1)
    return tuple(events[: last + 1])
