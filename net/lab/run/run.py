"""`Run`: programs that run together, the moves they make, and what is recorded of it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import platform
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path

from net.events import Fault, FaultKind
from net.faults import fault_from_oserror
from net.lab.commands import RunFile
from net.lab.lesson import Scene
from net.lab.lesson_files import lesson_file
from net.lab.moves import Move, MoveError, parse_move
from net.lab.recording import Done, Header, ProgramText, RecordedEvent, Step, Trouble
from net.lab.run.channel import HookDoor
from net.lab.run.experiment import Experiment, ExperimentMaker
from net.lab.run.facts import FactsBook
from net.lab.run.ports import Ports
from net.lab.run.process import kill_marked
from net.lab.run.program import Program, ProgramCall, ProgramPlan, Surroundings, port_troubles
from net.lab.run.pythons import PythonError, clean_environment, named_python
from net.lab.run.recorder import Emit, Recorder
from net.lab.run.sources import (
    Source,
    SourceError,
    fixed_ports,
    named_numbers,
    read_source,
    shown_name,
    waits_for_others,
)
from net.system.own_python import own_python

logger = logging.getLogger("duplex.net")

MOVE_SECONDS = 15.0
"""How long a move may take; longer than a connect() that nobody answers is tried in a lesson."""

EXPERIMENT_SECONDS = 300.0
"""How long ``all end`` may take in a scene with an experiment."""

INSIDE_SECONDS = 0.03
"""A call that has not come back for so long after it was made waits in the kernel."""

UNTOLD_SECONDS = 0.3
"""Where this system does not tell a fact that a move waits for: time enough for a segment on loopback."""

STEP_SECONDS = 0.4
"""`Run.step_once`: a call that has not come back after this waits for something."""

NEXT_SECONDS = 0.3
"""How long the next call of a program that was stepped is waited for: its line is what comes next."""

CALM_SECONDS = 0.01
CALM_PATIENCE = 0.1
"""A step is reached when nothing has happened for the first of these, and each program is at its next call;
the second is the most that is waited for it."""

SETTLED_SECONDS = 0.02
START_PATIENCE = 2.0
"""Free programs start one after the other: the next one when the one before has waited for something so
long, has ended, or has had the second of these."""

END_SECONDS = 5.0
"""How long killed processes are waited for."""

CALLERS_SECONDS = 0.5
"""How long those that do not listen are waited for before those that do are killed."""

CALLING = {"connect", "connect_ex", "sendto"}
OPENING = {"socket", "setsockopt", "bind", "listen"}
"""Before one program calls, the others get as far as they can be called: else whether a client finds its
server would depend on which of the two was named first."""

WAITING_CALLS = {"accept", "recv", "recvfrom", "recv_into", "recvfrom_into", "recvmsg", "select", "input"}


class NotReached(Exception):
    """A move could not be made. ``code``: of `net.lab.troubles`, with the ``values`` of its sentence."""

    def __init__(self, code: str, **values: str) -> None:
        super().__init__(f"{code} {values}")
        self.code = code
        self.values = values


class NotBegun(Exception):
    """A run could not be begun; what a person must know is in the recording."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


class Run:
    """NetThread only. `begin`, then moves one at a time, then `stop`.

    ``emit`` takes what is recorded. ``counting``: nothing is held, and no facts are sampled, as for one of a
    hundred runs.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        door: HookDoor,
        emit: Emit,
        *,
        lesson: str = "",
        scene: Scene | None = None,
        files: tuple[RunFile, ...] = (),
        python: str = "",
        seed: int = 0,
        fresh_ports: bool = False,
        counting: bool = False,
        experiments: Mapping[str, ExperimentMaker] | None = None,
    ) -> None:
        self.loop = loop
        self.scene = scene
        self.seed = seed
        self._lesson = lesson
        self._files = files
        self._python = python
        self._counting = counting
        self._experiments = experiments or {}
        self._recorder = Recorder(loop, emit)
        self._ports = Ports(fresh=fresh_ports, outside=scene is None)
        self._facts = None if counting else FactsBook(loop, self._recorder.record, self._recorder.now)
        self._around = Surroundings(
            loop, door, self._recorder, self._ports, self._facts, changed=self._on_change
        )
        self._plans: dict[str, ProgramPlan] = {}
        self._copies: dict[str, tuple[str, ...]] = {}
        self._programs: dict[str, Program] = {}
        self._experiment: Experiment | None = None
        self._experiment_task: asyncio.Task[None] | None = None
        self._changes: set[asyncio.Future[None]] = set()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._begun = False
        self._stopping = False
        self._gone = False

    # --- What an experiment uses (net.lab.run.experiment.RunRoom) ---

    def now(self) -> float:
        return self._recorder.now()

    def record(self, event: RecordedEvent) -> None:
        self._recorder.record(event)

    def subscribe(self, watch: Callable[[RecordedEvent], None]) -> None:
        self._recorder.subscribe(watch)

    def keep_port(self, port: int) -> None:
        self._ports.keep(port)

    def move_port(self, name: str, port: int, to: int) -> None:
        self._ports.move(name, port, to)

    def unhook(self, name: str) -> None:
        for each in self._copies[name]:
            self._plans[each].hooked = False

    def set_arguments(self, name: str, *arguments: str) -> None:
        for each in self._copies[name]:
            self._plans[each].arguments = arguments

    def add_program(
        self, name: str, file: Path, *, side: int = 0, arguments: tuple[str, ...] = (), hooked: bool = True
    ) -> None:
        source = read_source(file, name)
        self._copies[name] = (name,)
        self._plan(name, source, own_python(), side, arguments).hooked = hooked

    async def ended(self) -> None:
        """Wait until every program that was started has ended."""
        await self._until(lambda: all(each.ended for each in self._programs.values() if each.started), None)

    # --- The beginning ---

    async def begin(self) -> None:
        """Read the sources and record the header. Raises `NotBegun`."""
        troubles: list[Trouble] = []
        fault: Fault | None = None
        python = platform.python_version()
        try:
            if self.scene is not None:
                troubles += await self.loop.run_in_executor(None, self._plan_scene, self.scene)
                maker = self._experiments.get(self.scene.experiment)
                if self.scene.experiment and maker is None:
                    raise NotBegun(Fault(FaultKind.INTERNAL, {"detail": self.scene.experiment}))
                if maker is not None:
                    self._experiment = maker(self, self.scene.settings)
                    await self._experiment.prepare()
            else:
                found, python = await self.loop.run_in_executor(None, self._plan_files)
                troubles += found
        except SourceError as error:
            troubles.append(error.trouble)
            name = error.trouble.values.get("file", "")
            fault = Fault(FaultKind.FILE_UNREADABLE, {"path": name, "detail": error.trouble.code})
        except PythonError as error:
            troubles.append(error.trouble)
            fault = Fault(FaultKind.FILE_UNREADABLE, {"path": self._python, "detail": error.trouble.code})
        except OSError as error:
            fault = fault_from_oserror(error)
        except NotBegun as error:
            fault = error.fault
        if fault is None and self.scene is not None:
            for plan in self._plans.values():
                self._ports.name(named_numbers(plan.text))
            fixed = [(plan.name, fixed_ports(plan.text)) for plan in self._plans.values()]
            troubles += port_troubles(self._ports, fixed)
        self._record_header(python)
        for trouble in troubles:
            self.record(replace_time(trouble, self.now()))
        self._begun = True
        if fault is not None:
            raise NotBegun(fault)

    async def warm(self) -> None:
        """Start all interpreters now; each waits for its program's turn. Raises OSError."""
        for plan in self._plans.values():
            if plan.hooked:
                await self._prepared(plan.name)

    def _record_header(self, python: str) -> None:
        system = {"Darwin": "macOS"}.get(platform.system(), platform.system())
        self.record(
            Header(
                0.0,
                lesson=self._lesson,
                scene=self.scene.name if self.scene is not None else "",
                made=datetime.now(timezone.utc).isoformat(timespec="seconds"),
                system=system,
                python=python,
                programs=tuple(
                    ProgramText(name=plan.name, file=shown_name(plan.path), text=plan.text, side=plan.side)
                    for plan in self._plans.values()
                ),
                ports=dict(self._ports.substitutes),
            )
        )

    def _plan_scene(self, scene: Scene) -> list[Trouble]:
        """In an executor. Raises `SourceError`, OSError."""
        self._folder = tempfile.TemporaryDirectory(prefix="duplex-run-", ignore_cleanup_errors=True)
        troubles: list[Trouble] = []
        for each in scene.programs:
            source = read_source(lesson_file(self._lesson, each.file), each.name)
            troubles += source.troubles
            names = tuple(f"{each.name}-{number}" for number in range(1, each.copies + 1))
            self._copies[each.name] = names = names if each.copies > 1 else (each.name,)
            for name in names:
                self._plan(name, source, own_python(), each.side, each.arguments)
        return troubles

    def _plan_files(self) -> tuple[list[Trouble], str]:
        """In an executor. Raises `SourceError`, `PythonError`."""
        command, version = named_python(self._python)
        troubles: list[Trouble] = []
        for each in self._files:
            source = read_source(Path(each.path), each.name)
            troubles += source.troubles
            self._copies[each.name] = (each.name,)
            plan = self._plan(each.name, source, command, each.side, each.arguments)
            plan.folder = plan.path.parent
        return troubles, version

    def _plan(
        self, name: str, source: Source, command: list[str], side: int, arguments: tuple[str, ...]
    ) -> ProgramPlan:
        path = source.path.resolve()
        folder = Path(self._folder.name) if self._folder is not None else path.parent
        plan = ProgramPlan(name, path, source.text, folder, command, side, arguments)
        plan.clean_environment = clean_environment(command)
        if self.scene is not None:
            plan.clean_environment["PYTHONDONTWRITEBYTECODE"] = "1"
        self._plans[name] = plan
        return plan

    # --- Moves ---

    async def make_moves(self, moves: tuple[str, ...], step: int) -> None:
        """Make the moves and record that the step was reached. Raises `NotReached`."""
        try:
            self._begin_experiment()
            for move in moves:
                await self.make(move)
            await self._calm()
        except NotReached as error:
            if step:
                self.record(Step(self.now(), number=step, reached=False, why=error.code))
            raise
        finally:
            self._look()
            self._recorder.flush()
        if step:
            self.record(Step(self.now(), number=step))
            self._recorder.flush()

    async def make(self, move: str) -> None:
        """Make one move. Raises `NotReached`."""
        try:
            parsed = parse_move(move)
        except MoveError:
            raise NotReached("not-reached", move=move) from None
        try:
            await self._make(parsed)
        except asyncio.TimeoutError:
            raise NotReached("not-reached", move=move) from None
        except OSError as error:
            raise NotReached("not-reached", move=f"{move}: {error}") from error

    async def _make(self, move: Move) -> None:
        if move.kind == "pass":
            await self._pass(move.number)
        elif move.kind == "all run":
            await self._all_run()
        elif move.kind == "all end":
            await self._all_end()
        else:
            program = self._program(move)
            if move.kind == "stop":
                program.stop()
                await self._until(lambda: program.ended or not program.started, END_SECONDS)
                return
            await self._started(program)
            await self._make_of(program, move)

    async def _make_of(self, program: Program, move: Move) -> None:
        if move.kind == "before":
            await self._go_before(program, move)
        elif move.kind == "in":
            await self._go_into(program, move)
        elif move.kind == "after":
            await self._advance(program, lambda: program.has_returned(move.call, move.count))
        elif move.kind == "unread":
            await self._fact(program, lambda book: book.unread(program.name, int(move.number)))
        elif move.kind == "state":
            await self._fact(program, lambda book: book.in_state(program.name, move.text))
        elif move.kind == "types":
            program.type(move.text)
        elif move.kind == "runs":
            program.let_run()
        elif move.kind == "ends":
            program.let_run()
            await self._until(lambda: program.ended, MOVE_SECONDS)

    def _program(self, move: Move) -> Program:
        """Raises `NotReached`: the scene has no such program."""
        if move.who not in self._plans:
            raise NotReached("not-reached", move=move.who)
        if move.who not in self._programs:
            self._programs[move.who] = Program(self._plans[move.who], self._around)
        return self._programs[move.who]

    async def _prepared(self, name: str) -> Program:
        """Its interpreter is there, or comes. Raises OSError."""
        program = self._programs.get(name)
        if program is None:
            program = self._programs[name] = Program(self._plans[name], self._around)
        if not program.mark:
            await program.prepare()
        return program

    async def _started(self, program: Program) -> None:
        """Start it if that has not been done. Raises OSError, `NotReached`."""
        await self._prepared(program.name)
        if program.started:
            return
        program.free = program.free or self._counting
        program.go()
        if program.plan.hooked:
            await self._until(lambda: program.hooked or program.ended, MOVE_SECONDS)

    async def _go_before(self, program: Program, move: Move) -> None:
        def there() -> bool:
            call = program.find(move.call, move.count)
            return call is not None and not call.released

        program.hold_again()
        await self._advance(program, there, lambda: program.has_begun(move.call, move.count), keep=move)

    async def _go_into(self, program: Program, move: Move) -> None:
        """Let it into the call, see that it does not come back at once."""
        call = program.find(move.call, move.count)
        if call is None or not call.released:
            await self._go_before(program, move)
            call = program.find(move.call, move.count)
            if call is None:
                raise asyncio.TimeoutError
            program.release(call, tell=True)
            entered: ProgramCall = call
            await self._until(
                lambda: entered.entered or program.has_returned(move.call, move.count) or program.ended,
                MOVE_SECONDS,
            )
        program.look()
        await asyncio.sleep(INSIDE_SECONDS)
        if program.has_returned(move.call, move.count) or program.ended:
            raise asyncio.TimeoutError

    async def _advance(
        self,
        program: Program,
        there: Callable[[], bool],
        passed: Callable[[], bool] = lambda: False,
        keep: Move | None = None,
    ) -> None:
        """Let its calls go one after the other until it is so. ``keep``: a call that is not let go.

        Raises `NotReached`, and TimeoutError if it takes too long, or can't come any more.
        """
        deadline = self.loop.time() + MOVE_SECONDS
        while not there():
            if program.ended:
                raise NotReached("program-ended", who=program.name)
            if passed():
                raise asyncio.TimeoutError
            for call in program.held():
                if keep is None or (call.name, call.count) != (keep.call, keep.count):
                    program.release(call)
            await self._change(deadline - self.loop.time())

    async def _fact(self, program: Program, asked: Callable[[FactsBook], bool | None]) -> None:
        """Wait until the kernel tells it; where it tells nothing, until it must be so."""
        begun = self.loop.time()
        while self._facts is not None:
            answer = asked(self._facts)
            waited = self.loop.time() - begun
            if answer or (answer is None and waited >= UNTOLD_SECONDS):
                return
            if waited >= MOVE_SECONDS:
                raise asyncio.TimeoutError
            program.look()
            with contextlib.suppress(asyncio.TimeoutError):
                await self._change(0.05)

    async def _pass(self, seconds: float) -> None:
        end = self.loop.time() + seconds
        while (left := end - self.loop.time()) > 0:
            self._look()
            await asyncio.sleep(min(left, 0.1))

    async def _all_run(self) -> None:
        """Start what has not started, those first that bind an address, and hold nobody."""
        previous: Program | None = None
        for name in sorted(self._plans, key=lambda name: not waits_for_others(self._plans[name].text)):
            known = self._programs.get(name)
            fresh = known is None or not known.started
            if fresh and previous is not None and not self._are_copies(previous.name, name):
                await self._settle(previous)
            program = await self._prepared(name)
            await self._started(program)
            program.let_run()
            previous = program

    def _are_copies(self, one: str, other: str) -> bool:
        return any(one in names and other in names for names in self._copies.values())

    async def _settle(self, program: Program) -> None:
        """Wait until a free program waits for somebody, or has ended. What is not hooked can't be seen to."""
        if not program.plan.hooked:
            return
        with contextlib.suppress(asyncio.TimeoutError):
            deadline = self.loop.time() + START_PATIENCE
            while not program.ended and not self._waits(program):
                left = deadline - self.loop.time()
                if left <= 0:
                    return
                with contextlib.suppress(asyncio.TimeoutError):
                    await self._change(min(left, SETTLED_SECONDS / 2))

    def _waits(self, program: Program) -> bool:
        inside = program.inside()
        quiet = self.now() - program.last_change >= SETTLED_SECONDS
        return quiet and any(call.name in WAITING_CALLS for call in inside)

    async def _all_end(self) -> None:
        if self._plans:
            await self._all_run()
        limit = MOVE_SECONDS if self._experiment is None else EXPERIMENT_SECONDS
        await self._until(lambda: all(each.ended for each in self._programs.values()), limit)
        if self._experiment_task is not None:
            done, _running = await asyncio.wait({self._experiment_task}, timeout=EXPERIMENT_SECONDS)
            if not done:
                raise asyncio.TimeoutError
            self._experiment_task.result()

    def _begin_experiment(self) -> None:
        if self._experiment is not None and self._experiment_task is None:
            self._experiment_task = self.loop.create_task(self._experiment.run())
            self._experiment_task.add_done_callback(_log_failure)

    async def _calm(self) -> None:
        """Wait until what the moves have caused is there: what a program printed, its next call."""
        deadline = self.loop.time() + CALM_PATIENCE
        calm = False
        while not calm and self.loop.time() < deadline:
            busy = [
                each for each in self._programs.values() if each.started and not each.ended and not each.free
            ]
            last = max((each.last_change for each in self._programs.values()), default=0.0)
            calm = self.now() - last >= CALM_SECONDS and all(each.open_calls for each in busy)
            if not calm:
                await asyncio.sleep(CALM_SECONDS / 2)

    # --- Step by step ---

    async def step_once(self, who: str) -> None:
        """Let one held call go, and wait until it is back or is seen to wait. Programs that have not started
        are started instead. Raises `NotReached`."""
        self._begin_experiment()
        try:
            await self._step_once(who)
        except asyncio.TimeoutError:
            raise NotReached("not-reached", move=who) from None
        except OSError as error:
            raise NotReached("not-reached", move=str(error)) from error
        finally:
            self._look()
            self._recorder.flush()

    async def _step_once(self, who: str) -> None:
        if who and who not in self._plans:
            raise NotReached("not-reached", move=who)
        fresh = [
            name
            for name in self._plans
            if who in ("", name) and (name not in self._programs or not self._programs[name].started)
        ]
        for name in fresh:
            program = await self._prepared(name)
            await self._started(program)
            await self._next_line(program)
        if fresh:
            return
        stepped = [each for each in self._programs.values() if who in ("", each.name) and not each.ended]
        if not stepped:
            raise NotReached("program-ended", who=who or next(iter(self._plans), ""))
        for each in stepped:
            each.hold_again()
        held = [(call, each) for each in stepped for call in each.held()]
        if not held:
            # One of them may be between two calls.
            with contextlib.suppress(asyncio.TimeoutError):
                await self._until(lambda: any(each.held() or each.ended for each in stepped), NEXT_SECONDS)
            held = [(call, each) for each in stepped for call in each.held()]
            if not held:
                raise NotReached("all-wait")
        call, program = _first_in_turn(held)
        program.release(call)
        with contextlib.suppress(asyncio.TimeoutError):
            await self._until(lambda: call.child not in program.open_calls or program.ended, STEP_SECONDS)
            await self._next_line(program)

    async def _next_line(self, program: Program) -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            await self._until(lambda: bool(program.held()) or program.ended, NEXT_SECONDS)
        await self._calm()

    def type_line(self, who: str, text: str) -> None:
        program = self._programs.get(who)
        if program is not None and program.started:
            program.type(text)

    # --- One of a hundred runs ---

    async def run_free(self, quiet: float, limit: float) -> None:
        """Run all programs unheld until they have ended, or until those that are left have waited for
        somebody for ``quiet`` seconds; ``limit`` seconds at most. Raises OSError."""
        deadline = self.loop.time() + limit
        self._begin_experiment()
        await self._all_run()
        while self.loop.time() < deadline:
            left = [each for each in self._programs.values() if not each.ended]
            running = self._experiment_task is not None and not self._experiment_task.done()
            if not left and not running:
                return
            # Also what one did that has ended: the others may just be about to take it up.
            last = max(each.last_change for each in self._programs.values())
            if (
                left
                and not running
                and self.now() - last >= quiet
                and all(self._waits(each) for each in left)
            ):
                return
            with contextlib.suppress(asyncio.TimeoutError):
                await self._change(0.02)

    # --- The end ---

    async def stop(self) -> None:
        """End all processes and everything they have started; release all else. Idempotent."""
        if self._stopping:
            return
        self._stopping = True
        if self._experiment_task is not None:
            self._experiment_task.cancel()
            await asyncio.gather(self._experiment_task, return_exceptions=True)
        started = [each for each in self._programs.values() if each.mark]
        # Whoever ends first pays with TIME_WAIT. If that is a listener, its port is not free for a minute,
        # and the next scene, which names the same one, would have to use another.
        callers = [each for each in started if not each.listens]
        await self._stop_programs(callers, CALLERS_SECONDS)
        for program in self._programs.values():
            program.stop()
        if self._experiment is not None:
            try:
                await self._experiment.close()
            except Exception:
                logger.exception("an experiment's end")
        marks = {each.mark for each in started}
        sweep = None
        if marks and not self._counting:
            sweep = self.loop.run_in_executor(None, kill_marked, marks)
        await self._stop_programs(started, END_SECONDS)
        self._gone = True
        self._on_change()
        if sweep is not None:
            await sweep
        if self._facts is not None:
            self._facts.stop()
        if self._folder is not None:
            await self.loop.run_in_executor(None, self._folder.cleanup)
        if self._begun:
            self.record(Done(self.now()))
        self._recorder.flush()

    async def gone(self) -> None:
        """Wait until the programs of a run that is being stopped have ended: their ports are free then, if
        nothing keeps them. Not for ever."""
        with contextlib.suppress(asyncio.TimeoutError):
            await self._until(lambda: self._gone, END_SECONDS + CALLERS_SECONDS)

    async def _stop_programs(self, programs: Sequence[Program], seconds: float) -> None:
        """End them, and wait so long for it."""
        for program in programs:
            program.stop()
        with contextlib.suppress(asyncio.TimeoutError):
            await self._until(lambda: all(each.ended for each in programs), seconds)

    @property
    def marks(self) -> set[str]:
        """What the processes of its programs are known by (`net.lab.run.process.kill_marked`)."""
        return {each.mark for each in self._programs.values() if each.mark}

    # --- Waiting ---

    def _look(self) -> None:
        for program in self._programs.values():
            program.look()

    def _on_change(self) -> None:
        changes, self._changes = self._changes, set()
        for change in changes:
            if not change.done():
                change.set_result(None)

    async def _change(self, seconds: float | None) -> None:
        """Wait until something happens. Raises TimeoutError."""
        if seconds is not None and seconds <= 0:
            raise asyncio.TimeoutError
        change = self.loop.create_future()
        self._changes.add(change)
        try:
            # Not wait_for(), which before Python 3.12 forgets that it was cancelled if something happens at
            # the same moment: a run that was stopped then never ended.
            done, _waiting = await asyncio.wait({change}, timeout=seconds)
        finally:
            self._changes.discard(change)
        if not done:
            raise asyncio.TimeoutError

    async def _until(self, condition: Callable[[], bool], seconds: float | None) -> None:
        """Wait until it is so. Raises TimeoutError."""
        deadline = None if seconds is None else self.loop.time() + seconds
        while not condition():
            await self._change(None if deadline is None else deadline - self.loop.time())


def replace_time(trouble: Trouble, t: float) -> Trouble:
    return Trouble(t, code=trouble.code, who=trouble.who, values=trouble.values)


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        logger.error("an experiment", exc_info=task.exception())


def _first_in_turn(held: Sequence[tuple[ProgramCall, Program]]) -> tuple[ProgramCall, Program]:
    """The call that is held longest; one that calls another program waits while others still open."""

    def turn(pair: tuple[ProgramCall, Program]) -> tuple[bool, float]:
        call, program = pair
        opens = any(other.name in OPENING for other, its in held if its is not program)
        return call.name in CALLING and opens, call.made_at

    return min(held, key=turn)
