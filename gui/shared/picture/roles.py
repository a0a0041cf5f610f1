"""What the programs of a picture are called: the words of a scene in place of the names in its data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from net.lab.lesson import Scene
from net.lab.lesson_files import scene_of_recording
from net.lab.recording import Header


class Roles(NamedTuple):
    """``left``, ``right``: the words above both sides, "" for the programs' names. ``programs``: from a
    program's name to its words."""

    left: str = ""
    right: str = ""
    programs: Mapping[str, str] = MappingProxyType({})

    def of_side(self, side: int) -> str:
        """0 left, 1 right."""
        return self.right if side else self.left

    def of_program(self, name: str) -> str:
        """Its words, of a copy ("NAME-2") with its number; a name that has none stays as it is."""
        if name in self.programs:
            return self.programs[name]
        base, _dash, number = name.rpartition("-")
        return f"{self.programs[base]} {number}" if base in self.programs else name


NO_ROLES = Roles()


def roles_of(scene: Scene, language: str) -> Roles:
    """A side is called as its first program."""
    sides = ["", ""]
    for program in reversed(scene.programs):
        sides[1 if program.side else 0] = program.role.get(language)
    return Roles(sides[0], sides[1], {program.name: program.role.get(language) for program in scene.programs})


def roles_of_recording(header: Header | None, language: str) -> Roles:
    """What the programs of a recording are called: of a lesson's as in the lesson, else by their names."""
    scene = scene_of_recording(header) if header is not None else None
    if scene is not None:
        return roles_of(scene, language)
    sides = ["", ""]
    for program in reversed(header.programs if header is not None else ()):
        sides[1 if program.side else 0] = program.name
    return Roles(sides[0], sides[1])
