"""One scene many times: outcomes are counted, and real processes make them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from net.lab import lesson_files
from net.lab.commands import RunMany, StopRun
from net.lab.events import OutcomesCounted, RunEnded
from net.lab.lesson import Scene, SceneProgram, Text
from net.lab.recording import Call, Ended, Printed, RecordedEvent, Returned
from net.lab.run.outcomes import OutcomeError, outcome_of
from tests.net.lab.run.lab_rig import LabRig

ROLE = Text(en="a", zh_CN="a")
SERVER = """\
    import socket, time
    listener = socket.create_server(("127.0.0.1", 12345))
    connection, _ = listener.accept()
    time.sleep(0.02)
    while data := connection.recv(100):
        print(data)
"""
CLIENT = """\
    import socket
    s = socket.create_connection(("127.0.0.1", 12345))
    s.send(b"AAA")
    s.send(b"BB")
    s.close()
"""


@pytest.fixture
def pair(lab: LabRig, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A lesson "pair" in the test's folder."""
    folder = lab.folder / "pair"
    folder.mkdir()
    lab.write("pair/server.py", SERVER)
    lab.write("pair/client.py", CLIENT)
    monkeypatch.setattr(lesson_files, "LESSONS_FOLDER", Path(lab.folder))
    programs = tuple(SceneProgram(name=name, file=f"{name}.py", role=ROLE) for name in ("server", "client"))
    return Scene(name="pair", programs=programs, outcome="server recv")


def test_outcomes_of_many_runs_are_counted(lab: LabRig, pair: Scene) -> None:
    begun = time.monotonic()
    counted = lab.count("pair", pair, 20)
    assert counted.times == 20
    # The server comes late: all five bytes wait for it, as they always do.
    assert dict(counted.outcomes) == {"b'AAABB'": 20}
    assert time.monotonic() - begun < 60


def test_a_program_that_never_ends_is_ended_when_it_waits_alone(lab: LabRig, pair: Scene) -> None:
    lab.write("pair/server.py", SERVER.replace("print(data)", "print(data)\n    listener.accept()"))
    counted = lab.count("pair", pair, 3)
    assert dict(counted.outcomes) == {"b'AAABB'": 3}


def test_many_runs_can_be_stopped(lab: LabRig, pair: Scene) -> None:
    number = lab.engine.new_job()
    lab.engine.submit(RunMany(number, "pair", pair, 1000))
    lab.watched.wait(lambda: len(lab.watched.all(OutcomesCounted)) >= 2)
    lab.engine.submit(StopRun(number))
    ended = lab.watched.first(RunEnded)
    assert ended.run == number and ended.fault is None
    assert len(lab.watched.all(OutcomesCounted)) < 1000


def test_what_is_no_outcome_begins_nothing(lab: LabRig, pair: Scene) -> None:
    number = lab.engine.new_job()
    scene = Scene(name="pair", programs=pair.programs, outcome="who knows what")
    lab.engine.submit(RunMany(number, "pair", scene, 3))
    assert lab.watched.first(RunEnded).fault is not None


# --- Outcomes of recordings ---


def call(n: int, who: str, name: str, socket: int = 1) -> Call:
    return Call(float(n), n=n, who=who, name=name, socket=socket, transport="tcp")


def back(n: int, who: str, **values: object) -> Returned:
    return Returned(float(n), n=n, who=who, **values)  # type: ignore[arg-type]


PIECES: list[RecordedEvent] = [
    call(1, "server", "recv"), back(1, "server", data=b"AAAB", size=4, value="b'AAAB'"),
    call(2, "client", "recv"), back(2, "client", data=b"x", size=1),
    call(3, "server", "recv"), back(3, "server", data=b"BC", size=2),
    call(4, "server", "recv"), back(4, "server", value="b''"),
]  # fmt: skip


def test_what_a_call_returned_is_told_in_order_without_the_streams_end() -> None:
    assert outcome_of("server recv", PIECES) == "b'AAAB' b'BC'"
    assert outcome_of("client recv", PIECES) == "b'x'"
    assert outcome_of("server accept", PIECES) == "-"
    errors: list[RecordedEvent] = [call(1, "a", "connect"), back(1, "a", error="ConnectionRefusedError")]
    assert outcome_of("a connect", errors) == "ConnectionRefusedError"


def test_who_closed_first_is_who_closed_a_connection() -> None:
    events: list[RecordedEvent] = [
        call(1, "server", "listen"), back(1, "server"),
        call(2, "client", "connect"), back(2, "client"),
        call(3, "server", "accept"), back(3, "server", made=2),
        call(4, "server", "close", socket=1), back(4, "server"),  # the listener
    ]  # fmt: skip
    assert outcome_of("first close", events) == "-"
    assert outcome_of("first close", [*events, call(5, "server", "close", socket=2)]) == "server"
    assert outcome_of("first close", [*events, call(5, "client", "shutdown")]) == "client"
    assert outcome_of("first close", [*events, Ended(5.0, who="client")]) == "client"


def test_what_was_printed_and_how_it_ended() -> None:
    events: list[RecordedEvent] = [Printed(1.0, who="a", text="1\n2\n"), Ended(2.0, who="a", code=3)]
    assert outcome_of("a prints", events) == "1\n2"
    assert outcome_of("a ends", events) == "3"


@pytest.mark.parametrize("text", ["", "server", "first", "server recv twice"])
def test_what_is_no_outcome_is_refused(text: str) -> None:
    with pytest.raises(OutcomeError):
        outcome_of(text, [])
