"""All tasks by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from net.lab.tasks import TASK_PORT
from net.lab.tasks.hello_server import HelloServer
from net.lab.tasks.http import Http
from net.lab.tasks.one_road import OneRoad
from net.lab.tasks.postcards import Postcards
from net.lab.tasks.reliability import Reliability, ReliabilityReceiver
from net.lab.tasks.reliability_windows import GoBackN, SelectiveRepeat
from net.lab.tasks.serve_page import ServePage
from net.lab.tasks.stream import Stream
from net.lab.tasks.which_door import WhichDoor
from net.lab.tasks.who_hangs_up import WhoHangsUp
from net.lab.tasks.why_stuck import WhyStuck

if TYPE_CHECKING:
    from net.lab.tasks.grading import Grader

SERVER_PORT = 8080
"""Where a pupil's server listens, if nothing else is said."""


class Task(NamedTuple):
    """``transport``: "tcp" or "udp". ``knocks``: the pupil's program is the server and we connect to it.
    ``port``: where Duplex listens, or the pupil's server does, if nothing else is said."""

    grader: type[Grader]
    transport: str = "tcp"
    knocks: bool = False
    port: int = TASK_PORT


TASKS: dict[str, Task] = {
    "hello-server": Task(HelloServer),
    "which-door": Task(WhichDoor),
    "why-stuck": Task(WhyStuck),
    "stream": Task(Stream),
    "postcards": Task(Postcards, "udp"),
    "reliability": Task(Reliability, "udp"),
    "reliability-2": Task(ReliabilityReceiver, "udp"),
    "reliability-3": Task(GoBackN, "udp"),
    "reliability-4": Task(SelectiveRepeat, "udp"),
    "who-hangs-up": Task(WhoHangsUp),
    "one-road": Task(OneRoad, "udp"),
    "http": Task(Http),
    "serve-page": Task(ServePage, knocks=True, port=SERVER_PORT),
}
