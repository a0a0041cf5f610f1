"""Every lesson of the shelf is whole: its texts fit the projector, its moves and programs exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import msgspec
import pytest

from net.lab.lesson import Lesson, Scene, Text
from net.lab.lesson_files import (
    LESSONS_FOLDER,
    TUTORIAL,
    lesson_file,
    load_lesson,
    load_shelf,
    still_recording,
)
from net.lab.moves import CALLS, parse_move
from net.lab.recording import Done, Facts, Header, RecordedEvent, Step

LESSONS = load_shelf().lessons
CODE_COLUMNS = 30
STEPS_LIMIT = 9
"""More than that is two lessons."""

SENTENCE = (30, 60)
OPTION = (16, 34)
REASON = (45, 100)
INSIGHT = (30, 70)
TITLE = (14, 34)
ROLE = (8, 20)
"""The longest text in Chinese characters (blanks not counted) and in English ones: what fits on one or two
lines at 24 px in the player at 1280x720."""

KNOWN_WORDS = {
    *CALLS,
    *("makefile", "settimeout", "getsockname", "asyncio", "ping"),
    *("macOS", "Linux", "Windows", "Python", "Thonny"),
    *("ConnectionRefusedError", "ConnectionResetError", "TimeoutError", "EADDRINUSE", "ECONNREFUSED"),
    *("WSAEMSGSIZE", "TIME_WAIT", "CLOSE_WAIT", "TCP_INFO", "SO_REUSEADDR"),
    *("ESTABLISHED", "FIN_WAIT_", "ECONNRESET", "SO_LINGER", "linger", "acked", "rto", "cwnd"),
    *("Host", "Content", "Length", "https", "favicon", "ico", "sha", "Duplex", "Nagle", "Jacobson"),
}  # fmt: skip
"""What Chinese sentences may hold of Latin letters, besides names that the lesson's own programs use, words
of up to six capitals (TCP, what is sent), bytes, and what stands in 「」."""


def lessons() -> Iterator[Lesson]:
    for name in LESSONS:
        yield load_lesson(name)


def texts(value: object, path: str = "") -> Iterator[tuple[str, Text]]:
    """All sentences of a lesson with the names of the fields that lead to them."""
    if isinstance(value, Text):
        yield path, value
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from texts(getattr(value, field), f"{path}.{field}")
    elif isinstance(value, tuple):
        for index, each in enumerate(value, 1):
            yield from texts(each, f"{path}[{index}]")


def scene_of(lesson: Lesson, name: str) -> Scene:
    return next(scene for scene in lesson.scenes if scene.name == name)


def names_in(scene: Scene) -> set[str]:
    names: set[str] = set()
    for program in scene.programs:
        several = [f"{program.name}-{number}" for number in range(1, program.copies + 1)]
        names.update(several if program.copies > 1 else [program.name])
    return names


def names_used(lesson: Lesson) -> set[str]:
    """The names of variables, functions and attributes in the programs of its scenes."""
    names: set[str] = set()
    for program in (program for scene in lesson.scenes for program in scene.programs):
        for node in ast.walk(ast.parse(lesson_file(lesson.name, program.file).read_text("utf-8"))):
            match node:
                case ast.Name(id=name) | ast.Attribute(attr=name) | ast.FunctionDef(name=name):
                    names.add(name)
    return names


def too_long(text: Text, limits: tuple[int, int]) -> bool:
    chinese, english = limits
    return len(re.sub(r"\s", "", text.zh_CN)) > chinese or len(text.en) > english


# --- The shelf ---


def test_every_folder_with_a_lesson_is_on_the_shelf_once() -> None:
    folders = {path.parent.name for path in LESSONS_FOLDER.glob("*/lesson.toml")}
    assert folders == set(LESSONS) and len(LESSONS) == len(folders)
    assert [lesson.name for lesson in lessons()] == list(LESSONS)
    numbers = [lesson.number for lesson in lessons()]
    assert numbers == sorted(set(numbers))


def test_routes_lead_through_lessons_that_exist_in_their_order() -> None:
    routes = load_shelf().routes
    assert len({route.name for route in routes}) == len(routes) > 0
    for route in routes:
        assert route.lessons and set(route.lessons) <= set(LESSONS), route.name
        assert list(route.lessons) == sorted(set(route.lessons), key=LESSONS.index), route.name
        assert not too_long(route.title, TITLE), route.name


# --- The texts ---


@pytest.mark.parametrize("name", LESSONS)
def test_sentences_fit_the_projector(name: str) -> None:
    lesson = load_lesson(name)
    limits = {
        "title": TITLE,
        "insight": INSIGHT,
        "closing": SENTENCE,
        "say": SENTENCE,
        "ask": SENTENCE,
        "without": SENTENCE,
        "because": REASON,
        "role": ROLE,
    }
    long = []
    for path, text in texts(lesson):
        if path.startswith((".tasks", ".cases")):
            continue
        last = path.rsplit(".", 1)[-1]
        limit = OPTION if last.startswith("options[") else limits.get(last)
        if limit and too_long(text, limit):
            long.append((path, text))
    assert long == []


@pytest.mark.parametrize("name", LESSONS)
def test_no_text_is_empty_or_has_blanks_around_it(name: str) -> None:
    wrong = [
        (path, words)
        for path, text in texts(load_lesson(name))
        for words in (text.en, text.zh_CN)
        if not words or words != words.strip() or "  " in words or "\n" in words
    ]
    assert wrong == []


@pytest.mark.parametrize("name", LESSONS)
def test_chinese_is_chinese(name: str) -> None:
    """Latin words are names of calls, protocols and systems; bytes and quotations are as they are. The last
    hints are code."""
    wrong = []
    lesson = load_lesson(name)
    used = names_used(lesson)
    for path, text in texts(lesson):
        if ".hints[" in path:
            continue
        plain = re.sub(r"「[^」]*」|b'[^']*'|b\"[^\"]*\"", "", text.zh_CN)
        words = set(re.findall(r"[A-Za-z_]{2,}", plain))
        shouted = {word for word in words if word.isupper() and len(word) <= 6}
        strange = words - KNOWN_WORDS - shouted - used
        if strange:
            wrong.append((path, sorted(strange)))
        if re.search(r"[一-鿿] ?[,:;?!](?!\d)", plain):
            wrong.append((path, ["half-width punctuation"]))
    assert wrong == []


@pytest.mark.parametrize("name", LESSONS)
def test_english_has_no_full_width_punctuation(name: str) -> None:
    assert [path for path, text in texts(load_lesson(name)) if re.search("[，。？：；！（）]", text.en)] == []


@pytest.mark.parametrize("name", LESSONS)
def test_every_claim_has_a_source(name: str) -> None:
    lesson = load_lesson(name)
    assert lesson.sources and lesson.misconceptions
    for source in lesson.sources:
        assert re.match(r"(RFC \d+|POSIX|kernel: |measured: )", source.en), source.en
        assert re.match(r"(RFC \d+|POSIX|实测：)", source.zh_CN), source.zh_CN
    for number, step in enumerate(lesson.steps, 1):
        assert re.search(r"(Source: |RFC \d+|POSIX|kernel)", step.notes.en), (number, "en")
        assert re.search(r"(依据：|RFC \d+|POSIX|内核)", step.notes.zh_CN), (number, "zh_CN")


# --- The steps ---


@pytest.mark.parametrize("name", LESSONS)
def test_it_is_short_and_asks_for_predictions(name: str) -> None:
    lesson = load_lesson(name)
    assert 1 <= len(lesson.steps) <= STEPS_LIMIT
    questions = [step.question for step in lesson.steps if step.question is not None]
    assert 2 <= len(questions) <= 3
    for question in questions:
        assert 3 <= len(question.options) <= 4, question.ask.en
        assert 0 <= question.answer < len(question.options), question.ask.en
        assert len(set(question.options)) == len(question.options), question.ask.en
    assert len({question.answer for question in questions}) > 1, "always the same letter"


@pytest.mark.parametrize("name", LESSONS)
def test_each_step_shows_what_exists(name: str) -> None:
    lesson = load_lesson(name)
    scenes = {scene.name: scene for scene in lesson.scenes}
    assert len(scenes) == len(lesson.scenes)
    assert {step.scene for step in lesson.steps} == set(scenes), "a scene that no step shows"
    for number, step in enumerate(lesson.steps, 1):
        scene, where = scenes[step.scene], f"step {number}"
        names = names_in(scene)
        programs = {program.name for program in scene.programs}
        assert not step.code or step.code in names | programs, where
        assert not step.versus or step.versus in scenes, where
        assert (step.times > 0) == (step.view == "histogram"), where
        assert step.view != "histogram" or scene.outcome, f"{where}: nothing to count"
        assert step.view != "cases" or lesson.cases, f"{where}: no cases"
        for fact in step.facts:
            program, _, field = fact.partition(".")
            assert program in names | programs and field in Facts.__struct_fields__, f"{where}: {fact}"


def began(lesson: Lesson, last: int) -> set[str]:
    """The programs that run when step ``last`` (from 0) begins: a scene goes on from step to step."""
    running: set[str] = set()
    for before in lesson.steps[:last]:
        if before.scene == lesson.steps[last].scene:
            running |= {move.who for move in map(parse_move, before.go) if move.kind == "starts"}
    return running


@pytest.mark.parametrize("name", LESSONS)
def test_every_move_is_one_of_a_program_that_was_started(name: str) -> None:
    lesson = load_lesson(name)
    for index, step in enumerate(lesson.steps):
        names = names_in(scene_of(lesson, step.scene))
        running = began(lesson, index)
        for text in step.go:
            move = parse_move(text)
            assert not move.who or move.who in names, f"step {index + 1}: {text}"
            if move.kind == "starts":
                assert move.who not in running, f"step {index + 1}: {text}: it runs already"
                running.add(move.who)
            assert not move.who or move.who in running, f"step {index + 1}: {text}: not started"


# --- The programs ---


@pytest.mark.parametrize("name", LESSONS)
def test_programs_exist_and_compile_and_are_narrow(name: str) -> None:
    for scene in load_lesson(name).scenes:
        assert scene.programs or scene.experiment, scene.name
        for program in scene.programs:
            path = lesson_file(name, program.file)
            source = path.read_text("utf-8")
            ast.parse(source, path.name, feature_version=(3, 10))
            assert program.side in (0, 1)
            if not program.file.startswith(TUTORIAL):
                wide = [line for line in source.splitlines() if len(line) > CODE_COLUMNS]
                assert wide == [], program.file
                assert "listen(0)" not in source, program.file


@pytest.mark.parametrize("name", LESSONS)
def test_every_program_file_is_used(name: str) -> None:
    lesson = load_lesson(name)
    used = {program.file for scene in lesson.scenes for program in scene.programs}
    used |= {file for task in lesson.tasks for file in (task.start, task.model)}
    assert {path.name for path in (LESSONS_FOLDER / name).glob("*.py")} == {
        file for file in used if "/" not in file
    }


@pytest.mark.parametrize("name", LESSONS)
def test_tasks_have_their_files_and_hints(name: str) -> None:
    lesson = load_lesson(name)
    assert lesson.tasks
    for task in lesson.tasks:
        assert len(set(task.hints)) == 3
        for file in (task.start, task.model):
            path = lesson_file(name, file)
            ast.parse(path.read_text("utf-8"), path.name, feature_version=(3, 8))


# --- The recordings that are delivered ---


@pytest.mark.parametrize("name", LESSONS)
def test_every_scene_has_a_recording_in_which_each_step_was_reached(name: str) -> None:
    lesson = load_lesson(name)
    decoder = msgspec.json.Decoder(RecordedEvent)
    for scene in lesson.scenes:
        path = still_recording(name, scene.name)
        events: list[object] = [decoder.decode(line) for line in path.read_bytes().splitlines()]
        header, last = events[0], events[-1]
        assert isinstance(header, Header) and isinstance(last, Done), path.name
        assert (header.lesson, header.scene, header.still) == (name, scene.name, True), path.name
        recorded = {program.name for program in header.programs}
        # An experiment may add programs of its own.
        assert recorded >= names_in(scene) if scene.experiment else recorded == names_in(scene), path.name
        for program in (each for each in header.programs if each.name in names_in(scene)):
            assert program.text == lesson_file(name, source_of(scene, program.name)).read_text("utf-8"), (
                path.name
            )
        reached = [event.number for event in events if isinstance(event, Step) and event.reached]
        wanted = [number for number, step in enumerate(lesson.steps, 1) if step.scene == scene.name]
        assert reached == wanted, path.name
    assert {path.stem for path in (LESSONS_FOLDER / name / "stills").iterdir()} == {
        scene.name for scene in lesson.scenes
    }


ANSWERS = {
    ("reliability", 1): r'"fate":"lost"',
    ("reliability", 5): r'"who":"sender".*"error":"TimeoutError"',
    ("reliability", 6): r'"fate":"lost","data":"MyBvaw=="',
    ("who-hangs-up", 2): r'"state":"TIME_WAIT"',
    ("who-hangs-up", 4): r'"who":"again".*"error":"OSError"',
    ("who-hangs-up", 7): r"b'8 bytes'",
    ("one-road", 1): r'"kind":"measured"',
    ("one-road", 4): r'"kind":"measured"',
    ("http", 1): r"GET / HTTP",
    ("http", 3): r'"kind":"returned".*"who":"client".*HTTP/1.1 200',
    ("http", 6): r'"kind":"measured"',
}
"""Of each question's scene a line in which the answer can be read."""


@pytest.mark.parametrize(("name", "number"), ANSWERS)
def test_a_question_is_asked_before_its_answer_can_be_seen(name: str, number: int) -> None:
    step = load_lesson(name).steps[number - 1]
    assert step.question is not None
    lines = still_recording(name, step.scene).read_text("utf-8").splitlines()
    asked = next(
        at for at, line in enumerate(lines) if re.match(rf'{{"kind":"step".*"number":{number}\b', line)
    )
    answered = [at for at, line in enumerate(lines[1:], 1) if re.search(ANSWERS[name, number], line)]
    assert answered and min(answered) > asked


def test_all_questions_of_these_lessons_are_tried() -> None:
    names = {name for name, _number in ANSWERS}
    asked = {
        (name, number)
        for name in names
        for number, step in enumerate(load_lesson(name).steps, 1)
        if step.question is not None
    }
    assert asked == set(ANSWERS)


def source_of(scene: Scene, name: str) -> str:
    return next(
        program.file
        for program in scene.programs
        if name == program.name or (program.copies > 1 and name.rsplit("-", 1)[0] == program.name)
    )
