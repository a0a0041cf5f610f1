"""The recorder: one thread that writes messages and notes of the events into the transcript.

Batches
-------
Rows are committed when the queue is empty, but at most every LINGER seconds: a single message is stored at
once, and in a flood everything that arrives within LINGER goes into one commit, up to TRANSACTION_BYTES. Each
commit is reported as `Stored`. While writing fails, rows wait in memory
(`net.transcript.intake.WAITING_LIMIT`), and writing is tried again every RETRY_SECONDS. Where the file can
never work, the store is in memory from the beginning (`net.storage.fallback`).

An order (export, clear, keep) is run once everything put before it is stored, and before anything put after
it. Deleting is done in small steps whenever there is nothing else to do, and what the journal holds is folded
into the file after FOLD_SECONDS of rest.
"""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from net.events import Batch, Fault, FaultKind, StoreFaulted
from net.storage.fallback import MemoryFolder, open_somewhere
from net.storage.file import fault_of, is_damage
from net.storage.reader import Location
from net.transcript.catalog import SessionCatalog
from net.transcript.commands import CancelExport, ClearTranscript, Export, KeepTranscripts
from net.transcript.events import Stored
from net.transcript.export import Exporter
from net.transcript.intake import Arrived, Intake
from net.transcript.json_lines import JsonLines
from net.transcript.neighbours import Neighbours
from net.transcript.notes import NoteTaker, Record
from net.transcript.reader import TranscriptReader
from net.transcript.session_book import SessionBook
from net.transcript.store import Store, open_store

LINGER = 0.02
"""Seconds between two commits at least."""

RETRY_SECONDS = 1.0
"""Seconds between two attempts to write while it fails."""

STOP_PATIENCE = 2.0
"""Seconds that stopping keeps trying to write what is waiting."""

FOLD_SECONDS = 1.5
"""Seconds without anything to write after which the journal is folded into the file."""

TRANSACTION_BYTES = 8 * 1024 * 1024
"""Bytes of waiting messages that are written in one transaction."""

Emit = Callable[[Batch], None]


class _Order(NamedTuple):
    """To be run once everything put before is stored. ``refuse``: run instead if there is no store."""

    run: Callable[[Store], None]
    refuse: Callable[[], None]


class Recorder:
    """Writes the transcript (``path``, or the next free name if another Duplex records there; None: no store)
    and the JSON-lines stream (``json_lines``; None: no stream), each on a thread of its own.

    ``keep_days``: sessions that ended longer ago are deleted at the start; None keeps all; 0 keeps none:
    the file is deleted at the start and again at the end. `KeepTranscripts` changes it later. It applies to
    the files of other programs that have ended, too.
    ``emit`` is called with `Stored`, `StoreFaulted`, `ExportProgressed` and `Exported`, on any
    thread.
    """

    def __init__(self, path: Path | None, json_lines: Path | None, keep_days: int | None, emit: Emit) -> None:
        self._path = path
        self._keep_days = keep_days
        self._emit = emit
        self._book = SessionBook()
        self._intake: Intake[_Order] = Intake()
        self._notes = NoteTaker()
        self._waiting: deque[tuple[list[Record], int]] = deque()
        self._gathered = 0
        self._tidy_wanted = True
        self._orders: deque[_Order] = deque()
        self._store: Store | None = None
        self._folder: MemoryFolder | None = None
        self._location: Location | None = None
        self._opened = threading.Event()
        self._promised: int | None = None
        self._fault: Fault | None = None
        self._retry_at = 0.0
        self._last_commit = 0.0
        self._fold_wanted = False
        self._stop_at: float | None = None
        self._stop_lock = threading.Lock()
        self._stopped = False
        self._neighbours = None if path is None else Neighbours(path)
        self._exporter = Exporter(emit)
        self._stream = None if json_lines is None else JsonLines(json_lines, emit)
        self._thread = threading.Thread(target=self._run, name="Transcript", daemon=True)
        self._thread.start()

    @property
    def backlog(self) -> int:
        """Bytes waiting to be written, for the outlet's backpressure; 0 while writing fails, because slowing
        the network down would not help then."""
        store = 0 if self._fault is not None or self._path is None else self._intake.waiting
        stream = 0 if self._stream is None else self._stream.backlog
        return max(store, stream)

    @property
    def path(self) -> Path | None:
        """The file in use; None before there is one."""
        return None if self._location is None else self._location[0]

    def put(self, batch: Batch) -> None:
        """Record a batch. Never blocks. Any thread."""
        if self._path is not None:
            self._intake.put(batch)
        if self._stream is not None:
            self._stream.put(batch)

    def export(self, command: Export) -> None:
        """Start to write the rows to a file once everything put so far is stored. Any thread."""
        self._exporter.expect(command.job)
        self._intake.order(_Order(partial(self._export, command), partial(self._refuse_export, command)))

    def cancel_export(self, command: CancelExport) -> None:
        """End an export before its file is complete. Any thread."""
        self._exporter.cancel(command.job)

    def clear(self, command: ClearTranscript) -> None:
        """Delete rows once everything put so far is stored. Any thread."""
        self._intake.order(_Order(partial(self._clear, command), _do_nothing))

    def keep(self, command: KeepTranscripts) -> None:
        """Change how long sessions are kept, from now on. Any thread."""
        self._intake.order(_Order(partial(self._keep, command), _do_nothing))

    def set_codec(self, session: int, codec: str, transport: str = "tcp") -> None:
        """The codec to read the session's bytes with, and its transport, before it has opened. Connections
        without a codec of their own use their listener's. Any thread."""
        self._book.set_codec(session, codec, transport)
        if self._stream is not None:
            self._stream.set_codec(session, codec, transport)

    def set_requested(self, session: int, role: str, address: str) -> None:
        """The requested role and address, recorded for a session that never opens. Any thread."""
        self._book.set_requested(session, role, address)

    def highest_session(self) -> int:
        """The highest session id in the transcript, 0 if there is none. Waits until the file is open or could
        not be opened (some milliseconds)."""
        self._opened.wait()
        store = self._store
        highest = 0 if store is None else store.highest_session
        self._promised = highest
        return highest

    def reader(self) -> TranscriptReader | None:
        """A new reader for the calling thread, None if there is no store."""
        return None if self._path is None else TranscriptReader(lambda: self._location)

    def expiring(self, keep_days: int | None) -> int:
        """How many sessions (a listener with its connections counts as one) `KeepTranscripts` would delete
        now. Any thread; fast even with a million messages."""
        reader, store = self.reader(), self._store
        if reader is None or store is None or keep_days is None or self._neighbours is None:
            return 0
        with contextlib.closing(reader):
            own = SessionCatalog(reader).expiring(keep_days, store.highest_session)
        return own + self._neighbours.expiring(keep_days, store.path)

    def stop(self) -> None:
        """Write what was put so far, then stop. Idempotent, returns at once."""
        with self._stop_lock:
            if self._stopped:
                return
            self._stopped = True
        if self._stream is not None:
            self._stream.stop()
        self._intake.stop()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until everything is written and reported; False if ``timeout`` seconds pass first."""
        deadline = None if timeout is None else time.monotonic() + timeout
        self._thread.join(timeout)
        if self._stream is not None:
            self._stream.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
        return not self._thread.is_alive() and (self._stream is None or not self._stream.is_alive())

    # --- The thread ---

    def _run(self) -> None:
        self._begin()
        while True:
            self._gather()
            self._settle()
            if self._stop_at is not None and (
                not (self._waiting or self._orders) or time.monotonic() > self._stop_at
            ):
                break
        self._end()

    def _begin(self) -> None:
        path = self._path
        if path is None:
            self._opened.set()
            return
        try:
            self._store = self._first_store(path)
            self._opened.set()
            if self._keep_days:
                self._store.prune(self._keep_days)
            self._prune_neighbours(self._store.path)
        except (sqlite3.Error, OSError) as error:
            self._failed(path, error)
        finally:
            self._opened.set()

    def _gather(self) -> None:
        """Wait for something to do and take everything queued, up to a stop or an order."""
        try:
            item = self._intake.get(self._patience())
            while True:
                if item is None:
                    self._stop_at = time.monotonic() + STOP_PATIENCE
                    return
                if not isinstance(item, Arrived):
                    self._orders.append(item)
                    return
                self._take(item)
                if self._fault is None:
                    if self._gathered > TRANSACTION_BYTES:
                        return
                    pause = self._last_commit + LINGER - time.monotonic()
                    if pause > 0 and self._stop_at is None:
                        time.sleep(pause)
                item = self._intake.get_nowait()
        except queue.Empty:
            return

    def _patience(self) -> float | None:
        if self._fault is not None:
            return max(0.0, self._retry_at - time.monotonic())
        if self._waiting or self._orders or self._stop_at is not None:
            return 0.0
        if self._store is not None and self._tidy_wanted:
            return 0.0
        if self._store is not None and self._fold_wanted:
            return max(0.0, self._last_commit + FOLD_SECONDS - time.monotonic())
        return None

    def _take(self, arrived: Arrived) -> None:
        records = self._notes.take(arrived.batch)
        if records:
            self._waiting.append((records, arrived.weight))
            self._gathered += arrived.weight
        else:
            self._intake.done(arrived.weight)

    def _settle(self) -> None:
        """Do the pending work, as far as the disk allows."""
        path = self._path
        if path is None:
            self._discard()
            return
        if self._fault is not None and time.monotonic() < self._retry_at and self._stop_at is None:
            return
        try:
            if self._store is None:
                self._store = self._opened_store(path)
            while self._waiting:
                self._write(self._store)
            lost = self._intake.take_lost()
            if lost:
                self._emit((self._store.write(lost),))
            if self._fault is not None:
                path, self._fault = Path(str(self._fault.params["path"])), None
                self._emit((StoreFaulted(None, False, str(path)),))
            while self._orders:
                self._orders[0].run(self._store)
                self._orders.popleft()
            if self._tidy_wanted and not self._tidy(self._store):
                self._tidy_wanted = False
                self._last_commit, self._fold_wanted = time.monotonic(), True
            if self._fold_wanted and time.monotonic() >= self._last_commit + FOLD_SECONDS:
                self._fold_wanted = False
                self._store.fold()
        except (sqlite3.Error, OSError) as error:
            self._failed(path, error)

    def _write(self, store: Store) -> None:
        records: list[Record] = []
        batches = weight = 0
        for batch, size in self._waiting:
            if batches and weight + size > TRANSACTION_BYTES:
                break
            records += batch
            batches += 1
            weight += size
        stored = store.write(records)
        self._last_commit, self._fold_wanted = time.monotonic(), True
        for _ in range(batches):
            self._waiting.popleft()
        self._gathered -= weight
        self._intake.done(weight)
        self._emit((stored,))

    def _discard(self) -> None:
        """Without a store nothing can be exported or cleared."""
        while self._orders:
            self._orders.popleft().refuse()

    # --- Orders ---

    def _export(self, command: Export, store: Store) -> None:
        self._exporter.start(command, TranscriptReader(store.path))

    def _refuse_export(self, command: Export) -> None:
        fault = Fault(FaultKind.STORE_FAILED, {"path": command.path, "detail": "nothing is recorded"})
        self._exporter.ended(command, 0, fault)

    def _clear(self, command: ClearTranscript, store: Store) -> None:
        self._tidy_wanted = True
        self._emit((store.clear(command.session),))

    def _keep(self, command: KeepTranscripts, store: Store) -> None:
        self._keep_days = command.days
        cleared = Stored({}) if command.days is None else store.prune(command.days)
        self._prune_neighbours(store.path)
        self._tidy_wanted = True
        self._emit((cleared,))

    # --- The file ---

    def _first_store(self, path: Path) -> Store:
        """In memory, to the end, where ``path`` can never work."""

        def open_first(path: Path) -> tuple[Store, tuple[Fault, ...]]:
            store = open_store(path, self._book, fresh=self._keep_days == 0)
            return store, store.notes

        opened = open_somewhere(path, open_first)
        self._path, self._folder = path if opened.folder is None else opened.path, opened.folder
        self._location = (opened.store.path, 0)
        self._report(opened.notes)
        return opened.store

    def _opened_store(self, path: Path) -> Store:
        below = None if self._promised is None else self._promised + 1
        store = open_store(path, self._book, fresh=self._keep_days == 0, below=below)
        generation = 0 if self._location is None else self._location[1] + 1
        self._location = (store.path, generation)
        self._report(store.notes)
        return store

    def _failed(self, path: Path, error: Exception) -> None:
        store = self._store
        if store is not None and is_damage(error):
            self._store = None
            try:
                aside = store.set_aside()
            except OSError as problem:
                error = problem
            else:
                details = {"path": str(store.path), "aside": str(aside)}
                self._report((Fault(FaultKind.STORE_DAMAGED, details),))
                return
        fault = fault_of(error, path if store is None else store.path)
        news = self._fault is None or self._fault.kind is not fault.kind
        # Set before it is reported: whoever reacts to the event finds the backpressure released.
        self._fault = fault
        self._retry_at = time.monotonic() + RETRY_SECONDS
        if news:
            self._emit((StoreFaulted(fault, False, str(fault.params["path"])),))

    def _report(self, notes: Sequence[Fault]) -> None:
        """News of the file, which can be written."""
        if notes:
            path = str(notes[-1].params["path"])
            told = tuple(StoreFaulted(note, False, path) for note in notes)
            self._emit((*told, StoreFaulted(None, False, path)))

    def _prune_neighbours(self, own: Path) -> None:
        if self._neighbours is not None and self._keep_days is not None:
            self._neighbours.prune(self._keep_days, own)
            self._tidy_wanted = True

    def _tidy(self, store: Store) -> bool:
        """Do a little of the pending deletions, here and in files of programs that have ended."""
        return store.tidy() or (self._neighbours is not None and self._neighbours.step())

    def _end(self) -> None:
        waiting = sum(len(records) for records, _ in self._waiting)
        if waiting and self._fault is not None:
            lost = Fault(self._fault.kind, {**self._fault.params, "lost": waiting})
            self._emit((StoreFaulted(lost, False, str(lost.params["path"])),))
        self._exporter.finish()
        if self._neighbours is not None:
            self._neighbours.close()
        if self._store is not None:
            with contextlib.suppress(sqlite3.Error, OSError):
                self._store.close(delete=self._keep_days == 0)
        if self._folder is not None:
            self._folder.close()


def _do_nothing() -> None:
    """There is nothing to clear."""


def open_recorder(
    path: Path | None, json_lines: Path | None, keep_days: int | None, emit: Emit
) -> Recorder | None:
    """A recorder for these outputs; None if there is nothing to record to."""
    return None if path is None and json_lines is None else Recorder(path, json_lines, keep_days, emit)
