"""The other end of a measurement, as a process of its own so that it shares no interpreter with what is
measured.

``python -m tests.bench.traffic MODE PORT NUMBERS...``; all of it goes to 127.0.0.1 and ends by itself.
"""

from __future__ import annotations

import os
import resource
import selectors
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from tests.programs import start_program

HOST = "127.0.0.1"
CHUNK = 64 * 1024
FLOOD_SECONDS = 1.5


def start(mode: str, port: int, *numbers: int) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "tests.bench.traffic", mode, str(port), *map(str, numbers)]
    return start_program(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def send_messages(port: int, size: int, count: int) -> None:
    """``count`` messages of ``size`` bytes, each after two bytes of length, in large writes."""
    one = size.to_bytes(2, "big") + bytes(size)
    per_write = max(1, CHUNK // len(one))
    with socket.create_connection((HOST, port)) as peer:
        block = one * per_write
        for _turn in range(count // per_write):
            peer.sendall(block)
        peer.sendall(one * (count % per_write))
        peer.recv(1)


def send_paced(port: int, size: int, rate: int, seconds: int) -> None:
    """``rate`` messages a second, after two bytes of length each, for so many seconds: a hundredth of them
    every 10 ms."""
    block = (size.to_bytes(2, "big") + bytes(byte % 94 + 33 for byte in range(size))) * (rate // 100)
    with socket.create_connection((HOST, port)) as peer:
        due = time.monotonic()
        for _turn in range(seconds * 100):
            peer.sendall(block)
            due += 0.01
            time.sleep(max(0.0, due - time.monotonic()))


def send_bulk(port: int, size: int) -> None:
    block = bytes(CHUNK * 4)
    with socket.create_connection((HOST, port)) as peer:
        left = size
        while left:
            peer.sendall(block[:left])
            left -= min(left, len(block))
        peer.recv(1)


def send_random(port: int, size: int) -> None:
    """``size`` random bytes, once standard input has ended."""
    with socket.create_connection((HOST, port)) as peer:
        sys.stdin.read()
        peer.sendall(os.urandom(size))
        peer.recv(1)


def send_line(port: int, size: int) -> None:
    """One line of ``size`` bytes of text, once standard input has ended."""
    words = "temperature 21.5 你好 pressure 1013 hPa; ".encode()
    with socket.create_connection((HOST, port)) as peer:
        sys.stdin.read()
        peer.sendall((words * (size // len(words) + 1))[: size - 1].decode(errors="ignore").encode() + b"\n")
        peer.recv(1)


def drain(port: int, size: int) -> None:
    """Receive ``size`` bytes, then end."""
    with socket.create_connection((HOST, port)) as peer:
        while size > 0 and (block := peer.recv(CHUNK * 16)):
            size -= len(block)


def flood(port: int, size: int) -> None:
    """Datagrams as fast as one loop can send them, for FLOOD_SECONDS."""
    data = bytes(size)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as endpoint:
        endpoint.connect((HOST, port))
        end = time.monotonic() + FLOOD_SECONDS
        while time.monotonic() < end:
            for _turn in range(200):
                endpoint.send(data)


def ping(port: int, size: int, count: int) -> None:
    """Print the median round trip of ``count`` echoes, in seconds."""
    data = bytes(size)
    with socket.create_connection((HOST, port)) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        times = []
        for _turn in range(count):
            begun = time.perf_counter()
            peer.sendall(data)
            got = 0
            while got < size:
                got += len(peer.recv(size))
            times.append(time.perf_counter() - begun)
    print(statistics.median(times), flush=True)


def crowd(port: int, clients: int, size: int) -> None:
    """Connect ``clients`` times, print a line, and then one line each time all of them received ``size``
    bytes."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    selector = selectors.DefaultSelector()
    got: dict[int, int] = {}
    for _turn in range(clients):
        peer = socket.create_connection((HOST, port))
        peer.setblocking(False)
        got[peer.fileno()] = 0
        selector.register(peer, selectors.EVENT_READ, peer)
    print("connected", flush=True)
    whole = 0
    while True:
        for key, _events in selector.select():
            data = key.data.recv(65536)
            if not data:
                return
            got[key.fd] += len(data)
            if got[key.fd] == size:
                whole += 1
        if whole == clients:
            got = dict.fromkeys(got, 0)
            whole = 0
            print("all", flush=True)


MODES: dict[str, Callable[..., None]] = {
    "messages": send_messages,
    "paced": send_paced,
    "bulk": send_bulk,
    "random": send_random,
    "line": send_line,
    "drain": drain,
    "flood": flood,
    "ping": ping,
    "crowd": crowd,
}

if __name__ == "__main__":
    MODES[sys.argv[1]](*map(int, sys.argv[2:]))
    os._exit(0)
