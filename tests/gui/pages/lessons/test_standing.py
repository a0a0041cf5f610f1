"""Where a program stands at any point of a recording."""

from __future__ import annotations

import pytest

from gui.pages.lessons.standing import (
    Line,
    console,
    latest_fact,
    measured,
    program_text,
    standing,
    waits_for_line,
)
from net.lab.recording import (
    Call,
    Ended,
    Facts,
    Header,
    Measured,
    Printed,
    ProgramText,
    RecordedEvent,
    Released,
    Returned,
    Started,
    Typed,
)
from tests.gui.pages.lessons.played import connected, figures, received, sent

EVENTS = [*connected(), *sent(), *received()]


@pytest.mark.parametrize(
    ("count", "who", "state", "line"),
    [
        (0, "server", "not-started", 0),
        (1, "server", "runs", 0),
        (2, "server", "held", 6),
        (3, "server", "inside", 6),
        (4, "server", "runs", 6),
        (6, "server", "inside", 7),
        (6, "client", "not-started", 0),
        (13, "client", "held", 6),
        (13, "server", "held", 9),
        (len(EVENTS), "server", "runs", 9),
        (len(EVENTS), "client", "runs", 8),
    ],
)
def test_each_program_stands_somewhere(count: int, who: str, state: str, line: int) -> None:
    found = standing(EVENTS, count, who)
    assert (found.state, found.line) == (state, line)


@pytest.mark.parametrize(("stopped", "state"), [(False, "ended"), (True, "stopped")])
def test_a_program_that_is_gone_stands_after_its_last_call(stopped: bool, state: str) -> None:
    events = [*connected(), Ended(3.0, "server", 0, stopped)]
    found = standing(events, len(events), "server")
    assert (found.state, found.names) == (state, {})
    assert found.line == 9, "its last call: the file's top says nothing about where it ended"


def test_an_error_is_shown_at_the_last_call() -> None:
    events = [*connected(), Ended(3.0, "client", 1)]
    found = standing(events, len(events), "client")
    assert (found.state, found.line) == ("failed", 6)
    early: list[RecordedEvent] = [Started(0.1, "client"), Ended(0.2, "client", 1)]
    assert standing(early, 2, "client").state == "failed"


def test_the_line_of_an_error_is_that_of_its_traceback() -> None:
    header = Header(0.0, programs=(ProgramText("client", "client.py"),))
    traceback = (
        "Traceback (most recent call last):\n",
        '  File "client.py", line 12, in <module>\n    main()\n  File "client.py", ',
        'line 9, in main\n    int(data)\n  File "lib/python3/codecs.py", line 300, in decode\n',
        "ValueError: 7\n",
    )
    written = [Printed(2.0, "client", text, error=True) for text in traceback]
    events = [header, *connected(), *written, Ended(3.0, "client", 1)]
    assert standing(events, len(events), "client").line == 9, "not where its last call was"
    broken = [Printed(0.2, "client", '  File "client.py", line 40\n', error=True)]
    early: list[RecordedEvent] = [header, Started(0.1, "client"), *broken, Ended(0.3, "client", 1)]
    assert standing(early, len(early), "client").line == 40, "a mistake of syntax"


def test_the_names_worth_showing_are_those_of_the_last_call() -> None:
    assert standing(EVENTS, 13, "server").names == {"who": "('127.0.0.1', 50000)"}


def test_a_program_in_input_waits_for_a_line() -> None:
    events: list[RecordedEvent] = [
        Started(0.0, "chat"),
        Call(0.1, 1, "chat", "input"),
        Released(0.2, 1, "chat"),
    ]
    assert [waits_for_line(events, count, "chat") for count in (2, 3)] == [False, True]
    events.append(Returned(0.3, 1, "chat"))
    assert not waits_for_line(events, 4, "chat")


def test_a_prompt_and_its_answer_stand_on_one_line() -> None:
    events: list[RecordedEvent] = [
        Printed(0.1, "chat", "Connected\nYou: "),
        Typed(0.2, "chat", "hello"),
        Printed(0.3, "chat", "Server: hi\n"),
        Printed(0.4, "other", "not mine\n"),
        Printed(0.5, "chat", "Oops\n", error=True),
    ]
    assert console(events, len(events), "chat", 10) == [
        Line("out", "Connected"),
        Line("out", "You: hello"),
        Line("out", "Server: hi"),
        Line("error", "Oops"),
    ]
    assert console(events, 1, "chat", 10) == [Line("out", "Connected"), Line("out", "You: ")]
    assert console(events, len(events), "chat", 1) == [Line("error", "Oops")]


def test_the_last_fact_that_was_told_is_shown() -> None:
    events: list[RecordedEvent] = [
        Facts(0.1, "server", 1, unread=3),
        Facts(0.2, "server", 1, state="CLOSE_WAIT"),
        Facts(0.3, "client", 1, unread=9),
    ]
    assert latest_fact(events, 3, "server", "unread") == 3
    assert latest_fact(events, 3, "server", "state") == "CLOSE_WAIT"
    assert latest_fact(events, 1, "server", "state") is None
    assert latest_fact(events, 3, "server", "rtt") is None


def test_results_are_told_from_what_was_measured_again_and_again() -> None:
    second = [Measured(float(t), "useful", 40.0 + t, "percent") for t in range(3)]
    events = [*figures(), *second]
    assert measured(events, len(events)) == figures()
    assert len(measured(events, 2)) == 2


def test_a_program_is_found_by_its_name_or_its_copies_name() -> None:
    programs = (ProgramText("sender-1", "a.py"), ProgramText("sender-2", "a.py"), ProgramText("road", "b.py"))
    found = [program_text(programs, who) for who in ("road", "sender", "sender-2", "nobody")]
    assert [each.name if each else "" for each in found] == ["road", "sender-1", "sender-2", ""]
