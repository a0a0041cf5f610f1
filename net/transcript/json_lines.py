"""The transcript as a live stream of JSON lines, to a file, a FIFO or standard output.

A thread of its own writes it: a pipe that nobody reads blocks neither the network nor the store.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import select
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NoReturn

from net.events import Batch, Fault, StoreFaulted
from net.protocol.codec import CodecError, decode_text
from net.sockets.events import Acknowledged, DatagramsReceived, FileSent, MessagesRelayed, MessagesSent
from net.storage.file import fault_of
from net.transcript.intake import Arrived, Intake
from net.transcript.notes import (
    Note,
    NoteTaker,
    Record,
    file_name,
    messages_of,
    note_text,
    part_text,
    sender_text,
)
from net.transcript.session_book import SessionBook

RETRY_SECONDS = 1.0
"""Seconds between two attempts to write while it fails, and how long a full pipe counts as merely slow."""

STOP_PATIENCE = 2.0
"""Seconds that stopping keeps trying to write what is waiting."""

_PIECE = 64 * 1024
_PIPE_PIECE = 4096  # PIPE_BUF: a writable pipe accepts that much without blocking
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_encode = json.encoder.encode_basestring

Emit = Callable[[Batch], None]


def time_text(time_ns: int) -> str:
    """UTC in ISO 8601 with microseconds: ``2026-11-22T08:00:00.000000Z``."""
    moment = _EPOCH + timedelta(microseconds=time_ns // 1000)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def json_line(
    time_ns: int,
    session: int,
    transport: str,
    local: str,
    remote: str,
    direction: str,
    data: bytes,
    text: str,
    more: tuple[str, float] | None = None,
    file: dict[str, object] | None = None,
) -> str:
    """One line with its end. ``direction``: "in", "out" or "note". ``more``: of a relayed message, its fate
    and the milliseconds it was kept. ``file``: of a part of a sent file, what it is a part of."""
    head = _line_head(time_ns, session, transport, local, remote, direction)
    tail = f',"fate":"{more[0]}","delay_ms":{more[1]:g}' if more is not None else ""
    if file is not None:
        tail = f',"file":{json.dumps(file, ensure_ascii=False, separators=(",", ":"))}'
    return f'{head}{data.hex()}","text":{_encode(text)}{tail}}}\n'


def _line_head(time_ns: int, session: int, transport: str, local: str, remote: str, direction: str) -> str:
    return (
        f'{{"time":"{time_text(time_ns)}","session":{session},"transport":"{transport}","local":{_encode(local)},'
        f'"remote":{_encode(remote)},"direction":"{direction}","hex":"'
    )


def lines_of(record: Record, book: SessionBook) -> Iterator[str]:
    """The lines of a record; ``book`` learns from notes. What is acknowledged has none."""
    session = record.session
    if isinstance(record, Acknowledged):
        return
    if isinstance(record, Note):
        facts = book.learn(record)
        text = note_text(record.kind, record.detail)
        yield json_line(record.time, session, facts.transport, facts.local, facts.remote, "note", b"", text)
        return
    facts = book.facts(session)
    codec = book.codec(session)
    if isinstance(record, FileSent):
        remote = facts.remote if record.remote_address is None else str(record.remote_address)
        name, stop = file_name(record.file.path), record.start + record.size
        part = {"name": name, "size": record.file.size, "start": record.start, "stop": stop}
        text = part_text(part, record.start, stop)
        yield json_line(
            record.time, session, facts.transport, facts.local, remote, "out", b"", text, file=part
        )
        return
    messages = messages_of(record) or []
    if isinstance(record, DatagramsReceived):
        for data, sender in zip(messages, record.senders, strict=True):
            remote = sender_text(sender)
            text = _decoded(data, codec)
            yield json_line(record.time, session, facts.transport, facts.local, remote, "in", data, text)
        return
    if isinstance(record, MessagesRelayed):
        for piece in record.pieces:
            yield json_line(
                record.time,
                session,
                facts.transport,
                facts.remote,
                sender_text(piece.client),
                "out" if piece.back else "in",
                piece.data,
                _decoded(piece.data, codec),
                (piece.fate.value, round(piece.delay * 1000, 3)),
            )
        return
    remote, direction = facts.remote, "in"
    if isinstance(record, MessagesSent):
        direction = "out"
        if record.remote_address is not None:
            remote = str(record.remote_address)
    head = _line_head(record.time, session, facts.transport, facts.local, remote, direction)
    for data in messages:
        yield f'{head}{data.hex()}","text":{_encode(_decoded(data, codec))}}}\n'


def _decoded(data: bytes, codec: str) -> str:
    try:
        return decode_text(data, codec)
    except CodecError:
        return decode_text(data, "utf-8")


class JsonLines:
    """Appends lines to ``path`` on a thread of its own, each batch as it arrives. While writing fails,
    batches wait in memory and ``emit`` is called with a `StoreFaulted`."""

    def __init__(self, path: Path, emit: Emit) -> None:
        self._path = path
        self._emit = emit
        self._intake: Intake[NoReturn] = Intake()
        self._notes = NoteTaker()
        self._book = SessionBook()
        self._file: int | None = None
        self._piece = _PIECE
        self._fault: Fault | None = None
        self._stopped = threading.Event()
        self._stop_at: float | None = None
        self._thread = threading.Thread(target=self._run, name="JSON lines", daemon=True)
        self._thread.start()

    @property
    def backlog(self) -> int:
        """Bytes waiting; 0 while nothing can be written."""
        return 0 if self._fault is not None else self._intake.waiting

    def put(self, batch: Batch) -> None:
        """Queue a batch. Never blocks. Any thread."""
        self._intake.put(batch)

    def set_codec(self, session: int, codec: str, transport: str = "tcp") -> None:
        """As `Recorder.set_codec`."""
        self._book.set_codec(session, codec, transport)

    def stop(self) -> None:
        """Write what was put so far, then stop. Returns at once."""
        self._stop_at = time.monotonic() + STOP_PATIENCE
        self._stopped.set()
        self._intake.stop()

    def join(self, timeout: float | None = None) -> None:
        """Wait until the thread has ended, for ``timeout`` seconds at most (None: no limit)."""
        self._thread.join(timeout)

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    # --- The thread ---

    def _run(self) -> None:
        self._reopen()
        item = self._intake.get()
        while isinstance(item, Arrived):
            complete = self._write(self._format([*self._notes.take(item.batch)]))
            self._intake.done(item.weight)
            if not complete:
                break
            lost = self._intake.take_lost()
            if lost and not self._write(self._format([*lost])):
                break
            item = self._intake.get()
        self._close()

    def _format(self, records: list[Record]) -> bytes:
        lines: list[str] = []
        for record in records:
            lines.extend(lines_of(record, self._book))
            if isinstance(record, Note) and record.is_end:
                self._book.forget(record.session)
        # Names and paths from the system may contain lone surrogates, which UTF-8 cannot encode.
        return "".join(lines).encode("utf-8", "backslashreplace")

    def _write(self, data: bytes) -> bool:
        """Write all of it, however long it takes; False if there was no time left when stopping."""
        at = 0
        while at < len(data):
            try:
                file = self._open() if self._file is None else self._file
                at += self._write_some(file, data, at)
            except OSError as error:
                if self._hopeless():
                    self._emit((StoreFaulted(fault_of(error, self._path), True),))
                    return False
                if error.errno == errno.EPIPE:
                    # The pipe's reader has gone; the next one is to begin with a whole line.
                    self._close()
                    at = data.rfind(b"\n", 0, at) + 1
                self._failed(error)
                continue
            if self._fault is not None:
                self._fault = None
                self._emit((StoreFaulted(None, True),))
        return True

    def _write_some(self, file: int, data: bytes, at: int) -> int:
        piece = memoryview(data)[at : at + self._piece]
        if sys.platform == "win32" or self._piece == _PIECE:
            return os.write(file, piece)
        if not select.select([], [file], [], RETRY_SECONDS)[1]:
            raise BlockingIOError(errno.EAGAIN, "nobody reads")
        return os.write(file, piece)

    def _hopeless(self) -> bool:
        return self._stop_at is not None and time.monotonic() > self._stop_at

    def _failed(self, error: OSError) -> None:
        fault = fault_of(error, self._path)
        if self._fault is None or self._fault.kind is not fault.kind:
            self._fault = fault
            self._emit((StoreFaulted(fault, True),))
        # Stopping ends the wait, but not the further attempts.
        if self._stopped.wait(RETRY_SECONDS) and not self._hopeless():
            time.sleep(RETRY_SECONDS / 20)

    def _reopen(self) -> None:
        """Open the file early, so that a failure is reported at once and not with the first line."""
        try:
            self._open()
        except OSError as error:
            self._fault = fault_of(error, self._path)
            self._emit((StoreFaulted(self._fault, True),))

    def _open(self) -> int:
        flags = (
            os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
        try:
            file = os.open(self._path, flags, 0o600)
        except OSError:
            # Standard output may be a socket, which cannot be opened by name.
            if str(self._path) != "/dev/stdout":
                raise
            file = os.dup(1)
        regular = stat.S_ISREG(os.fstat(file).st_mode)
        self._piece = _PIECE if regular else _PIPE_PIECE
        self._file = file
        if regular:
            self._end_broken_line(file)
        return file

    def _end_broken_line(self, file: int) -> None:
        """Complete the last line of a program that was killed in the middle of it."""
        with contextlib.suppress(OSError), open(self._path, "rb") as written:
            if written.seek(0, os.SEEK_END):
                written.seek(-1, os.SEEK_END)
                if written.read(1) != b"\n":
                    os.write(file, b"\n")

    def _close(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.close(self._file)
            self._file = None
