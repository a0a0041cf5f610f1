"""What arrives from people: each message is looked up by its type, once, and goes to the part of the chat
that takes it. NetThread only.

A part says in its constructor what it takes: messages outside envelopes (`Inbox.on_message`), bodies out of
envelopes (`Inbox.on_body`), and whether it follows lines as they open and close (`Inbox.watch`). What nobody
takes is skipped: it comes from a newer Duplex.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from net.chat.events import PresenceState, UpdateNeeded
from net.chat.history import History, StoreAction
from net.chat.line import Line
from net.chat.mistakes import Mistakes
from net.chat.pace import Pace
from net.chat.people import Contact, People
from net.chat.troubles import Emit
from net.protocol.chat.cleaning import clean_name
from net.protocol.chat.messages import Wire

STATUSES = {state.value: state for state in (PresenceState.AWAY, PresenceState.BUSY)}
"""What a peer may say of itself besides being online."""

M = TypeVar("M", bound=Wire)
logger = logging.getLogger("duplex.chat")


class LineObserver:
    """Follows the lines to people; each method does nothing where it is not overridden."""

    def opened(self, contact: Contact, line: Line) -> None:
        """``line`` stands; it is the contact's only one."""

    def closed(self, contact: Contact, line: Line) -> None:
        """``line`` is gone. It comes before the next one is opened."""

    def drained(self, contact: Contact) -> None:
        """The contact's line is writable again."""


class Inbox:
    """A `net.chat.line.ChatWire` calls `opened`, `closed`, `plan` and `version_differs`."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        history: History,
        people: People,
        mistakes: Mistakes,
        emit: Emit,
    ) -> None:
        self._loop = loop
        self._history = history
        self._people = people
        self._mistakes = mistakes
        self._emit = emit
        self._messages: dict[type, Callable[[Contact, Line, Any], object]] = {}
        self._bodies: dict[type, Callable[[str, Any], StoreAction | None]] = {}
        self._observers: list[LineObserver] = []
        self._paces: dict[str, Pace] = {}

    # --- Who takes what ---

    def on_message(self, kind: type[M], take: Callable[[Contact, Line, M], object]) -> None:
        """``take(contact, line, message)`` gets messages of this type that come outside envelopes."""
        self._messages[kind] = take

    def on_body(self, kind: type[M], plan: Callable[[str, M], StoreAction | None]) -> None:
        """``plan(identity, body)`` says what a body of this type, out of an envelope, does to the history;
        None: nothing."""
        self._bodies[kind] = plan

    def on_messages(self, kinds: Iterable[type], take: Callable[[Contact, Line, Any], object]) -> None:
        """As `on_message`, for several types."""
        self._messages.update(dict.fromkeys(kinds, take))

    def watch(self, observer: LineObserver) -> None:
        """Those who watch are called in the order in which they began to."""
        self._observers.append(observer)

    # --- Lines ---

    def opened(self, contact: Contact, line: Line) -> None:
        """A line stands; who is at its end has said hello."""
        hello = line.peer_hello
        self._people.rename(contact, hello.name, hello.colour)
        contact.presence = STATUSES.get(hello.status, PresenceState.ONLINE)
        if line.outgoing or hello.port:
            address = line.path if line.outgoing else line.path.with_port(hello.port)
            self._people.address_worked(contact, address)
        self._people.changed(contact)
        self._mistakes.line_opened(contact.identity)
        line.on_message = lambda line, message: self._take(contact, line, message)
        line.on_drained = lambda line: self._drained(contact)
        for observer in self._observers:
            observer.opened(contact, line)

    def closed(self, contact: Contact, line: Line) -> None:
        for observer in self._observers:
            observer.closed(contact, line)
        contact.presence = PresenceState.OFFLINE
        self._people.seen_now(contact)

    def hold(self, line: Line) -> None:
        """The disk is behind: the peer waits until what has come so far is written."""
        line.pause()
        self._history.submit(lambda store: None, lambda _: line.resume())

    def _drained(self, contact: Contact) -> None:
        for observer in self._observers:
            observer.drained(contact)

    # --- Messages ---

    def plan(self, identity: str, body: Wire) -> StoreAction | None:
        """What a body out of an envelope does; nothing where it comes from somebody we refuse."""
        contact = self._people.get(identity)
        plan = self._bodies.get(type(body))
        if plan is None or contact is None or contact.is_refused:
            return None
        return plan(identity, body)

    def _take(self, contact: Contact, line: Line, message: Wire) -> None:
        """A message on a line, outside any envelope unless it is one."""
        try:
            pace = self._paces.get(contact.identity)
            if pace is None:
                pace = self._paces[contact.identity] = Pace(self._loop)
            pace.took(line, message)
            if self._history.congested:
                self.hold(line)
            take = self._messages.get(type(message))
            if take is not None:
                take(contact, line, message)
        except Exception as error:  # ours: what breaks the protocol was found before, and ends the line
            self._mistakes.set_aside(contact.identity, error)

    # --- Other versions ---

    def version_differs(self, identity: bytes, name: str, ours: bool) -> None:
        """Somebody speaks no version that we do; ``ours``: this Duplex is the older one. ``identity`` b"" and
        ``name`` "" where not known."""
        contact = self._people.get(identity.hex()) if identity else None
        shown = clean_name(name, "") or (contact.name if contact is not None else "")
        self._emit(UpdateNeeded(identity.hex(), shown, ours))
