"""Delivery: what waits in the outbox reaches its receiver once and in order, over whatever links there are.
NetThread only.

**Numbers.** Each direction between two people is a stream: envelopes with rising numbers, which the outbox
gives (`net.chat.history.outbox`), under an id that is made with the database. The sender keeps an envelope
until the receiver has acknowledged its number.

**Acknowledgement.** The receiver stores what an envelope means, and its number, in one transaction; once that
is on the disk it says Delivered(number): I have everything up to here. A number that is not above the one
stored is skipped. So an envelope may be sent as often as it takes, and takes effect once. An envelope that
can't be understood, or whose action fails, is counted all the same: nothing behind it would ever come.

**After a break.** What was sent, and what of it was acknowledged, need not be on our disk: in its Hello each
side says up to which number it has the other's stream, and the other goes on from there. A Hello that does
not know our stream gets it from the beginning; one that names a stream we have never seen is a new outbox,
whose numbers begin anew.

**After a power failure.** An envelope goes out after its commit, and does not wait until the disk has it: a
killed process knows what it sent, but a power failure may take back up to `AHEAD` (256) numbers that the
receiver has. They must not be given to other envelopes, which the receiver would skip: after an end that was
not orderly the numbering goes on 256 higher. An older copy of the profile, put back, may be further behind: a
peer that acknowledges more than was ever numbered is given a stream with a new id (`_renew`).

**Bounds.** At most WINDOW envelopes are on the way unacknowledged; the others wait in the outbox, on the
disk, and are read BATCH at a time. A peer whose envelopes come faster than our disk takes them is not read
from until the disk has caught up (`is_behind`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from net.chat.conversation import Conversation
from net.chat.events import MessageState, MessageStateChanged
from net.chat.history import (
    ConversationCount,
    Envelope,
    FollowUp,
    History,
    HistoryStore,
    StateChange,
    StoreAction,
)
from net.chat.line import Line
from net.chat.mistakes import Mistakes
from net.chat.troubles import Emit
from net.protocol.chat.frames import decode
from net.protocol.chat.messages import MAX_BODY, Delivered, Hello, Queued, Unknown, Wire, WireError

WINDOW = 4096
"""Envelopes sent and not acknowledged above which the next ones wait."""

QUEUED_BYTES = 1024 * 1024
"""Bytes in the link's buffer above which the next envelopes wait."""

BATCH = 128
"""Envelopes read from the outbox at once."""

UNSTORED_BYTES = 4 * 1024 * 1024
"""Bytes of one link's envelopes that wait for the disk above which no more are to be taken from it."""

ENVELOPE_BYTES = 500
"""What an envelope costs in memory besides its body."""

REMOVE_DELAY = 0.02
"""Seconds that an acknowledgement may wait for others before the history follows it."""

SENT_DELAY = 0.05
"""Seconds after which a message that is not acknowledged is reported and stored as sent."""

_NOTHING = b"\x81\xa1t\xa7nothing"  # a body of a kind that nobody knows: it is counted and skipped

logger = logging.getLogger("duplex.chat")


@dataclass(slots=True)
class _Stream:
    """What is on its way to one person. Numbers: ``sent`` up to here, ``acknowledged`` up to here, ``marked``
    as sent in the history up to here; ``waiting``: envelopes in the outbox. ``reading``, ``marking`` and
    ``removing``: the history is at it. ``followed``: messages whose delivery is reported as soon as it is
    acknowledged, by their numbers; ``reported``: those that were, and are not stored as delivered yet."""

    id: bytes = b""
    link: Line | None = None
    sent: int = 0
    acknowledged: int = 0
    marked: int = 0
    reading: bool = False
    marking: bool = False
    removing: bool = False
    due: asyncio.TimerHandle | None = None
    waiting: int = 0
    followed: dict[int, tuple[Conversation, str]] = field(default_factory=dict)
    reported: dict[int, str] = field(default_factory=dict)


_Arrived = tuple[int, StoreAction | None]


@dataclass(slots=True)
class _Received:
    stream: bytes = b""
    number: int = 0


class Delivery:
    """``plan(identity, message)`` says what a body out of an envelope does (None: nothing); it is asked on
    arrival, in order. ``on_stored(count)``: what was reported of messages of this conversation before it was
    stored can now be read."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        history: History,
        emit: Emit,
        mistakes: Mistakes,
        plan: Callable[[str, Wire], StoreAction | None],
        on_stored: Callable[[ConversationCount], object],
    ) -> None:
        self._loop = loop
        self._history = history
        self._emit = emit
        self._mistakes = mistakes
        self._plan = plan
        self._on_stored = on_stored
        self._default = bytes(16)
        self._streams: dict[str, _Stream] = {}
        self._received: dict[str, _Received] = {}
        self._arrived: dict[Line, list[_Arrived]] = {}
        self._unstored: dict[Line, int] = {}
        self._fresh: dict[Line, int] = {}

    def load(self, default: bytes, streams: dict[str, bytes], waiting: dict[str, int]) -> None:
        """``default``: the stream of who is new; ``streams``: of everybody known; ``waiting``: for how many
        envelopes each is waited for."""
        self._default = default
        for identity, stream in streams.items():
            self._streams[identity] = _Stream(id=stream, waiting=waiting.get(identity, 0))

    def learn(self, identity: str) -> None:
        """Somebody new: a stream for them."""
        if identity in self._streams:
            return
        state = self._state(identity)

        def known(stream: bytes) -> None:
            if stream != state.id:
                self._restream(state, stream)

        self._history.submit(lambda store: store.outbox.stream(identity), known)

    def waits(self, identity: str) -> bool:
        """Whether something waits for this person."""
        state = self._streams.get(identity)
        return state is not None and state.waiting > 0

    def hello_fields(self, identity: str) -> tuple[bytes, bytes, int]:
        """(stream, received_stream, received) as they are on the disk now."""
        received = self._received.get(identity) or _Received()
        return self._state(identity).id, received.stream, received.number

    # --- Links ---

    def linked(self, identity: str, link: Line, hello: Hello) -> None:
        """A link stands: what the peer does not have goes out anew."""
        state = self._state(identity)
        state.link, state.reading = link, False
        link.on_taken = lambda link: self._store(identity, link)
        known = hello.received if hello.received_stream == state.id else 0
        state.sent = state.acknowledged = state.marked = known
        received = self._received.setdefault(identity, _Received())
        if received.stream != hello.stream:
            received.stream, received.number = hello.stream, 0
            stream = hello.stream

            def found(number: int) -> None:
                if received.stream == stream and number > received.number:
                    received.number = number
                    link.send(Delivered(number=number))

            self._history.submit(lambda store: store.outbox.received(identity, stream), found)
        if known:
            self._acknowledge(identity, state, known)
        self._read(identity, state)

    def unlinked(self, identity: str, link: Line) -> None:
        state = self._streams.get(identity)
        if state is not None and state.link is link:
            if state.due is not None:
                self._remove(identity, state)
            state.link = None
            state.followed.clear()
        self._arrived.pop(link, None)
        self._unstored.pop(link, None)
        self._fresh.pop(link, None)

    def is_behind(self, link: Line) -> bool:
        """Whether more has come over this link than the disk has kept up with."""
        return self._unstored.get(link, 0) > UNSTORED_BYTES

    # --- Out ---

    def enqueued(self, number: int, identity: str, body: bytes) -> bool:
        """This envelope was committed just now. False where there is no link for it yet."""
        state = self._state(identity)
        state.waiting += 1
        link = state.link
        if link is None:
            return False
        if not state.reading:
            if number == state.sent + 1 and self._has_room(state, link) and len(body) <= MAX_BODY:
                # Where nothing else is under way this one waits for no others to share a record with.
                send = link.send_now if state.sent <= state.acknowledged else link.send
                send(Queued(number=number, body=body))
                self._went(identity, state, number)
            else:
                self._read(identity, state)
        return True

    def follow(self, number: int, identity: str, conversation: Conversation, message: str) -> None:
        """This envelope was committed just now, and its acknowledgement is all that this message of ours
        waits for: it is reported as soon as it comes, and stored after that."""
        state = self._state(identity)
        if number <= state.sent and state.link is not None:
            state.followed[number] = (conversation, message)
            if number <= state.acknowledged:
                self._report_delivered(state)

    def drained(self, identity: str) -> None:
        state = self._streams.get(identity)
        if state is not None and state.waiting:
            self._read(identity, state)

    def dropped(self, identity: str) -> None:
        """Nothing waits any more: the outbox was emptied."""
        state = self._streams.get(identity)
        if state is not None:
            state.waiting = 0

    def _has_room(self, state: _Stream, link: Line) -> bool:
        return state.sent - state.acknowledged < WINDOW and link.queued < QUEUED_BYTES

    def _read(self, identity: str, state: _Stream) -> None:
        link = state.link
        if state.reading or link is None or not link.is_open or not self._has_room(state, link):
            return
        state.reading = True
        above = state.sent

        def found(envelopes: Sequence[Envelope]) -> None:
            if state.link is not link:
                return
            state.reading = False
            if envelopes and state.sent == above:
                link.send_many([self._queued(identity, one) for one in envelopes])
                self._went(identity, state, envelopes[-1].number)
                if len(envelopes) == BATCH:
                    self._read(identity, state)

        self._history.submit(lambda store: store.outbox.unsent(identity, above, BATCH), found, durable=False)

    def _queued(self, identity: str, one: Envelope) -> Queued:
        """Of one that is too long only the number goes: the receiver would end each link over it."""
        if len(one.body) <= MAX_BODY:
            return Queued(number=one.number, body=one.body)
        self._mistakes.set_aside(identity, WireError(f"an envelope of {len(one.body)} bytes"))
        ids = [one.message]
        self._history.submit(
            lambda store: store.messages.set_state(ids, MessageState.REFUSED, identity), self._emit_states
        )
        return Queued(number=one.number, body=_NOTHING)

    def _went(self, identity: str, state: _Stream, number: int) -> None:
        state.sent = number
        if not state.marking:
            state.marking = True
            self._loop.call_later(SENT_DELAY, self._mark, identity, state)

    def _mark(self, identity: str, state: _Stream) -> None:
        """Report as sent what is not acknowledged by now."""
        state.marking = False
        link, above, up_to = state.link, max(state.marked, state.acknowledged), state.sent
        if link is None or above >= up_to:
            return
        state.marked = up_to
        path = str(link.path)
        self._history.submit(
            lambda store: store.sent(identity, above, up_to, path), self._emit_states, durable=False
        )

    def _acknowledge(self, identity: str, state: _Stream, number: int) -> None:
        state.acknowledged = max(state.acknowledged, number)
        self._report_delivered(state)
        if not state.removing and state.due is None:
            state.due = self._loop.call_later(REMOVE_DELAY, self._remove, identity, state)

    def _remove(self, identity: str, state: _Stream) -> None:
        """Take what is acknowledged out of the outbox."""
        if state.due is not None:
            state.due.cancel()
            state.due = None
        state.removing = True
        up_to = state.acknowledged
        path = str(state.link.path) if state.link is not None else ""

        def work(store: HistoryStore) -> tuple[int, int, list[StateChange], list[ConversationCount]]:
            removed, changes = store.acknowledged(identity, up_to, path)
            counts = [store.messages.count(name) for name in {change.conversation for change in changes}]
            return store.outbox.last_number(identity), removed, changes, counts

        def done(result: tuple[int, int, list[StateChange], list[ConversationCount]]) -> None:
            last, removed, changes, counts = result
            state.removing = False
            state.waiting = max(0, state.waiting - removed)
            ahead = self._pop_reported(state, up_to)
            self._emit_states([one for one in changes if one.message not in ahead])
            if ahead:
                for count in counts:
                    self._on_stored(count)
            if last < up_to:
                self._renew(identity, state)
            elif state.acknowledged > up_to:
                self._remove(identity, state)
            elif state.waiting:
                self._read(identity, state)

        self._history.submit(work, done, lambda error: self._not_removed(state, error), durable=False)

    def _report_delivered(self, state: _Stream) -> None:
        """Those that are followed, in their order."""
        if state.link is None:
            return
        path = str(state.link.path)
        while state.followed:
            number = next(iter(state.followed))
            if number > state.acknowledged:
                break
            conversation, message = state.followed.pop(number)
            state.reported[number] = message
            self._emit(MessageStateChanged(conversation, message, MessageState.DELIVERED, path))

    def _pop_reported(self, state: _Stream, up_to: int) -> set[str]:
        """The messages up to this number that `_report_delivered` reported."""
        found = set()
        while state.reported:
            number = next(iter(state.reported))
            if number > up_to:
                break
            found.add(state.reported.pop(number))
        return found

    def _not_removed(self, state: _Stream, error: Exception) -> None:
        state.removing = False
        logger.error("acknowledging: %r", error)

    def _renew(self, identity: str, state: _Stream) -> None:
        """The peer has more than was ever numbered here: this profile is an older copy."""

        self._history.submit(
            lambda store: store.outbox.renew(identity), lambda stream: self._restream(state, stream)
        )

    def _restream(self, state: _Stream, stream: bytes) -> None:
        """The Hello that was sent names another stream: connect and send it anew."""
        state.id = stream
        state.followed.clear()
        state.reported.clear()
        if state.link is not None:
            state.link.close()

    def _state(self, identity: str) -> _Stream:
        state = self._streams.get(identity)
        if state is None:
            state = self._streams[identity] = _Stream(id=self._default)
        return state

    def _emit_states(self, changes: Sequence[StateChange]) -> None:
        for change in changes:
            self._emit(change.event())

    # --- In ---

    def acknowledged(self, identity: str, link: Line, message: Delivered) -> None:
        state = self._streams.get(identity)
        if state is not None and state.link is link and message.number > state.acknowledged:
            self._acknowledge(identity, state, message.number)

    def take(self, identity: str, link: Line, message: Queued) -> None:
        action = None
        try:
            body = decode(message.body)
            if not isinstance(body, Unknown):
                action = self._plan(identity, body)
        except WireError as error:
            # It can't be understood now or later: it is taken, or nothing behind it would ever come.
            self._mistakes.log(identity, error, "an envelope")
        except Exception as error:  # likewise: it would end this link, and each one after it
            self._mistakes.set_aside(identity, error)
        arrived = self._arrived.get(link)
        if arrived is None:
            arrived = self._arrived[link] = []
        arrived.append((message.number, action))
        self._unstored[link] = self._unstored.get(link, 0) + len(message.body) + ENVELOPE_BYTES
        self._fresh[link] = self._fresh.get(link, 0) + len(message.body) + ENVELOPE_BYTES

    def _store(self, identity: str, link: Line) -> None:
        arrived = self._arrived.pop(link, None)
        if not arrived:
            return
        stream = link.peer_hello.stream
        last = max(number for number, _ in arrived)
        size = self._fresh.pop(link, 0)

        def work(store: HistoryStore) -> list[FollowUp]:
            follow_ups = []
            for number, action in arrived:
                if store.outbox.receive(identity, stream, number) and action is not None:
                    follow_up = action(store)
                    if follow_up is not None:
                        follow_ups.append(follow_up)
            return follow_ups

        def done(follow_ups: list[FollowUp]) -> None:
            self._written(link, size)
            self._stored(identity, link, last)
            for follow_up in follow_ups:
                self._follow_up(identity, follow_up)

        def failed(error: Exception) -> None:
            self._mistakes.log(identity, error, "storing what came together")
            self._written(link, size)
            for number, action in arrived:
                self._store_one(identity, link, stream, number, action)

        self._history.submit(work, done, failed)

    def _store_one(
        self, identity: str, link: Line, stream: bytes, number: int, action: StoreAction | None
    ) -> None:
        """One of several is wrong in itself: it is skipped, the others are not."""

        def work(store: HistoryStore) -> FollowUp | None:
            new = store.outbox.receive(identity, stream, number)
            return action(store) if new and action is not None else None

        def done(follow_up: FollowUp | None) -> None:
            self._stored(identity, link, number)
            if follow_up is not None:
                self._follow_up(identity, follow_up)

        def failed(error: Exception) -> None:
            self._mistakes.set_aside(identity, error)
            self._history.submit(
                lambda store: store.outbox.receive(identity, stream, number),
                lambda _: self._stored(identity, link, number),
            )

        self._history.submit(work, done, failed)

    def _follow_up(self, identity: str, follow_up: FollowUp) -> None:
        try:
            follow_up()
        except Exception as error:  # it is stored; what follows on others is still to be done
            self._mistakes.set_aside(identity, error)

    def _written(self, link: Line, size: int) -> None:
        if link in self._unstored:
            self._unstored[link] -= size

    def _stored(self, identity: str, link: Line, number: int) -> None:
        received = self._received.setdefault(identity, _Received())
        if received.stream == link.peer_hello.stream:
            received.number = max(received.number, number)
        link.send_now(Delivered(number=number))
