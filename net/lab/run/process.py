"""`ChildProcess`: a program as a process of its own, with pipes, that ends with all it has started.

What a program starts in turn is found three ways. POSIX: the process leads a session, and its group is killed
before its number can be given to another. Windows: a job object holds it and its children. And everywhere:
each process that has inherited this program's token in its environment (`kill_marked`) - for what has left
the group or the job.

Threads read its two outputs, write its input and wait for its end: Windows' loop can't wait for such pipes,
and one way for all systems is one that is tested.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import queue
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import IO

from net.lab.run.channel import VARIABLE

READ_BYTES = 65536
OUTPUT_LIMIT = 1_000_000
"""Characters of output that are kept of one program; the rest is read, so that the program goes on, and
thrown away."""

OBEY_SECONDS = 1.0
"""The packaged program gets this long to delete what it has unpacked."""

LINE_SECONDS = 0.002
"""How long the rest of a line is waited for."""

DRAIN_SECONDS = 0.5
"""After the program's end its pipes are closed, unless a process that it started holds them."""

SWEEP_SECONDS = 2.0
"""How long processes that fork faster than they are killed are chased."""


class ChildProcess:
    """All methods on NetThread; the callbacks come there. ``on_output``: when it came (time.perf_counter),
    the text, "" where it is thrown away, whether it is standard error, and how many bytes of that output have
    come by then. ``on_end``: exactly once after `start` succeeded, with the exit code (negative: the signal),
    after all output.

    ``exited``: whether the process itself is gone; what it started may still hold its output."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        on_output: Callable[[float, str, bool, int], None],
        on_flood: Callable[[], None],
        on_end: Callable[[int], None],
    ) -> None:
        self._loop = loop
        self._on_output = on_output
        self._on_flood = on_flood
        self._on_end = on_end
        self._process: subprocess.Popen[bytes] | None = None
        self._job: _Job | None = None
        self._typed: queue.SimpleQueue[bytes | None] | None = None
        self._mark = ""
        self._kept = 0
        self._kept_lock = threading.Lock()
        self.stopped = self.exited = False
        self.pid = 0

    async def start(
        self, command: Sequence[str], folder: Path, mark: str, environment: Mapping[str, str]
    ) -> None:
        """``mark``: the value of its `VARIABLE`. ``environment``: added to ours. Raises OSError."""
        self._mark = mark
        # Shielded: an order that waits for a thread would be forgotten if we are cancelled, and no `on_end`
        # follow.
        await asyncio.shield(self._loop.run_in_executor(None, self._open, command, folder, environment))

    def type(self, text: str) -> None:
        """Write to its standard input; lost if it has ended."""
        if self._process is None or self._process.stdin is None:
            return
        if self._typed is None:
            self._typed = queue.SimpleQueue()
            self._thread("input", self._write, self._process.stdin, self._typed)
        self._typed.put(text.encode("utf-8", "replace"))

    def stop(self) -> None:
        """End it, and what it has started, now. ``on_end`` follows."""
        self.stopped = True
        if self._process is None:
            return
        if self._job is not None:
            self._job.end()
        elif os.name != "posix":
            self._process.kill()
        elif getattr(sys, "frozen", False):
            self._signal(signal.SIGTERM)
            self._loop.call_later(OBEY_SECONDS, self._signal, signal.SIGKILL)
        else:
            self._signal(signal.SIGKILL)

    # --- Its threads ---

    def _open(self, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        if self.stopped:  # before it was started
            self._call(self._on_end, 0)
            return
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            # Its folder may have been deleted meanwhile; its source is known.
            cwd=folder if folder.is_dir() else tempfile.gettempdir(),
            env={**os.environ, **environment, VARIABLE: self._mark},
            start_new_session=os.name == "posix",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._process, self.pid = process, process.pid
        self._job = _Job.holding(process)
        if self.stopped:  # while it was being started
            self._call(self.stop)
        readers = [
            self._thread(name, self._read, pipe, name == "errors")
            for name, pipe in (("output", process.stdout), ("errors", process.stderr))
            if pipe is not None
        ]
        self._thread("end", self._wait, process, readers)

    def _thread(self, name: str, target: Callable[..., None], *arguments: object) -> threading.Thread:
        thread = threading.Thread(target=target, args=arguments, name=f"NetRun {name}", daemon=True)
        thread.start()
        return thread

    def _read(self, pipe: IO[bytes], error: bool) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        came = 0
        with pipe:
            while data := os.read(pipe.fileno(), READ_BYTES):
                came += len(data)
                text = decoder.decode(data)
                # One print() may be several writes; a line is handed over as a whole.
                while not text.endswith("\n") and len(text) < READ_BYTES and _has_more(pipe):
                    data = os.read(pipe.fileno(), READ_BYTES)
                    came += len(data)
                    text += decoder.decode(data)
                self._hand_over(text, error, came)
        self._hand_over(decoder.decode(b"", final=True), error, came)

    def _hand_over(self, text: str, error: bool, came: int) -> None:
        with self._kept_lock:
            left = max(0, OUTPUT_LIMIT - self._kept)
            flooded = self._kept <= OUTPUT_LIMIT < self._kept + len(text)
            self._kept += len(text)
        if flooded:
            self._call(self._on_flood)
        # Windows writes \r\n into its pipes.
        self._call(self._on_output, perf_counter(), text[:left].replace("\r\n", "\n"), error, came)

    def _write(self, pipe: IO[bytes], typed: queue.SimpleQueue[bytes | None]) -> None:
        with contextlib.suppress(OSError), pipe:
            while (data := typed.get()) is not None:
                while data:
                    data = data[pipe.write(data) or 0 :]

    def _wait(self, process: subprocess.Popen[bytes], readers: list[threading.Thread]) -> None:
        if hasattr(os, "waitid"):
            # It stays a zombie, and its number its own, until its group is gone, too.
            with contextlib.suppress(ChildProcessError):
                os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            self.exited = True
            self._signal(signal.SIGKILL)
        code = process.wait()
        self.exited = True
        if self._job is not None:
            self._job.end()
            self._job.close()
        for reader in readers:
            reader.join(DRAIN_SECONDS)
        if any(reader.is_alive() for reader in readers):
            kill_marked({self._mark})
            for reader in readers:
                reader.join(DRAIN_SECONDS)
        if self._typed is not None:
            self._typed.put(None)
        elif process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
        self._call(self._on_end, code)

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(OSError):
                os.killpg(self._process.pid, number)

    def _call(self, callback: Callable[..., object], *arguments: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(callback, *arguments)


def _has_more(pipe: IO[bytes]) -> bool:
    """Whether more comes within LINE_SECONDS; not known on Windows."""
    if not hasattr(select, "poll"):
        return False
    poll = select.poll()
    poll.register(pipe.fileno(), select.POLLIN)
    return any(events & select.POLLIN for _fd, events in poll.poll(LINE_SECONDS * 1000))


def kill_marked(marks: Collection[str]) -> None:
    """Kill every process whose environment has one of these values of `VARIABLE`. Blocks: some tenths of a
    millisecond for each process of this PC. Processes of other people can't be seen, and are none of ours.

    One that forks between being listed and being killed leaves a child that the list does not have: the
    processes are listed anew until none is left, for `SWEEP_SECONDS` at most.
    """
    import psutil

    deadline = perf_counter() + SWEEP_SECONDS
    left = True
    while left and perf_counter() < deadline:
        left = False
        for process in psutil.process_iter():
            if process.pid == os.getpid():
                continue
            with contextlib.suppress(psutil.Error, OSError):
                if process.environ().get(VARIABLE) in marks:
                    process.kill()
                    left = True


class _Job:
    """A job object of Windows: the process and all that it starts, which end with it."""

    def __init__(self, kernel32: object, handle: int) -> None:
        self._kernel32 = kernel32
        self._handle = handle

    @classmethod
    def holding(cls, process: subprocess.Popen[bytes]) -> _Job | None:
        """None on other systems, and where Windows does not allow one."""
        if sys.platform != "win32":
            return None
        import ctypes
        from ctypes import wintypes

        class Limits(ctypes.Structure):
            """JOBOBJECT_EXTENDED_LIMIT_INFORMATION (winnt.h)."""

            _fields_ = [
                ("PerProcessUserTimeLimit", ctypes.c_int64),
                ("PerJobUserTimeLimit", ctypes.c_int64),
                ("LimitFlags", wintypes.DWORD),
                ("MinimumWorkingSetSize", ctypes.c_size_t),
                ("MaximumWorkingSetSize", ctypes.c_size_t),
                ("ActiveProcessLimit", wintypes.DWORD),
                ("Affinity", ctypes.c_size_t),
                ("PriorityClass", wintypes.DWORD),
                ("SchedulingClass", wintypes.DWORD),
                ("IoInfo", ctypes.c_uint64 * 6),
                ("ProcessMemoryLimit", ctypes.c_size_t),
                ("JobMemoryLimit", ctypes.c_size_t),
                ("PeakProcessMemoryUsed", ctypes.c_size_t),
                ("PeakJobMemoryUsed", ctypes.c_size_t),
            ]

        kill_on_close, extended_limit_information = 0x2000, 9
        kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel32.CreateJobObjectW.restype = wintypes.HANDLE
        kernel32.CreateJobObjectW.argtypes = [ctypes.c_void_p, wintypes.LPCWSTR]
        kernel32.SetInformationJobObject.argtypes = [
            wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD
        ]  # fmt: skip
        kernel32.AssignProcessToJobObject.argtypes = [wintypes.HANDLE, wintypes.HANDLE]
        kernel32.TerminateJobObject.argtypes = [wintypes.HANDLE, wintypes.UINT]
        kernel32.CloseHandle.argtypes = [wintypes.HANDLE]
        handle = kernel32.CreateJobObjectW(None, None)
        if not handle:
            return None
        job = cls(kernel32, handle)
        limits = Limits(LimitFlags=kill_on_close)
        size = ctypes.sizeof(limits)
        # The program has not run yet: a Python takes longer to load than this call.
        if not kernel32.SetInformationJobObject(
            handle, extended_limit_information, ctypes.byref(limits), size
        ) or not kernel32.AssignProcessToJobObject(handle, int(process._handle)):
            job.close()
            return None
        return job

    def end(self) -> None:
        if self._handle:
            self._kernel32.TerminateJobObject(self._handle, 1)  # type: ignore[attr-defined]

    def close(self) -> None:
        handle, self._handle = self._handle, 0
        if handle:
            self._kernel32.CloseHandle(handle)  # type: ignore[attr-defined]
