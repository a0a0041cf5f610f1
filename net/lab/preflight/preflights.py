"""`Preflights`: the part of the lab that tries this PC out before a class."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

from net.address import Address
from net.events import Event
from net.faults import fault_from_oserror, fault_from_ours
from net.lab.commands import StopPreflight, TryPreflight
from net.lab.events import ClassPortOpened, Knocked, MechanismsTried, MechanismTried, PreflightEnded
from net.lab.preflight.class_port import ClassPort
from net.lab.preflight.hooked import try_hooked
from net.lab.preflight.mechanisms import names
from net.lab.preflight.trials import TRIALS, Tried, try_python
from net.lab.run.channel import HookDoor
from net.lab.run.experiment import ExperimentMaker
from net.loop.outlet import Outlet
from net.system.interfaces import is_local, local_addresses
from net.wing import Routes

LIMIT = 10.0
"""Seconds after which what has not answered counts as not working."""


class Preflights:
    """NetThread only. ``experiments``: those that a run may name (`net.lab.experiments`)."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, outlet: Outlet, experiments: Mapping[str, ExperimentMaker]
    ) -> None:
        self._loop = loop
        self._outlet = outlet
        self._experiments = experiments
        self._door = HookDoor(loop, outlet)
        self._going: dict[int, tuple[_Preflight, asyncio.Task[None]]] = {}
        self._ending: set[asyncio.Task[None]] = set()

    def routes(self) -> Routes:
        return {TryPreflight: self._begin, StopPreflight: self._end}

    def failed(self, command: Any, error: Exception) -> None:
        self._going.pop(command.preflight, None)
        self._outlet.put(PreflightEnded(command.preflight, fault_from_ours(error)))

    async def stop(self) -> None:
        for preflight in list(self._going):
            self._end(StopPreflight(preflight))
        await asyncio.gather(*self._ending)
        await self._door.close()

    def _begin(self, command: TryPreflight) -> None:
        preflight = _Preflight(
            command.preflight, command.port, self._loop, self._outlet.put, self._experiments, self._door
        )
        self._going[command.preflight] = preflight, self._loop.create_task(preflight.run())

    def _end(self, command: StopPreflight) -> None:
        found = self._going.pop(command.preflight, None)
        if found is not None:
            ending = self._loop.create_task(self._release(command.preflight, *found))
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    async def _release(self, number: int, preflight: _Preflight, work: asyncio.Task[None]) -> None:
        preflight.class_port.close()
        work.cancel()
        results = await asyncio.gather(work, return_exceptions=True)
        broken = [error for error in results if isinstance(error, Exception)]
        self._outlet.put(PreflightEnded(number, fault_from_ours(broken[0]) if broken else None))


class _Preflight:
    """One pre-flight. Its trials go on side by side, each told when it is done."""

    def __init__(
        self,
        number: int,
        port: int,
        loop: asyncio.AbstractEventLoop,
        emit: Callable[[Event], None],
        experiments: Mapping[str, ExperimentMaker],
        door: HookDoor,
    ) -> None:
        self.number = number
        self.class_port = ClassPort(self._on_knock)
        self._port = port
        self._loop = loop
        self._emit = emit
        self._experiments = experiments
        self._door = door
        self._told: set[str] = set()

    async def run(self) -> None:
        began = perf_counter()
        await self._open_class_port()
        for name, trial in TRIALS.items():
            self._tell(name, trial())
        trials = asyncio.gather(
            try_hooked(self._loop, self._experiments, self._door, self._tell), self._try_python()
        )
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(trials, LIMIT)
        for name in names():
            self._tell(name, Tried(False))
        self._emit(MechanismsTried(self.number, perf_counter() - began))

    async def _try_python(self) -> None:
        self._tell("python", await self._loop.run_in_executor(None, try_python))

    def _tell(self, name: str, tried: Tried) -> None:
        """The first that is told of a mechanism counts."""
        if name not in self._told:
            self._told.add(name)
            values = {"port": str(self.class_port.port), "python": tried.value, "detail": tried.detail}
            self._emit(MechanismTried(self.number, name, tried.works, values))

    # --- The class port ---

    async def _open_class_port(self) -> None:
        try:
            await self.class_port.open(self._port)
        except OSError as error:
            fault = fault_from_oserror(error, Address("0.0.0.0", self._port), call="bind")
            self._emit(ClassPortOpened(self.number, (), fault))
            self._tell("lan-port", Tried(False, detail=error.strerror or str(error)))
            return
        known = [local.with_port(self.class_port.port) for local in local_addresses()]
        addresses = tuple(str(address) for address in known if ":" not in address.host)
        self._emit(ClassPortOpened(self.number, addresses))
        self._tell("lan-port", Tried(True))

    def _on_knock(self, host: str) -> None:
        self._emit(Knocked(self.number, host, is_local(host)))
