"""Measures TCP and UDP on this PC.

    measure.py answer PORT     the other end
    measure.py measure PORT    prints the figures
"""
import socket
import statistics
import sys
import threading
import time

HERE = ("127.0.0.1", int(sys.argv[2]))
TCP = socket.SOCK_STREAM
UDP = socket.SOCK_DGRAM
MESSAGES = 20_000
SIZE = 32
BLOCKS = 2_000
BLOCK = 32_000


def new_socket(kind):
    s = socket.socket(socket.AF_INET, kind)
    s.settimeout(10)
    return s


# --- The other end ---


def answer_tcp(s):
    """Echo, or count to the end."""
    s.settimeout(10)
    with s:
        wish = s.recv(1)
        if wish == b"e":
            while data := s.recv(SIZE):
                s.sendall(data)
        elif wish == b"c":
            count = 0
            while data := s.recv(65536):
                count += len(data)
            s.sendall(b"%d" % count)


def answer_udp(s):
    """Echo e..., count c..., tell the count at q."""
    count = 0
    while True:
        data, who = s.recvfrom(65536)
        if data[:1] == b"c":
            count += len(data)
        elif data[:1] == b"q":
            s.sendto(b"%d" % count, who)
            count = 0
        elif data[:1] == b"x":
            return
        else:
            s.sendto(data, who)


def answer():
    listener = socket.create_server(HERE, backlog=100)
    udp = socket.socket(socket.AF_INET, UDP)
    udp.bind(HERE)
    thread = threading.Thread(target=answer_udp, args=(udp,))
    thread.start()
    print("ready", flush=True)
    listener.settimeout(0.2)
    while thread.is_alive():
        try:
            s, _ = listener.accept()
        except socket.timeout:
            continue
        threading.Thread(target=answer_tcp, args=(s,)).start()


# --- This end ---


def tell(name, value, unit):
    print("measured", name, f"{value:.4g}", unit, flush=True)


def connect():
    s = new_socket(TCP)
    s.connect(HERE)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


def round_trips(exchange, times):
    """The middle one of so many, in microseconds."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        exchange()
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1e6


def tcp_round_trip():
    with connect() as s:
        s.sendall(b"e")

        def exchange():
            s.sendall(b"e" * SIZE)
            got = 0
            while got < SIZE:
                got += len(s.recv(SIZE))

        tell("tcp-round-trip", round_trips(exchange, 2000), "us")


def udp_round_trip():
    with new_socket(UDP) as s:

        def exchange():
            s.sendto(b"e" * SIZE, HERE)
            s.recvfrom(SIZE)

        tell("udp-round-trip", round_trips(exchange, 2000), "us")


def first_answers():
    def tcp():
        with connect() as s:
            s.sendall(b"e" + b"e" * SIZE)
            s.recv(SIZE)

    def udp():
        with new_socket(UDP) as s:
            s.sendto(b"e" * SIZE, HERE)
            s.recvfrom(SIZE)

    tell("tcp-first-answer", round_trips(tcp, 200), "us")
    tell("udp-first-answer", round_trips(udp, 200), "us")


def tcp_one_way(data, times):
    """Bytes that arrived, and seconds."""
    with connect() as s:
        s.sendall(b"c")
        began = time.perf_counter()
        for _ in range(times):
            s.sendall(data)
        s.shutdown(socket.SHUT_WR)
        arrived = int(s.recv(99))
        return arrived, time.perf_counter() - began


def udp_one_way(data, times):
    with new_socket(UDP) as s:
        began = time.perf_counter()
        for _ in range(times):
            s.sendto(data, HERE)
        took = time.perf_counter() - began
        time.sleep(0.3)
        s.sendto(b"q", HERE)
        return int(s.recv(99)), took


def one_way():
    ways = (("tcp", tcp_one_way), ("udp", udp_one_way))
    for name, way in ways:
        arrived, took = way(b"c" * SIZE, MESSAGES)
        share = 100 * arrived / (SIZE * MESSAGES)
        tell(f"{name}-arrived", share, "percent")
        tell(f"{name}-messages", arrived / SIZE / took, "per-second")
    for name, way in ways:
        arrived, took = way(b"c" * BLOCK, BLOCKS)
        tell(f"{name}-throughput", arrived / took / 1e6, "MB/s")


def wait_for_the_other_end():
    for _ in range(100):
        try:
            connect().close()
            return
        except ConnectionRefusedError:
            time.sleep(0.1)


def measure():
    wait_for_the_other_end()
    tcp_round_trip()
    udp_round_trip()
    first_answers()
    one_way()
    with new_socket(UDP) as s:
        s.sendto(b"x", HERE)


if sys.argv[1] == "answer":
    answer()
else:
    measure()
