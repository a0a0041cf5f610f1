"""The JSON-lines stream: its format, and files, pipes and disks that fail."""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from net.address import Address
from net.events import Fault, FaultKind, StoreFaulted
from net.sockets.events import (
    DatagramsReceived,
    MessagesSent,
    OpenFailed,
    Role,
    SocketCalled,
    Transport,
)
from net.transcript import json_lines
from net.transcript.json_lines import time_text
from tests.net.transcript.recording import LOCAL, PEER, START, Recording, closed, opened, received, sent
from tests.programs import run_program
from tests.waiting import wait_until

KEYS = ["time", "session", "transport", "local", "remote", "direction", "hex", "text"]
posix = pytest.mark.skipif(sys.platform == "win32", reason="FIFOs")


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "RETRY_SECONDS", 0.05)


def parsed(text: str) -> list[dict[str, Any]]:
    assert not text or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def test_each_line_has_exactly_the_agreed_keys(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with Recording(None, path) as recording:
        recording.recorder.set_codec(1, "gb18030", "tcp")
        recording.put(
            SocketCalled(1, "connect", "127.0.0.1:40000", "", START),
            opened(1, transport=Transport.TLS),
            received(1, "你好\n\"'".encode("gb18030"), b"\xff\0"),
            sent(1, b"ok"),
            closed(1),
        )
        recording.end()
    lines = parsed(path.read_text("utf-8"))
    assert all(list(line) == KEYS for line in lines)
    assert lines[0]["text"] == "connect 127.0.0.1:40000: ok" and lines[0]["hex"] == ""
    assert [line["direction"] for line in lines] == ["note", "note", "in", "in", "out", "note"]
    assert [line["transport"] for line in lines] == ["tcp"] + ["tls"] * 5
    assert lines[2] == {
        "time": "2023-11-14T22:13:20.123456Z",
        "session": 1,
        "transport": "tls",
        "local": str(LOCAL),
        "remote": str(PEER),
        "direction": "in",
        "hex": "你好\n\"'".encode("gb18030").hex(),
        "text": "你好\n\"'",
    }
    assert lines[3]["text"] == "⟨FF⟩\0"


def test_datagrams_name_their_ends_and_connections_use_their_listeners_codec(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with Recording(None, path) as recording:
        recording.recorder.set_codec(1, "utf-8", "udp")
        refused = Fault(FaultKind.ADDRESS_IN_USE, {"address": str(LOCAL)})
        recording.put(opened(1, role=Role.UNICAST, transport=Transport.UDP, remote=None))
        recording.put(DatagramsReceived(1, [b"a", b"b"], [("127.0.0.1", 5), ("::1", 6, 0, 0)], START))
        recording.put(MessagesSent(1, [b"c"], Address("127.0.0.1", 7), "reply", START))
        recording.recorder.set_codec(2, "big5")
        recording.put(opened(2, role=Role.SERVER, remote=None), opened(3, 2, Role.ACCEPTED))
        recording.put(received(3, "你好".encode("big5")))
        recording.recorder.set_codec(4, "utf-8", "udp")
        recording.put(OpenFailed(4, refused, START))
        recording.end()
    lines = parsed(path.read_text("utf-8"))
    assert [line["remote"] for line in lines[1:4]] == ["127.0.0.1:5", "[::1]:6", "127.0.0.1:7"]
    assert {line["local"] for line in lines[:4]} == {str(LOCAL)}
    assert lines[6]["text"] == "你好"
    assert (
        lines[7]["text"] == f"open failed: address_in_use address={LOCAL}" and lines[7]["transport"] == "udp"
    )


def test_time_is_utc_with_microseconds_whatever_the_moment() -> None:
    assert time_text(0) == "1970-01-01T00:00:00.000000Z"
    assert time_text(1_700_000_000_000_000_999) == "2023-11-14T22:13:20.000000Z"


def test_lines_are_there_at_once_and_appended(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text('{"cut": "in the mid')
    with Recording(None, path) as recording:
        recording.put(opened(1), received(1, b"now"))
        wait_until(lambda: path.read_text().endswith('"text":"now"}\n'))
    lines = path.read_text().splitlines()
    assert lines[0] == '{"cut": "in the mid' and json.loads(lines[-1])["text"] == "now"


def test_store_and_stream_have_the_same_messages(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with Recording(tmp_path / "transcript.sqlite", path) as recording:
        recording.put(opened(1), *[received(1, *[b"%d" % number for number in range(100)])] * 20)
        rows = recording.wait_rows(1, 2001).fetch(1, 1, 3000)
        recording.end()
    assert [line["hex"] for line in parsed(path.read_text())[1:]] == [row.data.hex() for row in rows]


@posix
def test_a_fifo_is_waited_for_and_survives_its_reader(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    with Recording(None, path) as recording:
        recording.put(opened(1), received(1, b"first"))
        wait_until(lambda: recording.faults(stream=True) == ["store_failed"])
        with open(path, "rb") as reader:
            assert json.loads(reader.readline())["text"].startswith("opened")
            assert json.loads(reader.readline())["text"] == "first"
        wait_until(lambda: recording.faults(stream=True) == ["store_failed", ""])
        recording.put(received(1, b"second"))
        wait_until(lambda: len(recording.faults(stream=True)) == 3)
        with open(path, "rb") as reader:
            assert json.loads(reader.readline())["text"] == "second"


@posix
def test_after_a_reader_left_in_mid_line_the_next_begins_with_a_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    with Recording(None, path) as recording:
        recording.put(opened(1), received(1, b"x" * 200_000))
        wait_until(lambda: recording.faults(stream=True) == ["store_failed"])
        with open(path, "rb") as reader:
            assert json.loads(reader.readline())["text"].startswith("opened")
            assert len(reader.read(1000)) == 1000
        # A reader that opens the pipe before the loss of the first is noticed would continue in mid-line.
        stream = recording.recorder._stream
        assert stream is not None
        wait_until(lambda: stream._file is None, what="the loss of the first is noticed")
        with open(path, "rb") as reader:
            assert json.loads(reader.readline())["text"] == "x" * 200_000


@posix
def test_a_pipe_nobody_empties_stops_neither_store_nor_network(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    keep_open = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with Recording(tmp_path / "transcript.sqlite", path) as recording:
            recording.put(opened(1), *[received(1, b"%05d" % number * 200) for number in range(500)])
            recording.wait_rows(1, 501)
            wait_until(lambda: recording.faults(stream=True) == ["store_failed"])
            wait_until(lambda: recording.recorder.backlog == 0)
            os.set_blocking(keep_open, True)
            with open(keep_open, "rb", closefd=False) as reader:
                texts = [json.loads(reader.readline())["text"] for _ in range(501)]
            assert texts[1:] == [f"{number:05}" * 200 for number in range(500)]
    finally:
        os.close(keep_open)


@posix
def test_stopping_does_not_wait_for_a_reader_that_never_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_lines, "STOP_PATIENCE", 0.1)
    path = tmp_path / "fifo"
    os.mkfifo(path)
    with Recording(None, path) as recording:
        recording.put(opened(1))
        recording.end()
        assert set(recording.faults(stream=True)) == {"store_failed"}


PRINT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.net.transcript.recording import *
with Recording(None, Path("/dev/stdout")) as recording:
    recording.put(opened(1), received(1, b"printed"))
"""


@posix
def test_standard_output_as_the_file() -> None:
    command = [sys.executable, "-c", PRINT, str(Path(__file__).parents[3])]
    shown = run_program(command, capture_output=True, check=True, timeout=60).stdout
    assert [line["text"] for line in parsed(shown.decode())][1:] == ["printed"]


def test_a_full_disk_loses_nothing_and_repeats_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.jsonl"
    room = [700]
    write = os.write

    def limited(file: int, data: memoryview | bytes) -> int:
        """As on a disk with ``room`` bytes left: a short write, then ENOSPC."""
        if len(data) < 50:
            return write(file, data)
        if room[0] <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = write(file, data[: room[0]])
        room[0] -= written
        return written

    monkeypatch.setattr(os, "write", limited)
    with Recording(None, path) as recording:
        recording.put(opened(1), *[received(1, b"%02d" % number) for number in range(50)])
        wait_until(lambda: recording.faults(stream=True) == ["store_full"])
        recording.put(received(1, b"later"))
        room[0] = 1 << 30
        wait_until(lambda: recording.faults(stream=True) == ["store_full", ""])
        recording.end()
    texts = [line["text"] for line in parsed(path.read_text())]
    assert texts[1:] == [f"{number:02}" for number in range(50)] + ["later"]


def test_a_folder_in_the_place_of_the_file_is_reported_at_once(tmp_path: Path) -> None:
    with Recording(None, tmp_path) as recording:
        fault = recording.wait_for(StoreFaulted)
        assert fault.stream and fault.fault is not None and fault.fault.params["path"] == str(tmp_path)
