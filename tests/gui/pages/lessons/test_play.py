"""Which commands the steps of a lesson lead to, and what is never run twice."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from gui.pages.lessons.play import LessonPlay
from gui.pages.lessons.runs import Runs, recorded
from net.lab.commands import MakeMoves, RunMany, StartRun, StopRun
from net.lab.events import MovesMade, OutcomesCounted, RunEnded, RunGrew
from net.lab.lesson import Lesson, LessonStep, LessonTask, Question, Scene, SceneProgram, Text
from net.lab.recording import Step, Trouble, Typed
from tests.gui.pages.lessons.played import connected

TEXT = Text(en="words", zh_CN="话")
QUESTION = Question(ask=TEXT, options=(TEXT, TEXT), answer=1, because=TEXT)


def step(scene: str, *go: str, **more: Any) -> LessonStep:
    return LessonStep(say=TEXT, scene=scene, notes=TEXT, go=go, **more)


def a_lesson(*steps: LessonStep) -> Lesson:
    names = dict.fromkeys([each.scene for each in steps] + [each.versus for each in steps if each.versus])
    program = SceneProgram(name="server", file="tutorial/chat_server.py", role=TEXT)
    return Lesson(
        name="made-up", number=6, title=TEXT, insight=TEXT, minutes=5, misconceptions=(), sources=(),
        scenes=tuple(Scene(name=name, programs=(program,)) for name in names), steps=steps,
        tasks=(LessonTask("stream", TEXT, TEXT, "start.py", "model.py", (TEXT, TEXT, TEXT)),), closing=TEXT,
    )  # fmt: skip


class Lab:
    """Takes the commands, and reports what a test asks for."""

    def __init__(self) -> None:
        self.commands: list[Any] = []
        self.toasts: list[str] = []
        numbers = iter(range(1, 1000))
        services: Any = SimpleNamespace(
            submit=self.commands.append,
            new_job=lambda: next(numbers),
            toast=lambda text, _tone: self.toasts.append(text),
        )
        self.runs = Runs(services)
        self.changes = 0

    def play(self, lesson: Lesson) -> LessonPlay:
        return LessonPlay(lesson, self.runs, 7, self.changed)

    def changed(self) -> None:
        self.changes += 1

    def report(self, *events: Any) -> None:
        takers = self.runs.takers()
        for event in events:
            takers[type(event)](event)
        self.runs.notify()

    def made(self, run: int, number: int) -> None:
        self.report(RunGrew(run, (*connected(), Step(1.0, number))), MovesMade(run, number, True))

    def moves(self) -> list[tuple[int, int, tuple[str, ...]]]:
        return [(each.run, each.step, each.moves) for each in self.commands if isinstance(each, MakeMoves)]

    def of(self, kind: type[Any]) -> list[Any]:
        return [each for each in self.commands if isinstance(each, kind)]


@pytest.fixture
def lab() -> Lab:
    return Lab()


def test_the_steps_of_a_scene_are_one_run(lab: Lab) -> None:
    play = lab.play(a_lesson(step("a", "server starts"), step("a", "all run"), step("b", "server starts")))
    play.show(1)
    play.show(2)
    assert [each.run for each in lab.of(StartRun)] == [1]
    assert lab.of(StartRun)[0].seed == 7
    assert lab.moves() == [(1, 1, ("server starts",)), (1, 2, ("all run",))]
    play.show(3)
    assert lab.of(StopRun) == [StopRun(1)], "its port may be the next scene's"
    assert [each.run for each in lab.of(StartRun)] == [1, 2]


def test_a_scene_that_comes_again_goes_on(lab: Lab) -> None:
    play = lab.play(a_lesson(step("a"), step("b"), step("a", "all end")))
    for number in (1, 2, 3):
        play.show(number)
    assert [each.run for each in lab.of(StartRun)] == [1, 2]
    assert lab.of(StopRun) == [StopRun(2)]
    assert lab.moves()[-1] == (1, 3, ("all end",))


def test_who_jumps_makes_the_moves_before(lab: Lab) -> None:
    play = lab.play(a_lesson(step("a", "one"), step("b", "two"), step("a", "three"), step("a", "four")))
    play.show(3)
    assert lab.moves() == [(1, 1, ("one",)), (1, 3, ("three",))]


def test_who_jumped_ahead_and_goes_back_finds_the_ports_free(lab: Lab) -> None:
    play = lab.play(a_lesson(step("a"), step("b"), step("a"), step("c")))
    play.show(4)
    play.show(2)
    assert lab.of(StopRun) == [StopRun(1)], "the later scene may hold this one's port"
    play.show(3)
    assert lab.of(StopRun) == [StopRun(1), StopRun(2)]
    assert [each.scene.name for each in lab.of(StartRun)] == ["c", "b", "a"]
    play.show(4)
    assert [each.scene.name for each in lab.of(StartRun)] == ["c", "b", "a", "c"]


def test_going_back_runs_nothing_and_shows_what_was(lab: Lab) -> None:
    play = lab.play(a_lesson(step("a"), step("a")))
    play.show(1)
    lab.made(1, 1)
    at_first = play.count
    play.show(2)
    lab.made(1, 2)
    assert play.count == 2 * at_first
    before = len(lab.commands)
    play.show(1)
    assert play.count == at_first == len(connected()) + 1
    play.show(2)
    assert len(lab.commands) == before
    play.show(0)
    assert play.number == 1
    play.show(9)
    assert play.number == 2


def test_while_moves_are_made_all_that_comes_is_shown(lab: Lab) -> None:
    play = lab.play(a_lesson(step("a")))
    play.show(1)
    assert play.under_way
    lab.report(RunGrew(1, tuple(connected()[:3])))
    assert play.count == 3
    lab.made(1, 1)
    assert not play.under_way


def test_run_again_ends_the_run_and_begins_another(lab: Lab) -> None:
    play = lab.play(a_lesson(step("a", "one"), step("a", "two")))
    play.show(2)
    play.run_again()
    assert lab.of(StopRun) == [StopRun(1)]
    assert [move for move in lab.moves() if move[0] == 2] == [(2, 1, ("one",)), (2, 2, ("two",))]


def test_after_moves_that_were_not_reached_no_others_are_made(lab: Lab) -> None:
    play = lab.play(a_lesson(step("a", "one"), step("a", "two")))
    play.show(1)
    lab.report(MovesMade(1, 1, False, "not-reached", {"move": "one"}))
    assert play.run is not None and play.run.missed is not None
    assert play.run.missed.values == {"move": "one"}
    play.show(2)
    assert len(lab.moves()) == 1


def test_that_all_wait_is_said_until_somebody_goes_on(lab: Lab) -> None:
    play = lab.play(a_lesson(step("a", "one")))
    play.show(1)
    lab.report(MovesMade(1, 0, False, "all-wait", {}))
    lab.report(RunGrew(1, (Typed(0.5, "client", "hello"),)))
    assert play.run is not None and play.run.missed is not None
    lab.report(RunGrew(1, tuple(connected())))
    assert play.run.missed is None


def test_outcomes_are_counted_once(lab: Lab) -> None:
    play = lab.play(a_lesson(step("a", view="histogram", times=100), step("a")))
    play.show(1)
    assert [(each.run, each.times) for each in lab.of(RunMany)] == [(1, 100)]
    assert lab.moves() == []
    lab.report(OutcomesCounted(1, 40, 100, (("b'AAABBC'", 40),)))
    assert play.outcomes is not None and play.outcomes.done == 40 and play.under_way
    lab.report(OutcomesCounted(1, 100, 100, (("b'AAABBC'", 100),)), RunEnded(1))
    assert not play.under_way
    play.show(2)
    play.show(1)
    assert len(lab.of(RunMany)) == 1
    play.run_again()
    assert len(lab.of(RunMany)) == 2


def test_the_other_scene_beside_runs_to_its_end(lab: Lab) -> None:
    play = lab.play(a_lesson(step("a"), step("b", versus="c"), step("c", "one")))
    play.show(2)
    assert [each.scene.name for each in lab.of(StartRun)] == ["b", "c"]
    assert (2, 3, ("one",)) in lab.moves()
    assert play.other_run is not None
    alone = lab.play(a_lesson(step("b", versus="c")))
    alone.show(1)
    assert lab.moves()[-1][2] == ("all run", "all end")


def test_a_recording_takes_the_place_of_the_run(lab: Lab) -> None:
    play = lab.play(a_lesson(step("a"), step("a")))
    play.show(1)
    still = recorded((*connected(), Step(1.0, 1), Step(2.0, 2)), "a", still=True)
    play.show_recorded(still)
    assert lab.of(StopRun) == [StopRun(1)]
    assert play.count == len(connected()) + 1
    play.show(2)
    assert play.run is still and play.count == len(connected()) + 2
    assert len(lab.moves()) == 1


def test_leaving_ends_everything_once(lab: Lab) -> None:
    play = lab.play(a_lesson(step("a"), step("b", view="histogram", times=2), step("a")))
    play.show(1)
    play.show(2)
    play.end()
    assert {each.run for each in lab.of(StopRun)} == {1, 2}
    lab.report(RunEnded(1), RunEnded(2))
    count = len(lab.commands)
    play.end()
    assert len(lab.commands) == count


def test_what_a_run_goes_on_with_is_said_once(lab: Lab) -> None:
    play = lab.play(a_lesson(step("a")))
    play.show(1)
    forked = Trouble(0.1, "forked", "server", {})
    lab.report(RunGrew(1, (forked,)), RunGrew(1, tuple(connected())))
    assert len(lab.toasts) == 1 and "another process" in lab.toasts[0]


def test_another_port_is_said_as_long_as_it_is_used_and_never_over_the_picture(lab: Lab) -> None:
    play = lab.play(a_lesson(step("a")))
    play.show(1)
    taken = Trouble(0.1, "port-taken", "server", {"port": "12345", "other": "40000"})
    lab.report(RunGrew(1, (taken,)), RunGrew(1, tuple(connected())))
    assert play.run is not None and play.run.moved_ports == {"12345": "40000"}
    assert lab.toasts == []


def test_a_fault_ends_the_run(lab: Lab, broken: Callable[[], Any]) -> None:
    play = lab.play(a_lesson(step("a")))
    play.show(1)
    lab.report(RunEnded(1, broken()))
    assert play.run is not None and play.run.fault is not None and not play.under_way


@pytest.fixture
def broken() -> Callable[[], Any]:
    from net.events import Fault, FaultKind

    return lambda: Fault(FaultKind.INTERNAL, {"detail": "test"})


def test_predictions_are_kept_per_step(lab: Lab) -> None:
    play = lab.play(a_lesson(step("a", question=QUESTION), step("a")))
    play.show(1)
    assert play.prediction is not None
    play.prediction.hands[1] += 3
    play.show(2)
    assert play.prediction is None
    play.show(1)
    assert play.prediction is not None and play.prediction.voters == 3
