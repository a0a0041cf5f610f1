"""Exports, read back by their usual readers: json, csv, tshark."""

from __future__ import annotations

import csv
import io
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from net.events import Event, Exported, ExportProgressed, FaultKind
from net.sockets.events import (
    Acknowledged,
    CloseReason,
    DatagramsReceived,
    MessagesReceived,
    MessagesSent,
    Role,
    SocketCalled,
    State,
    StateChanged,
    Transport,
)
from net.storage import exporting
from net.transcript import export
from net.transcript.commands import CancelExport, Export, TranscriptFormat
from net.transcript.reader import Row, RowPart
from tests.net.transcript.recording import PEER, START, Recording, closed, opened, received, sent
from tests.programs import is_installed, run_program
from tests.waiting import wait_until


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[Recording]:
    """One listener (1) with two connections (2, 3), and an endpoint (4)."""
    with Recording(tmp_path / "profile" / "transcript.sqlite") as recording:
        recording.put(opened(1, role=Role.SERVER, remote=None), opened(2, 1, Role.ACCEPTED))
        recording.put(SocketCalled(2, "accept", "", "", START), received(2, b"=1+1", "你好\r\nline".encode()))
        recording.put(opened(3, 1, Role.ACCEPTED, remote=PEER.with_port(40001), transport=Transport.TLS))
        recording.put(sent(3, b"@x", b"\xff\0", origin="reply"), closed(2), closed(3, CloseReason.RESET))
        recording.put(opened(4, role=Role.UNICAST, transport=Transport.UDP, remote=None))
        recording.put(DatagramsReceived(4, [b"in"], [("127.0.0.1", 9)], START))
        recording.put(MessagesSent(4, [b"out"], PEER, "user", START))
        yield recording


def exported(recording: Recording, path: Path, format: str, session: int = 1, **options: object) -> Exported:
    command = Export(1, session, str(path), TranscriptFormat(format), **options)  # type: ignore[arg-type]
    before = len(recording.events(Exported))
    recording.recorder.export(command)
    return recording.wait_for(Exported, before + 1)


def test_jsonl(recording: Recording, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    reported = exported(recording, path, "jsonl")
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert reported == Exported(1, str(path), 10, None) and len(lines) == 10
    assert list(lines[0]) == ["time", "session", "transport", "local", "remote", "direction", "hex", "text"]
    texts = [line["text"] for line in lines if line["direction"] != "note"]
    assert texts == ["=1+1", "你好\r\nline", "@x", "⟨FF⟩\0"]
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["out.jsonl"]


def test_a_connection_alone_and_chosen_rows(recording: Recording, tmp_path: Path) -> None:
    path = tmp_path / "out"
    exported(recording, path, "jsonl", session=2)
    assert {json.loads(line)["session"] for line in path.read_text().splitlines()} == {2}
    rows = recording.reader().fetch(2, 2, 4)
    reported = exported(recording, path, "jsonl", session=2, part=RowPart([row.id for row in rows]))
    assert reported.rows == 2
    assert [json.loads(line)["hex"] for line in path.read_text().splitlines()] == [
        row.data.hex() for row in rows
    ]


def test_what_takes_longer_tells_how_far_it_is_and_can_be_cancelled(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("what was there before")
    with Recording(tmp_path / "transcript.sqlite") as recording:
        recording.put(opened(1), *[received(1, *[b"x" * 60] * 1000) for _ in range(200)])
        recording.wait_rows(1, 200_001)
        recording.recorder.export(Export(7, 1, str(path), TranscriptFormat.TEXT))
        first = recording.wait_for(ExportProgressed)
        assert first.job == 7 and 0 < first.rows < first.total == 200_001
        recording.recorder.cancel_export(CancelExport(7))
        ended = recording.wait_for(Exported)
        assert ended.rows == 0 and ended.fault is not None and ended.fault.kind is FaultKind.CANCELLED
        assert path.read_text() == "what was there before"
        assert [file.name for file in tmp_path.iterdir() if "out" in file.name] == ["out.txt"]
        recording.recorder.cancel_export(CancelExport(7))
        recording.recorder.cancel_export(CancelExport(8))


def test_an_export_cancelled_before_it_begins_writes_nothing(recording: Recording, tmp_path: Path) -> None:
    recording.recorder.export(Export(9, 1, str(tmp_path / "out"), TranscriptFormat.TEXT))
    recording.recorder.cancel_export(CancelExport(9))
    ended = recording.wait_for(Exported)
    # It may have been quicker: there are ten rows.
    assert (ended.fault is None) == (tmp_path / "out").exists()


def test_csv_is_read_by_spreadsheets_and_holds_no_formula(recording: Recording, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    exported(recording, path, "csv")
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    messages = [row for row in rows if row["direction"] != "note"]
    assert [row["text"] for row in messages] == ["'=1+1", "你好\r\nline", "'@x", "⟨FF⟩⟨00⟩"]
    assert [row["hex"] for row in messages[::3]] == [b"=1+1".hex(), "ff00"]
    assert [row["size"] for row in messages[::3]] == ["4", "2"]


def test_text_is_for_people(recording: Recording, tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    exported(recording, path, "text")
    lines = path.read_text("utf-8").splitlines()
    assert lines[3] == "2023-11-14T22:13:20.123456Z  127.0.0.1:40000 -> 127.0.0.1:12345  =1+1"
    assert lines[4].endswith("  你好") and lines[5] == "    line"
    assert lines[2].endswith("  # accept: ok")
    assert any(line.endswith("127.0.0.1:12345 -> 127.0.0.1:40001  ⟨FF⟩⟨00⟩") for line in lines)


def test_text_uses_the_requested_codec(recording: Recording, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    exported(recording, path, "jsonl", session=2, codec="latin-1")
    assert json.loads(path.read_text("utf-8").splitlines()[-2])["text"] == "你好\r\nline".encode().decode(
        "latin-1"
    )


@pytest.mark.skipif(not is_installed("tshark"), reason="no tshark")
def test_tshark_reads_the_capture_without_complaint(recording: Recording, tmp_path: Path) -> None:
    payloads = []
    for session in (1, 4):
        path = tmp_path / f"{session}.pcapng"
        reported = exported(recording, path, "pcap", session=session)
        assert reported.fault is None
        command = [
            "tshark",
            "-r",
            str(path),
            "-n",
            "-o",
            "tcp.check_checksum:TRUE",
            "-o",
            "ip.check_checksum:TRUE",
        ]
        fields = ["-T", "fields", "-e", "_ws.expert", "-e", "tcp.payload", "-e", "udp.payload"]
        read = run_program([*command, *fields], capture_output=True, text=True, timeout=60)
        assert read.returncode == 0
        for line in read.stdout.splitlines():
            _, *found = line.split("\t")
            payloads += [payload for payload in found if payload]
        checked = run_program(
            [*command, "-q", "-z", "expert,warn"], capture_output=True, text=True, timeout=60
        )
        complaints = [
            line for line in checked.stdout.splitlines() if line.strip() and "RST" not in line.upper()
        ]
        assert not any(word in checked.stdout for word in ("Malformed", "Bad checksum", "Retransmission")), (
            complaints
        )
    messages = ["=1+1你好\r\nline".encode(), b"@x\xff\0", b"in", b"out"]
    assert [bytes.fromhex(payload.replace(":", "")) for payload in payloads] == messages


def packets_of(path: Path, *fields: str) -> list[list[str]]:
    """These fields of each packet, as tshark reads them."""
    wanted = [each for field in fields for each in ("-e", field)]
    read = run_program(
        ["tshark", "-r", str(path), "-n", "-T", "fields", *wanted],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return [line.split("\t") for line in read.stdout.splitlines()]


@pytest.mark.skipif(not is_installed("tshark"), reason="no tshark")
def test_a_capture_has_one_segment_for_each_call(tmp_path: Path) -> None:
    """Also of chosen rows, and it says what of a call is not in it."""
    path, chosen = tmp_path / "all.pcapng", tmp_path / "chosen.pcapng"
    with Recording(tmp_path / "profile" / "transcript.sqlite") as recording:
        recording.put(
            opened(1),
            MessagesReceived(1, [b"one", b"two", b"three"], START, 14, 0),
            MessagesReceived(1, [], START, 3, 14),
            MessagesReceived(1, [b"six"], START, 1, 17),
            sent(1, b"a", b"b", b"c"),
            Acknowledged(1, 3, 3, 1, False, START),
            sent(1, b"d"),
        )
        reader = recording.wait_rows(1, 9)
        exported(recording, path, "pcap")
        exported(recording, chosen, "pcap", part=RowPart([row.id for row in reader.fetch(1, 2, 6)]))
    shown = [
        (bytes.fromhex(payload.replace(":", "")), comment)
        for payload, comment in packets_of(path, "tcp.payload", "frame.comment")
        if payload
    ]
    assert [payload for payload, _comment in shown] == [b"onetwothree", b"six", b"abc", b"d"]
    assert "recv returned 14 bytes; this is 3 of its 3 messages, 11 bytes" in shown[0][1]
    assert "recv returned 1 bytes" in shown[1][1] and not shown[2][1]
    payloads = [bytes.fromhex(found[0].replace(":", "")) for found in packets_of(chosen, "tcp.payload")]
    assert payloads == [b"twothree", b"six", b"a"]
    assert b"one segment for each recv or send" in path.read_bytes()


@pytest.mark.skipif(not is_installed("tshark"), reason="no tshark")
@pytest.mark.parametrize(
    ("ends", "fins"),
    [
        ([SocketCalled(1, "shutdown", "SHUT_WR", "", START), closed(1, CloseReason.TIMED_OUT)], ["12345"]),
        ([closed(1, CloseReason.BY_ME)], ["12345"]),
        ([closed(1, CloseReason.BY_PEER)], ["40000", "12345"]),
        ([StateChanged(1, State.HALF_CLOSED_REMOTE, START), closed(1, CloseReason.FAILED)], ["40000"]),
        ([closed(1, CloseReason.TIMED_OUT)], []),
    ],
)
def test_a_capture_has_the_fins_that_are_known(tmp_path: Path, ends: list[Event], fins: list[str]) -> None:
    path = tmp_path / "out.pcapng"
    with Recording(tmp_path / "profile" / "transcript.sqlite") as recording:
        recording.put(opened(1), *ends)
        recording.wait_rows(1, 1 + len(ends))
        exported(recording, path, "pcap")
    found = packets_of(path, "tcp.srcport", "tcp.flags.fin")
    assert [port for port, fin in found if fin in ("1", "True")] == fins


def test_failures_leave_what_was_there_and_no_half_file(recording: Recording, tmp_path: Path) -> None:
    missing = exported(recording, tmp_path / "no such folder" / "out", "csv")
    assert missing.fault is not None and missing.fault.kind is FaultKind.FILE_UNWRITABLE
    with pytest.raises(ValueError, match="docx"):
        exported(recording, tmp_path / "out", "docx")
    assert [path for path in tmp_path.iterdir() if path.is_file()] == []


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE")
def test_a_disk_that_fills_up_leaves_the_old_file(recording: Recording, tmp_path: Path) -> None:
    import resource

    path = tmp_path / "out.jsonl"
    path.write_text("old")
    recording.put(*[received(2, b"x" * 9000)] * 50)
    recording.wait_rows(2, 50)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        reported = exported(recording, path, "jsonl")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (
        reported.fault is not None and reported.fault.kind is FaultKind.FILE_UNWRITABLE and not reported.rows
    )
    assert path.read_text() == "old" and not (tmp_path / "out.jsonl.part").exists()


def test_recording_goes_on_during_an_export_and_stopping_gives_it_up(
    recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, go_on = threading.Event(), threading.Event()
    text = export.row_text

    def slow(row: Row, codec: str) -> str:
        reached.set()
        assert go_on.wait(30)
        return text(row, codec)

    monkeypatch.setattr(export, "row_text", slow)
    monkeypatch.setattr(exporting, "FINISH_PATIENCE", 0.05)
    path = tmp_path / "out.jsonl"
    recording.recorder.export(Export(5, 1, str(path), TranscriptFormat.JSON_LINES))
    assert reached.wait(30)
    recording.put(received(3, b"meanwhile"))
    recording.wait_rows(3, 5)
    recording.recorder.stop()
    exporter = recording.recorder._exporter
    wait_until(exporter.threads.cancelled.is_set, what="the export to be given up")
    go_on.set()
    recording.end()
    (reported,) = recording.events(Exported)
    assert reported.fault is not None and reported.fault.kind is FaultKind.CANCELLED
    assert not path.exists() and not path.with_name("out.jsonl.part").exists()
