"""What the lab does when asked: run programs, let them go on, grade a pupil's program.

A run is numbered by the caller (`net.engine.Engine.new_job`), and so is a task. Commands for a run that has
ended are ignored.
"""

from __future__ import annotations

from dataclasses import dataclass

from net.lab.lesson import Scene


@dataclass(frozen=True, slots=True)
class RunFile:
    """A person's own program. ``path``: the file; its folder is its working folder."""

    name: str
    path: str
    side: int = 0
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StartRun:
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


@dataclass(frozen=True, slots=True)
class MakeMoves:
    """Make these moves (see `net.lab.lesson`), then record that ``step`` was reached (0: no step)."""

    run: int
    moves: tuple[str, ...]
    step: int = 0


@dataclass(frozen=True, slots=True)
class StepOnce:
    """Let one held call go and wait until it came back, or until it is clear that it waits. ``who``: "" for
    the program that has been held longest."""

    run: int
    who: str = ""


@dataclass(frozen=True, slots=True)
class TypeLine:
    """Type a line for a program."""

    run: int
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class StopRun:
    """End all its programs and everything they started."""

    run: int


@dataclass(frozen=True, slots=True)
class RunMany:
    """Run a scene ``times`` times without holding, one after the other, and count the outcomes."""

    run: int
    lesson: str
    scene: Scene
    times: int
    python: str = ""


@dataclass(frozen=True, slots=True)
class StartTask:
    """Listen for programs of pupils and grade them. ``port`` 0: a free one."""

    task: int
    grader: str
    host: str
    port: int
    seed: int


@dataclass(frozen=True, slots=True)
class Knock:
    """A server task: connect to a pupil's program, and grade it."""

    task: int
    grader: str
    host: str
    port: int
    seed: int


@dataclass(frozen=True, slots=True)
class ReleaseAttempt:
    """Close the connection of an attempt that is stuck."""

    task: int
    attempt: int


@dataclass(frozen=True, slots=True)
class StopTask:
    task: int


@dataclass(frozen=True, slots=True)
class TryPreflight:
    """Try every mechanism of `net.lab.preflight.mechanisms` on this PC, and open the class port, which stays
    open until `StopPreflight`. ``port``: the one asked for first, 0 for any."""

    preflight: int
    port: int


@dataclass(frozen=True, slots=True)
class StopPreflight:
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
