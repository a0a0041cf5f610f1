"""`Experiment`: a scene that is more than programs, as a run sees it (a relay, a measurement)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from net.lab.lesson import Scene
from net.lab.recording import RecordedEvent


class RunRoom(Protocol):
    """What an experiment may do with its run (`net.lab.run.run.Run`). NetThread only."""

    loop: asyncio.AbstractEventLoop
    scene: Scene | None
    seed: int

    def now(self) -> float:
        """Seconds since the run began: the ``t`` of a recorded event that happens now."""
        ...

    def record(self, event: RecordedEvent) -> None:
        """Add an event to the recording; one that is a little older than others is put in its place."""
        ...

    def subscribe(self, watch: Callable[[RecordedEvent], None]) -> None:
        """``watch`` is called with each event when it is recorded, also those of `record`."""
        ...

    def keep_port(self, port: int) -> None:
        """This port is one of ours: the programs reach it under its own number."""
        ...

    def move_port(self, name: str, port: int, to: int) -> None:
        """For this program alone, ``port`` stands for ``to``: it binds and reaches that one. In
        `Experiment.prepare` only: the header tells it."""
        ...

    def unhook(self, name: str) -> None:
        """Start this program (all copies of it) without the hook: nothing is held, and only what it prints
        and its end are recorded. In `Experiment.prepare` only. Raises KeyError."""
        ...

    def set_arguments(self, name: str, *arguments: str) -> None:
        """The command line of a program that has not started yet. Raises KeyError."""
        ...

    def add_program(
        self, name: str, file: Path, *, side: int = 0, arguments: tuple[str, ...] = (), hooked: bool = True
    ) -> None:
        """One more program. In `Experiment.prepare` only: the recording's header names all of them. Raises
        OSError."""
        ...

    async def make(self, move: str) -> None:
        """Make one move (`net.lab.moves`). Raises `net.lab.run.run.NotReached`."""
        ...

    async def ended(self) -> None:
        """Wait until every program that was started has ended."""
        ...


class Experiment(Protocol):
    async def prepare(self) -> None:
        """Before the header is recorded: open what the programs will use, add programs, set arguments."""
        ...

    async def run(self) -> None:
        """What happens beside the moves; begins with the first of them, and ``all end`` waits for it.
        Cancelled when the run is stopped."""
        ...

    async def close(self) -> None:
        """Release everything. Called once, also after `prepare` raised."""
        ...


ExperimentMaker = Callable[[RunRoom, Mapping[str, Any]], Experiment]
"""Made with the run and its scene's ``settings``."""
