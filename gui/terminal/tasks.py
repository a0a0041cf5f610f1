"""``--headless --task NAME``: Duplex grades the programs that come (or knocks at one) in a terminal.

Standard output, one line each:

    task NAME HOST:PORT             it listens there (or knocks there)
    verdict WHO passed
    verdict WHO failed CODE

Sentences, and with a failed verdict the last lines of what was sent and received, go to standard error. No
tkinter here.
"""

from __future__ import annotations

import random
import time

from gui.shared.arguments import EXIT_USE
from gui.shared.dispatch import Dispatch
from gui.shared.i18n import _
from gui.shared.verdict_wording import line_text, verdict_text
from gui.shared.wording import address_error_text, fault_text
from gui.terminal.exit_codes import EXIT_FAULT, Outcome, exit_code_of
from gui.terminal.following import follow_events, running_engine
from gui.terminal.output import Output, print_sentence
from gui.terminal.signals import NotedSignal
from net.address import Address, AddressError, parse_host
from net.engine import Engine
from net.lab.commands import Knock, StartTask, StopTask
from net.lab.events import AttemptBegan, AttemptJudged, TaskEnded, TaskListening
from net.lab.tasks.catalog import TASKS

EXIT_NOBODY = 3
STOP_SECONDS = 5.0
THIS_PC = "127.0.0.1"
SEEDS = 1_000_000
"""A seed that is drawn is smaller."""
ARROWS = {"in": "<", "out": ">", "note": "-"}


class TaskTerminal:
    """``once``: end with the first verdict; ``wait``: end when nobody has come for so many seconds."""

    def __init__(
        self, engine: Engine, noted: NotedSignal, quiet: bool, once: bool, wait: float | None
    ) -> None:
        self._engine = engine
        self._outcome = Outcome()
        self._output = Output(quiet, self._outcome)
        self._once = once
        self._wait = wait
        self._task = engine.new_job()
        self._name = ""
        self._knocks = False
        self._under_way: set[int] = set()
        self._somebody_came = False
        self._quiet_since: float | None = None  # since when nobody is there
        self._ended = False
        self._stopping = False
        self._signal = noted
        self._dispatch = Dispatch()
        self._dispatch.watch(
            {
                TaskListening: self._listening,
                AttemptBegan: self._began,
                AttemptJudged: self._judged,
                TaskEnded: self._task_ended,
            }
        )

    def run(self, name: str, address: Address, seed: int) -> int:
        """Grade until the end, and return the exit code."""
        self._name = name
        self._knocks = TASKS[name].knocks
        if self._knocks:
            self._output.show(f"task {name} {address}")
            self._engine.submit(Knock(self._task, name, address.host, address.port, seed))
        else:
            self._engine.submit(StartTask(self._task, name, address.host, address.port, seed))
        self._output.note(_("Seed {seed}").format(seed=seed))
        follow_events(self._engine, self._dispatch.deliver, self._look, self._output, self._stop)
        return self._outcome.exit_code

    # --- What happens ---

    def _listening(self, event: TaskListening) -> None:
        for address in event.addresses:
            self._output.show(f"task {self._name} {address}")
        self._quiet_since = time.monotonic()

    def _began(self, event: AttemptBegan) -> None:
        self._somebody_came = True
        self._under_way.add(event.attempt)
        if not self._knocks:
            self._output.note(_("{address} has come").format(address=event.remote))

    def _judged(self, event: AttemptJudged) -> None:
        if self._ended:
            return
        self._under_way.discard(event.attempt)
        self._quiet_since = time.monotonic()
        who = event.who or "?"
        self._output.show(f"verdict {who} passed" if event.passed else f"verdict {who} failed {event.code}")
        if not event.passed:
            self._outcome.fail()
            for t, direction, text in event.lines:
                self._output.note(f"{t:8.3f} {ARROWS[direction]} {line_text(direction, text)}")
        self._output.note(f"{who}: {verdict_text(event.code, event.values)}")
        self._ended = self._once

    def _task_ended(self, event: TaskEnded) -> None:
        if event.fault is not None:
            self._output.note(fault_text(event.fault))
            self._outcome.fail(exit_code_of(event.fault.kind) or EXIT_FAULT)
        self._ended = True

    # --- The end ---

    def _look(self) -> None:
        if self._stopping:
            return
        if self._signal.ends(self._outcome) or self._ended:
            self._stop()
        elif self._waited_long_enough():
            if not self._somebody_came:
                self._output.note(_("Nobody came."))
                self._outcome.fail(EXIT_NOBODY)
            self._stop()

    def _waited_long_enough(self) -> bool:
        if self._wait is None or self._quiet_since is None or self._under_way:
            return False
        return time.monotonic() - self._quiet_since > self._wait

    def _stop(self) -> None:
        if not self._stopping:
            self._stopping = True
            self._engine.submit(StopTask(self._task))
            self._engine.stop()


def run_task_terminal(
    *,
    task: str,
    host: str = "",
    port: int | None = None,
    seed: int | None = None,
    once: bool = False,
    wait: float | None = None,
    quiet: bool = False,
) -> int:
    """Run ``--headless --task`` and return the exit code: 0 all that came passed, 1 one failed, 3 nobody
    came (`gui.terminal.exit_codes` for an address that can't be used).

    ``host``: an address or a name, "" for this PC alone; ``port``: None for the task's own, 0 for a free one;
    ``seed``: None to draw one.
    """
    try:
        plain, scope = parse_host(host or THIS_PC)
    except AddressError as error:
        if not quiet:
            print_sentence(f"* {address_error_text(error)}")
        return EXIT_USE
    address = Address(plain, TASKS[task].port if port is None else port, scope)
    drawn = random.randrange(SEEDS) if seed is None else seed
    with running_engine(Engine, STOP_SECONDS) as (engine, noted):
        return TaskTerminal(engine, noted, quiet, once, wait).run(task, address, drawn)
