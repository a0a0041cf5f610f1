"""Export of transcript rows to a file: JSON lines, text, CSV or a capture.

It runs on a thread of its own with a reader of its own, so that recording continues. The rows go to
``NAME.part``, which is renamed once it is complete: there is never half a file.

CSV: UTF-8 with byte order mark (so that Excel reads it as UTF-8), fields quoted as in RFC 4180. A text that a
spreadsheet would take for a formula, because it begins with = + - @, tab or carriage return, is prefixed with
an apostrophe; the ``hex`` column has the original bytes.
"""

from __future__ import annotations

import contextlib
import csv
import functools
import hashlib
import io
import ipaddress
import os
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Literal, cast

from msgspec.structs import replace

from net.address import Address, AddressError
from net.events import Batch, Exported, ExportProgressed, Fault, FaultKind
from net.protocol.codec import CodecError, clean_text, decode_text
from net.protocol.pcap import CapturedMessage, CaptureError, CaptureMark, write_capture
from net.sockets.events import CloseReason, Role, State
from net.storage.exporting import ExportCancelled, ExportThreads, part_of
from net.storage.file import written_fault
from net.transcript.commands import Export, TranscriptFormat
from net.transcript.json_lines import json_line, time_text
from net.transcript.notes import Detail, note_text, part_text
from net.transcript.reader import Row, StoredCall, TranscriptReader

CSV_COLUMNS = (
    "time", "session", "transport", "local", "remote", "direction", "size", "hex", "text", "fate"
)  # fmt: skip
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

_BLOCK = 1024 * 1024

Emit = Callable[[Batch], None]


def row_text(row: Row, codec: str) -> str:
    """A row as text: a message with undecodable bytes as marks, or a note's line."""
    if row.note:
        return note_text(row.note, row.detail)
    if "file" in row.detail:
        return part_text(row.detail["file"], row.detail["start"], row.detail["stop"])
    try:
        return decode_text(row.data, codec)
    except CodecError:
        return decode_text(row.data, "utf-8")


def write_jsonl(rows: Iterator[Row], file: BinaryIO, codec: str) -> None:
    """The same lines as ``--transcript`` writes."""
    for row in rows:
        text = row_text(row, codec)
        fate = row.detail.get("fate") if not row.note else None
        more = None if fate is None else (str(fate), round(row.detail["delay"] * 1000, 3))
        part = None if row.note or "file" not in row.detail else _part_facts(row.detail)
        ends = (row.transport, row.local, row.remote)
        line = json_line(row.time, row.session, *ends, row.direction, row.data, text, more, part)
        file.write(line.encode("utf-8", "backslashreplace"))


def _part_facts(detail: Detail) -> dict[str, object]:
    file = detail["file"]
    known = {name: file[name] for name in ("name", "size", "sha256") if file[name] != ""}
    return {**known, "start": detail["start"], "stop": detail["stop"]}


def write_text(rows: Iterator[Row], file: BinaryIO, codec: str) -> None:
    """For people: sender and receiver, then the text; further lines of a message are indented, control
    characters shown as marks."""
    for row in rows:
        ends = {"in": f"{row.remote} -> {row.local}", "out": f"{row.local} -> {row.remote}"}
        head = f"{time_text(row.time)}  {ends.get(row.direction, row.local or row.remote)}"
        text = clean_text(row_text(row, codec).replace("\r\n", "\n")).rstrip("\n").replace("\n", "\n    ")
        mark = "# " if row.note else f"[{row.detail['fate']}] " if "fate" in row.detail else ""
        file.write(f"{head}  {mark}{text}\n".encode("utf-8", "backslashreplace"))


def write_csv(rows: Iterator[Row], file: BinaryIO, codec: str) -> None:
    """A table with a header, one row of the transcript per line; see the module."""
    file.write(b"\xef\xbb\xbf")
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for row in rows:
        text = row_text(row, codec).replace("\0", "⟨00⟩")
        if text.startswith(_FORMULA_STARTS):
            text = "'" + text
        ends = (row.transport, row.local, row.remote)
        size = "" if row.note else row.size
        fate = "" if row.note else row.detail.get("fate", "")
        what = (row.direction, size, row.data.hex(), text, fate)
        writer.writerow((time_text(row.time), row.session, *ends, *what))
        file.write(buffer.getvalue().encode("utf-8", "backslashreplace"))
        buffer.seek(0)
        buffer.truncate()
    file.write(buffer.getvalue().encode())


def write_pcap(rows: Iterator[Row], file: BinaryIO, reader: TranscriptReader) -> None:
    """A pcapng capture with synthesised headers, as its comment says. ``reader``: of these rows. The bytes of
    a file that was sent are read from it; if it is no longer what was sent, they are missing, and the
    sequence numbers go on."""
    files = SentFiles()
    filled = (files.filled(row) for row in rows)
    write_capture(_by_call(_captured(filled), CallsOfRows(reader)), file)


class SentFiles:
    """The files that rows refer to, as far as they are still what was sent."""

    def __init__(self) -> None:
        self._intact: dict[tuple[object, ...], bool] = {}

    def filled(self, row: Row) -> Row:
        """The row with the bytes it refers to; as it is, if it refers to none or they are gone."""
        if row.note or "file" not in row.detail:
            return row
        facts = row.detail["file"]
        key = tuple(facts.values())
        if key not in self._intact:
            self._intact[key] = _is_intact(facts)
        if not self._intact[key]:
            return row
        with contextlib.suppress(OSError), open(facts["path"], "rb") as file:
            file.seek(row.detail["start"])
            data = file.read(row.size)
            if len(data) == row.size:
                return replace(row, data=data)
        return row


def _is_intact(facts: Detail) -> bool:
    """Whether the file holds what was sent: by its digest, or by size and time if not all of it was sent."""
    try:
        # Opening a FIFO could block for ever.
        state = os.stat(facts["path"])
        if not stat.S_ISREG(state.st_mode) or state.st_size != facts["size"]:
            return False
        with open(facts["path"], "rb") as file:
            if not facts["sha256"]:
                return bool(state.st_mtime_ns == facts["modified"])
            digest = hashlib.sha256()
            while block := file.read(_BLOCK):
                digest.update(block)
            return bool(digest.hexdigest() == facts["sha256"])
    except (OSError, ValueError):
        return False


_Captured = tuple[Row, CapturedMessage]


def _by_call(records: Iterator[_Captured], calls: CallsOfRows) -> Iterator[CapturedMessage]:
    """The messages of one recv or send as one record. They are successive rows."""
    call: StoredCall | None = None
    parts: list[CapturedMessage] = []
    for row, record in records:
        of_call = calls.of(row) if record.mark is CaptureMark.DATA else None
        if parts and (of_call is None or of_call is not call):
            yield _joined(parts, call)
            parts = []
        call = of_call
        if of_call is not None:
            parts.append(record)
        else:
            yield record
    if parts:
        yield _joined(parts, call)


def _joined(parts: list[CapturedMessage], call: StoredCall | None) -> CapturedMessage:
    """One record of a call's messages; its comment says what of the call is not in it."""
    data, missing = _bytes_of(parts)
    comment = ""
    if call is not None and call.size != len(data) + missing:
        verb = "recv returned" if call.kind == "received" else "send handed over"
        held = f"{len(parts)} of its {call.rows} messages, {len(data)} bytes"
        comment = f"{verb} {call.size} bytes; this is {held}, without their framing."
        if call.kind == "received" and not call.size:
            comment = "Bytes that an earlier recv had returned, passed on later."
    return replace(parts[0], data=data, missing=missing, comment=comment)


def _bytes_of(parts: list[CapturedMessage]) -> tuple[bytes, int]:
    """The bytes up to the first that are missing, and the number of those from there on."""
    known: list[bytes] = []
    missing = 0
    for part in parts:
        if not missing:
            known.append(part.data)
            missing = part.missing
        else:
            missing += len(part.data) + part.missing
    return b"".join(known), missing


def _captured(rows: Iterator[Row]) -> Iterator[_Captured]:
    """Each message, and what is known of a TCP session's life: a FIN only where one was sent or came."""
    clients: dict[int, bool] = {}
    for row in rows:
        steps: tuple[_Step, ...] = ((CaptureMark.DATA, "in" if row.direction == "in" else "out"),)
        if row.note:
            if row.transport == "udp":
                continue
            if row.note == "opened" and row.detail.get("role") not in (Role.SERVER.value, Role.RELAY.value):
                clients[row.session] = row.detail.get("role") == Role.CLIENT.value
                steps = ((CaptureMark.OPENED, "out"),)
            else:
                steps = _life(row) if row.session in clients else ()
        elif row.detail.get("fate") in ("lost", "queue-full"):
            continue  # the capture is taken behind the relay
        local, remote = _end(row.local), _end(row.remote)
        if local is None or remote is None:
            continue
        for mark, direction in steps:
            yield (
                row,
                CapturedMessage(
                    time_us=row.time // 1000,
                    transport=cast('Literal["tcp", "udp", "tls"]', row.transport),
                    local=local,
                    remote=remote,
                    direction=direction,
                    data=row.data,
                    missing=0 if row.note else row.size - len(row.data),
                    client=clients.get(row.session, True),
                    mark=mark,
                ),
            )


_Step = tuple[CaptureMark, Literal["in", "out"]]


def _life(note: Row) -> tuple[_Step, ...]:
    """What a note tells of the end of a connection."""
    detail = note.detail
    if note.note == "call" and detail.get("call") == "shutdown" and not detail.get("result"):
        return ((CaptureMark.FINISHED, "out"),)
    if note.note == "state" and detail.get("state") == State.HALF_CLOSED_REMOTE.value:
        return ((CaptureMark.FINISHED, "in"),)
    if note.note != "closed":
        return ()
    reason = detail.get("reason")
    if reason == CloseReason.BY_PEER.value:
        return (CaptureMark.FINISHED, "in"), (CaptureMark.FINISHED, "out"), (CaptureMark.ENDED, "out")
    if reason in (CloseReason.BY_ME.value, CloseReason.ENGINE_STOPPED.value):
        return (CaptureMark.FINISHED, "out"), (CaptureMark.ENDED, "out")
    if reason in (CloseReason.RESET.value, CloseReason.ABORTED.value):
        return ((CaptureMark.RESET, "in" if reason == CloseReason.RESET.value else "out"),)
    return ((CaptureMark.ENDED, "out"),)


class CallsOfRows:
    """Finds the call that a message came of. Quick for rows in their order."""

    def __init__(self, reader: TranscriptReader) -> None:
        self._reader = reader
        self._call: StoredCall | None = None

    def of(self, row: Row) -> StoredCall | None:
        """None for UDP, relays, and what an older Duplex recorded."""
        if row.transport == "udp" or "fate" in row.detail:
            return None
        if self._call is None or row.id not in self._call.row_ids:
            self._call = self._reader.call_of(row.id)
        return self._call


def _end(text: str) -> tuple[str, int] | None:
    """An address as the capture takes it; None if the text is no IP address."""
    try:
        address = Address.parse(text)
        ipaddress.ip_address(address.host)
    except (AddressError, ValueError):
        return None
    return address.host, address.port


class Exporter:
    """Runs exports, each on a thread of its own, and emits `ExportProgressed` and `Exported`."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._cancelled: dict[int, threading.Event] = {}
        self.threads = ExportThreads()

    def expect(self, job: int) -> None:
        """The export will start: it can be cancelled from now on. Any thread."""
        self._cancelled[job] = threading.Event()

    def cancel(self, job: int) -> None:
        """End an export before its file is complete, if it has not ended. Any thread."""
        cancelled = self._cancelled.get(job)
        if cancelled is not None:
            cancelled.set()

    def start(self, command: Export, reader: TranscriptReader) -> None:
        """Start an export, which then uses and closes ``reader``."""
        self.threads.start(functools.partial(self._run, command, reader))

    def finish(self) -> None:
        """Wait a little for the exports under way, then cancel them."""
        self.threads.finish()

    def ended(self, command: Export, rows: int, fault: Fault | None) -> None:
        """Report its end. Any thread."""
        self._cancelled.pop(command.job, None)
        self._emit((Exported(command.job, command.path, rows, fault),))

    def _run(self, command: Export, reader: TranscriptReader) -> None:
        path = Path(command.path)
        total = 0

        def progressed(count: int) -> None:
            self._emit((ExportProgressed(command.job, count, total),))

        walked = reader.walk(command.session, command.part)
        rows = self.threads.counted(walked, self._cancelled.get(command.job), progressed)
        fault: Fault | None = None
        try:
            total = _total(command, reader)
            with part_of(path) as part, open(part, "wb") as file:
                _write(command, iter(rows), file, reader)
        except (OSError, sqlite3.Error, CaptureError, ExportCancelled) as error:
            fault = _export_fault(error, path)
        finally:
            reader.close()
        self.ended(command, rows.count if fault is None else 0, fault)


def _total(command: Export, reader: TranscriptReader) -> int:
    if command.part is not None:
        return len(command.part)
    return reader.count(command.session, reader.is_listener(command.session))


def _write(command: Export, rows: Iterator[Row], file: BinaryIO, reader: TranscriptReader) -> None:
    if command.format is TranscriptFormat.JSON_LINES:
        write_jsonl(rows, file, command.codec)
    elif command.format is TranscriptFormat.TEXT:
        write_text(rows, file, command.codec)
    elif command.format is TranscriptFormat.CSV:
        write_csv(rows, file, command.codec)
    else:
        write_pcap(rows, file, reader)


def _export_fault(error: Exception, path: Path) -> Fault:
    if isinstance(error, ExportCancelled):
        return Fault(FaultKind.CANCELLED, {"path": str(path)})
    return written_fault(error, path)
