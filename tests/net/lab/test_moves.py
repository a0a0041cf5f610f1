"""The grammar of a schedule's moves."""

from __future__ import annotations

import pytest

from net.lab.lesson_files import load_lesson, load_shelf
from net.lab.moves import Move, MoveError, parse_move
from net.lab.run.outcomes import check_outcome


@pytest.mark.parametrize(
    ("text", "move"),
    [
        ("server starts", Move("starts", "server")),
        ("server before accept 2", Move("before", "server", "accept", 2)),
        ("client in recv", Move("in", "client", "recv", 1)),
        ("guest-1 after connect 1", Move("after", "guest-1", "connect", 1)),
        ("server unread 6", Move("unread", "server", number=6)),
        ("client state FIN_WAIT_2", Move("state", "client", text="FIN_WAIT_2")),
        ("client types 你好 there", Move("types", "client", text="你好 there")),
        ("client types", Move("types", "client")),
        ("client ends", Move("ends", "client")),
        ("client runs", Move("runs", "client")),
        ("all run", Move("all run")),
        ("all end", Move("all end")),
        ("stop server", Move("stop", "server")),
        ("3 seconds pass", Move("pass", number=3)),
        ("0.5 seconds pass", Move("pass", number=0.5)),
    ],
)
def test_moves_are_read(text: str, move: Move) -> None:
    assert parse_move(text) == move


@pytest.mark.parametrize(
    "text",
    [
        "", "server", "server jumps", "server before accepting 1", "server in recv 0", "server unread many",
        "server state OPEN", "all wait", "stop", "seconds pass", " server starts",
    ],
)  # fmt: skip
def test_what_is_no_move_is_refused(text: str) -> None:
    with pytest.raises(MoveError):
        parse_move(text)


@pytest.mark.parametrize("name", load_shelf().lessons)
def test_every_lessons_moves_are_moves_of_its_programs(name: str) -> None:
    lesson = load_lesson(name)
    for scene in lesson.scenes:
        if scene.outcome:
            check_outcome(scene.outcome)
    scenes = {scene.name: scene for scene in lesson.scenes}
    for step in lesson.steps:
        known = {""}
        for program in scenes[step.scene].programs:
            copies = [f"{program.name}-{number}" for number in range(1, program.copies + 1)]
            known |= set(copies if program.copies > 1 else [program.name])
        for text in step.go:
            assert scenes[step.scene].experiment or parse_move(text).who in known, text
