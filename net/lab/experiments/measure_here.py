"""``measure-here``: the tutorial's comparison table of TCP and UDP, measured on this PC, over loopback.

Two programs do it, one at each end, so that neither waits for the other's interpreter:
`assets/lessons/measure/measure.py`, whose source is in the recording. What it prints as ``measured NAME VALUE
UNIT`` is recorded. It shows no race: UDP is not faster, it is *earlier* (nothing is set up first, and nobody
waits for what was lost).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from net.lab.lesson_files import lesson_file
from net.lab.recording import Measured, Printed, RecordedEvent
from net.lab.run.experiment import RunRoom
from net.lab.run.ports import free_port

FOLDER = "measure"
FILE = "measure.py"


class MeasureHere:
    """NetThread only."""

    def __init__(self, room: RunRoom, settings: Mapping[str, Any]) -> None:
        self._room = room
        self._rest = ""

    async def prepare(self) -> None:
        room, port = self._room, str(free_port())
        file = lesson_file(FOLDER, FILE)
        room.add_program("answers", file, side=1, arguments=("answer", port), hooked=False)
        room.add_program("measures", file, side=0, arguments=("measure", port), hooked=False)
        room.subscribe(self._look)

    async def run(self) -> None:
        """The two programs do it all."""

    async def close(self) -> None:
        """They have ended."""

    def _look(self, event: RecordedEvent) -> None:
        if not isinstance(event, Printed) or event.who != "measures" or event.error:
            return
        *lines, self._rest = (self._rest + event.text).split("\n")
        for line in lines:
            words = line.split()
            if len(words) == 4 and words[0] == "measured":
                self._room.record(
                    Measured(self._room.now(), name=words[1], value=float(words[2]), unit=words[3])
                )
