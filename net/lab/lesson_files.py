"""The delivered lessons: `assets/lessons/lessons.toml` and a folder for each lesson."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from net.lab.lesson import Lesson, Scene, Shelf
from net.lab.recording import Header

LESSONS_FOLDER = Path(__file__).resolve().parents[2] / "assets" / "lessons"
TUTORIAL = "tutorial/"
"""What a program's ``file`` begins with if it is one of the tutorial's own, which several lessons run."""


@cache
def load_shelf() -> Shelf:
    """All lessons that exist, in order, and the routes."""
    return msgspec.toml.decode((LESSONS_FOLDER / "lessons.toml").read_bytes(), type=Shelf)


@cache
def load_lesson(name: str) -> Lesson:
    """Raises KeyError if there is no such lesson."""
    if name not in load_shelf().lessons:
        raise KeyError(name)
    return msgspec.toml.decode((LESSONS_FOLDER / name / "lesson.toml").read_bytes(), type=Lesson)


def lesson_file(lesson: str, file: str) -> Path:
    """The path of a program, task or recording of a lesson."""
    if file.startswith(TUTORIAL):
        return LESSONS_FOLDER / file
    return LESSONS_FOLDER / lesson / file


def still_recording(lesson: str, scene: str) -> Path:
    """The recording of this scene that is delivered with the lesson."""
    return LESSONS_FOLDER / lesson / "stills" / f"{scene}.jsonl"


def scene_of_recording(header: Header) -> Scene | None:
    """The scene that was recorded; None of other programs, also where they are said to be the scene's (a
    recording may come from anywhere), and of a lesson that this Duplex has not."""
    if header.lesson not in load_shelf().lessons:
        return None
    scenes = load_lesson(header.lesson).scenes
    scene = next((each for each in scenes if each.name == header.scene), None)
    if scene is None or not scene.programs:  # an experiment brings its own programs
        return scene
    copies = {f"{each.name}-{n}" for each in scene.programs for n in range(1, each.copies + 1)}
    known = copies | {each.name for each in scene.programs}
    return scene if all(program.name in known for program in header.programs) else None
