"""Diagnosis, search and export: what they show while nothing is there, and what is left after closing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gui.pages.chat.dialogs.diagnosis import DiagnosisDialog
from gui.pages.chat.dialogs.export import ExportDialog
from gui.pages.chat.dialogs.search import SearchDialog, mark_spans
from gui.pages.chat.finding_words import finding_text
from net.chat.commands import ExportConversation, Search
from net.chat.events import Diagnosis, SearchFound
from net.events import Exported, Fault, FaultKind
from tests.gui.pages.chat.stage import BOB, LIN, Stage, person

WITH_LIN = f"p:{LIN}"
Opens = Callable[..., Any]


@pytest.fixture(autouse=True)
def known(stage: Stage) -> None:
    stage.begin(person(LIN, "林晓"), person(BOB, "Bob"))


def answer(stage: Stage) -> SearchFound:
    """What the history really says to the newest search."""
    asked = stage.submitted(Search)[-1]
    hits = stage.page.reader().search(asked.text, asked.conversation, asked.limit)
    rows = tuple((hit.conversation, hit.message, hit.position, hit.snippet, hit.time) for hit in hits)
    return SearchFound(asked.job, rows, True)


def test_findings_are_copied_with_their_advice(stage: Stage, opened: Opens) -> None:
    dialog = opened(DiagnosisDialog)
    assert dialog.progress.winfo_ismapped() and dialog.buttons["copy"].instate(["disabled"])
    findings: tuple[tuple[str, dict[str, str]], ...] = (
        ("invisible", {}),
        ("link_local_only", {"interface": "eth7"}),
    )
    stage.play(Diagnosis(findings, True))
    assert not dialog.progress.winfo_ismapped()
    dialog.buttons["copy"].invoke()
    text = stage.app.clipboard_get()
    assert dialog.winfo_exists() and len(stage.toasts) == 1
    for finding in findings:
        assert all(part in text for part in finding_text(finding))
    assert text.index(finding_text(findings[0])[0]) < text.index("eth7")


def test_typing_searches_two_chinese_characters(stage: Stage, opened: Opens) -> None:
    stage.hear(BOB, "Bob", "no Chinese here")
    stage.hear(LIN, "林晓", "明天测试信道")
    stage.hear(LIN, "林晓", "测试完了")
    dialog = opened(SearchDialog)
    assert dialog.nothing.winfo_ismapped() and not stage.submitted(Search)
    assert dialog.buttons["jump"].instate(["disabled"]) and dialog.focus_lastfor() == dialog.field.entry
    for typed in ("测", "测试"):
        dialog.field.set(typed)
    stage.wait(lambda: stage.submitted(Search), "a search")
    assert [asked.text for asked in stage.submitted(Search)] == ["测试"]
    stage.play(answer(stage))
    assert [hit.snippet for hit in dialog.hits] == ["测试完了", "明天测试信道"]
    assert not dialog.nothing.winfo_ismapped()
    dialog.list._open(1)
    stage.wait(lambda: not dialog.winfo_exists() and stage.page.conversation == WITH_LIN, "the jump")


def test_no_result_says_where_else_to_look(stage: Stage, opened: Opens) -> None:
    stage.hear(BOB, "Bob", "the oscilloscope")
    dialog = opened(SearchDialog, WITH_LIN, "oscilloscope")
    stage.wait(lambda: stage.submitted(Search), "a search")
    assert not dialog.nothing.winfo_ismapped()
    stage.play(answer(stage))
    assert dialog.nothing.winfo_ismapped() and "everywhere" in stage.texts(dialog.nothing)
    dialog.scope.set("all")
    dialog.search()
    stage.play(answer(stage))
    assert [hit.title for hit in dialog.hits] == ["Bob"] and not dialog.nothing.winfo_ismapped()


@pytest.mark.parametrize(
    "text, wanted, marked",
    [
        ("Alpha beta alpha", "ALPHA beta", ["Alpha", "beta", "alpha"]),
        ("明天测试信道", "测试", ["测试"]),
        ("abcabc", "ab abc", ["abc", "abc"]),
        ("a.c abc", "a.c", ["a.c"]),
        ("abc", "", []),
    ],
)
def test_every_word_of_a_hit_is_marked(text: str, wanted: str, marked: list[str]) -> None:
    assert [text[span.start : span.stop] for span in mark_spans(text, wanted)] == marked


@pytest.mark.parametrize("fault", [None, Fault(FaultKind.STORE_FULL, {"path": "x.html"})])
def test_an_export_is_told_after_its_dialog_was_closed(
    stage: Stage, opened: Opens, tmp_path: Path, fault: Fault | None
) -> None:
    dialog = opened(ExportDialog, WITH_LIN)
    dialog.write(tmp_path / "x.html")
    dialog.close("")
    job = stage.submitted(ExportConversation)[0].job
    stage.play(Exported(job + 1, "other", 1, None))
    assert stage.toasts == []
    stage.play(Exported(job, "x.html", 0 if fault else 3, fault))
    stage.play(Exported(job, "x.html", 0 if fault else 3, fault))
    assert len(stage.toasts) == 1 and "x.html" in stage.toasts[0]
