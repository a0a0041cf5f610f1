"""Trials by small runs of real programs, as a lesson makes them: what the recording then holds, works."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from net.lab.lesson import Scene, SceneProgram, Text
from net.lab.preflight.trials import Tried
from net.lab.recording import Acked, Facts, RecordedEvent, Relayed, Returned
from net.lab.run.channel import HookDoor
from net.lab.run.experiment import ExperimentMaker
from net.lab.run.run import NotBegun, NotReached, Run

FOLDER = "preflight"
"""In `net.lab.lesson_files.LESSONS_FOLDER`: the programs."""

Tell = Callable[[str, Tried], None]
Holds = Callable[[RecordedEvent], bool]


def _scene(name: str, *files: str, experiment: str = "") -> Scene:
    programs = tuple(
        SceneProgram(name=file, file=f"{file}.py", role=Text("", ""), side=side)
        for side, file in enumerate(files)
    )
    return Scene(name=name, programs=programs, experiment=experiment)


def _fact(name: str) -> Holds:
    return lambda event: isinstance(event, Facts) and getattr(event, name) is not None


_CONNECTION = _scene("connection", "server", "client")
_CONNECTION_MOVES = (
    "server starts",
    "server after listen 1",
    "client starts",
    "client after connect 1",
    "client after send 1",
    "server after accept 1",
    "server unread 5",
    "client after close 1",
    "server after recv 1",
    "server after close 1",
    "client state TIME_WAIT",
)
_CONNECTION_HOLDS: Mapping[str, Holds] = {
    "hook": lambda event: isinstance(event, Returned) and event.size == 5,
    "tcp-info": lambda event: (
        isinstance(event, Facts) and event.state == "ESTABLISHED" and event.rtt is not None
    ),
    "unread": lambda event: isinstance(event, Facts) and event.unread == 5,
    "unacked": _fact("unacked"),
    "ack-times": lambda event: isinstance(event, Acked) and event.offset == 5,
    "accept-queue": _fact("queue"),
    "time-wait": lambda event: isinstance(event, Facts) and event.state == "TIME_WAIT",
    "time-wait-countdown": lambda event: (
        isinstance(event, Facts) and event.timer == "time-wait" and event.timer_left is not None
    ),
}

_DROPS = _scene("drops", "sleeper", "flood")
_DROPS_MOVES = (
    "sleeper starts",
    "sleeper before recvfrom 1",
    "flood starts",
    "flood ends",
    "0.2 seconds pass",
)
_DROPS_HOLDS: Mapping[str, Holds] = {
    "udp-drops": lambda event: isinstance(event, Facts) and bool(event.drops),
}

_RELAY = _scene("relay", "knocker", "answerer", experiment="relay-between")
_RELAY_MOVES = (
    "answerer starts",
    "answerer before recvfrom 1",
    "knocker starts",
    "knocker after sendto 1",
    "answerer after recvfrom 1",
)
_RELAY_HOLDS: Mapping[str, Holds] = {
    "udp-relay": lambda event: isinstance(event, Relayed) and event.fate == "passed",
}


async def try_hooked(
    loop: asyncio.AbstractEventLoop, experiments: Mapping[str, ExperimentMaker], door: HookDoor, tell: Tell
) -> None:
    """Make the runs one after the other: they share two processors with the window. Each mechanism is told
    as soon as the recording shows it, those that it never shows when the run is over."""
    for scene, moves, holds in (
        (_CONNECTION, _CONNECTION_MOVES, _CONNECTION_HOLDS),
        (_DROPS, _DROPS_MOVES, _DROPS_HOLDS),
        (_RELAY, _RELAY_MOVES, _RELAY_HOLDS),
    ):
        await _try_scene(loop, experiments, door, scene, moves, holds, tell)


async def _try_scene(
    loop: asyncio.AbstractEventLoop,
    experiments: Mapping[str, ExperimentMaker],
    door: HookDoor,
    scene: Scene,
    moves: tuple[str, ...],
    holds: Mapping[str, Holds],
    tell: Tell,
) -> None:
    def look(events: tuple[RecordedEvent, ...], _size: int) -> None:
        for event in events:
            for name, found in holds.items():
                if found(event):
                    tell(name, Tried(True))

    run = Run(loop, door, look, lesson=FOLDER, scene=scene, fresh_ports=True, experiments=experiments)
    detail = ""
    try:
        await run.begin()
        await run.make_moves(moves, 0)
    except NotReached as error:
        detail = " ".join([error.code, *error.values.values()])
    except NotBegun as error:
        detail = " ".join(map(str, error.fault.params.values()))
    finally:
        await run.stop()
    for name in holds:
        tell(name, Tried(False, detail=detail))
