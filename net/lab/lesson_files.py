"""The delivered lessons: `assets/lessons/lessons.toml` and a folder for each lesson."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from net.lab.lesson import Lesson, Shelf

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
