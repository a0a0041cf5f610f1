"""The history's worker: one thread that owns the writing connection and does what it is given in batches.

All that waits goes into one transaction, and then one fsync; while that runs the next batch gathers. So a
single message is on the disk at once, and a flood costs few commits. What can be found out anew after a power
failure does not wait for the disk, and does not make others wait for it.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from net.chat.commands import ExportConversation
from net.chat.history.export import Exporter
from net.chat.history.housekeeping import INDEX_STEP, Housekeeping
from net.chat.history.records import ConversationCount
from net.chat.history.store import HistoryStore, copy_history, open_history
from net.events import Event, Fault, FaultKind, StoreFaulted
from net.loop.alarm import Alarm
from net.storage.fallback import file_lock, open_somewhere
from net.storage.file import fault_of, is_damage

FILE_NAME = "history.sqlite"

BATCH_JOBS = 2_000
"""Actions in one transaction."""

RETRY_SECONDS = 1.0
"""Seconds between two attempts while the disk refuses."""

STOP_PATIENCE = 2.0
"""Seconds that stopping goes on trying to write what waits."""

WAITING_LIMIT = 20_000
"""Actions that may wait before `History.congested`."""

INDEX_DELAY = 0.25
"""Seconds without work after which the search index catches up."""

SYNC_DELAY = 0.005
"""Seconds after which the disk has what nobody waits for: not at once, because whoever it goes to waits for a
disk meanwhile, which may be the same one."""

T = TypeVar("T")
Call = Callable[[Callable[[], None]], object]
Emit = Callable[[tuple[Event, ...]], None]
Changed = Callable[[Sequence[ConversationCount]], None]


class ProfileInUse(Exception):
    """Another Duplex runs with this profile: two programs must not be one identity."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"another Duplex uses {folder}")
        self.folder = folder


class _Job(NamedTuple):
    action: Callable[[HistoryStore], Any]
    done: Callable[[Any], None] | None
    failed: Callable[[Exception], None] | None
    written: Callable[[Any], None] | None
    durable: bool


_Answer = tuple[Callable[[Any], None], Any]


class History:
    """The history of the profile in ``folder`` (made where missing); in memory, which is said, where no file
    can ever work there. Making it blocks, until the file is open.

    ``call`` brings a callback to the thread that wants it (``loop.call_soon_threadsafe``). ``emit`` gets, on
    any thread, `StoreFaulted` (its fault None: it works again) and `Exported`. While the disk refuses,
    everything waits and nothing is acknowledged. ``keep_days``: older messages are deleted; None keeps all;
    ``changed`` is then called (through ``call``) with the conversations concerned.

    Raises `ProfileInUse`; `sqlite3.Error` or `OSError` where the file cannot be opened now.
    """

    def __init__(
        self,
        folder: Path,
        call: Call,
        emit: Emit,
        keep_days: int | None = None,
        changed: Changed | None = None,
    ) -> None:
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
        self._lock = file_lock(folder / FILE_NAME)
        if not self._lock.held:
            raise ProfileInUse(folder)
        try:
            opened = open_somewhere(folder / FILE_NAME, open_history, copy_history)
        except BaseException:
            self._lock.release()
            raise
        self.path = opened.path
        self._folder = opened.folder
        self._call = call
        self._emit = emit
        self._changed = changed
        self._queue: deque[_Job | None] = deque()
        self._alarm = Alarm()
        self._asleep = False
        self._waiting: deque[_Job] = deque()
        self._unsynced: list[_Answer] = []
        self._store: HistoryStore | None = opened.store
        self._fault: Fault | None = None
        self._retry_at = 0.0
        self._stop_at: float | None = None
        self._stop_lock = threading.Lock()
        self._stopped = False
        self._housekeeping = Housekeeping(keep_days)
        self._sync_at: float | None = None
        self._exporter = Exporter(self.path, emit)
        self._tell(opened.notes)
        self._thread = threading.Thread(target=self._run, name="History", daemon=True)
        self._thread.start()

    @property
    def congested(self) -> bool:
        """More waits than memory should hold: take nothing more from the network for now."""
        return len(self._queue) + len(self._waiting) > WAITING_LIMIT

    def submit(
        self,
        action: Callable[[HistoryStore], T],
        done: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        *,
        written: Callable[[T], None] | None = None,
        durable: bool = True,
    ) -> None:
        """Let the worker do ``action`` as one unit, after all that was submitted before. Any thread.

        ``done`` gets its result through ``call``, once it is on the disk. An action may be run again after a
        refused write, so it must change nothing but the store. If it raises, nothing of it happened and
        ``failed`` gets the error (None: it is emitted as a fault).

        ``written`` gets the result before ``done``, if possible while the disk is still waited for: then a
        process that is killed loses nothing of it, but a power failure may. Without ``done`` the disk gets it
        within SYNC_DELAY. ``durable`` False, for what only reads or can be found out anew: ``done`` comes at
        once, too, and the disk gets it with what follows, or after INDEX_DELAY. What comes at once comes in
        order, and so does what waits for the disk.
        """
        self._put(_Job(action, done, failed, written, durable))

    def _put(self, job: _Job | None) -> None:
        self._queue.append(job)
        if self._asleep:
            self._asleep = False
            self._alarm.ring()

    def set_keep_days(self, days: int | None) -> None:
        self.submit(lambda _: self._housekeeping.keep(days))

    def export(self, command: ExportConversation) -> None:
        """Write a conversation to a file, on a thread of its own, with all that was submitted before.
        Answered by `Exported`."""
        self.submit(lambda _: None, lambda _: self._exporter.start(command))

    def stop(self) -> None:
        """Write what waits and end. Idempotent, returns at once; nothing may be submitted afterwards."""
        with self._stop_lock:
            if not self._stopped:
                self._stopped = True
                self._stop_at = time.monotonic() + STOP_PATIENCE
                self._put(None)

    def join(self, timeout: float | None = None) -> bool:
        """Whether the worker has ended within ``timeout`` seconds."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    # --- The worker's thread ---

    def _run(self) -> None:
        try:
            running = True
            while running or self._may_go_on():
                running = self._gather() and running
                self._settle()
            self._exporter.finish()
        finally:
            if self._store is not None:
                with contextlib.suppress(sqlite3.Error, OSError):
                    self._store.close()
            if self._folder is not None:
                self._folder.close()
            self._lock.release()

    def _may_go_on(self) -> bool:
        if self._stop_at is None or time.monotonic() >= self._stop_at:
            return False
        return bool(self._waiting or self._unsynced)

    def _gather(self) -> bool:
        """Take what was submitted, waiting for it where there is nothing to do; False: the end was among
        it."""
        block = not self._waiting or self._fault is not None
        timeout: float | None = None
        if self._fault is not None or self._store is None:
            timeout = max(0.0, self._retry_at - time.monotonic()) if self._stop_at is None else 0.02
        elif self._sync_at is not None:
            timeout = max(0.0, self._sync_at - time.monotonic())
        elif self._housekeeping.has_work:
            timeout = INDEX_DELAY
        else:
            timeout = max(0.0, self._housekeeping.next_look - time.monotonic())
        if block:
            self._asleep = True
            # What came before `_asleep` was set has rung nothing.
            if not self._queue:
                self._alarm.wait(timeout)
            self._asleep = False
        while self._queue:
            job = self._queue.popleft()
            if job is None:
                return False
            self._waiting.append(job)
            if len(self._waiting) >= BATCH_JOBS and self._fault is None:
                break
        return True

    def _settle(self) -> None:
        if self._fault is not None and self._stop_at is None and time.monotonic() < self._retry_at:
            return
        try:
            if self._store is None:
                self._store, notes = open_history(self.path)
                self._tell(notes)
            if self._unsynced:
                self._sync(self._store)
            if self._waiting:
                self._write(self._store)
            elif not self._queue and self._sync_at is None:
                self._keep_house(self._store)
            if self._sync_at is not None and time.monotonic() >= self._sync_at:
                self._sync(self._store)
            if self._fault is not None:
                self._fault = None
                self._emit((StoreFaulted(None, False, str(self.path)),))
        except (sqlite3.Error, OSError) as error:
            self._refused(error)

    def _write(self, store: HistoryStore) -> None:
        jobs = list(islice(self._waiting, BATCH_JOBS))

        def all_of_them() -> list[Any]:
            results = [job.action(store) for job in jobs]
            store.messages.flush()
            if store.behind() > 4 * INDEX_STEP:
                store.index.step(store.behind())
            return results

        self._housekeeping.has_work = True
        try:
            results = store.transaction(all_of_them)
        except Exception as error:
            if _is_the_disks(error):
                raise
            self._write_one_by_one(store, jobs)
        else:
            self._written(store, jobs, results)
        store.prepare()

    def _written(self, store: HistoryStore, jobs: Sequence[_Job], results: Sequence[Any]) -> None:
        """These are committed: what need not be on the disk is answered, then the rest when it is. Of both
        each stays in its order."""
        for _ in jobs:
            self._waiting.popleft()
        now: list[_Answer] = []
        later = now
        if store.is_behind and any(job.durable for job in jobs):
            later = self._unsynced
            if not store.outbox.may_go_ahead:
                now = later
        for job, result in zip(jobs, results, strict=True):
            if job.written is not None:
                now.append((job.written, result))
            if job.done is not None:
                (later if job.durable else now).append((job.done, result))
        if now is not self._unsynced:
            self._answer(now)
        if self._unsynced:
            self._sync(store)
        elif later is self._unsynced and self._sync_at is None:
            self._sync_at = time.monotonic() + SYNC_DELAY

    def _sync(self, store: HistoryStore) -> None:
        store.sync()
        self._sync_at = None
        answers, self._unsynced = self._unsynced, []
        self._answer(answers)

    def _write_one_by_one(self, store: HistoryStore, jobs: Sequence[_Job]) -> None:
        """One of them is wrong: the others must not suffer."""
        for job in jobs:
            try:
                result = store.transaction(lambda job=job: job.action(store))  # type: ignore[misc]
            except Exception as error:
                if _is_the_disks(error):
                    raise
                if job.failed is not None:
                    self._answer([(job.failed, error)])
                else:
                    detail = {"path": str(self.path), "detail": repr(error)}
                    fault = Fault(FaultKind.INTERNAL, {**detail})
                    self._emit((StoreFaulted(fault, False, str(self.path)),))
                self._waiting.popleft()
            else:
                self._written(store, [job], [result])

    def _answer(self, answers: list[_Answer]) -> None:
        if answers:
            self._call(lambda: _deliver(answers))

    def _keep_house(self, store: HistoryStore) -> None:
        store.sync()
        changed = self._housekeeping.step(store)
        if changed and self._changed is not None:
            self._answer([(self._changed, changed)])

    def _refused(self, error: Exception) -> None:
        if self._store is not None and is_damage(error):
            with contextlib.suppress(sqlite3.Error, OSError):
                self._store.close()
            self._unsynced = []  # never acknowledged, so whoever sent them sends them again
            self._store = None  # opening it again sets the file aside
        fault = fault_of(error, self.path)
        if self._fault is None or self._fault.kind is not fault.kind:
            self._emit((StoreFaulted(fault, False, str(self.path)),))
        self._fault = fault
        self._retry_at = time.monotonic() + RETRY_SECONDS

    def _tell(self, notes: Sequence[Fault]) -> None:
        """News of the file, which can be written."""
        if notes:
            told = tuple(StoreFaulted(note, False, str(note.params["path"])) for note in notes)
            self._emit((*told, StoreFaulted(None, False, str(self.path))))


def _deliver(answers: Sequence[_Answer]) -> None:
    problem: Exception | None = None
    for done, result in answers:
        try:
            done(result)
        except Exception as error:  # the others were promised an answer too
            problem = problem or error
    if problem is not None:
        raise problem


def _is_the_disks(error: Exception) -> bool:
    """Whether the write was refused by the disk or the file, not wrong in itself."""
    if is_damage(error):
        return True
    if not isinstance(error, sqlite3.OperationalError):
        return False
    code: int | None = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        return (code & 0xFF) != 1  # SQLITE_ERROR: the statement itself
    return "no such" not in str(error) and "syntax" not in str(error)
