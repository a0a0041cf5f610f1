"""`Lab`: the wing of the lessons. Its parts do the work; here it is decided which of them takes a command."""

from __future__ import annotations

import asyncio
from typing import Any

from net.lab.experiments import EXPERIMENTS
from net.lab.preflight.preflights import Preflights
from net.lab.run.runs import Runs
from net.lab.tasks.tasks import Tasks
from net.loop.outlet import Outlet
from net.wing import Routes, Wing


class Lab:
    """NetThread only."""

    def __init__(self, loop: asyncio.AbstractEventLoop, outlet: Outlet) -> None:
        self._parts: tuple[Wing, ...] = (
            Runs(loop, outlet, EXPERIMENTS),
            Preflights(loop, outlet, EXPERIMENTS),
            Tasks(loop, outlet),
        )
        self._part_of = {kind: part for part in self._parts for kind in part.routes()}

    def routes(self) -> Routes:
        return {kind: run for part in self._parts for kind, run in part.routes().items()}

    def failed(self, command: Any, error: Exception) -> None:
        self._part_of[type(command)].failed(command, error)

    async def stop(self) -> None:
        await asyncio.gather(*(part.stop() for part in self._parts))
