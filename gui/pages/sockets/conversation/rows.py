"""Transcript rows as bubbles and log lines, fetched only for the visible part. No tkinter calls here."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from gui.pages.sockets.relay_settings import NAMED, RELAY_SETTINGS, STREAM_RATE
from gui.pages.sockets.words import tls_words, unbroken
from gui.shared import wording
from gui.shared.i18n import N_, _
from gui.widgets.bubbles import COLLAPSED_CHARACTERS, EXPANDED_CHARACTERS, BubbleRow
from gui.widgets.log_list import MOST_BYTES, MOST_CHARACTERS, LogMode, LogRow, log_text
from gui.widgets.row_source import ShapedRows
from gui.widgets.text_fit import Span
from net.events import Fault, FaultKind
from net.protocol.codec import clean_text, decode_spans, decode_text, split_incomplete
from net.sockets.events import CloseReason, Role, State, Transport

if TYPE_CHECKING:
    from net.transcript.reader import Row, RowFilter, RowPart, TranscriptReader

R = TypeVar("R")
HEAD_BYTES = 32 * 1024
"""Of each message that are read for a pane: more than a screen can show of it."""
FIRST_DECODED = 1024
LOOKED_AT_ONCE = 20_000
ORIGINS: Mapping[str, str] = {"reply": N_("auto-reply"), "repeat": N_("repeated"), "file": N_("file")}
SAID_IN_BUBBLES = frozenset({"half_closed_local", "half_closed_remote"})


@dataclass(frozen=True)
class Scope:
    """Whose rows: a session's, and with ``tree`` those of a listener's connections too. ``parent``: an
    accepted connection's listener."""

    session: int
    tree: bool = False
    parent: int | None = None


class TranscriptRows(Generic[R]):
    """A row source over the transcript. `recount` updates the number of rows; in between it stays the same.

    With a filter the ids of matching rows are kept (8 bytes a row) and extended, examining at most
    LOOKED_AT_ONCE rows of the transcript per call (some 20 ms); ``behind``: there are more to examine.
    Without a filter nothing is kept.
    """

    def __init__(
        self,
        reader: TranscriptReader,
        scope: Scope,
        shape: Callable[[Row], R],
        filter: RowFilter | None = None,
    ) -> None:
        self.scope = scope
        self._reader = reader
        self._shape = shape
        self._filter = filter
        self._ids: array[int] = array("q")
        self._looked_at = 0
        self.behind = False
        self._count = 0
        self.recount()

    def recount(self) -> int:
        if self._filter is None:
            self._count = self._reader.count(self.scope.session, self.scope.tree)
        else:
            session, tree = self.scope.session, self.scope.tree
            stop = self._reader.count(session, tree)
            if stop < self._looked_at:  # the transcript was cleared
                self._ids, self._looked_at = array("q"), 0
            upto = min(stop, self._looked_at + LOOKED_AT_ONCE)
            # If few rows match, all rows after the last match would be examined again each time.
            self._ids.extend(self._reader.select(session, self._filter, tree, self._looked_at, upto))
            self._looked_at, self._count, self.behind = upto, len(self._ids), upto < stop
        return self._count

    def count(self) -> int:
        return self._count

    def fetch(self, start: int, stop: int) -> Sequence[R]:
        """The rows, of whose messages only HEAD_BYTES are read, and decoded when one is looked at."""
        if self._filter is None:
            session, tree = self.scope.session, self.scope.tree
            found = self._reader.fetch(session, start, stop, tree, HEAD_BYTES)
        else:
            found = self._reader.fetch_rows(self._ids[start:stop], HEAD_BYTES)
        return ShapedRows(found, self._shape)

    def part(self, ranges: Sequence[tuple[int, int]]) -> RowPart:
        """The rows of these ranges, to be read on another thread."""
        from net.transcript.reader import RowPart

        if self._filter is None:
            return RowPart(ranges=tuple(ranges))
        ids: array[int] = array("q")
        for start, stop in ranges:
            ids.extend(self._ids[start:stop])
        return RowPart(ids=ids)

    def index_of_position(self, position: int) -> int:
        """The index here of the row at this position of the scope; -1 if the filter leaves it out."""
        if self._filter is None:
            return position if position < self._count else -1
        found = self._reader.fetch(self.scope.session, position, position + 1, self.scope.tree, 0)
        if not found:
            return -1
        from bisect import bisect_left

        at = bisect_left(self._ids, found[0].id)
        return at if at < len(self._ids) and self._ids[at] == found[0].id else -1


def decoded(data: bytes, codec: str) -> tuple[str, tuple[Span, ...]]:
    """A message's text, safe to show, and the spans in it that are marks for undecodable bytes."""
    parts: list[str] = []
    spans: list[Span] = []
    length = 0
    for piece, is_mark in decode_spans(data, codec):
        shown = piece if is_mark else clean_text(piece)
        if is_mark:
            spans.append(Span(length, length + len(shown)))
        parts.append(shown)
        length += len(shown)
    return "".join(parts), tuple(spans)


class Beginning(NamedTuple):
    """The beginning of a message as text; ``whole``: it is all of it."""

    text: str
    spans: tuple[Span, ...]
    whole: bool


def beginning(row: Row, codec: str, least: int | None, most: int = 0) -> Beginning:
    """At least ``least`` characters of a message, if it has as many, and little more: decoding takes time.
    Up to ``most`` of a text that can be read: that is quick, unlike marks for bytes that cannot. ``least``
    None: all of it."""
    data, size = row.data, FIRST_DECODED
    if least is None:
        return Beginning(*decoded(data, codec), whole=True)
    while True:
        part, _held = (data, b"") if size >= row.size else split_incomplete(data[:size], codec)
        text, spans = decoded(part, codec)
        wanted = least if len(text) > len(part) else max(least, most)
        if len(text) >= wanted or size >= len(data):
            return Beginning(text, spans, len(part) == row.size)
        size *= 2


def moment(time_ns: int) -> datetime:
    """Local time with exact microseconds, which a float of seconds would not give."""
    return datetime.fromtimestamp(time_ns // 1_000_000_000).replace(microsecond=time_ns // 1000 % 1_000_000)


def bubble_row(
    row: Row,
    codec: str,
    several: bool = False,
    characters: int | None = COLLAPSED_CHARACTERS,
    shown: int | None = None,
) -> BubbleRow:
    """A message or note as a bubble; a note that only the log shows has no text and takes no room.

    ``several``: there are several peers, so a sent message shows its receiver. ``characters``: of a message
    that are needed at least; None: all. ``shown``: the session whose conversation this is; a note of one of
    its connections says which.
    """
    if row.direction == "note":
        text, tone = note_words(row)
        if row.note == "call" or (row.note == "state" and row.detail.get("state") not in SAID_IN_BUBBLES):
            text = ""
        elif row.note == "open_failed":
            # the full reason is shown above the conversation
            text = _("Could not be opened")
        elif row.note == "closed":
            text = wording.reason_text(CloseReason(row.detail.get("reason", CloseReason.FAILED.value)))
        whose = _connection_of(row, shown)
        if text and whose not in text:
            text = f"{whose} · {text}"
        return BubbleRow(row.id, "note", unbroken(text), moment(row.time), tone=tone)
    if "file" in row.detail:
        about = [wording.size_text(row.size), *([f"→ {row.remote}"] if several else [])]
        meta_text = " · ".join(about)
        return BubbleRow(
            row.id, "out", file_part_words(row), moment(row.time), author=row.remote, meta=meta_text
        )
    text, spans, whole = beginning(row, codec, characters, EXPANDED_CHARACTERS)
    text = without_end(text)
    meta = [wording.size_text(row.size)]
    origin = ORIGINS.get(str(row.detail.get("origin", "")))
    if origin:
        meta.append(_(origin))
    author = row.remote
    if "fate" in row.detail:
        # A relay's row: from its client on the left, back from its target on the right.
        receiver = row.remote if row.direction == "out" else row.local
        author = row.local if row.direction == "out" else row.remote
        meta.append(f"→ {receiver} · {wording.relayed_text(row.detail['fate'], row.detail['delay'])}")
        # That line stands under the last of a group only.
        text, spans = with_fate(text, spans, row)
    elif several and row.direction == "out":
        meta.append(f"→ {row.remote}")
    side: Any = row.direction
    return BubbleRow(
        row.id,
        side,
        text,
        moment(row.time),
        author=author,
        meta=" · ".join(meta),
        spans=spans,
        size=0 if whole else row.size,
    )


def with_fate(text: str, spans: tuple[Span, ...], row: Row) -> tuple[str, tuple[Span, ...]]:
    """A relayed message's text with a mark of its fate, unless it has simply passed."""
    fate = row.detail.get("fate", "passed")
    if fate == "passed":
        return text, spans
    text = text.rstrip("\n")
    marked = f"{text}  {wording.fate_text(fate)}"
    return marked, (*spans, Span(len(text) + 2, len(marked)))


def _connection_of(note: Row, shown: int | None) -> str:
    """The peer of the connection that a note of this listener is about; "" if it is about the listener."""
    return note.remote if shown is not None and note.session != shown else ""


def log_row(
    row: Row, codec: str, characters: int | None = MOST_CHARACTERS, shown: int | None = None
) -> LogRow:
    """A message or note as a line of the log; ``characters`` and ``shown`` as in `bubble_row`."""
    direction: Any = row.direction
    if row.direction == "note":
        text, tone = note_words(row)
        return LogRow(row.id, moment(row.time), direction, _connection_of(row, shown), text, tone=tone)
    if "file" in row.detail:
        text = file_part_words(row)
        return LogRow(row.id, moment(row.time), direction, row.remote, text, size=row.size, is_about=True)
    text, spans, whole = beginning(row, codec, characters)
    text, spans = with_fate(text, spans, row)
    return LogRow(
        row.id,
        moment(row.time),
        direction,
        row.remote,
        text,
        row.data if characters is None else row.data[:MOST_BYTES],
        spans=spans,
        size=row.size,
        whole=whole,
    )


def file_part_words(row: Row) -> str:
    """Which part of a sent file a message is."""
    file = row.detail["file"]
    # counted from 1, as people do
    return _("The file {name}, bytes {first} to {last} of {size}").format(
        name=clean_text(file["name"]),
        first=wording.count_text(row.detail["start"] + 1),
        last=wording.count_text(row.detail["stop"]),
        size=wording.count_text(file["size"]),
    )


def file_facts(file: Mapping[str, Any]) -> str:
    """What identifies a file that was sent: where it was, and its digest."""
    lines = [clean_text(str(file.get("path", "")))]
    if file.get("sha256"):
        lines.append(f"SHA-256 {file['sha256']}")
    return "\n".join(lines)


def copied_text(row: Row, codec: str, mode: LogMode | None, shown: int) -> str:
    """A row as text for the clipboard, whole: as in the log of this mode, or (None) as its bubble; ``shown``
    as there."""
    if mode is not None:
        return log_text(log_row(row, codec, None, shown), mode)
    if row.note or row.detail:
        return bubble_row(row, codec, characters=None, shown=shown).text
    # As the bubble has it, in half the time: there may be a million.
    return without_end(clean_text(decode_text(row.data, codec)))


def without_end(text: str) -> str:
    """The text of a bubble without its line end: most programs end each message with one, which would be an
    empty line in every bubble."""
    return text[:-1].removesuffix("␍") if text.endswith("\n") and len(text) > 1 else text


def detail_words(row: Row) -> tuple[str, str]:
    """A row's title, and its details."""
    when = wording.time_text(row.time, date=True)
    carrier = Transport(row.transport).value.upper() if row.transport else ""
    if row.direction == "note":
        text = note_words(row)[0]
        if row.note == "file":
            text += "\n" + file_facts(row.detail)
        return _("Socket call") if row.note == "call" else _("Note"), f"{when}\n{text}"
    title = _("Sent") if row.direction == "out" else _("Received")
    arrow = f"{row.local} → {row.remote}" if row.direction == "out" else f"{row.local} ← {row.remote}"
    about = [when, f"{carrier} · {wording.bytes_text(row.size)}", arrow]
    if "fate" in row.detail:
        title = _("Relayed")
        about[2] = f"{row.local} → {row.remote}" if row.direction == "out" else f"{row.remote} → {row.local}"
        about.append(wording.relayed_text(row.detail["fate"], row.detail["delay"]))
    if "file" in row.detail:
        about += [file_part_words(row), file_facts(row.detail["file"])]
    return title, "\n".join(about)


def note_words(row: Row) -> tuple[str, Any]:
    """A note as a sentence, and its tone."""
    detail = row.detail
    if row.note == "call":
        return call_text(detail), "normal"
    if row.note == "state":
        return state_words(detail), "normal"
    if row.note == "opened":
        return _opened(row), "ok"
    if row.note == "open_failed":
        fault = stored_fault(detail)
        return wording.fault_text(fault), "normal" if fault.kind is FaultKind.CANCELLED else "error"
    if row.note == "closed":
        return _closed(detail)
    if row.note == "fault":
        return wording.fault_text(stored_fault(detail)), "warn"
    if row.note == "fault_ended":
        return fault_over_words(detail), "ok"
    if row.note == "urgent":
        return wording.urgent_text(int(detail.get("value", 0)), int(detail.get("position", 0))), "normal"
    if row.note == "group":
        sentence = _("Joined the group {group}") if detail.get("joined") else _("Left the group {group}")
        return sentence.format(group=detail.get("group", "")), "ok" if detail.get("joined") else "normal"
    if row.note == "file":
        return _file(detail)
    if row.note == "relay":
        return relay_words(detail, tcp=row.transport == "tcp"), "normal"
    if row.note == "client":
        state = str(detail.get("state", ""))
        text = wording.client_text(str(detail.get("client", "")), state)
        return text, {"came": "ok", "went": "normal"}.get(state, "warn")
    return row.note, "normal"


def fault_over_words(detail: Mapping[str, Any]) -> str:
    """A fault that went on is over, and how often it was met."""
    over = detail.get("fault")
    fault = stored_fault(over) if isinstance(over, dict) else None
    return wording.fault_over_text(fault, int(detail.get("count", 1)), int(detail.get("since", 0)))


def call_text(detail: Mapping[str, Any]) -> str:
    """A socket call as in Python source, and its result: ``bind(('', 80)) → PermissionError``."""
    text = call_head(detail)
    result = clean_text(str(detail.get("result", "")))
    return f"{text} → {result}" if result else text


def call_head(detail: Mapping[str, Any]) -> str:
    arguments = clean_text(str(detail.get("arguments", "")))
    return f"{detail.get('call', '')}({arguments})"


def state_words(detail: Mapping[str, Any]) -> str:
    text = wording.state_text(State(detail.get("state", State.IDLE.value)))
    return f"{text} {detail['address']}" if detail.get("address") else text


def stored_fault(detail: Mapping[str, Any]) -> Fault:
    """The original fault, restored from the transcript."""
    try:
        kind = FaultKind(detail.get("kind", ""))
    except ValueError:
        return Fault(FaultKind.SYSTEM, {"detail": str(detail.get("kind", "?")), "errno": 0})
    params = detail.get("params", {})
    return Fault(kind, params if isinstance(params, dict) else {})


def _opened(row: Row) -> str:
    detail, role = row.detail, Role(row.detail.get("role", Role.CLIENT.value))
    if role is Role.SERVER:
        addresses = " ".join([str(detail.get("local", "")), *map(str, detail.get("others", ()))])
        return _("Listening on {address}").format(address=addresses)
    if role is Role.CLIENT:
        text = _("Connected to {address}").format(address=detail.get("remote", ""))
    elif role is Role.RELAY:
        return _("Relaying from {address} to {target}").format(
            address=detail.get("local", ""), target=detail.get("remote", "")
        )
    elif role is Role.ACCEPTED:
        text = _("{address} connected").format(address=detail.get("remote", ""))
    else:
        return _("Open on {address}").format(address=detail.get("local", ""))
    tls = detail.get("tls")
    if isinstance(tls, dict):
        text += " · " + tls_words(
            str(tls.get("version", "")), str(tls.get("cipher", "")), bool(tls.get("verified"))
        )
    return text


def relay_words(detail: Mapping[str, Any], tcp: bool) -> str:
    """What a relay does from now on."""
    there, back = (setting_words(str(detail.get(name, "")), tcp) for name in ("to_target", "to_client"))
    if there == back:
        text = there
    else:
        text = _("To the target: {there}; back: {back}").format(there=there, back=back)
    if detail.get("seed"):
        text += " · " + _("seed {number}").format(number=detail["seed"])
    return text


def setting_words(text: str, tcp: bool) -> str:
    """A relay's settings in words: "Lost 20 % · Delay 50 ms"."""
    parts = []
    for part in text.split("&"):
        name, _equals, value = part.partition("=")
        words = STREAM_RATE if tcp and name == "rate" else RELAY_SETTINGS.get(name)
        if words is not None:
            parts.append(f"{_(words.label)} {words.shown(value)} {_(words.unit)}".rstrip())
        elif name in NAMED:
            parts.append(f"{_(NAMED[name])} {value}")
        elif name == "stalled":
            parts.append(_("Stalled"))
    return " · ".join(parts) or _("Everything passes unchanged")


def _closed(detail: Mapping[str, Any]) -> tuple[str, Any]:
    reason = CloseReason(detail.get("reason", CloseReason.FAILED.value))
    text = wording.reason_text(reason)
    if isinstance(detail.get("fault"), dict):
        text += "\n" + wording.fault_text(stored_fault(detail["fault"]))
    tone = wording.reason_tone(reason)
    return text, "error" if tone == "error" else "normal"


def _file(detail: Mapping[str, Any]) -> tuple[str, Any]:
    name = clean_text(str(detail.get("path", ""))).replace("\\", "/").rsplit("/", 1)[-1]
    size = wording.size_text(int(detail.get("size", 0)))
    texts = {
        "sending": (_("Sending the file {name} ({size})"), "normal"),
        "finished": (_("The file {name} was sent ({size})"), "ok"),
        "cancelled": (_("Sending {name} was cancelled"), "warn"),
        "failed": (_("Sending {name} failed"), "error"),
    }
    text, tone = texts.get(str(detail.get("state", "")), (_("The file {name}"), "normal"))
    words = text.format(name=name, size=size)
    if isinstance(detail.get("fault"), dict):
        words += "\n" + wording.fault_text(stored_fault(detail["fault"]))
    return words, tone
