"""What the lab does when asked: run programs, let them go on, grade a pupil's program.

A run is numbered by the caller (`net.engine.Engine.new_job`), and so is a task. Commands for a run that has
ended are ignored.
"""

from __future__ import annotations

from msgspec import Struct

from net.lab.lesson import Scene


class RunFile(Struct, frozen=True):
    """A person's own program. ``path``: the file; its folder is its working folder."""

    name: str
    path: str
    side: int = 0
    arguments: tuple[str, ...] = ()


class StartRun(Struct, frozen=True):
    """Prepare a run of a lesson's scene, or of ``files`` (then ``scene`` is None). Programs start with their
    first move. ``python``: the Python for a person's own files, "" for ours. ``seed``: of a scene that draws
    lots."""

    run: int
    lesson: str = ""
    scene: Scene | None = None
    files: tuple[RunFile, ...] = ()
    python: str = ""
    seed: int = 0
    fresh_ports: bool = False
    """Give every fixed port of the programs a free one of this PC, also where their own is free."""


class MakeMoves(Struct, frozen=True):
    """Make these moves (see `net.lab.lesson`), then record that ``step`` was reached (0: no step)."""

    run: int
    moves: tuple[str, ...]
    step: int = 0


class StepOnce(Struct, frozen=True):
    """Let one held call go and wait until it came back, or until it is clear that it waits. ``who``: "" for
    the program that has been held longest."""

    run: int
    who: str = ""


class TypeLine(Struct, frozen=True):
    """Type a line for a program."""

    run: int
    who: str
    text: str


class StopRun(Struct, frozen=True):
    """End all its programs and everything they started."""

    run: int


class RunMany(Struct, frozen=True):
    """Run a scene ``times`` times without holding, one after the other, and count the outcomes."""

    run: int
    lesson: str
    scene: Scene
    times: int
    python: str = ""


class StartTask(Struct, frozen=True):
    """Listen for programs of pupils and grade them. ``port`` 0: a free one."""

    task: int
    grader: str
    host: str
    port: int
    seed: int


class Knock(Struct, frozen=True):
    """A server task: connect to a pupil's program, and grade it."""

    task: int
    grader: str
    host: str
    port: int
    seed: int


class ReleaseAttempt(Struct, frozen=True):
    """Close the connection of an attempt that is stuck."""

    task: int
    attempt: int


class StopTask(Struct, frozen=True):
    task: int


class TryPreflight(Struct, frozen=True):
    """Try every mechanism of `net.lab.preflight.mechanisms` on this PC, and open the class port, which stays
    open until `StopPreflight`. ``port``: the one asked for first, 0 for any."""

    preflight: int
    port: int


class StopPreflight(Struct, frozen=True):
    preflight: int


LabCommand = (
    StartRun
    | MakeMoves
    | StepOnce
    | TypeLine
    | StopRun
    | RunMany
    | StartTask
    | Knock
    | ReleaseAttempt
    | StopTask
    | TryPreflight
    | StopPreflight
)
