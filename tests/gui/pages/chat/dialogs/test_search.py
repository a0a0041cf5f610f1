"""A search: what it shows before, during and after it, and how one gets to a hit."""

from __future__ import annotations

import pytest

from gui.pages.chat.dialogs import parts
from gui.pages.chat.dialogs.search import SearchDialog, mark_spans
from net.chat.commands import Search
from net.chat.conversation import Conversation
from net.chat.events import SearchFound
from tests.gui.keyboard import press
from tests.gui.pages.chat.dialogs.choices import Opens, press_button, words
from tests.gui.pages.chat.stage import BOB, LIN, Stage, person

WITH_LIN = Conversation.person(LIN)


def answer(stage: Stage) -> SearchFound:
    """What the history really says to the newest search."""
    asked = stage.submitted(Search)[-1]
    hits = stage.context.new_reader().search(asked.text, asked.conversation, asked.limit)
    rows = tuple((hit.conversation, hit.message, hit.position, hit.snippet, hit.time) for hit in hits)
    return SearchFound(asked.job, rows, True)


def test_a_hit_is_jumped_to(stage: Stage, opened: Opens) -> None:
    stage.begin(person(LIN, "Lin Xiao"), person(BOB, "Bob"))
    for number in range(60):
        stage.hear(BOB, "Bob", f"line {number}")
    dialog = opened(SearchDialog, None, "line 7")
    (asked,) = stage.wait(lambda: stage.submitted(Search), "a search")
    assert (asked.text, asked.conversation) == ("line 7", None)
    stage.play(
        SearchFound(asked.job + 1, ((Conversation.person(LIN), "00", 0, "of an older search", 1),), True),
        SearchFound(asked.job, ((Conversation.person(BOB), "00", 7, "line 7", 10**18),), True),
    )
    assert [hit.title for hit in dialog.hits] == ["Bob"]
    press_button(dialog, "jump")
    stage.wait(lambda: "line 7" in stage.visible_text(), "the hit")
    assert not dialog.winfo_exists() and stage.context.conversation == Conversation.person(BOB)


def test_a_search_in_one_conversation(stage: Stage, opened: Opens) -> None:
    stage.begin(person(LIN, "Lin Xiao"))
    dialog = opened(SearchDialog, Conversation.person(LIN), "你好")
    asked = stage.wait(lambda: stage.submitted(Search), "a search")[0]
    assert asked.conversation == Conversation.person(LIN)
    stage.play(SearchFound(asked.job, (), True))
    assert "Nothing found" in words(dialog) and dialog.buttons["jump"].instate(["disabled"])


def test_typing_searches_two_chinese_characters(stage: Stage, opened: Opens) -> None:
    stage.begin(person(LIN, "林晓"), person(BOB, "Bob"))
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
    dialog.list.selection.only(1)
    press(dialog.list.canvas, "<Return>")
    stage.wait(lambda: not dialog.winfo_exists() and stage.context.conversation == WITH_LIN, "the jump")


def test_no_result_says_where_else_to_look(stage: Stage, opened: Opens) -> None:
    stage.begin(person(LIN, "林晓"), person(BOB, "Bob"))
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


@pytest.mark.usefixtures("impatient")
def test_a_search_that_is_not_answered_says_so_and_still_takes_the_answer(
    stage: Stage, opened: Opens
) -> None:
    stage.begin(person(LIN, "Lin"))
    dialog = opened(SearchDialog, None, "hello")
    stage.wait(lambda: dialog.late, "it is late")
    assert "does not answer" in stage.texts(dialog) and "Searching" not in stage.texts(dialog)
    stage.play(SearchFound(dialog.job, ((Conversation.person(LIN), "ab", 0, "hello there", 1),), True))
    assert not dialog.nothing.winfo_manager() and "1 message found" in stage.texts(dialog)
    dialog.field.set("again")
    dialog.search()
    assert len(stage.submitted(Search)) == 2 and not dialog.late


def test_an_answered_search_is_never_late(
    stage: Stage, opened: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "ANSWER_MS", 50)
    stage.begin()
    dialog = opened(SearchDialog)
    dialog.field.set("hello")
    dialog.search()
    stage.play(SearchFound(dialog.job, (), True))
    over: list[bool] = []
    dialog.after(100, over.append, True)
    stage.wait(lambda: over, "the time is over")
    assert not dialog.late and "Nothing found." in stage.texts(dialog)
