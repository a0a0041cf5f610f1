"""Every lesson runs to its end, on real sockets, and leaves nothing."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pytest

from net.lab.lesson import Scene
from net.lab.lesson_files import load_lesson, load_shelf, scene_of_recording, still_recording
from net.lab.recording import Call, Done, Facts, Header, ProgramText, RecordedEvent, Started, Step
from tests.net.lab.playing import INSIDE, STEP_SECONDS, play_scene, steps_of
from tests.net.lab.run.lab_rig import LabRig, check_order
from tests.programs import ROOT, run_program

TURNS = 20
SCENES = [
    (name, scene.name)
    for name in load_shelf().lessons
    for scene in load_lesson(name).scenes
    if steps_of(load_lesson(name), scene)
]


def scene_of(lesson: str, name: str) -> Scene:
    return next(scene for scene in load_lesson(lesson).scenes if scene.name == name)


def check_played(lab: LabRig, lesson: str, name: str) -> list[RecordedEvent]:
    """Play the scene once; all of its steps must be reached."""
    played = play_scene(lab.engine, load_lesson(lesson), scene_of(lesson, name))
    assert played.fault is None and played.missed == [], (played.missed, played.events[-6:])
    numbers = [number for number, _step in steps_of(load_lesson(lesson), scene_of(lesson, name))]
    assert played.reached == numbers
    assert [event.number for event in played.events if isinstance(event, Step)] == numbers
    check_order(played.events)
    return played.events


@pytest.fixture
def lab(tmp_path: Path) -> LabRig:
    return LabRig(tmp_path)


@pytest.mark.parametrize(("lesson", "scene"), SCENES)
def test_every_step_is_reached(lab: LabRig, lesson: str, scene: str) -> None:
    check_played(lab, lesson, scene)
    lab.end()


@pytest.mark.deep
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("lesson", "scene"), SCENES)
def test_every_step_is_reached_twenty_times_in_a_row(lab: LabRig, lesson: str, scene: str) -> None:
    for _turn in range(TURNS):
        check_played(lab, lesson, scene)
    lab.end()


@pytest.mark.parametrize(("lesson", "scene"), SCENES)
def test_every_step_is_reached_where_the_system_tells_nothing(
    lab: LabRig, lesson: str, scene: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("net.lab.run.facts.TOLD", False)
    events = check_played(lab, lesson, scene)
    assert not any(isinstance(event, Facts) for event in events)
    lab.end()


@pytest.mark.netns
@pytest.mark.parametrize("lesson", load_shelf().lessons)
def test_an_ordinary_user_without_a_network_reaches_every_step(lesson: str) -> None:
    words = ["unshare", "--net", sys.executable, "-m", "tests.net.lab.playing", INSIDE, lesson]
    done = run_program(words, cwd=ROOT, capture_output=True, text=True, timeout=STEP_SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("lesson", "scene"), SCENES)
def test_the_delivered_recording_is_of_these_programs(lesson: str, scene: str) -> None:
    """It must be made again (`python -m tests.stills`) after each change of a scene's programs or moves."""
    lines = still_recording(lesson, scene).read_bytes().splitlines()
    events = [msgspec.json.decode(line, type=RecordedEvent) for line in lines]
    check_order(events)
    header = events[0]
    assert isinstance(header, Header) and header.still and isinstance(events[-1], Done)
    assert (header.lesson, header.scene) == (lesson, scene)
    assert not any(event.pid for event in events if isinstance(event, Started))
    assert scene_of_recording(header) == scene_of(lesson, scene)
    steps = steps_of(load_lesson(lesson), scene_of(lesson, scene))
    reached = [event.number for event in events if isinstance(event, Step) and event.reached]
    assert reached == [number for number, _step in steps]
    for program in scene_of(lesson, scene).programs:
        source = next(each.text for each in header.programs if each.name.startswith(program.name))
        folder = still_recording(lesson, scene).parents[1]
        path = folder.parent / program.file if "/" in program.file else folder / program.file
        assert source == path.read_text("utf-8"), f"{program.name} has changed since"
    assert all(event.file for event in events if isinstance(event, Call))


@pytest.mark.parametrize(
    "header",
    [
        Header(0.0, lesson="../stream", scene="three-sends"),
        Header(0.0, lesson="stream", scene="moon"),
        Header(0.0, lesson="stream", scene="three-sends", programs=(ProgramText("mine", "mine.py"),)),
        Header(0.0),
    ],
)
def test_another_recording_is_of_no_scene(header: Header) -> None:
    assert scene_of_recording(header) is None
