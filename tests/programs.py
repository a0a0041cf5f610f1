"""Programs started by tests: real processes, their output collected, their standard input typed into."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60.0


class Program:
    """One process. ``output`` and ``errors`` grow as it prints; `wait_for` waits for what it should print."""

    def __init__(self, command: Sequence[str | Path], *, cwd: Path | None = None, **environment: str) -> None:
        self.command = [str(part) for part in command]
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd or ROOT,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1", **environment},
        )
        self.output = b""
        self.errors = b""
        self._readers = [
            threading.Thread(target=self._collect, args=(name,), daemon=True) for name in ("output", "errors")
        ]
        for reader in self._readers:
            reader.start()

    def _collect(self, name: str) -> None:
        pipe = self.process.stdout if name == "output" else self.process.stderr
        assert pipe is not None
        while data := os.read(pipe.fileno(), 1 << 16):
            setattr(self, name, getattr(self, name) + data)

    @property
    def printed(self) -> str:
        """Output and errors as text."""
        return (self.output + self.errors).decode("utf-8", "replace")

    def type(self, text: str | bytes, end: str = "\n") -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text if isinstance(text, bytes) else (text + end).encode())
        self.process.stdin.flush()

    def end_input(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def wait_for(self, text: str, timeout: float = START_SECONDS) -> None:
        try:
            wait_until(lambda: text in self.printed, timeout)
        except AssertionError:
            raise AssertionError(f"no {text!r} from {self.command}; it printed:\n{self.printed}") from None

    def wait(self, timeout: float = START_SECONDS) -> int:
        """The exit code, once all it printed has been read."""
        code = self.process.wait(timeout)
        for reader in self._readers:
            reader.join(timeout)
        return code

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for reader in self._readers:
            # A grandchild may hold the pipe open; its reader then stays with it.
            reader.join(1.0)
        if any(reader.is_alive() for reader in self._readers):
            return
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


class Programs:
    """Starts programs and ends them with the test."""

    def __init__(self) -> None:
        self._started: list[Program] = []

    def start(self, *command: str | Path, cwd: Path | None = None, **environment: str) -> Program:
        program = Program(command, cwd=cwd, **environment)
        self._started.append(program)
        return program

    def python(self, source: str, folder: Path, name: str = "program") -> Program:
        """Run ``source`` as a script of its own."""
        path = folder / f"{name}.py"
        path.write_text(source, encoding="utf-8")
        return self.start(sys.executable, path, cwd=folder)

    def duplex(self, *arguments: str | Path, **environment: str) -> Program:
        """Run this program from its source."""
        return self.start(sys.executable, ROOT / "main.py", *arguments, cwd=None, **environment)

    def stop(self) -> None:
        for program in reversed(self._started):
            program.stop()


@contextlib.contextmanager
def running_programs() -> Iterator[Programs]:
    programs = Programs()
    try:
        yield programs
    finally:
        programs.stop()
