"""Datagrams received through the Engine against a bare ``recvfrom`` loop, while another process sends all it
can."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from queue import Empty

from net.address import Address
from net.engine import Engine
from net.sockets.commands import UdpOpen
from net.sockets.events import DatagramsReceived, Opened
from tests.bench import traffic
from tests.bench.figures import Figure, interleave

SIZE = 64
QUIET_SECONDS = 0.3


def ours() -> float:
    engine = Engine()
    engine.submit(UdpOpen(engine.new_session(), Address("127.0.0.1", 0)))
    port = 0
    while not port:
        for event in engine.events.get(timeout=10.0):
            if isinstance(event, Opened):
                port = event.local_address.port
    peer = traffic.start("flood", port, SIZE)
    received, begun, last = 0, 0.0, 0.0
    timeout = 10.0
    while True:
        try:
            batch = engine.events.get(timeout=timeout)
        except Empty:
            break
        for event in batch:
            if type(event) is DatagramsReceived:
                last = time.perf_counter()
                begun = begun or last
                received += len(event.datagrams)
                timeout = QUIET_SECONDS
        if begun and time.perf_counter() - last > QUIET_SECONDS:
            break
    peer.wait()
    engine.stop()
    engine.join(10.0)
    return received / (last - begun)


def bare() -> float:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as endpoint:
        endpoint.bind(("127.0.0.1", 0))
        peer = traffic.start("flood", endpoint.getsockname()[1], SIZE)
        endpoint.settimeout(10.0)
        endpoint.recvfrom(65535)
        endpoint.settimeout(QUIET_SECONDS)
        received, begun = 0, time.perf_counter()
        last = begun
        while True:
            try:
                endpoint.recvfrom(65535)
            except TimeoutError:
                break
            received += 1
            if received % 64 == 0:
                last = time.perf_counter()
        peer.wait()
    return received / (last - begun)


def figures() -> Iterator[Figure]:
    yield interleave(Figure(f"UDP datagrams of {SIZE} B received", "1/s", at_least=0.45), ours, bare)
