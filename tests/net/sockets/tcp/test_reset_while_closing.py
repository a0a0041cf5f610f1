"""A peer's RST that is in the kernel, not read yet, while we close or finish sending."""

from __future__ import annotations

import socket
import struct

import pytest

from net.sockets.commands import Close, ShutdownWrite
from net.sockets.events import FaultOccurred
from tests.net.watching import Watched

RESET = struct.pack("ii", 1, 0)


@pytest.mark.parametrize("command", [Close, ShutdownWrite])
def test_a_reset_that_was_not_read_yet_is_no_fault_of_ours(
    watched: Watched, command: type[Close | ShutdownWrite]
) -> None:
    listener, address = watched.listen()
    peer = socket.create_connection((address.host, address.port))
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    child = watched.accepted(listener)[0]
    engine = watched.engine

    def reset_and_act() -> None:
        """In one step of the loop, so that it cannot read between the two."""
        peer.close()
        engine._run_command(command(child))

    engine._thread.loop.call_soon_threadsafe(reset_and_act)
    watched.end(child)
    assert watched.all(FaultOccurred, child) == []
