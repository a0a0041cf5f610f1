"""The facts about each session that has not ended, learned from notes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from net.sockets.events import Closed, Opened, OpenFailed, StateChanged
from net.transcript.notes import Note


class SessionFacts(Struct):
    """The facts that events gave about a session. Addresses are text, "" if unknown; times in ns."""

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
    """The facts about each session that has not ended. `set_codec` and `set_requested` may be called from any
    thread, the other methods from one."""

    def __init__(self) -> None:
        self._facts: dict[int, SessionFacts] = {}
        self._codecs: dict[int, tuple[str, str]] = {}
        self._requested: dict[int, tuple[str, str]] = {}
        self._lessons: dict[type, Callable[[SessionFacts, Any], None]] = {
            Opened: self._opened,
            StateChanged: self._state_changed,
            Closed: self._closed,
            OpenFailed: self._open_failed,
        }

    def set_codec(self, session: int, codec: str, transport: str = "tcp") -> None:
        """The codec of a session's text, and its transport. Any thread."""
        self._codecs[session] = (codec, transport)

    def set_requested(self, session: int, role: str, address: str) -> None:
        """The requested role and address: all that is known of a session that never opens. Any thread."""
        self._requested[session] = (role, address)

    def codec(self, session: int) -> str:
        """The session's own codec, else its listener's, else UTF-8."""
        own = self._codecs.get(session)
        if own is None:
            facts = self._facts.get(session)
            if facts is not None and facts.parent is not None:
                own = self._codecs.get(facts.parent)
        return own[0] if own is not None else "utf-8"

    def facts(self, session: int) -> SessionFacts:
        """The facts of a session; an unknown one is added."""
        facts = self._facts.get(session)
        if facts is None:
            transport = self._codecs.get(session, ("", "tcp"))[1]
            facts = self._facts[session] = SessionFacts(session, transport)
        return facts

    def learn(self, note: Note) -> SessionFacts:
        """The session's facts, updated by the note."""
        facts = self.facts(note.session)
        if not facts.opened:
            facts.opened = note.time
        learn = self._lessons.get(type(note.event))
        if learn is not None:
            learn(facts, note.event)
        return facts

    def forget(self, session: int) -> None:
        """The session has ended."""
        self._facts.pop(session, None)
        self._codecs.pop(session, None)
        self._requested.pop(session, None)

    def _opened(self, facts: SessionFacts, event: Opened) -> None:
        facts.transport = event.transport.value
        facts.parent = event.parent
        facts.role = event.role.value
        facts.local = str(event.local_address)
        facts.remote = "" if event.remote_address is None else str(event.remote_address)
        facts.opened = event.time

    def _state_changed(self, facts: SessionFacts, event: StateChanged) -> None:
        if event.address is not None and not facts.role:
            facts.remote = str(event.address)

    def _closed(self, facts: SessionFacts, event: Closed) -> None:
        facts.closed, facts.reason = event.time, event.reason.value

    def _open_failed(self, facts: SessionFacts, event: OpenFailed) -> None:
        facts.closed, facts.reason = event.time, "open_failed"
        facts.role, asked = self._requested.get(event.session, ("", ""))
        if facts.role == "client":
            facts.remote = facts.remote or asked
        else:
            facts.local = facts.local or asked
