"""An example program as a real process: start it, type into it, collect its output, end it.

One thread reads and another writes, so that neither a silent nor a flooding program ever blocks the window.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import queue
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, cast

from net.system.own_python import own_python

READ_BYTES = 8192
# Chunks waiting for the console. Above that the pipe fills up, and the program itself has to wait.
MOST_WAITING = 16
PUT_SECONDS = 0.1
# The time a program has to end by itself after a request to do so.
OBEY_SECONDS = 1.0


class ExampleProcess:
    """One running program. ``files`` are put beside it in its folder, which is deleted when it ends.

    Raises OSError if the process can't be started. All methods but `wait` return at once.
    """

    def __init__(self, source: str, name: str, files: Mapping[str, bytes] | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="duplex-", ignore_cleanup_errors=True)
        try:
            path = Path(self._folder.name, name)
            path.write_text(source, "utf-8")
            for file_name, data in (files or {}).items():
                Path(self._folder.name, file_name).write_bytes(data)
            self._process = subprocess.Popen(
                [*own_python(), str(path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                bufsize=0,
                cwd=self._folder.name,
                env={**os.environ, "PYTHONIOENCODING": "utf-8:replace", "PYTHONUNBUFFERED": "1"},
                # A process group of its own: the packaged program is two processes, and both must end
                start_new_session=os.name == "posix",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except BaseException:
            self._folder.cleanup()
            raise
        self._arrived: queue.Queue[str] = queue.Queue(MOST_WAITING)
        self._typed: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._done = threading.Event()
        # Both are pipes, as asked for above.
        output, typed = cast(IO[bytes], self._process.stdout), cast(IO[bytes], self._process.stdin)
        threading.Thread(target=self._read, args=(output,), name="example-output", daemon=True).start()
        threading.Thread(target=self._write, args=(typed,), name="example-input", daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None until it has ended and `take` has returned all of its output."""
        return self._process.returncode if self._done.is_set() and self._arrived.empty() else None

    def take(self) -> str:
        """Its output since the last call, at most `MOST_WAITING` chunks; "" if there is none."""
        pieces = []
        for _each in range(MOST_WAITING):
            try:
                pieces.append(self._arrived.get_nowait())
            except queue.Empty:
                break
        return "".join(pieces)

    def type_line(self, line: str) -> None:
        """Write a line to its standard input; silently lost if it has ended."""
        self._typed.put((line + "\n").encode("utf-8", "replace"))

    def stop(self) -> None:
        """End it now. Harmless if it has ended."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._typed.put(None)
        if self._process.poll() is None:
            # Terminated first rather than killed: the packaged program then deletes its unpacked files
            self._signal("SIGTERM")
            threading.Thread(target=self._insist, name="example-end", daemon=True).start()

    def wait(self, timeout: float) -> bool:
        """Whether it has ended and been cleaned up within ``timeout`` seconds. Not for the Tk thread."""
        return self._done.wait(timeout)

    def _insist(self) -> None:
        if not self._done.wait(OBEY_SECONDS):
            self._signal("SIGKILL")

    def _signal(self, name: str) -> None:
        if os.name == "posix":
            with contextlib.suppress(OSError):
                os.killpg(self._process.pid, getattr(signal, name))
        elif name == "SIGTERM":
            _kill_tree(self._process.pid)

    def _read(self, output: IO[bytes]) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        with output as pipe:
            while data := os.read(pipe.fileno(), READ_BYTES):
                self._put(decoder.decode(data))
        self._put(decoder.decode(b"", final=True))
        self._process.wait()
        self._typed.put(None)
        self._folder.cleanup()
        self._done.set()

    def _put(self, text: str) -> None:
        while text and not self._stopping.is_set():
            with contextlib.suppress(queue.Full):
                self._arrived.put(text, timeout=PUT_SECONDS)
                return

    def _write(self, typed: IO[bytes]) -> None:
        with contextlib.suppress(OSError), typed as pipe:
            while (data := self._typed.get()) is not None:
                while data:
                    data = data[pipe.write(data) or 0 :]


def _kill_tree(pid: int) -> None:
    import psutil

    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(pid)
        for each in [*parent.children(recursive=True), parent]:
            with contextlib.suppress(psutil.Error):
                each.kill()
