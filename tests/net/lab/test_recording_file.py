"""Recordings as files: whole, cut off, edited by hand, from another version, made to do harm."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.lab import recording_file
from net.lab.picture import PictureBuilder
from net.lab.recording import (
    VERSION,
    Call,
    Done,
    Header,
    Printed,
    ProgramText,
    RecordedEvent,
    Returned,
    Started,
)
from net.lab.recording_file import (
    LONGEST_NAME,
    Damage,
    ReadRecording,
    decode_recording,
    read_recording,
    recording_line,
    write_recording,
)
from tests.net.lab import recordings


def read(*lines: bytes) -> ReadRecording:
    return decode_recording(io.BytesIO(b"".join(lines)))


def lines_of(events: list[RecordedEvent]) -> list[bytes]:
    return [recording_line(event) for event in events]


WHOLE = lines_of(recordings.stream())


def test_a_name_that_was_not_found_is_kept() -> None:
    unknown = Returned(1.0, n=1, who="client", error="gaierror", errno=-2)
    events = [*recordings.stream()[:-1], unknown, Done(2.0)]
    assert read(*lines_of(events)) == ReadRecording(tuple(events))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    events = recordings.stream()
    path = tmp_path / "run.jsonl"
    write_recording(path, events)
    assert read_recording(path) == ReadRecording(tuple(events))
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.jsonl"]


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text("old")

    class Breaking:
        def __iter__(self) -> object:
            yield recordings.stream()[0]
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        write_recording(path, Breaking())  # type: ignore[arg-type]
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_without_its_end_is_cut_off() -> None:
    found = read(*WHOLE[:10])
    assert found.events == tuple(recordings.stream()[:10])
    assert found.damage == (Damage("cut-off", 10),)


@given(st.integers(0, len(b"".join(WHOLE)) - 2))
def test_wherever_it_is_cut_what_stands_before_is_read(at: int) -> None:
    found = read(b"".join(WHOLE)[:at])
    whole = tuple(recordings.stream())
    assert found.events == whole[: len(found.events)]
    assert [damage.code for damage in found.damage] in (["cut-off"], ["not-a-recording"])
    assert (found.damage[0].code == "not-a-recording") == (at < len(WHOLE[0]) - 1)


def test_lines_that_are_no_events_are_left_out_and_named() -> None:
    bad = [b"hello\n", b'{"kind":"dance","t":1}\n', b'{"kind":"started","t":1,"who":"stranger"}\n']
    found = read(*WHOLE[:3], *bad, b"\n", *WHOLE[3:])
    assert found.events == tuple(recordings.stream())
    assert found.damage == (Damage("damaged-line", 4, 3),)


def test_a_newer_version_is_read_as_far_as_it_is_known() -> None:
    header = msgspec.structs.replace(recordings.stream()[0], version=VERSION + 1)
    found = read(recording_line(header), b'{"kind":"hologram","t":0.1}\n', *WHOLE[1:])
    assert found.events[1:] == tuple(recordings.stream()[1:])
    assert found.damage == (Damage("newer", 1),)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"{}\n",
        b"[" * 100_000,
        b'{"kind":"started","t":1,"who":"a"}\n',
        "你好\n".encode("gbk"),
        b"\xff\xfe{\x00",
        recording_line(Header(t=0.0, programs=(ProgramText("a", "a.py"), ProgramText("a", "b.py")))),
        recording_line(Header(t=0.0, programs=tuple(ProgramText(f"p{n}", "p.py") for n in range(101)))),
    ],
)
def test_what_is_no_recording_is_refused(content: bytes) -> None:
    assert read(content) == ReadRecording((), (Damage("not-a-recording", 1),))


@pytest.mark.parametrize(
    "line",
    [
        b'{"kind":"started","t":-1,"who":"client"}\n',
        b'{"kind":"started","t":1e12,"who":"client"}\n',
        b'{"kind":"started","t":1e999,"who":"client"}\n',
        b'{"kind":"acked","t":1,"who":"client","socket":1,"offset":-5}\n',
        b'{"kind":"acked","t":1,"who":"client","socket":1,"offset":99999999999999999999}\n',
        b'{"kind":"header","t":1}\n',
    ],
)
def test_impossible_numbers_are_no_event(line: bytes) -> None:
    found = read(WHOLE[0], line, *WHOLE[1:])
    assert found.damage == (Damage("damaged-line", 2),)


def test_names_and_texts_are_cleaned() -> None:
    name = "ev\x1b[31mil\u202e" + "x" * 500
    events: list[RecordedEvent] = [
        Header(t=0.0, programs=(ProgramText(name, "a\x00.py", "", 7),)),
        Started(t=0.1, who=name),
        Call(t=0.2, n=1, who=name, name="send", arguments="\x07", names={"a\x00": "\u202e"}),
        Printed(t=0.3, who=name, text="one\r\ntwo\x1b[2J\n"),
        Done(t=0.4),
    ]
    found = read(*lines_of(events))
    assert found.damage == ()
    header, started, call, printed = found.events[:4]
    assert isinstance(header, Header) and isinstance(started, Started)
    assert isinstance(call, Call) and isinstance(printed, Printed)
    assert header.programs[0].name == started.who and header.programs[0].side == 1
    assert header.programs[0].name.isprintable() and len(header.programs[0].name) < 2 * LONGEST_NAME
    assert call.names == {"a⟨00⟩": "⟨U+202E⟩"} and call.arguments == "⟨07⟩"
    assert printed.text == "one\ntwo⟨1B⟩[2J\n"


def test_a_file_that_is_too_large_is_read_to_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording_file, "MOST_EVENTS", 20)
    found = read(*WHOLE)
    assert len(found.events) == 20
    assert found.damage == (Damage("too-large", 21),)
    monkeypatch.setattr(recording_file, "MOST_EVENTS", 1000)
    monkeypatch.setattr(recording_file, "LONGEST_LINE", 3000)
    found = read(WHOLE[0], b"x" * 10_000 + b"\n", *WHOLE[1:])
    assert found.damage == (Damage("damaged-line", 2),)
    assert found.events == tuple(recordings.stream())


@given(st.lists(st.sampled_from(WHOLE) | st.binary(max_size=60), max_size=30))
def test_whatever_is_in_the_file_a_picture_can_be_made_of_it(lines: list[bytes]) -> None:
    found = read(WHOLE[0], *(line if line.endswith(b"\n") else line + b"\n" for line in lines))
    builder = PictureBuilder()
    for event in found.events:
        builder.add(event)
    assert len(builder.picture.events) == len(found.events) >= 1
