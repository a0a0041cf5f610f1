"""The output of a terminal program: data on standard output, sentences for people on standard error."""

from __future__ import annotations

import io
import sys
import threading
from contextlib import AbstractContextManager
from typing import IO, TextIO


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


class Output:
    """``quiet``: print no sentences. Two threads print; each line is printed under ``lock``."""

    def __init__(self, quiet: bool, lock: AbstractContextManager[object] | None = None) -> None:
        self._quiet = quiet
        self._lock = lock if lock is not None else threading.RLock()

    def show(self, line: str) -> None:
        with self._lock:
            print(line)

    def note(self, text: str) -> None:
        """Print ``text`` with a star at the beginning of each line."""
        if not self._quiet:
            for line in text.splitlines():
                print(f"* {line}", file=sys.stderr, flush=True)
