"""The Lessons page before the real lab: real programs, and nothing of them left."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from net.lab.events import MovesMade
from net.lab.lesson_files import load_lesson, load_shelf
from net.lab.recording import Started, Step
from tests.gui.pages.lessons.stage import Live
from tests.waiting import wait_until


def pids(live: Live) -> list[int]:
    """Of the programs of the run that is shown."""
    run = live.page.player.run
    return [event.pid for event in run.events if isinstance(event, Started)] if run is not None else []


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_lesson_is_played_to_its_end_and_leaves_nothing(live: Live) -> None:
    lesson = load_lesson("stream")
    player = live.begin("stream")
    started: set[int] = set()
    for number in range(1, len(lesson.steps) + 1):
        player.go_to(number)
        live.rest()
        assert player.trouble.text == ""
        run = player.run
        if lesson.steps[number - 1].view != "histogram" and run is not None:
            assert any(
                isinstance(event, Step) and event.number == number and event.reached for event in run.events
            )
        started.update(pids(live))
    assert started
    live.page.show_shelf()
    live.wait(lambda: all(gone(pid) for pid in started), "no program is left")


@pytest.mark.parametrize("step", [1, 2])
def test_closing_the_window_at_a_step_leaves_nothing(live: Live, step: int) -> None:
    live.begin("stream", step)
    started = pids(live)
    assert started and not all(gone(pid) for pid in started)
    live.engine.stop()
    assert live.engine.join(30)
    wait_until(lambda: all(gone(pid) for pid in started), what="no program is left")


def test_closing_while_moves_are_made_leaves_nothing(live: Live) -> None:
    live.page.begin(load_lesson("stream"))
    live.wait(lambda: pids(live), "a program has started")
    started = pids(live)
    live.engine.stop()
    assert live.engine.join(30)
    wait_until(lambda: all(gone(pid) for pid in started), what="no program is left")
    children = psutil.Process(os.getpid()).children(recursive=True)
    assert not [child for child in children if child.pid in started and not gone(child.pid)]


def test_the_delivered_recording_is_shown_as_such(live: Live) -> None:
    player = live.begin("stream")
    started = pids(live)
    live.play(MovesMade(player.run.number, 1, False, "not-reached", {"move": "server starts"}))  # type: ignore[union-attr]
    assert len(player.trouble.buttons) == 2
    player.trouble.buttons[1].invoke()
    live.wait(lambda: player.run is not None and player.run.still, "the recording is read")
    assert player.bar.status.cget("text") == "Delivered recording"
    assert player.trouble.text == ""
    live.wait(lambda: all(gone(pid) for pid in started), "the run has ended")
    player.next()
    live.app.update()
    assert player.play is not None and player.play.number == 2
    assert player.play.count > 0 and pids(live) != started


@pytest.mark.parametrize("name", load_shelf().lessons)
def test_each_lesson_begins(live: Live, name: str) -> None:
    player = live.begin(name)
    assert player.trouble.text == ""
    live.page.show_shelf()


def test_a_start_file_of_a_task_is_judged(live: Live, tmp_path: Path) -> None:
    """A program that connects and goes away is told why it did not pass."""
    import socket

    live.page.show_task(load_lesson("hello-server"))
    view = live.page.task
    live.wait(lambda: view.attempts.addresses or view.attempts.fault, "the task listens")
    host, _colon, port = view.attempts.addresses[0].rpartition(":")
    with socket.create_connection((host, int(port)), timeout=30) as program:
        program.sendall(b"Lin Xiao\n")
        program.shutdown(socket.SHUT_WR)
    live.wait(lambda: view.attempts.all and not view.attempts.all[-1].running, "the verdict")
    assert view.verdict.text.startswith("✗ ")
    assert "Lin Xiao" in live.texts(view.frame) + view.lines.value
