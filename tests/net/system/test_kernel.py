"""The kernel's data about sockets: of real ones here, and parsed from structures of other systems."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from net.lab.recording import Facts
from net.system import kernel
from net.system.kernel import (
    TcpFacts,
    TcpRow,
    read_linux,
    read_macos,
    read_proc_tcp,
    read_windows,
    socket_facts,
    tcp_facts,
    tcp_table,
    udp_drops,
)  # fmt: skip
from tests.waiting import wait_until

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Linux' own structure")


@contextlib.contextmanager
def connection(receive_buffer: int = 0) -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.socket() as listener:
        if receive_buffer:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with socket.create_connection(listener.getsockname()) as client:
            server = listener.accept()[0]
            with server:
                yield client, server


@linux_only
def test_a_connection_shows_its_state_and_what_was_acknowledged() -> None:
    with connection() as (client, server):
        client.sendall(b"hello")
        assert server.recv(5) == b"hello"
        # The SYN counts too, as it does in sequence numbers.
        wait_until(lambda: tcp_facts(client).bytes_acked == 6)
        facts = tcp_facts(client)
        assert facts.state == "ESTABLISHED"
        assert facts.bytes_unacked == 0 and facts.retransmissions == 0
        assert facts.rtt is not None and 0 < facts.rtt < 1000
        assert facts.rto is not None and facts.rto >= 100
        assert facts.congestion_window and facts.send_window and facts.receive_window
        client.shutdown(socket.SHUT_WR)
        assert server.recv(5) == b""
        wait_until(lambda: tcp_facts(client).state == "FIN_WAIT_2")
        assert tcp_facts(server).state == "CLOSE_WAIT"


@linux_only
def test_a_peer_that_does_not_read_shuts_its_window() -> None:
    with connection(receive_buffer=2304) as (client, server):
        client.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                client.send(b"x" * 1024)
        wait_until(lambda: tcp_facts(client).send_window == 0)
        server.setblocking(False)

        def read_on() -> bool:
            with contextlib.suppress(BlockingIOError):
                while server.recv(65536):
                    pass
            return (tcp_facts(client).send_window or 0) > 0

        wait_until(read_on)


def test_a_listening_or_closed_socket_is_no_error() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        assert tcp_facts(listener).state in ("LISTEN", None)
    assert tcp_facts(listener) == TcpFacts()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as endpoint:
        assert tcp_facts(endpoint) == TcpFacts()


@linux_only
@pytest.mark.parametrize("length", [0, 1, 5, 12, 72, 104, 128, 136, 150, 216, 232])
def test_an_older_kernels_shorter_structure_is_read_as_far_as_it_goes(length: int) -> None:
    with connection() as (client, _):
        whole = client.getsockopt(socket.IPPROTO_TCP, 11, 512)
    facts, cut = read_linux(whole), read_linux(whole[:length])
    assert (cut.state == facts.state) == (length >= 1)
    assert (cut.rtt == facts.rtt) == (length >= 72)
    assert (cut.retransmissions == facts.retransmissions) == (length >= 104)
    assert (cut.bytes_acked == facts.bytes_acked) == (length >= 128)
    assert (cut.bytes_unacked == facts.bytes_unacked) == (length >= 216)
    assert (cut.send_window == facts.send_window) == (length >= 232)
    assert cut.receive_window is None


def test_macos_structure_is_read() -> None:
    numbers = (3, 0, 230, 1448, 99, 14480, 65535, 0, 131072, 2, 7, 1, 0)
    totals = (9, 900, 10, 8, 800, 0, 3)
    data = struct.pack("=4B13I7Q", 4, 6, 6, 0, *numbers, *totals)
    assert len(data) == 112
    assert read_macos(data) == TcpFacts(
        state="ESTABLISHED",
        rtt=7.0,
        rto=230.0,
        retransmissions=3,
        congestion_window=10,
        send_window=65535,
        receive_window=131072,
        bytes_received=800,
    )
    assert read_macos(b"") == TcpFacts()


def test_windows_structure_is_read() -> None:
    data = struct.pack(
        "<2IQB3x7I2Q5IB3x",
        5,
        1460,
        1000,
        0,
        1500,
        900,
        42,
        14600,
        65535,
        64240,
        65536,
        900,
        800,
        0,
        2000,
        1,
        0,
        0,
        0,
    )
    assert len(data) == 88
    assert read_windows(data) == TcpFacts(
        state="FIN_WAIT_1",
        rtt=1.5,
        retransmissions=2,
        congestion_window=10,
        send_window=65535,
        receive_window=64240,
        bytes_unacked=42,
        bytes_received=800,
    )
    assert read_windows(data[:1]) == TcpFacts()


@linux_only
@pytest.mark.parametrize("host,family", [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)])
def test_udp_drops_are_counted_in_both_places(
    host: str, family: socket.AddressFamily, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        socket.socket(family, socket.SOCK_DGRAM) as small,
        socket.socket(family, socket.SOCK_DGRAM) as sender,
    ):
        small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
        small.bind((host, 0))
        assert udp_drops(small) == 0
        for _ in range(50):
            sender.sendto(b"x" * 200, small.getsockname()[:2])
        small.setblocking(False)
        wait_until(lambda: udp_drops(small))
        kept = 0

        def accounted_for() -> bool:
            nonlocal kept
            with contextlib.suppress(BlockingIOError):
                while small.recv(1000):
                    kept += 1
            return udp_drops(small) == 50 - kept

        wait_until(accounted_for)
        assert Path("/proc/net/udp").exists()
        # For a kernel that does not know SO_MEMINFO, /proc is read.
        monkeypatch.setattr(kernel, "_SO_MEMINFO", 9999)
        assert udp_drops(small) == 50 - kept


# --- What waits, and the table of all sockets ---


def test_the_proc_table_is_read() -> None:
    head = (
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    )
    text = (
        head
        + "   0: 0100007F:3039 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1\n"
        + "   1: 0100007F:C350 0100007F:3039 06 00000000:00000000 03:0000176F 00000000     0        0 0\n"
        + "   2: 0100007F:C351 0100007F:3039 01 00000001:00000000 04:0000000A 00000000     0        0 3\n"
        + " cut\n"
    )
    assert sys.byteorder == "little"
    assert read_proc_tcp(text) == [
        TcpRow("127.0.0.1:12345", "", "LISTEN"),
        TcpRow("127.0.0.1:50000", "127.0.0.1:12345", "TIME_WAIT", "time-wait", 59.99),
        TcpRow("127.0.0.1:50001", "127.0.0.1:12345", "ESTABLISHED", "persist", 0.1),
    ]
    six = (
        head
        + "   0: 00000000000000000000000001000000:3039 00000000000000000000000000000000:0000 0A 0:0 00:0\n"
    )
    assert read_proc_tcp(six) == [TcpRow("[::1]:12345", "", "LISTEN")]


@linux_only
def test_the_table_knows_a_socket_that_nobody_holds_any_more() -> None:
    with connection() as (client, server):
        local = "{}:{}".format(*client.getsockname())
        client.close()
        server.close()
        wait_until(lambda: any(row.local == local for row in tcp_table() or ()))
        row = wait_until(
            lambda: next((row for row in tcp_table() or () if row.local == local and row.timer), None)
        )
    assert row.state == "TIME_WAIT" and row.timer == "time-wait" and 50 < (row.timer_left or 0) < 61


@linux_only
def test_facts_have_the_recordings_names() -> None:
    with connection() as (client, server):
        client.sendall(b"hello")
        wait_until(lambda: socket_facts(server)["unread"] == 5)
        told = socket_facts(client)
        assert (told["state"], told["acked"], told["unacked"]) == ("ESTABLISHED", 6, 0)
        assert set(told) | set(socket_facts(server)) <= set(Facts.__struct_fields__)
    with socket.create_server(("127.0.0.1", 0), backlog=3) as listener:
        assert socket_facts(listener) == {"state": "LISTEN", "queue": 0, "queue_limit": 3}
        with socket.create_connection(listener.getsockname()):
            wait_until(lambda: socket_facts(listener)["queue"] == 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as endpoint:
        endpoint.bind(("127.0.0.1", 0))
        endpoint.sendto(b"abc", endpoint.getsockname())
        assert socket_facts(endpoint) == {"unread": 3, "drops": 0}
    assert socket_facts(endpoint) == {}
