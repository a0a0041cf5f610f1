"""The transcript as a sequence diagram: one step becomes no row, one or several.

What is observed are calls: a recv that returned so many bytes, with the messages that its framing made of
them inside it; a send, a connect(), a close(). The arrows between the two ends are derived, each from a fact
(RFC 9293): what recv returned has come from the peer; what we sent has arrived when the kernel tells that it
is acknowledged, and until then its arrow ends on its way; recv returned nothing, so a FIN came. What nothing
tells is not drawn: not the acknowledgements that our own kernel sends, for instance.

Only the few notes are kept in memory; the index of any other step among the rows is computed, so a million
messages cost nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace

from gui.pages.sockets.conversation.rows import (
    Scope,
    call_head,
    decoded,
    detail_words,
    relay_words,
    stored_fault,
)
from gui.pages.sockets.diagram.steps import CallSteps, MessageSteps, Step, Steps
from gui.shared import wording
from gui.shared.i18n import _, ngettext, pgettext
from gui.widgets.sequence_drawing import Kind, Mark, SequenceRow, Tone
from net.address import Address
from net.protocol.codec import clean_text
from net.sockets.events import CloseReason

if TYPE_CHECKING:
    from net.transcript.reader import Row, StoredCall, TranscriptReader

KEY_PLACES = 8
PREVIEW = 24
PREVIEW_BYTES = PREVIEW * 4
NOTES_AT_ONCE = 5_000
STEPS_BACK = 20_000
"""A diagram begins at most this many steps before the end: nobody reads a million arrows, and finding their
notes takes time."""
GIVES_SOMETHING = frozenset({"accept", "socket"})
UNKNOWN = "?"
"""Beside an arrow: nobody told whether it arrived."""
RESETTING = "SOL_SOCKET, SO_LINGER, (1, 0)"
"""The setsockopt after which close() sends RST."""

Way = Literal["out", "in"]
_RAW_ADDRESS = re.compile(r"\('([^']*)', (\d+)")


@dataclass(slots=True)
class _Ends:
    """Which ends of a connection have sent FIN already, and whether closing it sends RST."""

    ours: bool = False
    theirs: bool = False
    broken: bool = False


@dataclass(frozen=True)
class Picked:
    """What is shown of a row that was clicked. ``derived``: Duplex has not seen it; ``data``: the beginning
    of its messages, ``size`` bytes in all."""

    title: str
    about: str
    data: bytes = b""
    derived: bool = False
    size: int = 0


class SequenceRows:
    """A row source for the diagram. ``tcp``: of a TCP session that is no relay.

    In the diagram of a listener, an endpoint or a relay each row tells its peer.
    """

    def __init__(self, reader: TranscriptReader, scope: Scope, codec: str, tcp: bool) -> None:
        self.scope = scope
        self.codec = codec
        self._reader = reader
        self._tcp = tcp
        has_calls = tcp and (reader.count_calls(scope.session, scope.tree) or not reader.count(scope.session))
        self._older = tcp and not has_calls
        self._steps: Steps = CallSteps(reader, scope) if has_calls else MessageSteps(reader, scope)
        self._ends: dict[int, _Ends] = {}
        self._positions: list[int] = []
        self._starts: list[int] = []
        self._rows: list[tuple[SequenceRow, ...]] = []
        self._our_fins: dict[int, int] = {}
        self._closed: set[int] = set()
        self._acks: dict[int, StoredCall | None] = {}
        self._peers: dict[int, str] = {}
        self._base = max(0, self._steps.count() - STEPS_BACK)
        self._total = self._base
        self._origin: int | None = None
        self.recount()
        self._heads = self._head_rows()

    def _head_rows(self) -> list[SequenceRow]:
        texts = []
        if self._older:
            texts.append(_("Recorded by an older Duplex: without calls, without ACKs"))
        if self._base:
            texts.append(_("{count} earlier ones: see the log").format(count=wording.count_text(self._base)))
        return [
            SequenceRow(-1 - number, "", "note", "", text, tone="mute") for number, text in enumerate(texts)
        ]

    def recount(self) -> bool:
        """Check for new steps. True if rows that were fetched before look different now, because more of what
        they sent is acknowledged."""
        total = self._steps.count()
        if total == self._total:
            return False
        if self._origin is None:
            first = self._steps.fetch(self._base, self._base + 1)
            self._origin = first[0].time if first else None
        closed = len(self._closed)
        self._take_notes(self._total, total)
        self._total = total
        before, self._acks = self._acks, {}
        return any(self._ack(session) != ack for session, ack in before.items()) or len(self._closed) > closed

    def _take_notes(self, start: int, stop: int) -> None:
        """Remember the notes among the steps of these positions."""
        for first in range(start, stop, NOTES_AT_ONCE):
            for step in self._steps.notes(first, min(stop, first + NOTES_AT_ONCE)):
                if step.messages:
                    self._starts.append(self._index(step.position))
                    self._positions.append(step.position)
                    self._rows.append(self._note(step, step.messages[0]))

    def count(self) -> int:
        return self._index(self._total) + len(self._heads)

    def _index(self, position: int) -> int:
        """The index of the first row of the step at this position; all notes before it must be known."""
        known = bisect_right(self._positions, position - 1)
        if not known:
            return position - self._base
        after = self._starts[known - 1] + len(self._rows[known - 1])
        return after + position - self._positions[known - 1] - 1

    def _locate(self, index: int) -> int:
        """The position of the step to which this row belongs."""
        note = bisect_right(self._starts, index) - 1
        if note < 0:
            return self._base + index
        rest = index - self._starts[note] - len(self._rows[note])
        return self._positions[note] if rest < 0 else self._positions[note] + 1 + rest

    def fetch(self, start: int, stop: int) -> Sequence[SequenceRow]:
        stop = min(stop, self.count())
        head = self._heads[start:stop]
        start, stop = max(0, start - len(self._heads)), stop - len(self._heads)
        if stop <= start:
            return head
        first, last = self._locate(start), self._locate(stop - 1)
        rows: list[SequenceRow] = []
        for step in self._steps.fetch(first, last + 1):
            rows += self._of_step(step)
        skip = start - self._index(first)
        return head + rows[skip : skip + stop - start]

    # --- What a row says when it is clicked ---

    def picked(self, key: int) -> Picked | None:
        step = self._steps.find(key // KEY_PLACES) if key >= 0 else None
        if step is None:
            return None
        row = step.messages[0] if step.messages else None
        if step.kind == "note":
            if row is None:
                return None
            title, about = detail_words(row)
            return Picked(title, about, derived=self._is_derived(step, key))
        when = wording.time_text(step.time, date=True)
        if step.kind in ("acknowledged", "finished", "untold"):
            about = self._ack_text(step)
            return Picked(
                pgettext("TCP", "Acknowledgement"), f"{when}\n{about}", derived=step.kind != "untold"
            )
        if row is None:
            return Picked(_("Received"), f"{when}\n{self._call_text(step)}")
        title, about = detail_words(row)
        if isinstance(self._steps, CallSteps):
            ends = about.splitlines()[-1]
            about = f"{when}\n{self._call_text(step)}\n{ends}"
            if step.kind == "sent":
                about += "\n" + self._arrival(step)[2]
        size = sum(row.size for row in step.messages)
        return Picked(title, about, b"".join(row.data for row in step.messages), size=size)

    def _is_derived(self, step: Step, key: int) -> bool:
        note = bisect_right(self._positions, step.position) - 1
        return any(row.key == key and row.mark == "derived" for row in self._rows[note] if note >= 0)

    def _call_text(self, step: Step) -> str:
        size = wording.bytes_text(step.size)
        messages = ngettext("{count} message", "{count} messages", step.rows).format(
            count=wording.count_text(step.rows)
        )
        if step.kind == "sent":
            return _("send, {size}: {messages}").format(size=size, messages=messages)
        if not step.size:
            return _("{messages} of bytes that had been held back").format(messages=messages)
        if not step.rows:
            return _("recv returned {size}: no whole message yet").format(size=size)
        return _("recv returned {size}: {messages}").format(size=size, messages=messages)

    def _ack_text(self, step: Step) -> str:
        if step.kind == "untold":
            return _("This system does not tell what was acknowledged")
        texts = []
        if step.size:
            told = _("The kernel said: the peer's kernel has the first {size}. When it came is not known.")
            texts.append(told.format(size=wording.bytes_text(step.stop)))
        if step.kind == "finished":
            texts.append(_("The FIN is acknowledged too."))
        return "\n".join(texts)

    # --- Steps ---

    def _of_step(self, step: Step) -> Sequence[SequenceRow]:
        if step.kind == "note":
            note = bisect_right(self._positions, step.position) - 1
            found = self._rows[note] if note >= 0 and self._positions[note] == step.position else ()
            return [self._with_fate(row) for row in found]
        if step.kind == "untold":
            text = _("This system does not tell what was acknowledged")
            return [self._row(step, 0, "note", text, tone="mute")]
        if step.kind in ("acknowledged", "finished"):
            return [self._acknowledgement(step)]
        fate = step.messages[0].detail.get("fate", "") if step.messages else ""
        return [self._relayed(step, step.messages[0], fate) if fate else self._bytes(step)]

    def _row(
        self, step: Step, number: int, kind: Literal["call", "note"], label: str, tone: Tone
    ) -> SequenceRow:
        return SequenceRow(
            step.id * KEY_PLACES + number, self._time(step), kind, "", label, tone=tone, peer=self._peer(step)
        )

    def _bytes(self, step: Step) -> SequenceRow:
        """A call that carried bytes, its messages inside it."""
        name = "recv" if step.kind == "received" else "send"
        if not self._tcp:
            name = "recvfrom" if step.kind == "received" else "sendto"
        label = f"{name} {wording.size_text(step.size)}"
        if self._older:
            label = wording.size_text(step.size)
        elif not step.size and self._tcp:
            label = _("held back")
        direction: Way = "in" if step.kind == "received" else "out"
        arrives, detail, _sentence = self._arrival(step)
        return SequenceRow(
            key=step.id * KEY_PLACES,
            time_text=self._time(step),
            kind="bytes",
            direction=direction,
            label=label,
            detail=detail,
            mark="derived" if self._older else "observed",
            parts=tuple(self._preview(row) for row in step.messages),
            messages=step.rows,
            arrives=arrives,
            flies=bool(step.size) or not self._tcp,
            peer=self._peer(step),
        )

    def _arrival(self, step: Step) -> tuple[bool, str, str]:
        """Whether the bytes are known to have arrived, a word for it, and a sentence."""
        if step.kind == "received":
            return True, "" if step.rows else _("no whole message yet"), ""
        unknown = _("Nobody told whether it arrived.")
        if not isinstance(self._steps, CallSteps):
            return False, UNKNOWN, unknown
        ack = self._ack(step.session)
        if ack is not None and ack.kind == "untold":
            return False, UNKNOWN, unknown
        acked = 0 if ack is None else min(ack.stop, step.stop) - step.start
        if acked >= step.size:
            return True, "", _("Acknowledged: the peer's kernel has it.")
        if acked > 0:
            done, size = wording.size_text(acked), wording.size_text(step.size)
            part = _("{size} of {asked}").format(size=done, asked=size)
            return False, part, _("{count} of {size} acknowledged").format(count=done, size=size)
        return False, _("not acknowledged"), _("Not acknowledged: whether it arrived is not known.")

    def _preview(self, row: Row) -> str:
        if "file" in row.detail:
            return clean_text(row.detail["file"]["name"])
        text, _spans = decoded(row.data[:PREVIEW_BYTES], self.codec)
        text = " ".join(text.split())
        if len(text) > PREVIEW or row.size > PREVIEW_BYTES:
            text = text[:PREVIEW].rstrip() + "…"
        return text or wording.size_text(row.size)

    def _acknowledgement(self, step: Step) -> SequenceRow:
        parts = []
        if step.rows > 1:
            sends = ngettext("{count} send", "{count} sends", step.rows)
            parts.append(sends.format(count=wording.count_text(step.rows)))
        if step.size:
            parts.append(wording.size_text(step.size))
        if step.kind == "finished":
            parts.append("FIN")
        return SequenceRow(
            step.id * KEY_PLACES,
            self._time(step),
            "arrow",
            "in",
            "ACK",
            " · ".join(parts),
            "derived",
            "mute",
            peer=self._peer(step),
        )

    def _relayed(self, step: Step, row: Row, fate: str) -> SequenceRow:
        """A relay's two ends are its clients, left, and its target."""
        return SequenceRow(
            key=step.id * KEY_PLACES,
            time_text=self._time(step),
            kind="arrow",
            direction="in" if row.direction == "out" else "out",
            label=self._preview(row),
            detail=wording.relayed_text(fate, row.detail["delay"]),
            mark="simulated" if fate != "passed" else "observed",
            lost=fate in ("lost", "queue-full"),
            peer=self._peer(step),
        )

    def _with_fate(self, row: SequenceRow) -> SequenceRow:
        """A FIN of ours, as it looks now."""
        session = self._our_fins.get(row.key)
        if session is None:
            return row
        ack = self._ack(session)
        if ack is not None and ack.kind == "finished":
            return row
        unknown = self._older or session in self._closed or (ack is not None and ack.kind == "untold")
        return replace(row, arrives=False, detail=UNKNOWN if unknown else _("not acknowledged"))

    def _ack(self, session: int) -> StoredCall | None:
        """What was told last of the acknowledgements of a session."""
        if session not in self._acks:
            self._acks[session] = self._reader.acknowledged(session)
        return self._acks[session]

    def _peer(self, step: Step) -> str:
        """The peer of a row, where there are several."""
        if (self._tcp and not self.scope.tree) or (
            step.kind == "note" and step.session == self.scope.session
        ):
            return ""
        if step.messages and step.messages[0].remote:
            return step.messages[0].remote
        if step.session not in self._peers:
            self._peers[step.session] = self._reader.remote_of(step.session)
        return self._peers[step.session]

    def _time(self, step: Step) -> str:
        """The time since the first step: milliseconds below ten seconds, then seconds."""
        passed = (step.time - (self._origin or step.time)) / 1e6
        if passed < 9_999.5:
            return f"{passed:.1f}" if passed < 99.95 else f"{passed:.0f}"
        seconds = passed / 1000
        return f"{seconds:.1f}s" if seconds < 999.5 else f"{int(seconds) // 60}m"

    # --- Notes ---

    def _note(self, step: Step, row: Row) -> tuple[SequenceRow, ...]:
        page = _NoteRows(step, self._time(step), self._peer(step))
        ends = self._ends.setdefault(row.session, _Ends())
        detail = row.detail
        if row.note == "call":
            self._call(row, ends, page)
        elif row.note == "state" and detail.get("state") == "half_closed_remote" and not ends.theirs:
            self._their_end(ends, page)
        elif row.note == "opened" and detail.get("parent") is not None and not self.scope.tree:
            # the accept() that reports it belongs to the listener
            page.derive(("in", "SYN"), ("out", "SYN+ACK"), ("in", "ACK"))
        elif row.note == "open_failed":
            page.add("note", wording.fault_text(stored_fault(detail)), tone="error")
        elif row.note == "fault":
            page.add("note", wording.fault_text(stored_fault(detail)), tone="warn")
        elif row.note == "group":
            page.add("note", f"IGMP · {detail.get('group', '')}")
        elif row.note == "relay":
            page.add("note", relay_words(detail, tcp=row.transport == "tcp"), tone="info")
        elif row.note == "client":
            client, state = str(detail.get("client", "")), str(detail.get("state", ""))
            page.add("note", wording.client_text(client, state))
        elif row.note == "closed":
            reason = CloseReason(detail.get("reason", CloseReason.FAILED.value))
            if self._tcp and row.remote:
                self._farewell(reason, ends, page)
            page.add("note", wording.reason_text(reason), tone=wording.reason_tone(reason))
            self._ends.pop(row.session, None)
            self._closed.add(row.session)
        return tuple(page.rows)

    def _call(self, row: Row, ends: _Ends, page: _NoteRows) -> None:
        call, result = str(row.detail.get("call", "")), str(row.detail.get("result", ""))
        failed = bool(result) and call not in GIVES_SOMETHING
        if call == "accept" and not failed:
            if self.scope.tree:
                page.peer = page.peer or _address_in(result)
            page.derive(("in", "SYN"), ("out", "SYN+ACK"), ("in", "ACK"))
        if call == "setsockopt" and row.detail.get("arguments") == RESETTING:
            ends.broken = True
        page.add(
            "call",
            call_head(row.detail),
            "" if call == "accept" and page.peer else result,
            "error" if failed else "mute" if call == "setsockopt" else "normal",
        )
        if not self._tcp:
            return
        if call == "connect" and not failed:
            page.derive(("out", "SYN"), ("in", "SYN+ACK"), ("out", "ACK"))
        elif call == "connect" and result == "ECONNREFUSED":
            page.derive(("out", "SYN"), ("in", "RST"))
        elif call == "connect" and result == "ETIMEDOUT":
            page.derive(("out", "SYN"), detail=pgettext("datagram", "no answer"))
        elif call == "shutdown" and not failed:
            self._our_end(ends, page)

    def _our_end(self, ends: _Ends, page: _NoteRows) -> None:
        if not ends.ours:
            ends.ours = True
            self._our_fins[page.next_key] = page.step.session
            page.derive(("out", "FIN"))

    @staticmethod
    def _their_end(ends: _Ends, page: _NoteRows) -> None:
        ends.theirs = True
        page.derive(("in", "FIN"))
        page.add("call", "recv", f"b''  {pgettext('call', 'the end')}")

    def _farewell(self, reason: CloseReason, ends: _Ends, page: _NoteRows) -> None:
        if reason is CloseReason.RESET:
            page.derive(("in", "RST"))
        elif ends.broken or reason is CloseReason.ABORTED:
            page.derive(("out", "RST"), detail=UNKNOWN)
        elif reason in (CloseReason.BY_PEER, CloseReason.BY_ME, CloseReason.ENGINE_STOPPED):
            if reason is CloseReason.BY_PEER and not ends.theirs:
                self._their_end(ends, page)
            self._our_end(ends, page)


class _NoteRows:
    """The rows of one note, as they are added. The first has the time."""

    def __init__(self, step: Step, time_text: str, peer: str) -> None:
        self.step = step
        self.rows: list[SequenceRow] = []
        self.peer = peer
        self._time_text = time_text

    @property
    def next_key(self) -> int:
        return self.step.id * KEY_PLACES + len(self.rows)

    def add(self, kind: Literal["call", "note"], label: str, detail: str = "", tone: Tone = "normal") -> None:
        self._put(kind, "", label, detail, "observed", tone)

    def derive(self, *arrows: tuple[Way, str], detail: str = "") -> None:
        """Segments; with ``detail`` they end on their way, where it stands."""
        for direction, label in arrows:
            self._put("arrow", direction, label, detail, "derived", "error" if label == "RST" else "info")

    def _put(
        self, kind: Kind, direction: Way | Literal[""], label: str, detail: str, mark: Mark, tone: Tone
    ) -> None:
        self.rows.append(
            SequenceRow(
                key=self.next_key,
                time_text="" if self.rows else self._time_text,
                kind=kind,
                direction=direction,
                label=label,
                detail=detail,
                mark=mark,
                tone=tone,
                arrives=not (mark == "derived" and detail),
                peer=self.peer,
            )
        )


def _address_in(text: str) -> str:
    """The address in a raw one's repr: ``('127.0.0.1', 80)``."""
    found = _RAW_ADDRESS.search(text)
    return str(Address(found[1], int(found[2]))) if found else ""
