"""Files that nobody else may read, written completely or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def private_draft(path: Path, content: bytes) -> Iterator[str]:
    """A temporary file beside ``path`` with ``content``, flushed to the disk, to be moved or linked to
    ``path``; if it is left over, it is deleted. Nobody else can ever read it: mkstemp's files are 0600.

    Raises `OSError`.
    """
    number, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with open(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(draft)
