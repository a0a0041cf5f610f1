"""Selects what to record of events: messages as they are, and notes made of most other events."""

from __future__ import annotations

import time
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from msgspec import Struct

from net.address import Address
from net.events import Batch, Event, Fault
from net.sockets.events import (
    Acknowledged,
    Closed,
    DatagramsReceived,
    FaultEnded,
    FaultOccurred,
    FileProgressed,
    FileSent,
    GroupChanged,
    MessagesReceived,
    MessagesRelayed,
    MessagesSent,
    Opened,
    OpenFailed,
    RelayChanged,
    RelayClientChanged,
    SocketCalled,
    StateChanged,
    UrgentReceived,
)

Messages = MessagesReceived | MessagesSent | DatagramsReceived | MessagesRelayed
Detail = dict[str, Any]

_MESSAGES: dict[type, Callable[[Any], list[bytes]]] = {
    MessagesReceived: attrgetter("messages"),
    MessagesSent: attrgetter("messages"),
    DatagramsReceived: attrgetter("datagrams"),
    MessagesRelayed: lambda event: [piece.data for piece in event.pieces],
}


def messages_of(event: Event) -> list[bytes] | None:
    """The messages of an event, None if it is of another kind."""
    messages = _MESSAGES.get(type(event))
    return None if messages is None else messages(event)


def sender_text(sender: tuple[str, int] | tuple[str, int, int, int]) -> str:
    """A raw socket address as `Address`'s text: ``host:port`` or ``[host]:port``."""
    # The usual sender is IPv4, and with many senders this line is hot.
    return f"{sender[0]}:{sender[1]}" if len(sender) == 2 else str(Address.from_socket(sender))


# --- Notes ---


class Note(Struct, frozen=True):
    """A row about a session that is not a message. ``kind``: "state", "opened", "open_failed", "closed",
    "call", "fault", "fault_ended", "urgent", "group", "file", "relay" or "client"; ``detail``: its values,
    JSON-ready; ``event``: the event it was made from, if that is needed later."""

    session: int
    kind: str
    detail: Detail
    time: int
    event: Event | None = None

    @property
    def is_end(self) -> bool:
        """Whether it is the last of its session."""
        return self.kind in ("closed", "open_failed")


Record = Messages | FileSent | Acknowledged | Note


def _of_state(event: StateChanged) -> Note:
    detail: Detail = {"state": event.state.value}
    if event.address is not None:
        detail["address"] = str(event.address)
    return Note(event.session, "state", detail, event.time, event)


def _of_call(event: SocketCalled) -> Note:
    detail = {"call": event.call, "arguments": event.arguments, "result": event.result}
    return Note(event.session, "call", detail, event.time)


def _of_opened(event: Opened) -> Note:
    detail: Detail = {"role": event.role.value, "local": str(event.local_address)}
    if event.remote_address is not None:
        detail["remote"] = str(event.remote_address)
    if event.other_addresses:
        detail["others"] = [str(address) for address in event.other_addresses]
    if event.parent is not None:
        detail["parent"] = event.parent
    tls = event.tls
    if tls is not None:
        detail["tls"] = {
            "version": tls.version,
            "cipher": tls.cipher,
            "verified": tls.verified,
            "peer_name": tls.peer_name,
            "fingerprint": tls.fingerprint,
        }
    return Note(event.session, "opened", detail, event.time, event)


def _of_closed(event: Closed) -> Note:
    detail: Detail = {"reason": event.reason.value}
    if event.fault is not None:
        detail["fault"] = fault_detail(event.fault)
    return Note(event.session, "closed", detail, event.time, event)


def _of_open_failed(event: OpenFailed) -> Note:
    return Note(event.session, "open_failed", fault_detail(event.fault), event.time, event)


def _of_fault(event: FaultOccurred) -> Note:
    return Note(event.session, "fault", fault_detail(event.fault), event.time)


def _of_fault_ended(event: FaultEnded) -> Note:
    detail: Detail = {"kind": event.kind.value}
    if event.fault is not None:
        detail |= {"fault": fault_detail(event.fault), "count": event.count, "since": event.since}
    return Note(event.session, "fault_ended", detail, event.time)


def _of_urgent(event: UrgentReceived) -> Note:
    detail = {"value": event.value, "position": event.position}
    return Note(event.session, "urgent", detail, event.time)


def _of_group(event: GroupChanged) -> Note:
    detail = {"group": str(event.group), "interface": event.interface, "joined": event.joined}
    return Note(event.session, "group", detail, event.time)


def _of_relay(event: RelayChanged) -> Note:
    detail: Detail = {"to_target": str(event.to_target), "to_client": str(event.to_client)}
    if event.seed:
        detail["seed"] = event.seed
    return Note(event.session, "relay", detail, event.time)


def _of_client(event: RelayClientChanged) -> Note:
    return Note(event.session, "client", {"client": str(event.client), "state": event.state}, event.time)


def fault_detail(fault: Fault) -> Detail:
    """A fault as JSON takes it."""
    return {"kind": fault.kind.value, "params": dict(fault.params)}


def _as_it_is(event: Record) -> Record:
    return event


_RECORDS: dict[type, Callable[[Any], Record | None]] = {
    MessagesReceived: _as_it_is,
    MessagesSent: _as_it_is,
    FileSent: _as_it_is,
    DatagramsReceived: _as_it_is,
    MessagesRelayed: _as_it_is,
    Acknowledged: _as_it_is,
    StateChanged: _of_state,
    SocketCalled: _of_call,
    Opened: _of_opened,
    Closed: _of_closed,
    OpenFailed: _of_open_failed,
    FaultOccurred: _of_fault,
    FaultEnded: _of_fault_ended,
    UrgentReceived: _of_urgent,
    GroupChanged: _of_group,
    RelayChanged: _of_relay,
    RelayClientChanged: _of_client,
}


class NoteTaker:
    """Makes records of batches, by each event's type; events without an entry (counters and the like) are not
    recorded. Of a file's progress only the start and the end are."""

    def __init__(self) -> None:
        self._files: set[tuple[int, int]] = set()
        self._records = _RECORDS | {FileProgressed: self._file}

    def take(self, batch: Batch) -> list[Record]:
        """The records of a batch, in order: messages as they are, and notes."""
        records: list[Record] = []
        for event in batch:
            make = self._records.get(type(event))
            record = None if make is None else make(event)
            if record is not None:
                records.append(record)
        return records

    def _file(self, event: FileProgressed) -> Note | None:
        key = (event.session, event.job)
        ended = event.state in ("finished", "cancelled", "failed")
        if key in self._files and not ended:
            return None
        if ended:
            self._files.discard(key)
        else:
            self._files.add(key)
        detail: Detail = {"path": event.path, "sent": event.sent, "size": event.size, "state": event.state}
        if event.sha256:
            detail["sha256"] = event.sha256
        if event.fault is not None:
            detail["fault"] = fault_detail(event.fault)
        return Note(event.session, "file", detail, time.time_ns(), event)


# --- Notes as text ---


def note_text(kind: str, detail: Detail) -> str:
    """A note as one line of plain English, for the JSON lines and the exports (not for the window, which uses
    the user's language)."""
    if kind == "call":
        return (
            f"{detail.get('call', '')} {detail.get('arguments', '')}".strip()
            + f": {detail.get('result') or 'ok'}"
        )
    if kind == "state":
        return f"state {detail.get('state', '')} {detail.get('address', '')}".strip()
    if kind == "opened":
        tls = detail.get("tls")
        local = " ".join([detail.get("local", ""), *detail.get("others", [])])
        ends = f"{local} {detail.get('remote', '')}".strip()
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
        times = f" after {detail['count']} times" if detail.get("count") else ""
        return f"fault over: {detail.get('kind', '')}{times}"
    if kind == "urgent":
        return f"urgent byte {detail.get('value', 0):02x} at {detail.get('position', 0)} of the stream"
    if kind == "group":
        verb = "joined" if detail.get("joined") else "left"
        return f"{verb} {detail.get('group', '')} {detail.get('interface', '')}".strip()
    if kind == "relay":
        seed = f", seed {detail['seed']}" if detail.get("seed") else ""
        there, back = (detail.get(name) or "nothing" for name in ("to_target", "to_client"))
        return f"relay does to the target: {there}; back: {back}{seed}"
    if kind == "client":
        return f"client {detail.get('client', '')} {detail.get('state', '')}"
    if kind == "file":
        fault = detail.get("fault")
        amount = f"{detail.get('sent', 0)} of {detail.get('size', 0)}"
        progress = f"file {detail.get('path', '')}: {detail.get('state', '')}, {amount}"
        if detail.get("sha256"):
            progress += f", sha256 {detail['sha256']}"
        return progress + (f" ({_fault_text(fault)})" if fault else "")
    return kind


def part_text(file: Detail, start: int, stop: int) -> str:
    """A part of a sent file as one line of plain English; ``stop`` is exclusive."""
    digest = f", sha256 {file['sha256']}" if file.get("sha256") else ""
    return f"file {file.get('name', '')}: bytes {start} to {stop} of {file.get('size', 0)}{digest}"


def file_name(path: str) -> str:
    """The last component of a path of any system."""
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def _fault_text(detail: Detail) -> str:
    params = " ".join(f"{name}={value}" for name, value in detail.get("params", {}).items())
    return f"{detail.get('kind', '')} {params}".strip()
