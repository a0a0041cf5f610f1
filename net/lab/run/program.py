"""`Program`: one program of a run: its process, its hook, and how far its calls have come."""

from __future__ import annotations

import asyncio
import base64
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from net.lab.recording import Acked, Call, Ended, Printed, Released, Returned, Started, Trouble, Typed
from net.lab.run.channel import HookDoor, HookLine, Message
from net.lab.run.facts import FactsBook
from net.lab.run.ports import Ports
from net.lab.run.process import OUTPUT_LIMIT, ChildProcess
from net.lab.run.recorder import Recorder
from net.lab.troubles import TROUBLES

CALLS_LIMIT = 20_000
DATA_LIMIT = 32_000_000
"""Calls of one program, and bytes of their data, that are recorded; after them it runs on, unseen."""

LEFT_SECONDS = 0.5
"""A hook that is gone so long before its process was lost, not ended; and an ended process' last words are
waited for."""

LET_THROUGH = 64
"""Of so many calls that were not held it is known what had been printed before."""

BEFORE = 1e-6
"""Seconds by which a print stands before such a call."""

OUTPUT_SECONDS = 0.3
"""How long a held call waits to be told for what the program printed before it."""

HOOK_FILE = Path(__file__).with_name("hook.py")
KERNEL_FILE = Path(__file__).resolve().parents[2] / "system" / "kernel.py"


@dataclass(slots=True)
class ProgramPlan:
    """What is to be run. ``folder``: its working folder. ``command``: the Python, as words. ``hooked``: its
    calls are told; where they are not, the hook only ends it when Duplex has gone."""

    name: str
    path: Path
    text: str
    folder: Path
    command: list[str]
    side: int = 0
    arguments: tuple[str, ...] = ()
    hooked: bool = True
    clean_environment: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class ProgramCall:
    """A call that has not come back. ``child``: its number at the hook; ``n``: in the recording."""

    child: int
    n: int
    name: str
    count: int
    socket: int
    thread: int
    made_at: float
    released: bool = False
    entered: bool = False


class Surroundings:
    """What the programs of one run share. ``asks_acks``: of a lesson's programs the kernel notes when each
    send was acknowledged; a person's own may wait in ways that this would disturb."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        door: HookDoor,
        recorder: Recorder,
        ports: Ports,
        facts: FactsBook | None,
        changed: Callable[[], None],
    ) -> None:
        self.loop = loop
        self.door = door
        self.recorder = recorder
        self.ports = ports
        self.facts = facts
        self.changed = changed
        self.asks_acks = facts is not None and facts.told and ports.apart
        self._calls = 0

    def next_call(self) -> int:
        self._calls += 1
        return self._calls


class Program:
    """NetThread only. ``free``: it is not held. ``open_calls``: those that have not come back, the oldest
    first."""

    def __init__(self, plan: ProgramPlan, around: Surroundings) -> None:
        self.plan = plan
        self.name = plan.name
        self.free = not plan.hooked
        self.started = False
        self.ended = False
        self.hooked = False
        self.open_calls: dict[int, ProgramCall] = {}
        self.last_change = 0.0
        self._around = around
        self._record = around.recorder.record
        self._process = ChildProcess(around.loop, self._printed, self._flooded, self._process_ended)
        self._line: HookLine | None = None
        self._mark = ""
        self._begun: dict[str, int] = {}
        self._back: set[tuple[str, int]] = set()
        self._seen = 0
        self._data = 0
        self._silent = False
        self._ordered = False
        self._code: int | None = None
        self._left: asyncio.TimerHandle | None = None
        self._came = [0, 0]
        self._printed_at = 0.0
        self._early: list[Message] = []
        self._let_through: deque[Message] = deque(maxlen=LET_THROUGH)

    @property
    def mark(self) -> str:
        """What its processes are known by."""
        return self._mark

    # --- Starting and ending ---

    async def prepare(self) -> None:
        """Start the interpreter; a hooked one waits for `go`. Raises OSError."""
        around = self._around
        self._mark = await around.door.expect(self)
        try:
            await self._process.start(
                [*self.plan.command, str(HOOK_FILE)],
                self.plan.folder,
                self._mark,
                self.plan.clean_environment,
            )
        except OSError:
            around.door.forget(self._mark)
            self.ended = True
            raise

    def go(self) -> None:
        """Let it begin, as soon as the interpreter is there."""
        self.started = True
        self._record(Started(self._around.recorder.now(), who=self.name, pid=self._process.pid))
        self._send_order()
        self._changed()

    def stop(self) -> None:
        """End it and what it has started, now."""
        self._process.stop()

    @property
    def stopped(self) -> bool:
        return self._process.stopped

    @property
    def listens(self) -> bool:
        """Whether it has called listen()."""
        return "listen" in self._begun

    def type(self, text: str) -> None:
        """Type a line."""
        self._record(Typed(self._around.recorder.now(), who=self.name, text=text))
        self._process.type(text + "\n")
        self._changed()

    # --- Holding ---

    def held(self) -> list[ProgramCall]:
        return [call for call in self.open_calls.values() if not call.released]

    def inside(self) -> list[ProgramCall]:
        """Calls that it was let into and that have not come back."""
        return [call for call in self.open_calls.values() if call.released]

    def find(self, name: str, count: int) -> ProgramCall | None:
        """The ``count``-th call of this name, unless it has not begun or has come back."""
        for call in self.open_calls.values():
            if (call.name, call.count) == (name, count):
                return call
        return None

    def has_returned(self, name: str, count: int) -> bool:
        return (name, count) in self._back

    def has_begun(self, name: str, count: int) -> bool:
        return self._begun.get(name, 0) >= count

    def release(self, call: ProgramCall, *, tell: bool = False) -> None:
        """Let a held call be made. ``tell``: the hook tells when it is."""
        if call.released:
            return
        self._note_released(call)
        if self._line is not None:
            if tell:
                self._line.send("go", call.child, "in")
            else:
                self._line.send("go", call.child)

    def let_run(self) -> None:
        """Hold nothing any more."""
        self._call_early(all_of_them=True)
        self.free = True
        for call in self.held():
            self._note_released(call)
        if self._line is not None and self._ordered:
            self._line.send("free")

    def hold_again(self) -> None:
        if self.free and self.plan.hooked:
            self.free = False
            if self._line is not None and self._ordered:
                self._line.send("hold")

    def look(self) -> None:
        """Let the hook sample soon."""
        if self._line is not None and self._ordered:
            self._line.send("look")

    def _note_released(self, call: ProgramCall) -> None:
        call.released = True
        self._record(Released(self._around.recorder.now(), n=call.n, who=self.name))
        self._changed()

    # --- The hook ---

    def hook_came(self, line: HookLine, hello: Message) -> None:
        self._line = line
        self.hooked = True
        self._send_order()
        self._changed()

    def hook_said(self, message: Message) -> None:
        kind = message["k"]
        if kind == "call" and self._waits_for_output(message):
            # What it printed before this call comes another way and may come later.
            self._early.append(message)
            self._around.loop.call_later(OUTPUT_SECONDS, self._output_stays_away, message)
        elif kind == "call":
            self._called(message)
        elif kind == "ret":
            self._returned(message)
        elif kind == "facts":
            if self._around.facts is not None:
                self._around.facts.sampled(self.name, self._time(message), message)
                self._changed()
        elif kind == "acked":
            self._record(
                Acked(self._time(message), who=self.name, socket=message["socket"], offset=message["offset"])
            )
        elif kind == "in":
            call = self.open_calls.get(message["n"])
            if call is not None:
                call.entered = True
                self._changed()
        elif kind == "port":
            self._answer_port(message)
        elif kind == "trouble":
            self._tell(message["code"], message["values"])

    def hook_left(self) -> None:
        self._call_early(all_of_them=True)
        self._line = None
        if self._code is not None:
            self._tell_end()
        elif not self.ended:
            self._left = self._around.loop.call_later(LEFT_SECONDS, self._lost)

    def _send_order(self) -> None:
        if self._line is None or not self.started or self._ordered:
            return
        self._ordered = True
        around, plan, facts = self._around, self.plan, self._around.facts
        self._line.send_order(
            {
                "path": str(plan.path),
                "text": plan.text,
                "arguments": list(plan.arguments),
                "seen": plan.hooked,
                "free": self.free,
                "counting": plan.hooked and around.facts is None,
                "acks": around.asks_acks,
                "kernel": str(KERNEL_FILE) if plan.hooked and facts is not None and facts.told else "",
            }
        )

    def _waits_for_output(self, message: Message) -> bool:
        """Whether something that the program wrote before this call, which is held, has not come yet."""
        held = not self.free and message.get("held", False)
        return held and any(want > came for want, came in zip(message["written"], self._came, strict=True))

    def _call_early(self, *, all_of_them: bool = False) -> None:
        early, self._early = self._early, []
        for message in early:
            if all_of_them or not self._waits_for_output(message):
                self._called(message)
            else:
                self._early.append(message)

    def _output_stays_away(self, message: Message) -> None:
        if message in self._early:
            self._early.remove(message)
            self._called(message)

    def _called(self, message: Message) -> None:
        if self._silent:
            return  # it was on its way
        name = message["name"]
        count = self._begun[name] = self._begun.get(name, 0) + 1
        data = base64.b64decode(message.get("data", ""))
        self._data += len(data)
        self._seen += 1
        call = ProgramCall(
            child=message["n"],
            n=self._around.next_call(),
            name=name,
            count=count,
            socket=message.get("socket", 0),
            thread=message.get("thread", 0),
            made_at=message["t"],
        )
        self.open_calls[call.child] = call
        at = self._time(message)
        if "held" in message:
            at = max(at, self._printed_at)
        if "written" in message:
            self._let_through.append(message)
        self._record(
            Call(
                at,
                n=call.n,
                who=self.name,
                name=name,
                thread=call.thread,
                socket=call.socket,
                transport=message.get("transport", ""),
                file=message["file"],
                line=message["line"],
                arguments=message.get("arguments", ""),
                data=data,
                size=message.get("size", 0),
                address=message.get("address", ""),
                names=message.get("names", {}),
            )
        )
        if message.get("free") or self.free:
            call.released = True
            self._record(Released(at, n=call.n, who=self.name))
        if self._seen >= CALLS_LIMIT or self._data >= DATA_LIMIT:
            self._fall_silent()
        self._changed()

    def _returned(self, message: Message) -> None:
        call = self.open_calls.pop(message["n"], None)
        if call is None:
            return
        self._back.add((call.name, call.count))
        data = base64.b64decode(message.get("data", ""))
        self._data += len(data)
        self._record(
            Returned(
                self._time(message),
                n=call.n,
                who=self.name,
                seconds=message["seconds"],
                value=message.get("value", ""),
                error=message.get("error", ""),
                message=message.get("message", ""),
                errno=message.get("errno", 0),
                data=data,
                size=message.get("size", 0),
                made=message.get("made", 0),
                local=message["local"],
                remote=message["remote"],
            )
        )
        if call.name == "close" and self._around.facts is not None:
            self._around.facts.closed(self.name, call.socket)
        self._changed()

    def _answer_port(self, message: Message) -> None:
        port = message["port"]
        real, taken = self._around.ports.real(self.name, message["host"], port, message["use"])
        if taken:
            self._tell("port-taken", {"port": str(port), "other": str(real)})
        if self._line is not None:
            keep = ["keep"] if self._around.ports.is_settled(port) else []
            self._line.send("port", message["n"], real, *keep)

    def _fall_silent(self) -> None:
        if not self._silent:
            self._silent = True
            self._tell("too-many-calls", {})
            self.let_run()
            if self._line is not None:
                self._line.send("silent")

    def _lost(self) -> None:
        """The channel is gone, and the process is not."""
        if self._code is None and not self.stopped and not self._process.exited:
            self.free = True
            self._tell("hook-lost", {})
            self._changed()

    # --- The process ---

    def _printed(self, clock: float, text: str, error: bool, came: int) -> None:
        self._came[error] = came
        if text:
            # Read after it was written: what was called with these bytes written was called later.
            later = [each for each in self._let_through if each["written"][error] >= came][:1]
            at = min([self._around.recorder.at(clock), *map(self._time, self._early + later)])
            if later:
                at = max(0.0, at - BEFORE)
            self._printed_at = max(self._printed_at, at)
            self._record(Printed(at, who=self.name, text=text, error=error))
            self._changed()
        self._call_early()

    def _flooded(self) -> None:
        self._tell("too-much-output", {"bytes": str(OUTPUT_LIMIT)})

    def _process_ended(self, code: int) -> None:
        self._code = code
        self._around.door.forget(self._mark)
        if self._line is None:
            self._tell_end()
        else:
            # Its last words may still be on their way.
            self._left = self._around.loop.call_later(LEFT_SECONDS, self._tell_end)

    def _tell_end(self) -> None:
        if self._left is not None:
            self._left.cancel()
        if self.ended or self._code is None:
            return
        self.ended = True
        if self._line is not None:
            self._line.close()
        if self._around.facts is not None:
            self._around.facts.ended(self.name)
        if self.started:
            now = self._around.recorder.now()
            self._record(Ended(now, who=self.name, code=self._code, stopped=self.stopped))
        self._changed()

    # --- Small things ---

    def _tell(self, code: str, values: dict[str, str]) -> None:
        if code not in TROUBLES:
            raise ValueError(f"no trouble is called {code!r}")
        wanted = {"who": self.name, **values}
        kept = {name: str(wanted[name]) for name in TROUBLES[code] if name in wanted}
        self._record(Trouble(self._around.recorder.now(), code=code, who=self.name, values=kept))

    def _time(self, message: Message) -> float:
        return self._around.recorder.at(message["t"])

    def _changed(self) -> None:
        self.last_change = self._around.recorder.now()
        self._around.changed()


def port_troubles(ports: Ports, texts: list[tuple[str, tuple[int, ...]]]) -> list[Trouble]:
    """Decide about the ports that the sources name, before anything runs: the header tells them."""
    found: list[Trouble] = []
    for who, named in texts:
        for port in named:
            real, taken = ports.choose(port)
            if taken:
                values: dict[str, Any] = {"port": str(port), "other": str(real)}
                found.append(Trouble(0.0, code="port-taken", who=who, values=values))
    return found
