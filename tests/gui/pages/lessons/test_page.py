"""The Lessons page as a person uses it: shelf, steps, predictions, keys, languages, the whole screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gui.look.apply import apply_theme
from gui.pages.lessons.player.notes_window import NotesWindow
from gui.pages.lessons.shelf.shelf import LessonShelf
from gui.pages.lessons.views.case_cards import CaseCards
from gui.pages.lessons.views.outcome_bars import OutcomeBars
from gui.shared import i18n
from net.events import Fault, FaultKind
from net.lab.commands import MakeMoves, RunMany, StartRun, StopRun, TypeLine
from net.lab.events import MovesMade, RunEnded, RunGrew
from net.lab.lesson_files import load_lesson, load_shelf
from net.lab.recording import Call, Released, Returned, Started, Trouble
from tests.gui.keyboard import press
from tests.gui.pages.lessons.stage import Stage, canvas_texts


def press_key(stage: Stage, key: str) -> None:
    press(stage.page.player.frame, key)
    stage.rest()


# --- The shelf ---


def test_the_shelf_has_every_lesson_and_route(stage: Stage) -> None:
    shelf = load_shelf()
    texts = stage.texts()
    for name in shelf.lessons:
        assert load_lesson(name).title.en in texts
    for route in shelf.routes:
        assert route.title.en in texts
    assert stage.page.shelf.frame.winfo_viewable()
    assert stage.commands == [], "nothing runs on the shelf"


def test_a_route_shows_its_lessons_and_is_remembered(stage: Stage) -> None:
    route = load_shelf().routes[0]
    stage.page.shelf.routes.command(route.name)  # type: ignore[misc]
    stage.page.shelf.routes.set(route.name)
    stage.page.shelf.routes.command(route.name)  # type: ignore[misc]
    stage.app.update()
    cards = stage.page.shelf.cards
    assert [name for name in cards if cards[name].winfo_viewable()] == list(route.lessons)
    assert stage.settings.lessons["route"] == route.name


def test_tab_goes_from_card_to_card(stage: Stage) -> None:
    stage.page.shelf.focus()
    stage.app.update()
    cards = list(stage.page.shelf.cards.values())
    press(cards[0], "<Tab>")
    assert stage.app.focus_get() is cards[1]
    assert cards[1].tk_focusPrev() is cards[0]


def test_the_shelf_is_walked_and_opened_by_keys(stage: Stage) -> None:
    names = list(load_shelf().lessons)
    cards = stage.page.shelf.cards
    press(cards[names[0]], "<Right>")
    assert stage.app.focus_displayof() is cards[names[1]]
    press(cards[names[1]], "<Return>")
    stage.rest()
    assert stage.page.player.play is not None
    assert stage.page.player.play.lesson.name == names[1]


# --- Steps ---


def test_a_lesson_begins_with_its_first_step(stage: Stage) -> None:
    player = stage.begin("stream")
    lesson = load_lesson("stream")
    assert player.floor.sentence.cget("text") == lesson.steps[0].say.en
    assert player.bar.count.cget("text") == f"1 / {len(lesson.steps)}"
    assert [each.step for each in stage.submitted(MakeMoves)] == [1]
    assert 's.send(b"AAA")' in player.column.code.text.get("1.0", "end")


@pytest.mark.parametrize("key", ["<Next>", "<space>", "<Right>"])
def test_the_clicker_goes_on_and_back_and_runs_nothing_twice(stage: Stage, key: str) -> None:
    player = stage.begin("stream")
    assert player.play is not None
    press_key(stage, key)
    assert player.play.number == 2
    press_key(stage, "<Prior>")
    assert player.play.number == 1
    press_key(stage, key)
    assert player.play.number == 2
    assert [each.step for each in stage.submitted(MakeMoves)] == [1, 2]
    assert len(stage.submitted(StartRun)) == 1


def test_the_key_that_goes_on_skips_a_motion_first(stage: Stage) -> None:
    player = stage.begin("stream")
    stage.page.player.next()
    stage.wait(lambda: player.stage.animating or not player.play.under_way, "it moves, or is made")  # type: ignore[union-attr]
    if player.stage.animating:
        player.next()
        assert not player.stage.animating
    assert player.play is not None and player.play.number == 2


def test_run_again_is_a_button_of_its_own(stage: Stage) -> None:
    player = stage.begin("stream", 2)
    player.bar.tools["again"].invoke()
    stage.rest()
    first, second = stage.submitted(StartRun)
    assert stage.submitted(StopRun) == [StopRun(first.run)]
    assert [each.step for each in stage.submitted(MakeMoves) if each.run == second.run] == [1, 2]


def test_while_moves_are_made_it_is_said(stage: Stage) -> None:
    stage.patient = False
    stage.page.begin(load_lesson("stream"))
    stage.app.update()
    assert "running" in stage.page.player.bar.status.cget("text")
    stage.answer_all()
    stage.app.update()
    assert not stage.page.player.bar.status.cget("text")


def test_moves_not_reached_are_said_with_a_way_out(stage: Stage) -> None:
    player = stage.begin("stream")
    run = stage.submitted(StartRun)[0].run
    stage.play(MovesMade(run, 1, False, "not-reached", {"move": "server starts"}))
    assert "server starts" in player.trouble.text
    again = player.trouble.buttons[0]
    again.invoke()
    stage.rest()
    assert player.trouble.text == ""
    assert len(stage.submitted(StartRun)) == 2


def test_a_run_that_cannot_begin_is_said(stage: Stage) -> None:
    stage.patient = False
    stage.page.begin(load_lesson("stream"))
    run = stage.submitted(StartRun)[0].run
    stage.play(RunEnded(run, Fault(FaultKind.INTERNAL, {"detail": "no hook"})))
    assert "no hook" in stage.page.player.trouble.text


def test_outcomes_are_bars(stage: Stage) -> None:
    lesson = load_lesson("stream")
    number = next(n for n, each in enumerate(lesson.steps, 1) if each.view == "histogram")
    player = stage.begin("stream", number)
    stages = [each for card in player.stage.winfo_children() for each in card.winfo_children()]
    bars = next(each for each in stages if isinstance(each, OutcomeBars))
    shown = canvas_texts(bars)
    boxes = [bars.bbox(each) for each in bars.find_all() if str(bars.type(each)) != "text"]
    widths = {box[2] - box[0] for box in boxes}
    shares = {round(100 * width / max(widths)) for width in widths}
    assert shares & {66, 67, 68}, "a bar is as long as the share that is said beside it"
    assert "100 runs" in shown and "67 %" in shown and "What recv() returned" in shown
    assert len(stage.submitted(RunMany)) == 1


def test_another_port_is_said_in_the_bar(stage: Stage) -> None:
    player = stage.begin("stream")
    run = stage.submitted(StartRun)[0].run
    stage.play(RunGrew(run, (Trouble(0.0, "port-taken", "server", {"port": "12345", "other": "40000"}),)))
    assert "40000" in player.bar.status.cget("text")
    assert stage.toasts == [], "it would lie over the picture"


def test_a_column_that_has_nothing_to_say_is_not_there(stage: Stage) -> None:
    stage.from_stills = True
    player = stage.begin("http", 7)
    stage.app.update()
    assert not player.column.winfo_viewable()
    wide = player.stage.winfo_width()
    player.go_to(6)
    stage.rest()
    stage.app.update()
    assert player.column.question.winfo_viewable() and player.stage.winfo_width() < wide


def test_code_alone_has_the_whole_column(stage: Stage) -> None:
    lesson = load_lesson("who-hangs-up")
    number = next(n for n, each in enumerate(lesson.steps, 1) if each.view == "histogram")
    column = stage.begin("who-hangs-up", number).column
    stage.app.update()
    assert column.code.winfo_viewable()
    assert not any(each.winfo_viewable() for each in (column.question, column.facts, column.console))
    assert column.code.winfo_height() > 0.8 * column.winfo_height()


def test_cases_stand_on_the_stage_until_one_is_pressed(stage: Stage) -> None:
    lesson = load_lesson("http")
    player = stage.begin("http", len(lesson.steps))
    stage.app.update()
    cards = [each for card in player.stage.winfo_children() for each in card.winfo_children()]
    (shown,) = (each for each in cards if isinstance(each, CaseCards))
    said = canvas_texts(shown).replace("\n", " ")
    assert all(case.say.en in said for case in lesson.cases)
    shown.event_generate("<ButtonRelease-1>")
    stage.app.update()
    assert stage.page.current is stage.page.cases


def test_the_browsers_button_covers_nothing_of_the_picture(stage: Stage) -> None:
    lesson = load_lesson("http")
    number = next(n for n, each in enumerate(lesson.steps, 1) if each.link)
    player = stage.begin("http", number)
    stage.app.update()
    button = player._link
    assert button.winfo_viewable()
    assert button.winfo_rooty() + button.winfo_height() <= player.stage.winfo_rooty() + 1


def test_leaving_ends_the_run(stage: Stage) -> None:
    stage.begin("stream")
    run = stage.submitted(StartRun)[0].run
    stage.page.show_shelf()
    stage.app.update()
    assert StopRun(run) in stage.commands
    assert stage.page.shelf.frame.winfo_viewable()


def test_another_page_in_between_ends_nothing(stage: Stage) -> None:
    stage.begin("stream")
    stage.page.hidden()
    press(stage.page.player.frame, "<Next>")
    stage.page.shown()
    player = stage.page.player
    assert player.play is not None and player.play.number == 1
    assert stage.submitted(StopRun) == []


# --- Predictions ---


def test_a_prediction_is_chosen_changed_and_revealed_by_keys(stage: Stage) -> None:
    player = stage.begin("stream", 2)
    assert player.play is not None
    prediction = player.play.prediction
    assert prediction is not None
    press_key(stage, "<a>")
    press_key(stage, "<c>")
    assert prediction.chosen == 2 and not prediction.revealed
    press_key(stage, "<Return>")
    assert prediction.revealed
    press_key(stage, "<a>")
    assert prediction.chosen == 2, "after the reveal it stays"
    question = load_lesson("stream").steps[1].question
    assert question is not None
    shown = canvas_texts(player.column.question)
    assert "C is right, as you said." in shown
    assert question.because.en.split()[0] in shown


def test_a_wrong_prediction_is_told_in_words(stage: Stage) -> None:
    player = stage.begin("stream", 2)
    press_key(stage, "<a>")
    player.reveal()
    stage.app.update()
    shown = canvas_texts(player.column.question)
    assert "✗ you" in shown and "✓ right" in shown and "C is right." in shown


def test_the_clicker_reveals_before_it_goes_on(stage: Stage) -> None:
    player = stage.begin("stream", 2)
    assert player.play is not None and player.play.prediction is not None
    press_key(stage, "<Next>")
    assert player.play.number == 2 and player.play.prediction.revealed
    press_key(stage, "<Next>")
    assert player.play.number == 3


def test_hands_are_counted_by_keys_and_by_the_mouse(stage: Stage) -> None:
    player = stage.begin("stream", 2)
    assert player.play is not None and player.play.prediction is not None
    for _time in range(3):
        press_key(stage, "<Shift-C>")
    question = player.column.question
    x0, y0, x1, y1 = question.bbox("plus0")
    question.event_generate("<Enter>")
    question.event_generate("<Motion>", x=(x0 + x1) // 2, y=(y0 + y1) // 2)
    question.event_generate("<Button-1>", x=(x0 + x1) // 2, y=(y0 + y1) // 2)
    stage.app.update()
    assert player.play.prediction.hands == [1, 0, 3, 0]
    assert "4 hands" in canvas_texts(question)
    player.add_hand(2, -1)
    player.reveal()
    stage.app.update()
    assert "C is right: 2 of 3 hands." in canvas_texts(question)


def test_the_keys_1_to_3_change_the_column(stage: Stage) -> None:
    player = stage.begin("stream", 2)
    column = player.column
    assert column.code.winfo_viewable() and column.question.winfo_viewable()
    press_key(stage, "1")
    assert column.code.winfo_viewable() and not column.question.winfo_viewable()
    press_key(stage, "2")
    assert not column.code.winfo_viewable() and column.question.winfo_viewable()
    press_key(stage, "3")
    assert column.facts.winfo_viewable()
    press_key(stage, "3")
    assert column.code.winfo_viewable() and column.question.winfo_viewable()


# --- The program's keyboard ---


def test_a_line_is_typed_for_a_program_that_waits(stage: Stage) -> None:
    player = stage.begin("stream")
    run = stage.submitted(StartRun)[0].run
    asked = (Started(3.0, "client"), Call(3.1, 99, "client", "input", line=12), Released(3.2, 99, "client"))
    stage.play(RunGrew(run, asked))
    player.column.choose_content("")
    assert player.play is not None
    # the step's own events end before these: what waits is shown where the run goes on
    player.play.run.steps[1] = len(player.play.run.events)  # type: ignore[union-attr]
    player.shown(True)
    stage.app.update()
    entry = player.column.console.entry
    assert entry.winfo_viewable()
    press(entry, "<n>")
    assert player.play.number == 1 and not [
        c for c in stage.app.winfo_children() if isinstance(c, NotesWindow)
    ]
    press(entry, "<Return>")
    assert stage.submitted(TypeLine) == [TypeLine(run, "client", "n")]


# --- Language and theme ---


def test_language_and_theme_change_in_the_middle(stage: Stage) -> None:
    player = stage.begin("stream", 2)
    assert player.play is not None and player.play.prediction is not None
    player.choose(0)
    before = len(stage.commands)
    i18n.set_language("zh_CN")
    apply_theme(stage.app, "dark")
    stage.app.update()
    lesson = load_lesson("stream")
    assert player.floor.sentence.cget("text") == lesson.steps[1].say.zh_CN
    assert lesson.title.zh_CN in player.bar.title.cget("text")
    assert player.play.number == 2 and player.play.prediction.chosen == 0
    assert len(stage.commands) == before
    apply_theme(stage.app, "light")


# --- The whole screen, and the notes ---


def test_f11_and_escape_take_and_leave_the_whole_screen(stage: Stage) -> None:
    player = stage.begin("stream")
    # as the window's registry calls it; earlier tests' registries are still bound to the key itself
    whole = next(entry for entry in stage.services.shortcuts.entries() if entry.keys == "F11")
    assert whole.callback is not None
    whole.callback()
    stage.app.update()
    assert stage.full_screens == [True]
    assert not player.bar.tools["next"].winfo_viewable()
    assert player.bar.count.winfo_viewable(), "where we are stays in view"
    press_key(stage, "<Escape>")
    assert stage.full_screens == [True, False]
    assert player.bar.tools["next"].winfo_viewable()
    press_key(stage, "<Escape>")
    assert stage.page.current is player, "a second Escape leaves nothing"


@pytest.mark.parametrize("name", ["stream", "http"])
def test_the_task_and_the_cases_keep_the_whole_screen(stage: Stage, name: str) -> None:
    lesson = load_lesson(name)
    player = stage.begin(name, len(lesson.steps))
    stage.page.toggle_screen()
    player.reveal()
    player.next()
    stage.app.update()
    view = stage.page.cases if lesson.cases else stage.page.task
    assert stage.page.current is view and stage.full_screens == [True]
    press(view.frame, "<Escape>")
    assert stage.page.current is view and stage.full_screens == [True, False]
    whole = next(entry for entry in stage.services.shortcuts.entries() if entry.keys == "F11")
    assert whole.callback is not None
    whole.callback()
    assert stage.full_screens == [True, False, True]
    # A lesson that is opened from there has no frame around it either.
    again = stage.begin("stream")
    assert not again.bar.tools["next"].winfo_viewable()
    stage.page.show_task(lesson)
    press(stage.page.task.frame, "<Escape>")
    press(stage.page.task.frame, "<Escape>")
    assert isinstance(stage.page.current, LessonShelf) and not stage.full_screens[-1]
    whole.callback()
    assert not stage.full_screens[-1], "the shelf has no whole screen"


def test_a_step_without_facts_says_what_another_system_does_where_a_call_fails(stage: Stage) -> None:
    lesson = load_lesson("postcards")
    number = next(n for n, step in enumerate(lesson.steps, 1) if step.without and not step.facts)
    player = stage.begin("postcards", number)
    without = lesson.steps[number - 1].without
    assert without is not None

    def shown() -> bool:
        return player.column.facts.winfo_viewable() and without.en in canvas_texts(player.column.facts)

    assert not shown()
    assert player.play is not None and player.play.run is not None
    run = player.play.run
    failed = (
        Call(3.0, 50, "server", "recvfrom", 0, 1, "udp", "server_three.py", 9, "3"),
        Released(3.1, 50, "server"),
        Returned(3.2, 50, "server", error="OSError", errno=10040, message="[WinError 10040]"),
    )
    stage.play(RunGrew(stage.submitted(StartRun)[-1].run, failed))
    run.steps[number] = len(run.events)
    player.shown(True)
    stage.app.update()
    assert shown()


def notes_of(stage: Stage) -> list[NotesWindow]:
    found = [each for each in stage.app.winfo_children() if isinstance(each, NotesWindow)]
    return [each for each in found if each.winfo_exists()]


def test_the_notes_have_a_window_that_follows(stage: Stage) -> None:
    player = stage.begin("stream")
    press_key(stage, "<n>")
    (notes,) = notes_of(stage)
    lesson = load_lesson("stream")
    assert notes.notes.text == lesson.steps[0].notes.en
    press(notes, "<Next>")
    stage.rest()
    assert player.play is not None and player.play.number == 2
    assert notes.notes.text == lesson.steps[1].notes.en
    press(notes, "<Escape>")
    assert notes_of(stage) == []
    assert stage.settings.lessons["notes"]


def test_the_notes_are_all_in_one_language(stage: Stage) -> None:
    stage.begin("who-hangs-up")
    i18n.set_language("zh_CN")
    press_key(stage, "<n>")
    (notes,) = notes_of(stage)
    lesson = load_lesson("who-hangs-up")
    assert all(source.zh_CN in notes._sources.text for source in lesson.sources)
    stage.page.show_shelf()


def test_on_the_projector_notes_come_only_when_asked_twice(stage: Stage) -> None:
    stage.begin("stream")
    stage.page.toggle_screen()
    press_key(stage, "<n>")
    assert notes_of(stage) == []
    assert "N again" in stage.toasts[-1]
    press_key(stage, "<n>")
    assert len(notes_of(stage)) == 1
    stage.page.show_shelf()
    assert notes_of(stage) == []


def test_the_keys_are_on_the_sheet(stage: Stage) -> None:
    named = {entry.keys for entry in stage.services.shortcuts.entries() if entry.page == "lessons"}
    assert {"F11", "Next", "Prior", "N", "1", "2", "3", "Return"} <= named


# --- The end of a lesson ---


def test_after_the_last_step_comes_the_task_or_the_cases(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(stage.page, "show_task", lambda lesson: done.append(f"task {lesson.name}"))
    monkeypatch.setattr(stage.page, "show_cases", lambda lesson: done.append(f"cases {lesson.name}"))
    for name in ("stream", "http"):
        if name in load_shelf().lessons:
            lesson = load_lesson(name)
            player = stage.begin(name, len(lesson.steps))
            player.reveal()
            player.next()
            assert done.pop() == f"{'cases' if lesson.cases else 'task'} {name}"


def test_each_part_is_made_when_it_is_needed(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    assert len(stage.page.frame.winfo_children()) == 1, "the shelf alone"
