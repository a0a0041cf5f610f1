"""What relays pass on, in the transcript, its exports and the JSON lines."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from pathlib import Path

from net.address import Address
from net.protocol.impairment.fate import Fate
from net.protocol.impairment.settings import Impairment
from net.sockets.events import (
    MessagesRelayed,
    Opened,
    RelayChanged,
    RelayClientChanged,
    RelayedPiece,
    Role,
    Transport,
)
from net.transcript.export import write_csv, write_jsonl, write_pcap, write_text
from net.transcript.reader import Row, RowFilter, TranscriptReader
from tests.net.transcript.recording import LOCAL, START, Recording, closed

TARGET = Address("127.0.0.1", 9000)
ONE, OTHER = ("127.0.0.1", 40001), ("::1", 40002, 0, 0)
PIECES = [
    RelayedPiece(b"first", Fate.PASSED, False, ONE, 0.05, 1),
    RelayedPiece(b"second", Fate.LOST, False, OTHER, 0.0, 2),
    RelayedPiece(b"answer", Fate.REORDERED, True, ONE, 59.999999, 1),
    RelayedPiece(b"", Fate.QUEUE_FULL, True, ONE, 0.0, 2),
    RelayedPiece(b"first", Fate.DOUBLED, False, ONE, 0.0000014, 1),
]
CHANGED = RelayChanged(1, Impairment(loss=0.2), Impairment(), 7, START)
EVENTS = (
    Opened(1, None, Transport.UDP, Role.RELAY, LOCAL, TARGET, START),
    CHANGED,
    RelayClientChanged(1, Address(*ONE), "came", START),
    MessagesRelayed(1, PIECES, START + 5),
    closed(1),
)


def rows(path: Path) -> list[Row]:
    with Recording(path) as recording:
        recording.put(*EVENTS)
        return recording.wait_rows(1, 9).fetch(1, 0, 99)


def test_each_row_says_who_to_whom_and_its_fate(tmp_path: Path) -> None:
    found = rows(tmp_path / "t.sqlite")
    assert [row.note for row in found] == ["opened", "relay", "client", "", "", "", "", "", "closed"]
    assert found[1].detail == {"to_target": "loss=0.2", "to_client": "", "seed": 7}
    assert found[2].detail == {"client": "127.0.0.1:40001", "state": "came"}
    relayed = [row for row in found if not row.note]
    assert [(row.data, row.direction, row.remote, row.local) for row in relayed] == [
        (b"first", "in", "127.0.0.1:40001", str(TARGET)),
        (b"second", "in", "[::1]:40002", str(TARGET)),
        (b"answer", "out", "127.0.0.1:40001", str(TARGET)),
        (b"", "out", "127.0.0.1:40001", str(TARGET)),
        (b"first", "in", "127.0.0.1:40001", str(TARGET)),
    ]
    assert [(row.detail["fate"], row.detail["delay"]) for row in relayed] == [
        ("passed", 0.05),
        ("lost", 0.0),
        ("reordered", 59.999999),
        ("queue-full", 0.0),
        ("doubled", 0.000001),
    ]


def test_they_are_filtered_and_found_as_others(tmp_path: Path) -> None:
    with Recording(tmp_path / "t.sqlite") as recording:
        recording.put(*EVENTS)
        reader = recording.wait_rows(1, 9)

        def chosen(**options: object) -> list[bytes]:
            filter = RowFilter(notes=False, **options)  # type: ignore[arg-type]
            return [row.data for row in reader.fetch_rows(reader.select(1, filter))]

        assert chosen(directions=frozenset(("in",))) == [b"first", b"second", b"first"]
        assert chosen(directions=frozenset(("out",))) == [b"answer", b""]
        assert chosen(peer="[::1]:40002") == [b"second"]
        assert len(reader.select(1, RowFilter(frozenset(), notes=True))) == 4
        assert list(reader.find(1, "second", "utf-8")) == [4]


def test_exports_name_the_fate(tmp_path: Path) -> None:
    found = rows(tmp_path / "t.sqlite")
    file = io.BytesIO()
    write_jsonl(iter(found), file, "utf-8")
    lines = [json.loads(line) for line in file.getvalue().decode().splitlines()]
    assert [line.get("fate") for line in lines][3:8] == [
        "passed",
        "lost",
        "reordered",
        "queue-full",
        "doubled",
    ]
    assert lines[3]["delay_ms"] == 50
    assert "fate" not in lines[0]
    file = io.BytesIO()
    write_csv(iter(found), file, "utf-8")
    table = list(csv.DictReader(io.StringIO(file.getvalue().decode("utf-8-sig"))))
    assert [row["fate"] for row in table][2:5] == ["", "passed", "lost"]
    file = io.BytesIO()
    write_text(iter(found), file, "utf-8")
    assert "127.0.0.1:40001 -> 127.0.0.1:9000  [passed] first" in file.getvalue().decode()
    assert "relay does to the target: loss=0.2; back: nothing, seed 7" in file.getvalue().decode()


def test_a_capture_holds_what_left_the_relay(tmp_path: Path) -> None:
    found = [row for row in rows(tmp_path / "t.sqlite") if "[::1]" not in row.remote]
    file = io.BytesIO()
    with contextlib.closing(TranscriptReader(tmp_path / "t.sqlite")) as reader:
        write_pcap(iter(found), file, reader)
    capture = file.getvalue()
    assert capture.count(b"first") == 2 and b"answer" in capture and b"second" not in capture


def test_the_stream_has_the_same_lines(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with Recording(None, path) as recording:
        recording.recorder.set_codec(1, "utf-8", "udp")
        recording.put(*EVENTS)
        recording.end()
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    passed = lines[3]
    assert (passed["direction"], passed["local"], passed["remote"]) == ("in", str(TARGET), "127.0.0.1:40001")
    assert (passed["text"], passed["fate"], passed["delay_ms"]) == ("first", "passed", 50)
    assert [line["fate"] for line in lines[4:8]] == ["lost", "reordered", "queue-full", "doubled"]
