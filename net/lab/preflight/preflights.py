"""`Preflights`: the part of the lab that tries this PC out before a class."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

from net.address import Address
from net.events import Event
from net.faults import fault_from_os_error, fault_from_ours
from net.lab.commands import StopPreflight, TryPreflight
from net.lab.events import ClassPortOpened, Knocked, MechanismsTried, MechanismTried, PreflightEnded
from net.lab.preflight.class_port import ClassPort
from net.lab.preflight.hooked import try_hooked
from net.lab.preflight.mechanisms import names
from net.lab.preflight.trials import TRIALS, Tried, try_python, try_relay
from net.loop.outlet import Outlet
from net.system.interfaces import is_local, local_addresses
from net.wing import Routes

LIMIT = 10.0
"""Seconds after which what has not answered counts as not working."""


class Preflights:
    """NetThread only."""

    def __init__(self, loop: asyncio.AbstractEventLoop, outlet: Outlet) -> None:
        self._loop = loop
        self._outlet = outlet
        self._going: dict[int, tuple[_Preflight, asyncio.Task[None]]] = {}

    def routes(self) -> Routes:
        return {TryPreflight: self._begin, StopPreflight: self._end}

    def failed(self, command: Any, error: Exception) -> None:
        self._going.pop(command.preflight, None)
        self._outlet.put(PreflightEnded(command.preflight, fault_from_ours(error)))

    async def stop(self) -> None:
        for preflight in list(self._going):
            self._end(StopPreflight(preflight))

    def _begin(self, command: TryPreflight) -> None:
        preflight = _Preflight(command.preflight, command.port, self._loop, self._outlet.put)
        self._going[command.preflight] = preflight, self._loop.create_task(preflight.run())

    def _end(self, command: StopPreflight) -> None:
        found = self._going.pop(command.preflight, None)
        if found is None:
            return
        preflight, task = found
        task.cancel()
        preflight.class_port.close()
        self._outlet.put(PreflightEnded(command.preflight))


class _Preflight:
    """One pre-flight. Its trials go on side by side, each told when it is done."""

    def __init__(
        self,
        number: int,
        port: int,
        loop: asyncio.AbstractEventLoop,
        emit: Callable[[Event], None],
    ) -> None:
        self.number = number
        self.class_port = ClassPort(self._on_knock)
        self._port = port
        self._loop = loop
        self._emit = emit
        self._told: set[str] = set()

    async def run(self) -> None:
        began = perf_counter()
        await self._open_class_port()
        for name, trial in TRIALS.items():
            self._tell(name, trial())
        trials: tuple[Awaitable[None], ...] = (
            try_hooked(self._loop, self._tell),
            self._try_later("udp-relay", try_relay(self._loop)),
            self._try_later("python", asyncio.to_thread(try_python)),
        )
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.gather(*trials), LIMIT)
        for name in names():
            self._tell(name, Tried(False))
        self._emit(MechanismsTried(self.number, perf_counter() - began))

    async def _try_later(self, name: str, trial: Awaitable[Tried]) -> None:
        self._tell(name, await trial)

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
            fault = fault_from_os_error(error, Address("0.0.0.0", self._port))
            self._emit(ClassPortOpened(self.number, (), fault))
            self._tell("lan-port", Tried(False, detail=error.strerror or str(error)))
            return
        addresses = tuple(str(local.with_port(self.class_port.port)) for local in local_addresses())
        self._emit(ClassPortOpened(self.number, addresses))
        self._tell("lan-port", Tried(True))

    def _on_knock(self, host: str) -> None:
        self._emit(Knocked(self.number, host, is_local(host)))
