"""A file for all clients of a listener, one of which does not read."""

from __future__ import annotations

import socket
from pathlib import Path

from net.sockets.commands import CancelFile, SendFile
from net.sockets.events import CountersChanged, FileProgressed
from net.sockets.jobs.file_sending import QUEUE_LIMIT
from tests.net.watching import Watched

SIZE = 40_000_000
CHUNK = 64 * 1024


def test_a_client_that_does_not_read_holds_the_file_back(watched: Watched, tmp_path: Path) -> None:
    source = tmp_path / "large"
    source.write_bytes(bytes(SIZE))
    listener, address = watched.listen()
    with socket.socket() as deaf:
        # Whatever buffer the system would give it, the file is larger.
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        deaf.connect((address.host, address.port))
        (child,) = watched.accepted(listener)
        job = watched.engine.new_job()
        watched.engine.submit(SendFile(listener, job, str(source), None, CHUNK, 0.0))
        watched.wait(
            lambda: [each for each in watched.all(CountersChanged, child) if each.queued > QUEUE_LIMIT / 2]
        )
        # Progress is reported while it waits: after several reports nothing more was sent.
        seen = len(watched.all(FileProgressed))
        watched.wait(lambda: len(watched.all(FileProgressed)) > seen + 2, what="reports while it waits")
        assert watched.all(FileProgressed)[-1].state == "sending"
        assert watched.all(CountersChanged, child)[-1].queued <= QUEUE_LIMIT + 2 * CHUNK
        watched.engine.submit(CancelFile(listener, job))
        watched.wait(lambda: watched.all(FileProgressed)[-1].state == "cancelled", what="cancelled")
