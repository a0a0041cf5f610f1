"""What the lab reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from net.events import Event, Fault
from net.lab.recording import RecordedEvent


@dataclass(frozen=True, slots=True)
class RunGrew(Event):
    """The recording of ``run`` goes on with ``recorded``. The first of a run begins with its header."""

    run: int
    recorded: tuple[RecordedEvent, ...]


@dataclass(frozen=True, slots=True)
class MovesMade(Event):
    """The moves of a `MakeMoves` or `StepOnce` have ended. ``reached`` False: not all were possible; ``why``:
    a code of `net.lab.troubles` with ``values`` for its sentence."""

    run: int
    step: int
    reached: bool
    why: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunEnded(Event):
    """No process of this run is left. Exactly one for each `StartRun` and `RunMany`; ``fault``: why it could
    not be begun."""

    run: int
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class OutcomesCounted(Event):
    """``done`` of ``times`` runs have ended with these outcomes, the commonest first. One after each run."""

    run: int
    done: int
    times: int
    outcomes: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class TaskListening(Event):
    """``addresses``: where pupils connect to, ``host:port``."""

    task: int
    addresses: tuple[str, ...]
    seed: int


@dataclass(frozen=True, slots=True)
class TaskEnded(Event):
    """Exactly one for each `StartTask` and `Knock`. ``fault``: why it could not be begun."""

    task: int
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class AttemptBegan(Event):
    """A program came from ``remote``, ``host:port``."""

    task: int
    attempt: int
    remote: str


@dataclass(frozen=True, slots=True)
class AttemptNamed(Event):
    """A program said what it calls itself."""

    task: int
    attempt: int
    who: str


@dataclass(frozen=True, slots=True)
class AttemptLine(Event):
    """One line of what was sent ("out"), received ("in") or noted ("note"), ``t`` seconds after the
    beginning."""

    task: int
    attempt: int
    t: float
    direction: str
    text: str


@dataclass(frozen=True, slots=True)
class AttemptJudged(Event):
    """The verdict. ``code``: "" if passed, else a stable word for the misconception (`net.lab.tasks`), with
    ``values`` for its sentence. ``lines``: the last twenty of what was sent and received."""

    task: int
    attempt: int
    who: str
    passed: bool
    code: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[tuple[float, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MechanismTried(Event):
    """``name``: of `net.lab.preflight.mechanisms`. ``values``: what its sentence needs: ``port``, ``python``
    (its version), ``detail`` (why it does not work, as the system says it)."""

    preflight: int
    name: str
    works: bool
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClassPortOpened(Event):
    """Other PCs reach this one at ``addresses``, ``host:port``, the best first. ``fault``: it can't be
    listened on."""

    preflight: int
    addresses: tuple[str, ...]
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Knocked(Event):
    """Somebody connected to the class port. ``own``: from this PC, which does not show that others can."""

    preflight: int
    host: str
    own: bool


@dataclass(frozen=True, slots=True)
class MechanismsTried(Event):
    """All have been tried. The class port is still open."""

    preflight: int
    seconds: float


@dataclass(frozen=True, slots=True)
class PreflightEnded(Event):
    """Exactly one for each `TryPreflight`; the class port is closed. ``fault``: why it could not be begun."""

    preflight: int
    fault: Fault | None = None
