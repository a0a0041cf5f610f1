"""Code paths of other systems, run on this one: no epoll, no eventfd."""

from __future__ import annotations

import sys

import pytest

from tests.programs import run_program

PROGRAM = """
import asyncio, os, queue, selectors, socket, sys, threading
import types
if hasattr(os, "eventfd"):
    del os.eventfd
platform, sys.platform = sys.platform, "darwin"
import net.loop.doorbell, net.loop.polling
sys.platform = platform
net.loop.doorbell.sys = types.SimpleNamespace(platform="darwin")

from net.address import Address
from net.sockets.commands import Send, TcpListen
from net.engine import Engine
from net.events import EngineStopped
from net.sockets.events import MessagesReceived, Opened

assert issubclass(net.loop.polling.Polling, selectors.DefaultSelector)
engine = Engine()
engine.submit(TcpListen(engine.new_session(), Address("127.0.0.1", 0)))
opened = None
while opened is None:
    opened = next((e for e in engine.events.get(timeout=20) if isinstance(e, Opened)), None)
try:
    while True:
        engine.events.get(timeout=0.1)
except queue.Empty:
    pass

def echo():
    while True:
        for event in engine.events.get(timeout=20):
            if isinstance(event, MessagesReceived):
                engine.submit(Send(event.session, event.messages))
            elif isinstance(event, EngineStopped):
                return

thread = threading.Thread(target=echo)
thread.start()
with socket.create_connection(("127.0.0.1", opened.local_address.port), timeout=20) as peer:
    for number in range(300):
        data = b"%d\\n" % number
        peer.sendall(data)
        assert peer.recv(100) == data
engine.stop()
thread.join(20)
assert not thread.is_alive() and engine.join(20)
print("echoed")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="it pretends that Linux is another system")
def test_an_echo_without_epoll_and_eventfd() -> None:
    run = run_program([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60)
    assert run.stdout == "echoed\n", run.stderr
