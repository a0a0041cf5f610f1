"""A sent file is a reference in the transcript, not a copy; and profiles of Duplex before that."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import os
import sqlite3
from pathlib import Path

import pytest

from net.events import Exported
from net.sockets.events import FileProgressed, FileSent, Role, SentFile
from net.storage.file import Schema, open_database
from net.transcript.commands import ClearTranscript, Export, TranscriptFormat
from net.transcript.reader import SCHEMA, SCHEMA_VERSION, Row, RowFilter, TranscriptReader
from tests.net.transcript.recording import PEER, START, Recording, data_of, opened, received, sent
from tests.programs import is_installed, run_program
from tests.waiting import wait_until

JOB, PIECE = 7, 65_536


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "profile" / "transcript.sqlite"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "report 报告.bin"
    made.write_bytes(os.urandom(3 * PIECE + 100))
    return made


def send(recording: Recording, session: int, file: Path, finish: bool = True) -> None:
    """As a job does it to one connection."""
    state = file.stat()
    facts = SentFile(JOB, str(file), state.st_size, state.st_mtime_ns)
    for start in range(0, state.st_size, PIECE):
        size = min(PIECE, state.st_size - start)
        recording.put(FileSent(session, facts, start, size, PEER, START + start))
    if finish:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        recording.put(
            FileProgressed(
                session, JOB, str(file), state.st_size, state.st_size, 0.0, "finished", None, digest
            )
        )


def parts(rows: list[Row]) -> list[Row]:
    return [row for row in rows if "start" in row.detail and not row.note]


def exported(recording: Recording, path: Path, format: str) -> bytes:
    before = len(recording.events(Exported))
    recording.recorder.export(Export(1, 1, str(path), TranscriptFormat(format)))
    assert recording.wait_for(Exported, before + 1).fault is None
    return path.read_bytes()


def test_a_sent_file_is_stored_as_a_reference(path: Path, file: Path) -> None:
    size, digest = file.stat().st_size, hashlib.sha256(file.read_bytes()).hexdigest()
    with Recording(path) as recording:
        recording.put(opened(1, role=Role.SERVER, remote=None), opened(2, 1, Role.ACCEPTED))
        recording.put(opened(3, 1, Role.ACCEPTED))
        for session in (2, 3):
            send(recording, session, file, finish=session == 3)
        recording.put(received(2, b"file start stop thanks"))
        reader = recording.wait_rows(1, 13, tree=True)
        rows = reader.fetch(2, 0, 99, most=1000)
        found = parts(rows)
        assert found == parts(reader.fetch(2, 0, 99))
        assert [(row.data, row.size, row.direction) for row in found] == [
            (b"", PIECE, "out"), (b"", PIECE, "out"), (b"", PIECE, "out"), (b"", 100, "out")
        ]  # fmt: skip
        assert [(row.detail["start"], row.detail["stop"]) for row in found][-1] == (3 * PIECE, size)
        facts = {
            "name": file.name,
            "path": str(file),
            "size": size,
            "modified": file.stat().st_mtime_ns,
            "sha256": digest,
        }
        assert all(row.detail["file"] == facts and row.detail["origin"] == "file" for row in found)
        assert len({row.detail["start"] for row in parts(reader.fetch(3, 0, 99))}) == 4
        # It is sent, but its words are none of the reference's.
        assert len(reader.select(2, RowFilter(frozenset({"out"}), notes=False))) == 4
        assert list(reader.find(1, "start", "utf-8", tree=True)) == [12]
    assert path.stat().st_size < size


def test_the_journal_is_folded_into_the_file_when_nothing_comes(path: Path, file: Path) -> None:
    with Recording(path) as recording:
        recording.put(opened(1))
        send(recording, 1, file)
        recording.wait_rows(1, 6)
        journal = path.with_name(path.name + "-wal")
        assert journal.stat().st_size > 0
        wait_until(lambda: journal.stat().st_size == 0, what="folded")
        assert len(parts(recording.reader().fetch(1, 0, 9))) == 4


def test_each_format_says_which_part_of_which_file(path: Path, file: Path, tmp_path: Path) -> None:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    with Recording(path) as recording:
        recording.put(opened(1))
        send(recording, 1, file)
        recording.wait_rows(1, 6)
        lines = [json.loads(line) for line in exported(recording, tmp_path / "a.jsonl", "jsonl").splitlines()]
        part = lines[2]["file"]
        assert part == {
            "name": file.name,
            "size": 3 * PIECE + 100,
            "sha256": digest,
            "start": PIECE,
            "stop": 2 * PIECE,
        }
        assert (lines[2]["hex"], lines[2]["direction"]) == ("", "out")
        text = exported(recording, tmp_path / "a.txt", "text").decode()
        assert f"file {file.name}: bytes 0 to {PIECE} of {3 * PIECE + 100}, sha256 {digest}" in text
        table = csv.DictReader(
            io.StringIO(exported(recording, tmp_path / "a.csv", "csv").decode("utf-8-sig"))
        )
        assert [row["size"] for row in table if row["direction"] == "out"] == [str(PIECE)] * 3 + ["100"]


def test_the_live_stream_has_the_reference_too(file: Path, tmp_path: Path) -> None:
    stream = tmp_path / "live.jsonl"
    with Recording(None, json_lines=stream) as recording:
        recording.put(opened(1))
        send(recording, 1, file)
    lines = [json.loads(line) for line in stream.read_text("utf-8").splitlines()]
    assert lines[1]["file"] == {"name": file.name, "size": 3 * PIECE + 100, "start": 0, "stop": PIECE}
    assert lines[1]["hex"] == "" and lines[1]["remote"] == str(PEER)
    assert hashlib.sha256(file.read_bytes()).hexdigest() in lines[-1]["text"]


@pytest.mark.skipif(not is_installed("tshark"), reason="no tshark")
@pytest.mark.parametrize("change", ["", "changed", "gone", "unfinished", "unfinished changed"])
def test_a_capture_has_the_bytes_only_of_a_file_that_is_still_what_was_sent(
    path: Path, file: Path, tmp_path: Path, change: str
) -> None:
    data = file.read_bytes()
    with Recording(path) as recording:
        recording.put(opened(1))
        send(recording, 1, file, finish="unfinished" not in change)
        recording.put(sent(1, b"behind it"))
        recording.wait_rows(1, 6)
        if change == "gone":
            file.unlink()
        elif "changed" in change:
            file.write_bytes(bytes(len(data)))
            os.utime(file, (1, 1))
        exported(recording, tmp_path / "a.pcap", "pcap")
    words = ["tshark", "-r", str(tmp_path / "a.pcap"), "-Y", "tcp.len > 0", "-T", "fields"]
    words += ["-e", "tcp.seq", "-e", "tcp.payload"]
    output = run_program(words, capture_output=True, text=True, check=True).stdout
    segments = [line.split("\t") for line in output.splitlines()]
    payload = b"".join(bytes.fromhex(segment[1]) for segment in segments)
    kept = change in ("", "unfinished")
    assert payload == (data if kept else b"") + b"behind it"
    assert int(segments[-1][0]) == 1 + len(data)


def test_the_reference_goes_with_its_session(path: Path, file: Path) -> None:
    with Recording(path) as recording:
        recording.put(opened(1))
        send(recording, 1, file, finish=False)
        recording.wait_rows(1, 5)
        recording.recorder.clear(ClearTranscript(1))
        wait_until(lambda: recording.reader().count(1) == 0)
        send(recording, 1, file)
        reader = recording.wait_rows(1, 5)
        assert all(row.detail["file"]["sha256"] for row in parts(reader.fetch(1, 0, 9)))

        def files() -> int:
            with contextlib.closing(sqlite3.connect(path)) as database:
                return int(database.execute("SELECT count(*) FROM files").fetchone()[0])

        wait_until(lambda: files() == 1, what="the first one's facts are gone")


# --- Profiles of an earlier Duplex ---

EARLIER = Schema(SCHEMA_VERSION, SCHEMA, pragmas=("synchronous = NORMAL",))
"""As it was before files were referred to."""


def test_a_profile_of_an_earlier_duplex_is_opened_and_goes_on(path: Path, file: Path) -> None:
    path.parent.mkdir()
    with Recording(path) as recording:
        recording.put(opened(1), received(1, b"of old"), sent(1, b"piece of a file", origin="file"))
        recording.wait_rows(1, 3)
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("DROP TABLE files")
        assert database.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        database.commit()
    assert data_of(TranscriptReader(path).fetch(1, 0, 9)) == [b"of old", b"piece of a file"]
    with Recording(path) as recording:
        recording.put(opened(2))
        send(recording, 2, file)
        reader = recording.wait_rows(2, 6)
        assert data_of(reader.fetch(1, 0, 9)) == [b"of old", b"piece of a file"]
        assert reader.fetch(1, 2, 3)[0].detail == {"origin": "file"}
        assert parts(reader.fetch(2, 0, 9))[0].detail["file"]["name"] == file.name
        assert not recording.faults()
    assert [each.name for each in path.parent.iterdir() if "version" in each.name] == []


def test_an_earlier_duplex_opens_what_this_one_wrote(path: Path, file: Path) -> None:
    with Recording(path) as recording:
        recording.put(opened(1), received(1, b"before"))
        send(recording, 1, file)
        recording.wait_rows(1, 7)
    with contextlib.closing(open_database(path, EARLIER)) as database:
        query = "SELECT kind, data FROM rows ORDER BY id"
        kinds = [(kind, data) for kind, data in database.execute(query) if kind < 16]
        # A message to it: of our side, with bytes.
        assert kinds[0] == (0, b"before") and len(kinds) == 5
        assert all(0 < kind < 16 and isinstance(data, bytes) for kind, data in kinds[1:])
        assert json.loads(kinds[1][1]) == {"file": 1, "start": 0, "stop": PIECE}
        (note,) = database.execute("SELECT data FROM rows WHERE kind = 23").fetchone()
        assert json.loads(note)["state"] == "finished"
