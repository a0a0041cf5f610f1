"""The hand-out of a lesson and its key: one A4 page of HTML, made from the lesson's own data.

Both come from one place, so that they cannot disagree: the key is the hand-out with the answers filled in.
The page needs nothing else, neither files nor scripts; a browser shows and prints it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from gui.shared.handout_diagram import diagrams
from gui.shared.i18n import _, in_language
from net.lab.lesson import Case, Lesson, LessonTask, Question, Text

LETTERS = "ABCDEF"
WHOLE_TASKS = 2
"""So many tasks are told whole; there is no room for more on the page."""


def hand_out(lesson: Lesson, language: str) -> str:
    """The pupils' page, as a whole HTML document, with the picture to complete. ``language``: a key of
    `gui.shared.i18n.LANGUAGES`, also another one than the window's."""
    with in_language(language):
        return _Page(lesson, language, is_key=False).document()


def key(lesson: Lesson, language: str) -> str:
    """The teacher's page: the same, with the answers and the whole picture."""
    with in_language(language):
        return _Page(lesson, language, is_key=True).document()


class _Page:
    def __init__(self, lesson: Lesson, language: str, *, is_key: bool) -> None:
        self.lesson = lesson
        self.language = language
        self.is_key = is_key

    def text(self, text: Text) -> str:
        return escape(text.get(self.language))

    # --- The whole ---

    def document(self) -> str:
        questions = [step.question for step in self.lesson.steps if step.question is not None]
        parts = [
            self._head(),
            # The table of cases takes the diagram's place.
            "" if self.lesson.cases else self._diagram(),
            self._questions(questions),
            self._cases(self.lesson.cases),
            *(self._task(number, task) for number, task in enumerate(self.lesson.tasks[:WHOLE_TASKS], 1)),
            self._further_tasks(self.lesson.tasks[WHOLE_TASKS:]),
            self._closing(),
        ]
        title = f"{self.lesson.number} {self.lesson.title.get(self.language)}"
        return (
            f'<!DOCTYPE html>\n<html lang="{escape(self.language.replace("_", "-"))}">\n<head>\n'
            f'<meta charset="utf-8">\n<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n'
            f'<body class="{"key" if self.is_key else "pupil"}">\n{"".join(parts)}</body>\n</html>\n'
        )

    def _head(self) -> str:
        fields = (_("Name"), _("Class"), _("Seat"))
        blanks = "".join(f"<span>{escape(field)}<i></i></span>" for field in fields)
        answers = escape(_("Answers"))
        side = f'<span class="mark">{answers}</span>' if self.is_key else blanks
        insight = f'<p class="insight">{self.text(self.lesson.insight)}</p>' if self.is_key else ""
        return (
            f"<header><h1><b>{self.lesson.number}</b>{self.text(self.lesson.title)}</h1>"
            f'<div class="who">{side}</div></header>\n{insight}'
        )

    def _section(self, kind: str, title: str, inner: str) -> str:
        return f'<section class="{kind}"><h2>{escape(title)}</h2>{inner}</section>\n'

    def _diagram(self) -> str:
        drawings = "".join(diagrams(self.lesson, self.language, blank=not self.is_key))
        if not drawings:
            return ""
        title = _("The run as it was") if self.is_key else _("Complete the picture: what travels, and when?")
        return self._section("diagram", title, f"<figure>{drawings}</figure>")

    # --- Watch, predict ---

    def _questions(self, questions: Sequence[Question]) -> str:
        if not questions:
            return ""
        told = "".join(self._question(number, question) for number, question in enumerate(questions, 1))
        return self._section("questions", _("Predict first, then watch"), f"<ol>{told}</ol>")

    def _question(self, number: int, question: Question) -> str:
        options = "".join(
            f'<li class="{self._chosen(place == question.answer)}">'
            f"<s></s>{LETTERS[place]}&ensp;{self.text(option)}</li>"
            for place, option in enumerate(question.options)
        )
        because = escape(_("Because"))
        if self.is_key:
            reason = f'<p class="because">{self.text(question.because)}</p>'
        else:
            reason = f'<p class="because">{because}<i></i></p><p class="because"><i class="whole"></i></p>'
        return f"<li><p><b>{number}</b> {self.text(question.ask)}</p><ul>{options}</ul>{reason}</li>"

    def _chosen(self, is_answer: bool) -> str:
        return "chosen" if self.is_key and is_answer else ""

    def _cases(self, cases: Iterable[Case]) -> str:
        rows = "".join(
            f"<tr><td>{self.text(case.say)}</td>"
            + "".join(
                f'<td class="choice {self._chosen(case.answer == choice)}"><s></s>{choice.upper()}</td>'
                for choice in ("tcp", "udp")
            )
            + f"<td>{self.text(case.because) if self.is_key else ''}</td></tr>"
            for case in cases
        )
        return rows and self._section(
            "cases", _("Which one would you take, and why?"), f"<table>{rows}</table>"
        )

    # --- Do ---

    def _task(self, number: int, task: LessonTask) -> str:
        inner = f"<p><b>{self.text(task.title)}.</b> {self.text(task.say)}</p>"
        if self.is_key:
            # The last hint is nearly the answer; the whole one is a program, and the teacher has it.
            inner += f'<p class="because">{self.text(task.hints[-1])}</p>'
        else:
            address = escape(_("Address on the screen"))
            verdict = escape(_("What Duplex said"))
            inner += f'<p class="fields"><span>{address}<i></i></span><span>{verdict}<i></i></span></p>'
        first = _("Write one program; Duplex is the other end")
        title = first if number == 1 else _("Level {number}").format(number=number)
        return self._section("task", title, inner)

    def _further_tasks(self, tasks: Sequence[LessonTask]) -> str:
        """For who is fast: what they ask stands on the screen, since the page is full."""
        rows = "".join(
            f'<p class="because">{self.text(task.title)}: {self.text(task.hints[-1])}</p>'
            if self.is_key
            else f'<p class="fields"><span>{self.text(task.title)}<i></i></span></p>'
            for task in tasks
        )
        last = WHOLE_TASKS + len(tasks)
        numbers = f"{WHOLE_TASKS + 1}–{last}" if len(tasks) > 1 else str(last)
        return rows and self._section("task", _("Level {number}").format(number=numbers), rows)

    def _closing(self) -> str:
        if self.is_key:
            rest = f'<p class="because">{self.text(self.lesson.insight)}</p>'
        else:
            rest = '<p class="because"><i class="whole"></i></p>' * 2
        return self._section("closing", _("To end with"), f"<p>{self.text(self.lesson.closing)}</p>{rest}")


STYLE = """
@page { size: A4 portrait; margin: 0 }
* { box-sizing: border-box; margin: 0; padding: 0 }
html { background: #fff; color: #111;
  font: 10.5pt/1.38 "Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", "PingFang SC", sans-serif }
html[lang=en] { font-family: "Segoe UI", "Helvetica Neue", "Noto Sans", "DejaVu Sans", Arial, sans-serif }
body { width: 210mm; height: 296mm; margin: 0 auto; padding: 11mm 13mm 9mm; display: flex;
  flex-direction: column; gap: 3.2mm; overflow: hidden }
header { display: flex; justify-content: space-between; align-items: flex-end; gap: 6mm;
  border-bottom: .6mm solid #111; padding-bottom: 2mm }
h1 { font-size: 15pt; line-height: 1.2; font-weight: 700 }
h1 b { display: inline-block; min-width: 8mm; margin-right: 3mm; padding: 0 1.5mm; border-radius: 1mm;
  background: #111; color: #fff; text-align: center }
h2 { font-size: 10.5pt; font-weight: 700; margin-bottom: 1.2mm }
i { display: inline-block; flex: 1; min-width: 14mm; border-bottom: .25mm solid #555; height: 1em;
  margin-left: 1.5mm }
.who { display: flex; gap: 3mm; font-size: 9.5pt; white-space: nowrap }
.who span { display: flex; align-items: flex-end }
.who i { min-width: 17mm }
.whole { margin-left: 0 }
.mark { border: .5mm solid #111; padding: 0 2.5mm; font-weight: 700 }
.insight { font-weight: 700 }
.diagram { flex: 1 1 60mm; min-height: 0; display: flex; flex-direction: column }
figure { flex: 1 1 0; min-height: 0; border: .25mm solid #999; border-radius: 1mm; padding: 1mm;
  display: flex; gap: 3mm }
figure svg { display: block; flex: 1 1 0; min-width: 0; height: 100% }
.questions ol { display: flex; gap: 5mm; list-style: none; font-size: 9.5pt }
.questions ol > li { flex: 1 1 0; min-width: 0 }
.questions ul { list-style: none; margin: 1mm 0 }
.questions p b { margin-right: .5mm }
s { display: inline-block; width: 3mm; height: 3mm; border: .3mm solid #111; margin-right: 1.6mm;
  vertical-align: -.3mm; text-decoration: none }
.chosen { font-weight: 700 }
.chosen s { background: linear-gradient(#111, #111) center / 1.8mm 1.8mm no-repeat;
  -webkit-print-color-adjust: exact; print-color-adjust: exact }
h1 b, .mark { -webkit-print-color-adjust: exact; print-color-adjust: exact }
.because { display: flex; align-items: flex-end; min-height: 1.9em; font-size: 9.5pt }
.key .because { display: block; min-height: 0 }
.key .because::before { content: "\\2192\\2002" }
table { border-collapse: collapse; width: 100%; font-size: 9pt; line-height: 1.3 }
td { border-bottom: .2mm solid #aaa; padding: .6mm 1.5mm .6mm 0; vertical-align: top }
.choice { white-space: nowrap; width: 14mm }
.cases td:first-child { width: 58mm }
.task { border: .4mm solid #111; border-radius: 1.2mm; padding: 2mm 3mm; font-size: 10pt }
.fields { display: flex; gap: 6mm; margin-top: 2.2mm }
.fields span { display: flex; flex: 1; align-items: flex-end; white-space: nowrap }
@media screen { html { background: #888 } body { background: #fff; margin: 6mm auto } }
"""
