from __future__ import annotations

import io
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.protocol.pcap import (
    COMMENT,
    LARGEST_SEGMENT,
    TLS_COMMENT,
    CapturedMessage,
    CaptureError,
    CaptureErrorKind,
    CaptureMark,
    checksum,
    write_capture,
)
from tests.programs import is_installed, run_program

A, B = ("127.0.0.1", 40000), ("127.0.0.1", 12345)
C, D = ("::1", 40001), ("::1", 12346)
START = 1_700_000_000_000_000

Tshark = Callable[..., list[str]]


@pytest.fixture
def tshark(tmp_path: Path) -> Tshark:
    """Writes messages, reads them back with tshark, fails on any complaint, returns its lines."""
    if not is_installed("tshark"):
        if os.environ.get("CI"):
            pytest.fail("no tshark")
        pytest.skip("no tshark")

    def read(messages: list[CapturedMessage], *arguments: str) -> list[str]:
        path = tmp_path / "capture.pcapng"
        with path.open("wb") as file:
            write_capture(messages, file)
        command = ["tshark", "-n", "-r", str(path)]
        for name in ("tcp", "ip", "udp"):
            command += ["-o", f"{name}.check_checksum:TRUE"]
        ran = run_program([*command, *arguments], capture_output=True, text=True, timeout=60, check=False)
        complaints = [
            line for line in ran.stderr.splitlines() if line and not line.startswith("Running as user")
        ]
        assert (ran.returncode, complaints) == (0, [])
        return ran.stdout.splitlines()

    return read


# Expert severities from 0x400000 are notes, warnings and errors; tshark has one for every FIN and RST.
WRONG = (
    "tcp.analysis.flags || _ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0"
    " || udp.checksum.status == 0"
    " || (_ws.expert.severity >= 0x400000 && !(tcp.flags.fin == 1) && !(tcp.flags.reset == 1))"
)


def tcp(
    time: int,
    direction: str,
    data: bytes = b"",
    mark: CaptureMark = CaptureMark.DATA,
    ends: tuple[tuple[str, int], tuple[str, int]] = (A, B),
    transport: str = "tcp",
    client: bool = True,
) -> CapturedMessage:
    return CapturedMessage(START + time, transport, *ends, direction, data, client, mark)  # type: ignore[arg-type]


WHOLE = [
    tcp(0, "out", mark=CaptureMark.OPENED),
    tcp(10, "out", "你好\n".encode()),
    tcp(20, "in", b"x" * (3 * LARGEST_SEGMENT + 7)),
    tcp(25, "in", b"y" * (LARGEST_SEGMENT - 1)),
    tcp(30, "out", mark=CaptureMark.FINISHED),
    tcp(35, "in", b"late"),
    tcp(40, "in", mark=CaptureMark.CLOSED),
    tcp(50, "in", mark=CaptureMark.OPENED, ends=(D, C), transport="tls", client=False),
    tcp(51, "in", b"\0\1\2", ends=(D, C), transport="tls", client=False),
    tcp(52, "out", b"secret", ends=(D, C), transport="tls", client=False),
    tcp(60, "in", mark=CaptureMark.RESET, ends=(D, C), transport="tls", client=False),
    tcp(70, "in", b"seen only", ends=(("10.0.0.1", 50001), ("10.0.0.2", 50002))),
    tcp(71, "out", b"from the middle", ends=(("10.0.0.1", 50001), ("10.0.0.2", 50002))),
    CapturedMessage(START + 80, "udp", ("0.0.0.0", 50000), ("255.255.255.255", 50000), "out", b"all"),
    CapturedMessage(START + 81, "udp", ("fe80::1%eth0", 50000), ("ff02::1%2", 50000), "out", b"z" * 65_527),
    CapturedMessage(START + 82, "udp", ("::", 50000), ("::ffff:192.0.2.1", 50003), "in", b""),
    CapturedMessage(START + 83, "udp", ("2001:db8::1", 50000), ("192.0.2.1", 50003), "in", b"odd"),
    CapturedMessage(START + 84, "udp", A, B, "out", b"q" * 65_507),
]


def test_tshark_reads_every_kind_without_complaint(tshark: Tshark) -> None:
    assert tshark(WHOLE, "-Y", WRONG) == []
    # 10 and 5 of the first session, 6 of the TLS one, 2 without a start, 5 datagrams.
    assert len(tshark(WHOLE)) == 28


def test_checksums_are_really_verified(tshark: Tshark) -> None:
    status = [
        "-T",
        "fields",
        "-e",
        "ip.checksum.status",
        "-e",
        "tcp.checksum.status",
        "-e",
        "udp.checksum.status",
    ]
    seen = {field for line in tshark(WHOLE, *status) for field in line.split("\t") if field}
    assert seen == {"1"}


def test_the_payload_is_all_there(tshark: Tshark) -> None:
    sent = ["-Y", "tcp.srcport == 12345", "-T", "fields", "-e", "tcp.payload"]
    payload = bytes.fromhex("".join(tshark(WHOLE, *sent)))
    assert payload == b"x" * (3 * LARGEST_SEGMENT + 7) + b"y" * (LARGEST_SEGMENT - 1) + b"late"


def test_who_opens_and_who_closes(tshark: Tshark) -> None:
    fields = ["-Y", "tcp.flags.syn == 1 || tcp.flags.fin == 1 || tcp.flags.reset == 1"]
    fields += ["-T", "fields", "-e", "tcp.srcport", "-e", "tcp.flags"]
    assert [tuple(line.split("\t")) for line in tshark(WHOLE, *fields)] == [
        ("40000", "0x0002"),
        ("12345", "0x0012"),
        ("40000", "0x0011"),
        ("12345", "0x0011"),
        ("40001", "0x0002"),
        ("12346", "0x0012"),
        ("40001", "0x0014"),
    ]


def test_the_comments_say_what_was_made_up(tshark: Tshark) -> None:
    noted = tshark(WHOLE, "-Y", "frame.comment", "-T", "fields", "-e", "tcp.srcport", "-e", "frame.comment")
    assert noted == [f"40001\t{TLS_COMMENT}"]
    file = io.BytesIO()
    write_capture([], file)
    assert COMMENT.encode() in file.getvalue()


def test_times_are_kept(tshark: Tshark) -> None:
    times = tshark(WHOLE, "-T", "fields", "-e", "frame.time_epoch")
    assert times[0] == "1700000000.000000000" and times[-1] == "1700000000.000084000"


def test_a_session_recorded_at_both_ends_is_written_once(tshark: Tshark) -> None:
    messages: list[CapturedMessage] = []
    for time in range(2):
        for ends, client, outward in (((A, B), True, "out"), ((B, A), False, "in")):
            inward = "in" if outward == "out" else "out"
            messages += [
                tcp(time, outward, mark=CaptureMark.OPENED, ends=ends, client=client),
                tcp(time, outward, b"question", ends=ends, client=client),
                tcp(time, inward, b"answer", ends=ends, client=client),
            ]
        messages.append(tcp(time, "out", mark=CaptureMark.CLOSED))
        messages.append(tcp(time, "in", b"", CaptureMark.CLOSED, (B, A), client=False))
    assert tshark(messages, "-Y", "tcp.analysis.flags && !tcp.analysis.reused_ports") == []
    assert len(tshark(messages, "-Y", "tcp.len > 0")) == 4


def test_the_internet_checksum_of_the_rfc() -> None:
    # RFC 1071 section 3: the words 0001 f203 f4f5 f6f7 sum to ddf2.
    assert checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0xFFFF - 0xDDF2
    assert checksum(b"") == checksum(b"\0\0") == 0xFFFF
    assert checksum(b"\xff\xff") == 0


@given(st.binary(max_size=200))
def test_the_internet_checksum_word_by_word(data: bytes) -> None:
    padded = data + b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    assert checksum(data) == 0xFFFF - total


def test_a_udp_checksum_is_never_the_zero_that_means_none() -> None:
    def udp_checksum(data: bytes) -> bytes:
        file = io.BytesIO()
        write_capture([CapturedMessage(START, "udp", A, B, "out", data)], file)
        ports = struct.pack(">HHH", A[1], B[1], 8 + len(data))
        start = file.getvalue().index(ports) + len(ports)
        return file.getvalue()[start : start + 2]

    # With the checksum of zeros as payload the sum comes out as zero.
    assert udp_checksum(udp_checksum(b"\0\0")) == b"\xff\xff"


@pytest.mark.parametrize(
    ("message", "kind", "found"),
    [
        (CapturedMessage(0, "udp", A, B, "out", b"x" * 65_508), CaptureErrorKind.DATAGRAM_TOO_LARGE, "65508"),
        (
            CapturedMessage(0, "tcp", ("localhost", 1), B, "out", b"x"),
            CaptureErrorKind.BAD_ADDRESS,
            "('localhost', 1) ('127.0.0.1', 12345)",
        ),
    ],
)
def test_what_cannot_be_written_is_named(
    message: CapturedMessage, kind: CaptureErrorKind, found: str
) -> None:
    file = io.BytesIO()
    with pytest.raises(CaptureError) as caught:
        write_capture([tcp(0, "out", b"fine"), message], file)
    assert (caught.value.kind, caught.value.index, caught.value.found) == (kind, 1, found)
    assert b"fine" in file.getvalue()


def test_blocks_are_well_formed() -> None:
    file = io.BytesIO()
    packets = write_capture(WHOLE, file)
    data, kinds = file.getvalue(), []
    while data:
        kind, length = struct.unpack_from("<II", data)
        assert length % 4 == 0 and data[length - 4 : length] == struct.pack("<I", length)
        kinds.append(kind)
        data = data[length:]
    assert kinds == [0x0A0D0D0A, 1] + [6] * packets
