"""Runs of programs as the page knows them: what was recorded, and what is under way. No widget here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gui.services.services import Services
from gui.shared.dispatch import Takers
from gui.shared.i18n import language
from gui.shared.lab_wording import trouble_text
from gui.shared.picture.roles import roles_of_recording
from net.events import Fault
from net.lab.commands import MakeMoves, RunFile, RunMany, StartRun, StepOnce, StopRun, TypeLine
from net.lab.events import MovesMade, OutcomesCounted, RunEnded, RunGrew
from net.lab.lesson import Scene
from net.lab.recording import Call, Done, Header, RecordedEvent, Step, Trouble

PASSING = frozenset(
    {"port-taken", "saved-as-gbk", "too-much-output", "too-many-calls", "forked", "unseen-calls"}
)
"""Codes of troubles with which a run goes on: they are said once and go away."""

PORT_TAKEN = "port-taken"
"""Of these the one that is so as long as the run: it is said beside it (`RecordedRun.moved_ports`)."""


ALL_WAIT = "all-wait"
"""Why no call could be let go: true until a program makes the next one."""


@dataclass(frozen=True, slots=True)
class Missed:
    """Moves that could not be made: ``why``, a code of `net.lab.troubles`, with its ``values``."""

    why: str
    values: Mapping[str, str]


@dataclass(eq=False, slots=True)
class RecordedRun:
    """One run's recording, and how far a lesson's steps reach in it. ``number`` is 0 for one that is only
    looked at. ``still``: it was delivered with the lesson and shows another PC.

    ``steps``: from a step's number to the count of events that belong to it; ``busy``: how many `MakeMoves`
    and `StepOnce` have not been answered. ``moved_ports``: from a port that was not free to the one that the
    run has in its place.
    """

    number: int
    scene: str = ""
    events: list[RecordedEvent] = field(default_factory=list)
    steps: dict[int, int] = field(default_factory=dict)
    moved_ports: dict[str, str] = field(default_factory=dict)
    asked: set[int] = field(default_factory=set)
    still: bool = False
    busy: int = 0
    missed: Missed | None = None
    ended: bool = False
    fault: Fault | None = None

    @property
    def live(self) -> bool:
        """Whether its programs can go on."""
        return self.number != 0 and not self.ended

    @property
    def header(self) -> Header | None:
        first = self.events[0] if self.events else None
        return first if isinstance(first, Header) else None

    def add(self, events: Iterable[RecordedEvent]) -> None:
        for event in events:
            self.events.append(event)
            if isinstance(event, Step):
                self.steps[event.number] = len(self.events)
            elif isinstance(event, Trouble) and event.code == PORT_TAKEN:
                self.moved_ports[event.values["port"]] = event.values["other"]

    @property
    def trouble(self) -> Trouble | None:
        """The last one with which a run does not simply go on."""
        troubles = (event for event in reversed(self.events) if isinstance(event, Trouble))
        return next((event for event in troubles if event.code not in PASSING), None)

    @property
    def kept(self) -> list[RecordedEvent]:
        """The recording as it is saved: while programs go on it ends here, and is whole."""
        if self.live and self.events:
            return [*self.events, Done(self.events[-1].t)]
        return self.events

    def reach(self, step: int) -> int:
        """The count of events up to this step; all there are while it has not been reached."""
        return self.steps.get(step, len(self.events))


def recorded(events: Sequence[RecordedEvent], scene: str = "", still: bool = False) -> RecordedRun:
    """A recording that is only looked at."""
    run = RecordedRun(0, scene, still=still, ended=True)
    run.add(events)
    return run


@dataclass(eq=False, slots=True)
class Outcomes:
    """What many runs of a scene came to: ``counted``, the commonest first."""

    number: int
    times: int
    done: int = 0
    counted: tuple[tuple[str, int], ...] = ()
    ended: bool = False
    fault: Fault | None = None


class Runs:
    """Submits the commands and takes the events of every run that the page has begun; ``changed(run)`` is
    called once in a batch for each run that something happened to."""

    def __init__(self, services: Services) -> None:
        self._submit = services.submit
        self._toast = services.toast
        self._new_number = services.new_job
        self._runs: dict[int, RecordedRun] = {}
        self._outcomes: dict[int, Outcomes] = {}
        self._changed: dict[int, Callable[[], object]] = {}
        self._touched: dict[int, None] = {}

    # --- What a person asks for ---

    def start_scene(
        self,
        lesson: str,
        scene: Scene,
        seed: int,
        changed: Callable[[], object],
        *,
        fresh_ports: bool = False,
    ) -> RecordedRun:
        run = self._begin(scene.name, changed)
        self._submit(StartRun(run.number, lesson, scene, seed=seed, fresh_ports=fresh_ports))
        return run

    def start_files(
        self, files: tuple[RunFile, ...], python: str, changed: Callable[[], object]
    ) -> RecordedRun:
        run = self._begin("", changed)
        self._submit(StartRun(run.number, files=files, python=python))
        return run

    def count_outcomes(
        self, lesson: str, scene: Scene, times: int, changed: Callable[[], object]
    ) -> Outcomes:
        outcomes = Outcomes(self._new_number(), times)
        self._outcomes[outcomes.number] = outcomes
        self._changed[outcomes.number] = changed
        self._submit(RunMany(outcomes.number, lesson, scene, times))
        return outcomes

    def make_moves(self, run: RecordedRun, moves: tuple[str, ...], step: int) -> None:
        run.busy += 1
        run.asked.add(step)
        self._submit(MakeMoves(run.number, moves, step))

    def step_once(self, run: RecordedRun, who: str = "") -> None:
        run.busy += 1
        self._submit(StepOnce(run.number, who))

    def type_line(self, run: RecordedRun, who: str, text: str) -> None:
        self._submit(TypeLine(run.number, who, text))

    def stop(self, run: RecordedRun | Outcomes) -> None:
        """End its programs; what it recorded stays. Idempotent."""
        if run.number and not run.ended:
            self._submit(StopRun(run.number))

    def _begin(self, scene: str, changed: Callable[[], object]) -> RecordedRun:
        run = RecordedRun(self._new_number(), scene)
        self._runs[run.number] = run
        self._changed[run.number] = changed
        return run

    # --- What the lab reports ---

    def takers(self) -> Takers:
        """What takes which events; `notify` is to follow."""
        return {
            RunGrew: self._grew,
            MovesMade: self._moves_made,
            OutcomesCounted: self._counted,
            RunEnded: self._ended,
        }

    def notify(self) -> None:
        touched, self._touched = self._touched, {}
        for number in touched:
            changed = self._changed.get(number)
            if changed is not None:
                changed()
        for number in touched:
            run = self._runs.get(number) or self._outcomes.get(number)
            if run is not None and run.ended:
                self._forget(number)

    def _grew(self, event: RunGrew) -> None:
        run = self._runs.get(event.run)
        if run is not None:
            run.add(event.recorded)
            if run.missed is not None and run.missed.why == ALL_WAIT and _has_call(event.recorded):
                run.missed = None  # somebody was given a line, or an answer from outside
            for each in event.recorded:
                if isinstance(each, Trouble) and each.code in PASSING and each.code != PORT_TAKEN:
                    named = roles_of_recording(run.header, language()).of_program
                    self._toast(trouble_text(each.code, {"who": each.who, **each.values}, named), "warn")
            self._touched[event.run] = None

    def _moves_made(self, event: MovesMade) -> None:
        run = self._runs.get(event.run)
        if run is not None:
            run.busy = max(0, run.busy - 1)
            run.missed = None if event.reached else Missed(event.why, event.values)
            self._touched[event.run] = None

    def _counted(self, event: OutcomesCounted) -> None:
        outcomes = self._outcomes.get(event.run)
        if outcomes is not None:
            outcomes.done, outcomes.counted = event.done, event.outcomes
            self._touched[event.run] = None

    def _ended(self, event: RunEnded) -> None:
        run = self._runs.get(event.run) or self._outcomes.get(event.run)
        if run is not None:
            run.ended, run.fault = True, event.fault
            if isinstance(run, RecordedRun):
                run.busy = 0
            self._touched[event.run] = None

    def _forget(self, number: int) -> None:
        """Its owner keeps the recording; nothing more will be reported of it."""
        for table in (self._runs, self._outcomes, self._changed):
            table.pop(number, None)


def _has_call(events: Iterable[RecordedEvent]) -> bool:
    return any(isinstance(event, Call) for event in events)
