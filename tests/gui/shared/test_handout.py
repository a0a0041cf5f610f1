"""Hand-outs and keys: one A4 page each, the same questions in both, and nothing from outside is needed."""

from __future__ import annotations

import re
from html import escape, unescape
from pathlib import Path

import msgspec
import pytest

from gui.shared.handout import WHOLE_TASKS, hand_out, key
from gui.shared.i18n import LANGUAGES
from net.lab.lesson import Lesson, Text
from net.lab.lesson_files import load_lesson, load_shelf
from tests.programs import is_installed, run_program

LESSONS = load_shelf().lessons
A4 = (794, 1123)
"""Pixels of CSS, which are 1/96 inch (CSS Values and Units section 6.2)."""
BROWSER = (
    "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
    "--virtual-time-budget=5000",
)  # fmt: skip


def browse(tmp_path: Path, html: str, *options: str) -> str:
    """What the browser printed about this page."""
    page = tmp_path / "page.html"
    page.write_text(html, "utf-8")
    command = [*BROWSER, f"--user-data-dir={tmp_path / 'profile'}", *options, page.as_uri()]
    return run_program(command, capture_output=True, text=True, encoding="utf-8", timeout=120).stdout


def pages(lesson: Lesson) -> dict[str, str]:
    return {
        f"{lesson.name} {language} {make.__name__}": make(lesson, language)
        for language in LANGUAGES
        for make in (hand_out, key)
    }


@pytest.mark.skipif(not is_installed("chromium"), reason="needs a browser: dev.py says which")
def test_each_is_one_page_and_nothing_is_cut_off(tmp_path: Path) -> None:
    documents = {name: html for lesson in LESSONS for name, html in pages(load_lesson(lesson)).items()}
    frames = "".join(
        f'<iframe name="{name}" width="{A4[0]}" height="{A4[1]}" srcdoc="{escape(html)}"></iframe>'
        for name, html in documents.items()
    )
    script = """<script>onload = () => {
        const frames = [...document.querySelectorAll("iframe")];
        document.title = frames.map(frame => {
        const body = frame.contentDocument.body, figure = body.querySelector("figure");
        return [frame.name, body.scrollHeight - body.clientHeight, body.scrollWidth - body.clientWidth,
                figure ? figure.clientHeight : 999].join("|") }).join("\\n") }</script>"""
    shown = browse(tmp_path, f"<!DOCTYPE html><meta charset=utf-8>{script}{frames}", "--dump-dom")
    found = re.search(r"<title>(.*?)</title>", shown, re.DOTALL)
    assert found, shown[:500]
    measured = [line.split("|") for line in unescape(found[1]).splitlines()]
    assert [name for name, *_rest in measured] == [*documents]
    assert [line for line in measured if int(line[1]) > 0 or int(line[2]) > 0] == []
    # The diagram that pupils write into: at least 5 cm high.
    assert [line for line in measured if int(line[3]) < 190] == []


@pytest.mark.skipif(not is_installed("chromium"), reason="needs a browser: dev.py says which")
def test_it_is_printed_on_one_sheet(tmp_path: Path) -> None:
    fullest = max((load_lesson(name) for name in LESSONS), key=lambda lesson: len(key(lesson, "en")))
    printed = tmp_path / "printed.pdf"
    browse(tmp_path, key(fullest, "en"), f"--print-to-pdf={printed}")
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed.read_bytes())) == 1
    box = re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", printed.read_bytes())
    assert box and [round(float(side)) for side in box.groups()] == [595, 842]  # A4 in points


@pytest.mark.parametrize("name", LESSONS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_key_answers_what_the_pupils_are_asked(name: str, language: str) -> None:
    lesson = load_lesson(name)
    asked, answered = hand_out(lesson, language), key(lesson, language)
    questions = [step.question for step in lesson.steps if step.question is not None]
    for question in questions:
        for text in (question.ask, *question.options):
            assert escape(text.get(language)) in asked and escape(text.get(language)) in answered
        assert escape(question.because.get(language)) in answered
        assert escape(question.because.get(language)) not in asked
    for number, task in enumerate(lesson.tasks, 1):
        told = task.say if number <= WHOLE_TASKS else task.title
        assert escape(told.get(language)) in asked and escape(task.hints[-1].get(language)) in answered
        assert not any(escape(hint.get(language)) in asked for hint in task.hints)
    assert "chosen" not in asked.partition("</style>")[2]
    assert answered.count('<li class="chosen">') == len(questions)
    assert answered.count('class="choice chosen"') == len(lesson.cases)
    assert escape(lesson.closing.get(language)) in asked


def test_what_a_lesson_says_is_text_not_html() -> None:
    lesson = load_lesson(LESSONS[0])
    nasty = Text(en='<script>"a" & b</script>', zh_CN="<b>")
    page = hand_out(msgspec.structs.replace(lesson, title=nasty, closing=nasty), "en")
    assert "<script" not in page and page.count("&lt;script&gt;&quot;a&quot; &amp; b") == 3


@pytest.mark.parametrize("name", LESSONS)
def test_it_needs_nothing_from_outside(name: str) -> None:
    for page in pages(load_lesson(name)).values():
        style = page.partition("<style>")[2].partition("</style>")[0]
        assert "url(" not in style and "@import" not in style
        assert not re.search(r"<(script|link|img|iframe)\b|\bsrc=|\bhref=", page)


def test_its_words_are_those_of_the_language_asked_for() -> None:
    page = hand_out(load_lesson(LESSONS[0]), "zh_CN")
    assert "班级" in page and "Predict" not in page


def test_the_pupils_complete_the_picture() -> None:
    for lesson in map(load_lesson, LESSONS):
        asked, answered = hand_out(lesson, "en"), key(lesson, "en")
        assert asked.count("<svg") == answered.count("<svg") == (0 if lesson.cases else asked.count("<svg"))
        if not lesson.cases:
            assert asked.count("<text") < answered.count("<text"), lesson.name
            assert asked.count("<line") + asked.count("<path") > 5, lesson.name


def test_two_roads_have_one_scale() -> None:
    page = key(load_lesson("one-road"), "en")
    left, right = page.split("<svg")[1:3]
    assert page.count("<svg") == 2 and left.count(">500<") == right.count(">500<") == 1
    assert (">2,000<" in left) == (">2,000<" in right)
