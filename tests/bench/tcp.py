"""TCP through the Engine against bare sockets: message rate, bulk, round trip, a thousand clients.

``python -m tests.bench.tcp memory`` prints the bytes that one of 1,000 connections takes: in a process of its
own, because memory that was used before would be used again.
"""

from __future__ import annotations

import gc
import queue
import resource
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil

from net.address import Address
from net.engine import Engine
from net.events import EngineStopped, Event
from net.protocol.framing import parse_framing
from net.sockets.commands import Send, TcpListen
from net.sockets.events import MessagesReceived, Opened, Role
from tests.bench import traffic
from tests.bench.figures import ROUNDS, Figure, interleave
from tests.programs import run_program

READ_SIZE = 256 * 1024
BULK_BYTES = 256 * 1024 * 1024
PINGS = 3000
ECHO_ROUNDS = 9
ECHO_READ = 64 * 1024
"""Not READ_SIZE: for each message the C library would take a block of that size from the kernel and give it
back, and the bare side would look slower than it has to be."""
CLIENTS = 1000
CROWD_MESSAGE = b"x" * 100


@contextmanager
def serving(framing: str) -> Iterator[tuple[Engine, int, int]]:
    """An Engine that listens on loopback: ``(engine, session, port)``."""
    engine = Engine()
    session = engine.new_session()
    engine.submit(TcpListen(session, Address("127.0.0.1", 0), backlog=2000, framing=parse_framing(framing)))
    opened = next(event for event in events(engine) if isinstance(event, Opened))
    try:
        yield engine, session, opened.local_address.port
    finally:
        engine.stop()
        engine.join(10.0)


def events(engine: Engine) -> Iterator[Event]:
    while True:
        yield from engine.events.get(timeout=30.0)


@contextmanager
def bare_listener() -> Iterator[socket.socket]:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen(2000)
        yield listener


def received_messages(size: int, count: int) -> float:
    """Messages a second through the Engine."""
    with serving("length2") as (engine, _session, port):
        peer = traffic.start("messages", port, size, count)
        received, begun = 0, 0.0
        while received < count:
            for event in engine.events.get(timeout=30.0):
                if type(event) is MessagesReceived:
                    begun = begun or time.perf_counter()
                    received += len(event.messages)
        elapsed = time.perf_counter() - begun
    peer.wait()
    return count / elapsed


def message_rate(size: int, count: int) -> Figure:
    figure = Figure(f"TCP messages of {size} B, length-prefixed", "1/s", at_least=0.8)

    def bare() -> float:
        with bare_listener() as listener:
            peer = traffic.start("messages", listener.getsockname()[1], size, count)
            connection, _address = listener.accept()
            with connection:
                elapsed = _receive_framed(connection, count)
        peer.wait()
        return count / elapsed

    return interleave(figure, lambda: received_messages(size, count), bare)


def _receive_framed(connection: socket.socket, count: int) -> float:
    """What one would write by hand: a blocking loop that cuts length-prefixed messages out of what it
    reads."""
    received, begun, waiting = 0, 0.0, b""
    while received < count:
        data = connection.recv(READ_SIZE)
        begun = begun or time.perf_counter()
        data = waiting + data
        messages = []
        position, end = 0, len(data)
        while end - position >= 2:
            start = position + 2
            stop = start + int.from_bytes(data[position:start], "big")
            if stop > end:
                break
            messages.append(data[start:stop])
            position = stop
        waiting = data[position:]
        received += len(messages)
    return time.perf_counter() - begun


def bulk() -> Figure:
    def ours() -> float:
        with serving("raw") as (engine, _session, port):
            peer = traffic.start("bulk", port, BULK_BYTES)
            received, begun = 0, 0.0
            while received < BULK_BYTES:
                for event in engine.events.get(timeout=30.0):
                    if type(event) is MessagesReceived:
                        begun = begun or time.perf_counter()
                        received += sum(map(len, event.messages))
            elapsed = time.perf_counter() - begun
        peer.wait()
        return BULK_BYTES / elapsed

    def bare() -> float:
        with bare_listener() as listener:
            peer = traffic.start("bulk", listener.getsockname()[1], BULK_BYTES)
            connection, _address = listener.accept()
            with connection:
                received, begun = 0, 0.0
                while received < BULK_BYTES:
                    received += len(connection.recv(READ_SIZE))
                    begun = begun or time.perf_counter()
                elapsed = time.perf_counter() - begun
        peer.wait()
        return BULK_BYTES / elapsed

    return interleave(Figure("TCP bulk", "B/s", at_least=0.8), ours, bare)


def round_trip() -> Iterator[Figure]:
    """Through the Engine; and, to compare, through two bare threads that wake each other: about what any
    network thread with a consumer costs, whatever runs on it."""
    # With a loop of our own it was 3.3 here; docs/architecture.md says why the plain one is taken.
    engine = Figure("TCP round trip of 64 B", "s", at_most=6)
    threads = Figure("the same of two bare threads", "s")
    for turn in range(ECHO_ROUNDS + 1):
        values = _ping_engine(), _ping_threads(), _ping_loop()
        if turn:
            engine.ours.append(values[0])
            threads.ours.append(values[1])
            for figure in (engine, threads):
                figure.bare.append(values[2])
    yield engine
    yield threads


def _ping_engine() -> float:
    with serving("raw") as (engine, _session, port):
        peer = traffic.start("ping", port, 64, PINGS)
        echo = threading.Thread(target=_echo_events, args=(engine,), daemon=True)
        echo.start()
        return _printed_number(peer)


def _ping_loop() -> float:
    with _pinged() as (peer, connection):
        while data := connection.recv(ECHO_READ):
            connection.sendall(data)
        return _printed_number(peer)


def _ping_threads() -> float:
    """One thread reads and writes, the other takes from a queue what was read and says that it is to be
    sent."""
    received: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    sending: deque[bytes] = deque()
    bell, ringer = socket.socketpair()
    bell.setblocking(False)

    def consume() -> None:
        while data := received.get():
            sending.append(data)
            ringer.send(b"\0")

    consumer = threading.Thread(target=consume, daemon=True)
    consumer.start()
    try:
        with _pinged() as (peer, connection), selectors.DefaultSelector() as selector:
            selector.register(connection, selectors.EVENT_READ)
            selector.register(bell, selectors.EVENT_READ)
            data = b"x"
            while data:
                for key, _events in selector.select():
                    if key.fileobj is connection:
                        data = connection.recv(ECHO_READ)
                        received.put(data)
                    else:
                        bell.recv(4096)
                        while sending:
                            connection.sendall(sending.popleft())
            return _printed_number(peer)
    finally:
        consumer.join(10.0)
        bell.close()
        ringer.close()


@contextmanager
def _pinged() -> Iterator[tuple[object, socket.socket]]:
    with bare_listener() as listener:
        peer = traffic.start("ping", listener.getsockname()[1], 64, PINGS)
        connection, _address = listener.accept()
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield peer, connection


def _echo_events(engine: Engine) -> None:
    for event in events(engine):
        if type(event) is MessagesReceived:
            engine.submit(Send(event.session, event.messages))
        elif type(event) is EngineStopped:
            return


def _printed_number(peer: object) -> float:
    output, _errors = peer.communicate(timeout=60)  # type: ignore[attr-defined]
    return float(output)


def more_files() -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def wait_for_clients(engine: Engine) -> None:
    accepted = 0
    while accepted < CLIENTS:
        for event in engine.events.get(timeout=30.0):
            accepted += isinstance(event, Opened) and event.role is Role.ACCEPTED


def connection_memory() -> float:
    """Bytes of resident memory for each of 1,000 connections that have been made and have sent a message."""
    more_files()
    with serving("raw") as (engine, session, port):
        gc.collect()
        before = psutil.Process().memory_info().rss
        peer = traffic.start("crowd", port, CLIENTS, len(CROWD_MESSAGE))
        wait_for_clients(engine)
        _time_broadcasts(peer, lambda: engine.submit(Send(session, (CROWD_MESSAGE,))))
        gc.collect()
        return float(psutil.Process().memory_info().rss - before) / CLIENTS


def memory() -> Figure:
    figure = Figure("memory of one of 1,000 connections", "B", at_most=10_000)
    for _turn in range(ROUNDS):
        words = [sys.executable, "-m", "tests.bench.tcp", "memory"]
        figure.ours.append(float(run_program(words, stdout=subprocess.PIPE, check=True).stdout))
    return figure


def broadcast() -> float:
    """Seconds that one message to all of 1,000 clients takes."""
    with serving("raw") as (engine, session, port):
        peer = traffic.start("crowd", port, CLIENTS, len(CROWD_MESSAGE))
        wait_for_clients(engine)
        return _time_broadcasts(peer, lambda: engine.submit(Send(session, (CROWD_MESSAGE,))))


def thousand_clients() -> Figure:
    """One message to all of 1,000 clients."""
    more_files()

    def bare() -> float:
        with bare_listener() as listener:
            peer = traffic.start("crowd", listener.getsockname()[1], CLIENTS, len(CROWD_MESSAGE))
            connections = [listener.accept()[0] for _turn in range(CLIENTS)]

            def send_all() -> None:
                for connection in connections:
                    connection.send(CROWD_MESSAGE)

            try:
                return _time_broadcasts(peer, send_all)
            finally:
                for connection in connections:
                    connection.close()

    return interleave(Figure("one message to 1,000 TCP clients", "s", at_most=1.3), broadcast, bare)


def _time_broadcasts(peer: object, send_all: Callable[[], None]) -> float:
    output = peer.stdout  # type: ignore[attr-defined]
    output.readline()
    times = []
    for _turn in range(ROUNDS):
        begun = time.perf_counter()
        send_all()
        output.readline()
        times.append(time.perf_counter() - begun)
    return min(times)


def figures() -> Iterator[Figure]:
    yield message_rate(64, 2_000_000)
    yield message_rate(1024, 400_000)
    yield bulk()
    yield from round_trip()
    yield thousand_clients()
    yield memory()


if __name__ == "__main__" and sys.argv[1:] == ["memory"]:
    print(connection_memory(), flush=True)
