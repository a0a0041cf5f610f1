"""The one place where tests start programs: only those that dev.py brings to a machine that has nothing.

`run_program` and `start_program` are ``subprocess.run`` and ``subprocess.Popen`` for a program that is this
Python, the built Duplex, or listed in dev.py's needs, and so must be each program that ``ip netns exec``,
``env``, ``setpriv``, ``unshare`` or ``ncat --exec`` is to start. Any other raises `NotListedError`, also
where it happens to be installed. A shell is never started: what it starts could not be seen from here.
`Programs` are real processes, their output collected, their standard input typed into.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, NoReturn, overload

import dev
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60.0
SHELLS = {"sh", "bash", "dash", "zsh", "ksh", "fish", "busybox"}
OWN = {sys.executable, str(dev.VENV_PYTHON), str(dev.PROGRAM)}
"""The project's own: this Python, Duplex as it was built, and what `built_with_gcc` made."""


# --- What may be started ----------------------------------------------------------------------------------


class NotListedError(AssertionError):
    """A test was to start a program that dev.py does not bring."""


class NotInstalledError(FileNotFoundError):
    """A program that dev.py lists is not installed here."""


def is_installed(name: str) -> bool:
    """Raises `NotListedError`."""
    return _path(name, required=False) is not None


def checked(words: Sequence[str | Path]) -> list[str]:
    """The command ``words`` with the full path of its program, and of those which that one is to start.

    Raises `NotListedError` and `NotInstalledError`.
    """
    program, *rest = (str(word) for word in words)
    if program in OWN:
        return [program, *rest]
    name = os.path.basename(program)
    path = _path(name, required=True)
    if program not in (name, path):
        raise NotListedError(f"{program} is not the {name} that dev.py brings: start it as {name!r}")
    return [str(path), *_with_inner_checked(name, rest)]


def _path(name: str, *, required: bool) -> str | None:
    if name in SHELLS:
        raise NotListedError(f"{name} hides what it starts: start each program from Python, joined by pipes")
    if not any(name in need.programs for need in dev.NEEDS["test"]):
        raise NotListedError(
            f"dev.py does not bring {name!r} to a machine that has nothing: add tools({name!r}, ...) to its "
            "TEST_NEEDS, with the package that holds it on each system"
        )
    path = dev.find_tool(name)
    if path is None and required:
        raise NotInstalledError(f"{name} is not installed: `python3 dev.py test` installs it")
    return path


def _with_inner_checked(name: str, words: list[str]) -> list[str]:
    """The arguments of the program ``name``, with what it is to start checked as well."""
    start = len(words)
    if name == "ip" and words[:2] == ["netns", "exec"]:
        start = 3
    elif name in ("env", "setpriv", "unshare"):
        # Their options here take no value, or hold it: --name=value.
        start = next((at for at, word in enumerate(words) if word[:1] != "-" and "=" not in word), start)
    elif name == "ncat" and "--exec" in words:
        at = words.index("--exec") + 1
        return [*words[:at], shlex.join(checked(shlex.split(words[at]))), *words[at + 1 :]]
    inner = words[start:]
    return [*words[:start], *(checked(inner) if inner else [])]


# --- Starting ---------------------------------------------------------------------------------------------


@overload
def run_program(
    words: Sequence[str | Path], *, text: Literal[True], **options: Any
) -> subprocess.CompletedProcess[str]: ...
@overload
def run_program(
    words: Sequence[str | Path], *, encoding: str, **options: Any
) -> subprocess.CompletedProcess[str]: ...
@overload
def run_program(words: Sequence[str | Path], **options: Any) -> subprocess.CompletedProcess[Any]: ...
def run_program(words: Sequence[str | Path], **options: Any) -> subprocess.CompletedProcess[Any]:
    """``subprocess.run``, without a shell; see `checked`."""
    return subprocess.run(checked(words), **_without_shell(options))


def start_program(words: Sequence[str | Path], **options: Any) -> subprocess.Popen[Any]:
    """``subprocess.Popen``, without a shell; see `checked`."""
    return subprocess.Popen(checked(words), **_without_shell(options))


def built_with_gcc(source: Path, target: Path) -> Path:
    """Compile one of the tests' C programs; ``target`` may then be started."""
    run_program(["gcc", "-O1", "-Wall", "-o", target, source], check=True)
    OWN.add(str(target))
    return target


def become_program(words: Sequence[str | Path]) -> NoReturn:
    """This process becomes another program, as with ``os.execv``; see `checked`."""
    command = checked(words)
    sys.stdout.flush()
    os.execv(command[0], command)


def _without_shell(options: dict[str, Any]) -> dict[str, Any]:
    refused = {"shell", "executable"} & set(options)
    if refused:
        raise NotListedError(f"{', '.join(refused)}: what would be started could not be seen from here")
    return options


# --- Programs that are talked to --------------------------------------------------------------------------


class Program:
    """One process. ``output`` and ``errors`` grow as it prints; `wait_for` waits for what it should print."""

    def __init__(self, command: Sequence[str | Path], *, cwd: Path | None = None, **environment: str) -> None:
        self.command = [str(part) for part in command]
        self.process = start_program(
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
