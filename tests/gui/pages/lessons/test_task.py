"""A lesson's task: address, attempts with their verdicts, hints, files, model answer; and the cases."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gui.pages.lessons.task.task_view import TaskView
from gui.shared import i18n
from net.events import Fault, FaultKind
from net.lab.commands import Knock, ReleaseAttempt, StartTask, StopTask
from net.lab.events import AttemptBegan, AttemptJudged, AttemptLine, AttemptNamed, TaskEnded, TaskListening
from net.lab.lesson_files import lesson_file, load_lesson, load_shelf
from net.lab.tasks.verdicts import verdict_sentence
from net.sockets.open_url import parse_open_url
from tests.gui.pages.lessons.stage import Stage

WITH_TASKS = [name for name in load_shelf().lessons if load_lesson(name).tasks]
WITH_CASES = [name for name in load_shelf().lessons if load_lesson(name).cases]


def open_task(stage: Stage, name: str = "stream") -> TaskView:
    stage.page.show_task(load_lesson(name))
    stage.app.update()
    return stage.page.task


def listening(stage: Stage, address: str = "127.0.0.1:23456") -> int:
    task = int(stage.submitted(StartTask)[-1].task)
    stage.play(TaskListening(task, (address,), 7))
    return task


def failed(task: int, attempt: int, who: str, code: str, values: Mapping[str, str]) -> AttemptJudged:
    lines = ((0.1, "out", "好"), (0.2, "in", "3"))
    return AttemptJudged(task, attempt, who, False, code, values, lines)


def test_the_address_stands_there_in_large_digits(stage: Stage) -> None:
    view = open_task(stage)
    command = stage.submitted(StartTask)[0]
    assert (command.grader, command.host) == ("stream", "127.0.0.1")
    assert str(command.seed) == view.seed.value
    listening(stage)
    assert view.address.text == "127.0.0.1:23456"
    assert -int(stage.page.sizes.font("digits").cget("size")) >= 30


def test_other_pcs_are_let_in_only_when_asked(stage: Stage) -> None:
    view = open_task(stage)
    view.host.set("0.0.0.0")
    view.host.command("0.0.0.0")  # type: ignore[misc]
    assert [each.host for each in stage.submitted(StartTask)] == ["127.0.0.1", "0.0.0.0"]
    assert len(stage.submitted(StopTask)) == 1
    task = int(stage.submitted(StartTask)[-1].task)
    stage.play(TaskListening(task, ("192.168.1.4:23456", "127.0.0.1:23456"), 7))
    assert view.address.text == "192.168.1.4:23456\n127.0.0.1:23456"


def test_a_port_in_use_is_said(stage: Stage) -> None:
    view = open_task(stage)
    values = {"address": "127.0.0.1:23456", "program": "", "pid": ""}
    stage.play(TaskEnded(stage.submitted(StartTask)[0].task, Fault(FaultKind.ADDRESS_IN_USE, values)))
    assert [each.port for each in stage.submitted(StartTask)] == [23456, 0], "any other port will do"
    listening(stage, "127.0.0.1:40000")
    assert view.address.text == "127.0.0.1:40000" and "23456" in str(view._how.cget("text"))
    values = {"address": "10.0.0.9:0"}
    stage.play(TaskEnded(stage.submitted(StartTask)[1].task, Fault(FaultKind.ADDRESS_NOT_LOCAL, values)))
    assert "10.0.0.9" in view.address.text


def test_a_server_task_shows_where_it_knocks(stage: Stage) -> None:
    view = open_task(stage, "http")
    listening(stage)
    view._open_task(1)
    stage.app.update()
    assert view.address.text == "127.0.0.1:8080", "not where the task before it listened"
    view._target.variable.set("127.0.0.1:8081")
    assert view.address.text == "127.0.0.1:8081"


def test_the_newest_attempt_is_shown_until_an_older_one_is_picked(stage: Stage) -> None:
    view = open_task(stage)
    task = listening(stage)
    stage.play(AttemptBegan(task, 1, "127.0.0.1:50000"), AttemptNamed(task, 1, "Lin Xiao"))
    assert "Lin Xiao" in view.list.text_of(view.list._lines.rows[0]), (
        "its name stands there before its verdict"
    )
    stage.play(failed(task, 1, "Lin Xiao", "no-line-end", {"what": "name"}))
    stage.play(AttemptBegan(task, 2, "127.0.0.1:50001"), AttemptJudged(task, 2, "Bob", True))
    assert view.verdict.text.startswith("✓") and view.list.current == 1
    view._choose(0)
    stage.play(AttemptBegan(task, 3, "127.0.0.1:50002"))
    assert view.verdict.text.startswith("✗")


def test_attempts_come_with_their_verdicts_in_words(stage: Stage) -> None:
    view = open_task(stage)
    task = listening(stage)
    stage.play(AttemptBegan(task, 1, "127.0.0.1:50000"), AttemptLine(task, 1, 0.1, "in", "Lin Xiao"))
    assert "Lin Xiao" in view.lines.value
    stage.play(failed(task, 1, "Lin Xiao", "no-line-end", {"what": "name"}))
    said = verdict_sentence("no-line-end", {"what": "name"}, "en")
    assert view.verdict.text == f"✗ {said}"
    assert "好" in view.lines.value and not view.attempts.passed
    i18n.set_language("zh_CN")
    stage.app.update()
    assert view.verdict.text == f"✗ {verdict_sentence('no-line-end', {'what': 'name'}, 'zh_CN')}"


def test_a_pass_is_kept_and_seen_on_the_shelf(stage: Stage) -> None:
    view = open_task(stage)
    task = listening(stage)
    stage.play(AttemptBegan(task, 1, "127.0.0.1:50000"), AttemptJudged(task, 1, "Lin Xiao", True))
    assert view.verdict.text == f"✓ {verdict_sentence('', {}, 'en')}"
    stage.page.show_shelf()
    stage.app.update()
    assert "task passed" in stage.texts(stage.page.shelf.cards["stream"])
    assert "task passed" not in stage.texts(stage.page.shelf.cards["hello-server"])


def test_an_attempt_that_is_stuck_is_released(stage: Stage) -> None:
    view = open_task(stage)
    task = listening(stage)
    stage.play(AttemptBegan(task, 1, "127.0.0.1:50000"))
    assert view._release.winfo_viewable()
    view._release.invoke()
    assert stage.submitted(ReleaseAttempt) == [ReleaseAttempt(task, 1)]
    stage.play(AttemptJudged(task, 1, "Bob", False, "released"))
    assert not view._release.winfo_viewable()


def test_a_seed_is_replayed(stage: Stage) -> None:
    view = open_task(stage)
    view.seed.set("12x")
    view._again.invoke()
    assert len(stage.submitted(StartTask)) == 1 and view.seed.problem.text
    view.seed.set("4711")
    view._again.invoke()
    assert stage.submitted(StartTask)[-1].seed == 4711


def test_hints_come_one_after_the_other(stage: Stage) -> None:
    view = open_task(stage)
    hints = load_lesson("stream").tasks[0].hints
    for shown in range(1, 4):
        view._hint.invoke()
        stage.app.update()
        visible = [label.text for label in view.hints if label.winfo_manager()]
        assert len(visible) == shown and hints[shown - 1].en in visible[-1]
    assert view._hint.instate(["disabled"])


def test_the_newest_hint_is_in_sight(stage: Stage) -> None:
    view = open_task(stage, "one-road")
    listening(stage)
    for number, label in enumerate(view.hints):
        view.hint()
        stage.app.update()
        area = view._area.canvas
        bottom = area.winfo_rooty() + area.winfo_height()
        assert area.winfo_rooty() <= label.winfo_rooty(), number
        assert label.winfo_rooty() + label.winfo_height() <= bottom, number


def test_the_model_answer_waits_for_a_pass_or_the_teacher(stage: Stage) -> None:
    view = open_task(stage)
    view._model.invoke()
    assert not view._code.winfo_manager(), "the question was dismissed"
    stage.answer = "show"
    view._model.invoke()
    lesson = load_lesson("stream")
    model = lesson_file(lesson.name, lesson.tasks[0].model).read_text("utf-8")
    assert view._code.value.strip() == model.strip()
    open_task(stage, "hello-server")
    stage.answer = ""
    task = listening(stage)
    stage.play(AttemptBegan(task, 1, "127.0.0.1:50000"), AttemptJudged(task, 1, "Lin", True))
    stage.page.task._model.invoke()
    assert stage.page.task._code.winfo_manager(), "after a pass nobody is asked"


def test_start_file_and_check_are_saved(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = open_task(stage)
    path = tmp_path / "mine.py"
    monkeypatch.setattr(
        "gui.pages.lessons.task.task_view.filedialog.asksaveasfilename", lambda **_options: str(path)
    )
    view._start.invoke()
    lesson = load_lesson("stream")
    assert path.read_text("utf-8") == lesson_file("stream", lesson.tasks[0].start).read_text("utf-8")
    view._check.invoke()
    assert "python check.py" in path.read_text("utf-8")
    assert len(stage.toasts) == 2
    monkeypatch.setattr(
        "gui.pages.lessons.task.task_view.filedialog.asksaveasfilename",
        lambda **_options: str(tmp_path / "nowhere" / "x.py"),
    )
    view._start.invoke()
    assert "can't be written" in stage.toasts[-1]


def test_leaving_stops_listening(stage: Stage) -> None:
    open_task(stage)
    task = listening(stage)
    stage.page.show_shelf()
    assert StopTask(task) in stage.commands


def test_for_a_server_task_duplex_knocks(stage: Stage) -> None:
    lesson = load_lesson("http")
    number = next(n for n, each in enumerate(lesson.tasks) if each.grader == "serve-page")
    view = open_task(stage, "http")
    view._which.command(str(number))  # type: ignore[misc]
    stage.app.update()
    view._knock.invoke()
    (knock,) = stage.submitted(Knock)
    assert (knock.grader, knock.host, knock.port) == ("serve-page", "127.0.0.1", 8080)
    view._target.set("nonsense:x")
    view._knock.invoke()
    assert view._target.problem.text and len(stage.submitted(Knock)) == 1


@pytest.mark.parametrize("name", WITH_TASKS)
def test_every_task_opens_in_both_languages(stage: Stage, name: str) -> None:
    view = open_task(stage, name)
    lesson = load_lesson(name)
    for number, task in enumerate(lesson.tasks):
        view._open_task(number)
        for language in ("en", "zh_CN"):
            i18n.set_language(language)
            stage.app.update()
            assert task.title.get(language) in stage.texts(view.frame).replace("\n", "")
            assert lesson_file(name, task.start).exists() and lesson_file(name, task.model).exists()


# --- Cases ---


@pytest.mark.parametrize("name", WITH_CASES)
def test_cases_are_decided_in_words_and_open_the_sockets_page(stage: Stage, name: str) -> None:
    lesson = load_lesson(name)
    stage.page.show_cases(lesson)
    stage.app.update()
    view = stage.page.cases
    assert len(view.rows) == len(lesson.cases)
    for row, case in zip(view.rows, lesson.cases, strict=True):
        other = "udp" if case.answer == "tcp" else "tcp"
        row.buttons[other].invoke()
        stage.app.update()
        texts: Any = stage.texts(row).replace("\n", " ")
        assert f"we would take {case.answer.upper()}" in texts
        assert row.buttons[case.answer].instate(["disabled"]), "the first decision counts"
        if case.url:
            parse_open_url(case.url)
            row._open.invoke()
            assert stage.urls[-1] == case.url
