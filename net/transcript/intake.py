"""What the transcript and the JSON-lines stream have in common: the queue in front of their thread, notes
made of events, and what is known of each session.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from net.address import Address
from net.events import Event, Fault
from net.sockets.commands import Command
from net.sockets.events import (
    Closed,
    DatagramsReceived,
    FaultEnded,
    FaultOccurred,
    FileProgressed,
    GroupChanged,
    MessagesReceived,
    MessagesSent,
    Opened,
    OpenFailed,
    SocketCalled,
    StateChanged,
)

WAITING_LIMIT = 256 * 1024 * 1024
"""Bytes of messages that wait in memory for a disk that is full or a pipe that nobody reads. Messages
beyond are not recorded; they are counted, and a note in the session says how many there were."""

MESSAGE_OVERHEAD = 48  # bytes a short bytes object takes besides its data, with its place in a list
EVENT_OVERHEAD = 400

Messages = MessagesReceived | MessagesSent | DatagramsReceived
Detail = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Note:
    """Something about a session that is no message. ``kind``: "state", "opened", "open_failed", "closed",
    "call", "fault", "fault_ended", "group" or "file"; ``detail``: its values, as JSON takes them; ``event``:
    what it was made of, where that matters."""

    session: int
    kind: str
    detail: Detail
    time: int
    event: Event | None = None


Record = Messages | Note


def fault_detail(fault: Fault) -> Detail:
    return {"kind": fault.kind.value, "params": dict(fault.params)}


def note_of(event: Event) -> Note | None:
    """The note an event is worth, or None for counters and the like. `FileProgressed` is `NoteTaker`'s."""
    if isinstance(event, StateChanged):
        state: Detail = {"state": event.state.value}
        if event.address is not None:
            state["address"] = str(event.address)
        return Note(event.session, "state", state, event.time, event)
    if isinstance(event, SocketCalled):
        call = {"call": event.call, "arguments": event.arguments, "result": event.result}
        return Note(event.session, "call", call, event.time)
    if isinstance(event, Opened):
        opened: Detail = {"role": event.role.value, "local": str(event.local_address)}
        if event.remote_address is not None:
            opened["remote"] = str(event.remote_address)
        if event.parent is not None:
            opened["parent"] = event.parent
        if event.tls is not None:
            tls = event.tls
            opened["tls"] = {
                "version": tls.version,
                "cipher": tls.cipher,
                "verified": tls.verified,
                "peer_name": tls.peer_name,
                "fingerprint": tls.fingerprint,
            }
        return Note(event.session, "opened", opened, event.time, event)
    if isinstance(event, Closed):
        closed: Detail = {"reason": event.reason.value}
        if event.fault is not None:
            closed["fault"] = fault_detail(event.fault)
        return Note(event.session, "closed", closed, event.time, event)
    if isinstance(event, OpenFailed):
        return Note(event.session, "open_failed", fault_detail(event.fault), event.time, event)
    if isinstance(event, FaultOccurred):
        return Note(event.session, "fault", fault_detail(event.fault), event.time)
    if isinstance(event, FaultEnded):
        return Note(event.session, "fault_ended", {"kind": event.kind.value}, event.time)
    if isinstance(event, GroupChanged):
        group = {"group": str(event.group), "interface": event.interface, "joined": event.joined}
        return Note(event.session, "group", group, event.time)
    return None


class NoteTaker:
    """Sorts out of batches what is worth recording. Of a file's progress that is the start and the end."""

    def __init__(self) -> None:
        self._files: set[tuple[int, int]] = set()

    def take(self, batch: tuple[Event, ...]) -> list[Record]:
        records: list[Record] = []
        for event in batch:
            if isinstance(event, MessagesReceived | MessagesSent | DatagramsReceived):
                records.append(event)
            elif isinstance(event, FileProgressed):
                self._file(event, records)
            else:
                note = note_of(event)
                if note is not None:
                    records.append(note)
        return records

    def _file(self, event: FileProgressed, records: list[Record]) -> None:
        key = (event.session, event.job)
        ended = event.state in ("finished", "cancelled", "failed")
        if key in self._files and not ended:
            return
        if ended:
            self._files.discard(key)
        else:
            self._files.add(key)
        detail: Detail = {"path": event.path, "sent": event.sent, "size": event.size, "state": event.state}
        if event.fault is not None:
            detail["fault"] = fault_detail(event.fault)
        records.append(Note(event.session, "file", detail, time.time_ns()))


def note_text(kind: str, detail: Detail) -> str:
    """A note as one line of plain English, as the JSON lines and the exports have it (not for the window,
    which speaks the user's language)."""
    if kind == "call":
        return (
            f"{detail.get('call', '')} {detail.get('arguments', '')}".strip()
            + f": {detail.get('result') or 'ok'}"
        )
    if kind == "state":
        return f"state {detail.get('state', '')} {detail.get('address', '')}".strip()
    if kind == "opened":
        tls = detail.get("tls")
        ends = f"{detail.get('local', '')} {detail.get('remote', '')}".strip()
        return f"opened as {detail.get('role', '')}: {ends}" + (
            f" ({tls['version']} {tls['cipher']})" if tls else ""
        )
    if kind == "closed":
        fault = detail.get("fault")
        return f"closed: {detail.get('reason', '')}" + (f" ({_fault_text(fault)})" if fault else "")
    if kind == "open_failed":
        return f"open failed: {_fault_text(detail)}"
    if kind == "fault":
        return f"fault: {_fault_text(detail)}"
    if kind == "fault_ended":
        return f"fault over: {detail.get('kind', '')}"
    if kind == "group":
        verb = "joined" if detail.get("joined") else "left"
        return f"{verb} {detail.get('group', '')} {detail.get('interface', '')}".strip()
    if kind == "file":
        fault = detail.get("fault")
        amount = f"{detail.get('sent', 0)} of {detail.get('size', 0)}"
        progress = f"file {detail.get('path', '')}: {detail.get('state', '')}, {amount}"
        return progress + (f" ({_fault_text(fault)})" if fault else "")
    return kind


def _fault_text(detail: Detail) -> str:
    params = " ".join(f"{name}={value}" for name, value in detail.get("params", {}).items())
    return f"{detail.get('kind', '')} {params}".strip()


@dataclass(slots=True)
class SessionFacts:
    """What events told of a session. Addresses are text, "" where unknown; times in ns."""

    session: int
    transport: str
    parent: int | None = None
    role: str = ""
    local: str = ""
    remote: str = ""
    opened: int = 0
    closed: int | None = None
    reason: str = ""


class SessionBook:
    """What is known of each session that has not ended. `set_codec` and `set_asked` may be called from any
    thread, the rest from one."""

    def __init__(self) -> None:
        self._facts: dict[int, SessionFacts] = {}
        self._codecs: dict[int, tuple[str, str]] = {}
        self._asked: dict[int, tuple[str, str]] = {}

    def set_codec(self, session: int, codec: str, transport: str = "tcp") -> None:
        self._codecs[session] = (codec, transport)

    def set_asked(self, session: int, role: str, address: str) -> None:
        """What it is to be: all that there is to tell of a session that never opens. Any thread."""
        self._asked[session] = (role, address)

    def codec(self, session: int) -> str:
        """The session's own codec, else its listener's, else UTF-8."""
        own = self._codecs.get(session)
        if own is None:
            facts = self._facts.get(session)
            if facts is not None and facts.parent is not None:
                own = self._codecs.get(facts.parent)
        return own[0] if own is not None else "utf-8"

    def facts(self, session: int) -> SessionFacts:
        facts = self._facts.get(session)
        if facts is None:
            transport = self._codecs.get(session, ("", "tcp"))[1]
            facts = self._facts[session] = SessionFacts(session, transport)
        return facts

    def learn(self, note: Note) -> SessionFacts:
        """The session's facts, with what the note tells of them."""
        facts = self.facts(note.session)
        event = note.event
        if not facts.opened:
            facts.opened = note.time
        if isinstance(event, Opened):
            facts.transport = event.transport.value
            facts.parent = event.parent
            facts.role = event.role.value
            facts.local = str(event.local_address)
            facts.remote = "" if event.remote_address is None else str(event.remote_address)
            facts.opened = event.time
        elif isinstance(event, StateChanged):
            if event.address is not None and not facts.role:
                facts.remote = str(event.address)
        elif isinstance(event, Closed):
            facts.closed, facts.reason = event.time, event.reason.value
        elif isinstance(event, OpenFailed):
            facts.closed, facts.reason = event.time, "open_failed"
            facts.role, asked = self._asked.get(note.session, ("", ""))
            if facts.role == "client":
                facts.remote = facts.remote or asked
            else:
                facts.local = facts.local or asked
        return facts

    def forget(self, session: int) -> None:
        """The session has ended."""
        self._facts.pop(session, None)
        self._codecs.pop(session, None)
        self._asked.pop(session, None)


def sender_text(sender: tuple[str, int] | tuple[str, int, int, int]) -> str:
    # The usual sender is IPv4, and a crowd of senders makes this line hot.
    return f"{sender[0]}:{sender[1]}" if len(sender) == 2 else str(Address.from_socket(sender))


Item = tuple[tuple[Event, ...], int] | Command | None


class Intake:
    """The queue in front of a recording thread. Batches are counted in bytes until `done`; messages beyond
    WAITING_LIMIT are left out and counted by session."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Item] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._lost: Counter[int] = Counter()
        self.waiting = 0

    def put(self, batch: tuple[Event, ...]) -> None:
        weight = 0
        for event in batch:
            weight += EVENT_OVERHEAD
            messages = messages_of(event)
            if messages is not None:
                weight += sum(map(len, messages)) + MESSAGE_OVERHEAD * len(messages)
        with self._lock:
            if self.waiting + weight > WAITING_LIMIT:
                batch = self._without_messages(batch)
                weight = EVENT_OVERHEAD * len(batch)
            self.waiting += weight
        if batch:
            self._queue.put((batch, weight))

    def put_command(self, command: Command | None) -> None:
        self._queue.put(command)

    def get(self, timeout: float | None = None) -> Item:
        """The next batch with its weight, a command, or None to stop. Raises `queue.Empty`."""
        return self._queue.get(timeout=timeout)

    def get_nowait(self) -> Item:
        return self._queue.get_nowait()

    def done(self, weight: int) -> None:
        with self._lock:
            self.waiting -= weight

    def take_lost(self) -> list[Note]:
        """A note for each session of which messages were left out since the last call."""
        with self._lock:
            lost, self._lost = self._lost, Counter()
        now = time.time_ns()
        return [
            Note(session, "fault", {"kind": "store_full", "params": {"lost": count}}, now)
            for session, count in lost.items()
        ]

    def _without_messages(self, batch: tuple[Event, ...]) -> tuple[Event, ...]:
        kept: list[Event] = []
        for event in batch:
            messages = messages_of(event)
            if messages is None:
                kept.append(event)
            elif isinstance(event, MessagesReceived | MessagesSent | DatagramsReceived):
                self._lost[event.session] += len(messages)
        return tuple(kept)


def messages_of(event: Event | Record) -> list[bytes] | None:
    """The messages an event brings, None where it is of another kind."""
    if isinstance(event, MessagesReceived | MessagesSent):
        return event.messages
    if isinstance(event, DatagramsReceived):
        return event.datagrams
    return None
