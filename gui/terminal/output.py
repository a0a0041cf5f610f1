"""The output of a terminal program: data on standard output, sentences for people on standard error.

A stream that can't be written to is no reason for a traceback: what is printed goes nowhere from then on."""

from __future__ import annotations

import errno
import io
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import IO, TextIO

from gui.shared.i18n import _
from gui.terminal.exit_codes import EXIT_FAULT, Outcome

# --- The standard streams ---


def open_missing_streams() -> None:
    """A standard stream that was closed before the start (``>&-``), and which Python sets to None, leads
    nowhere. Else the next file or socket would get its number, and what others write there."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115


def whole_writes(stream: TextIO) -> TextIO:
    """``stream``, or one to the same file that writes all it is given.

    Unbuffered (``python -u``, PYTHONUNBUFFERED=1) the binary layer of a standard stream is the bare file. Its
    write to a pipe may take a part only, as when a program is started meanwhile, and neither ``print`` nor
    who writes bytes looks at how much: 64 KiB are lost without a word.
    """
    binary: IO[bytes] | io.RawIOBase = stream.buffer
    if not isinstance(binary, io.RawIOBase):
        return stream
    writer = io.BufferedWriter(binary)
    return io.TextIOWrapper(writer, stream.encoding, stream.errors, line_buffering=True)


def _lead_nowhere(stream: TextIO) -> None:
    """What ``stream`` still holds goes nowhere too: the interpreter's last flush would fail with it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _reader_is_gone(error: OSError) -> bool:
    """As after `head` has ended: that is no error. Windows reports it as an invalid argument."""
    return error.errno == errno.EPIPE or (sys.platform == "win32" and error.errno == errno.EINVAL)


# --- Printing ---


def print_sentence(text: str) -> None:
    """To standard error, if it takes it."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        _lead_nowhere(sys.stderr)


def print_text(text: str) -> int:
    """To standard output. Returns the exit code: 0, or 1 if it can't be written, which is said."""
    try:
        print(text, flush=True)
    except OSError as error:
        why = _give_up_output(error)
        if why:
            print_sentence(why)
            return EXIT_FAULT
    return 0


def _give_up_output(error: OSError) -> str:
    """Write nothing to standard output any more; in words why, "" if only its reader is gone."""
    _lead_nowhere(sys.stdout)
    if _reader_is_gone(error):
        return ""
    return _("Standard output can't be written ({detail}).").format(detail=error.strerror or error)


class Output:
    """``quiet``: print no sentences. Two threads print; each line is printed under ``lock``.

    ``lost``: nobody can read what is printed any more; there is nothing left to do. Unless only the reader is
    gone, it is said and noted in ``outcome``."""

    def __init__(
        self, quiet: bool, outcome: Outcome, lock: AbstractContextManager[object] | None = None
    ) -> None:
        self.lost = False
        self._quiet = quiet
        self._outcome = outcome
        self._lock = lock if lock is not None else threading.RLock()

    def show(self, line: str) -> None:
        with self._writing():
            print(line)

    def write(self, data: bytes) -> None:
        """Bytes as they are; not to be mixed with `show`."""
        with self._writing():
            sys.stdout.buffer.write(data)

    def flush(self) -> None:
        with self._writing():
            sys.stdout.flush()

    def note(self, text: str) -> None:
        """Print ``text`` with a star at the beginning of each line."""
        if not self._quiet:
            with self._lock:
                for line in text.splitlines():
                    print_sentence(f"* {line}")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except OSError as error:
                self.lost = True
                why = _give_up_output(error)
                if why:
                    self._outcome.fail(EXIT_FAULT)
                    self.note(why)
