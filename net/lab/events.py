"""What the lab reports."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import field

from net.events import Event, Fault
from net.lab.recording import RecordedEvent


class RunGrew(Event, frozen=True):
    """The recording of ``run`` goes on with ``recorded``. The first of a run begins with its header."""

    run: int
    recorded: tuple[RecordedEvent, ...]


class MovesMade(Event, frozen=True):
    """The moves of a `MakeMoves` or `StepOnce` have ended. ``reached`` False: not all were possible; ``why``:
    a code of `net.lab.troubles` with ``values`` for its sentence."""

    run: int
    step: int
    reached: bool
    why: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


class RunEnded(Event, frozen=True):
    """No process of this run is left. Exactly one for each `StartRun` and `RunMany`; ``fault``: why it could
    not be begun."""

    run: int
    fault: Fault | None = None


class OutcomesCounted(Event, frozen=True):
    """``done`` of ``times`` runs have ended with these outcomes, the commonest first. One after each run."""

    run: int
    done: int
    times: int
    outcomes: tuple[tuple[str, int], ...]


class TaskListening(Event, frozen=True):
    """``addresses``: where pupils connect to, ``host:port``."""

    task: int
    addresses: tuple[str, ...]
    seed: int


class TaskEnded(Event, frozen=True):
    """Exactly one for each `StartTask` and `Knock`. ``fault``: why it could not be begun."""

    task: int
    fault: Fault | None = None


class AttemptBegan(Event, frozen=True):
    """A program came from ``remote``, ``host:port``."""

    task: int
    attempt: int
    remote: str


class AttemptNamed(Event, frozen=True):
    """A program said what it calls itself."""

    task: int
    attempt: int
    who: str


class AttemptLine(Event, frozen=True):
    """One line of what was sent ("out"), received ("in") or noted ("note"), ``t`` seconds after the
    beginning."""

    task: int
    attempt: int
    t: float
    direction: str
    text: str


class AttemptJudged(Event, frozen=True):
    """The verdict. ``code``: "" if passed, else a stable word for the misconception (`net.lab.tasks`), with
    ``values`` for its sentence. ``lines``: the last twenty of what was sent and received."""

    task: int
    attempt: int
    who: str
    passed: bool
    code: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[tuple[float, str, str], ...] = ()


class MechanismTried(Event, frozen=True):
    """``name``: of `net.lab.preflight.mechanisms`. ``values``: what its sentence needs: ``port``, ``python``
    (its version), ``detail`` (why it does not work, as the system says it)."""

    preflight: int
    name: str
    works: bool
    values: Mapping[str, str] = field(default_factory=dict)


class ClassPortOpened(Event, frozen=True):
    """Other PCs reach this one at ``addresses``, ``host:port``, the best first. ``fault``: it can't be
    listened on."""

    preflight: int
    addresses: tuple[str, ...]
    fault: Fault | None = None


class Knocked(Event, frozen=True):
    """Somebody connected to the class port. ``own``: from this PC, which does not show that others can."""

    preflight: int
    host: str
    own: bool


class MechanismsTried(Event, frozen=True):
    """All have been tried. The class port is still open."""

    preflight: int
    seconds: float


class PreflightEnded(Event, frozen=True):
    """Exactly one for each `TryPreflight`; the class port is closed. ``fault``: why it could not be begun."""

    preflight: int
    fault: Fault | None = None
