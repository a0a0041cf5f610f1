"""`Tasks`: the part of the lab's wing that runs examinations on NetThread and tells what comes of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from net.address import Address
from net.events import Event
from net.faults import fault_from_oserror, fault_from_ours
from net.lab.commands import Knock, ReleaseAttempt, StartTask, StopTask
from net.lab.events import AttemptBegan, AttemptJudged, AttemptLine, AttemptNamed, TaskEnded, TaskListening
from net.lab.tasks.catalog import TASKS
from net.lab.tasks.examination import Examination, Reports
from net.system.holders import with_holder
from net.system.interfaces import local_addresses

if TYPE_CHECKING:
    from net.lab.tasks.grading import Line, Verdict
    from net.loop.outlet import Outlet
    from net.wing import Routes

THIS_PC = "127.0.0.1"


class Tasks:
    """NetThread only. A task that was stopped, or whose knock has got its verdict, ends with `TaskEnded`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, outlet: Outlet) -> None:
        self._loop = loop
        self._outlet = outlet
        self._examinations: dict[int, Examination] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._waiting: set[int] = set()
        """Tasks that begin when those that end have given their ports back."""

    def routes(self) -> Routes:
        return {
            StartTask: self._start,
            Knock: self._knock,
            ReleaseAttempt: self._release,
            StopTask: lambda command: self._end(command.task),
        }

    def failed(self, command: Any, error: Exception) -> None:
        if isinstance(command, (StartTask, Knock)):
            self._outlet.put(TaskEnded(command.task, fault_from_ours(error)))

    async def stop(self) -> None:
        self._waiting.clear()
        for task in list(self._examinations):
            self._end(task)
        while self._ending:
            await asyncio.gather(*self._ending, return_exceptions=True)

    def _start(self, command: StartTask) -> None:
        if self._ending:
            self._waiting.add(command.task)
            self._in_task(self._start_after(command, tuple(self._ending)))
        else:
            self._listen(command)

    async def _start_after(self, command: StartTask, ending: Sequence[asyncio.Task[None]]) -> None:
        await asyncio.gather(*ending, return_exceptions=True)
        if command.task in self._waiting:
            self._waiting.discard(command.task)
            try:
                self._listen(command)
            except Exception as error:
                self.failed(command, error)

    def _listen(self, command: StartTask) -> None:
        examination = self._new(command)
        host = command.host or THIS_PC
        try:
            address = examination.listen(host, command.port)
        except OSError as error:
            self._in_task(self._refuse(command, error, Address(host, command.port)))
            return
        self._examinations[command.task] = examination
        self._outlet.put(TaskListening(command.task, _reachable(Address.parse(address)), command.seed))

    def _knock(self, command: Knock) -> None:
        examination = self._examinations[command.task] = self._new(command)
        examination.knock(command.host or THIS_PC, command.port)

    def _release(self, command: ReleaseAttempt) -> None:
        examination = self._examinations.get(command.task)
        if examination is not None:
            examination.release(command.attempt)

    def _new(self, command: StartTask | Knock) -> Examination:
        reports = _Reports(command.task, self._outlet, self._end)
        return Examination(self._loop, TASKS[command.grader], command.seed, reports)

    async def _refuse(self, command: StartTask, error: OSError, address: Address) -> None:
        fault = fault_from_oserror(error, address, call="bind")
        transport = TASKS[command.grader].transport
        fault = await self._loop.run_in_executor(None, with_holder, fault, address, transport)
        self._outlet.put(TaskEnded(command.task, fault))

    def _end(self, task: int) -> None:
        examination = self._examinations.pop(task, None)
        if examination is not None:
            self._in_task(self._close(task, examination))
        elif task in self._waiting:
            self._waiting.discard(task)
            self._outlet.put(TaskEnded(task))

    async def _close(self, task: int, examination: Examination) -> None:
        await examination.close()
        self._outlet.put(TaskEnded(task))

    def _in_task(self, work: Any) -> None:
        running = self._loop.create_task(work)
        self._ending.add(running)
        running.add_done_callback(self._ending.discard)


class _Reports(Reports):
    """An examination's reports as events."""

    def __init__(self, task: int, outlet: Outlet, end: Any) -> None:
        self._task = task
        self._outlet = outlet
        self._end = end

    def began(self, attempt: int, remote: str) -> None:
        self._put(AttemptBegan(self._task, attempt, remote))

    def named(self, attempt: int, who: str) -> None:
        self._put(AttemptNamed(self._task, attempt, who))

    def line(self, attempt: int, line: Line) -> None:
        self._put(AttemptLine(self._task, attempt, line.t, line.direction, line.text))

    def judged(self, attempt: int, who: str, verdict: Verdict, lines: tuple[Line, ...]) -> None:
        last = tuple((line.t, line.direction, line.text) for line in lines)
        passed, code, values = verdict
        self._put(AttemptJudged(self._task, attempt, who, passed, code, dict(values), last))

    def over(self) -> None:
        self._end(self._task)

    def _put(self, event: Event) -> None:
        self._outlet.put(event)


def _reachable(address: Address) -> tuple[str, ...]:
    """Where programs connect to: for the address of all interfaces, this PC's own, those for other
    PCs first."""
    if not address.is_any:
        return (str(address),)
    hosts = [each.with_port(address.port) for each in local_addresses()]
    loopback = Address("::1" if address.version == 6 else THIS_PC, address.port)
    return tuple(dict.fromkeys(str(each) for each in [*hosts, loopback] if each.version == address.version))
