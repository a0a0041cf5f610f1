"""Search finds what is there, in any script and at any length, newest first."""

from __future__ import annotations

import random

import pytest

from net.chat.conversation import EVERYBODY
from net.chat.history import SearchHit
from net.chat.history.search import SNIPPET_LENGTH, snippet
from tests.net.chat.history.stores import WITH_BOB, Opened

TEXTS = (
    "今天下午三点开会，会议室在二楼",
    "The quick brown Fox jumps over the lazy dog",
    "会后把文件发给我",
    'a "quoted" word & 50% of C++',
    "🎉🎉 party! OK?",
    "ÄÖÜ straße",
    "x",
    "订单１２３４，ＡＢ型＋",
)


@pytest.fixture(params=[0, 4, 100], ids=["nothing indexed", "half indexed", "all indexed"])
def filled(opened: Opened, request: pytest.FixtureRequest) -> Opened:
    opened.hear(*TEXTS)
    if request.param:
        opened.run(lambda store: store.index.step(request.param))
    return opened


def positions(hits: list[SearchHit]) -> list[int]:
    return [hit.position for hit in hits]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("会议", [0]),
        ("会", [2, 0]),
        ("开会，会议室", [0]),
        ("文件 会后", [2]),
        ("文件 三点开会", []),
        ("fox", [1]),
        ("FO", [1]),
        ("fox lazy", [1]),
        ("fx", []),
        ('"quoted"', [3]),
        ('"q', [3]),
        ("50%", [3]),
        ("0%", [3]),
        ("++", [3]),
        ("+", [7, 3]),
        ("&", [3]),
        ("🎉", [4]),
        ("🎉🎉", [4]),
        ("ok", [4]),
        ("äö", [5]),
        ("STRA", [5]),
        ("x", [6, 1]),
        ("*", []),
        ("ｆｏｘ", [1]),
        ("５０％", [3]),
        ("ＯＫ", [4]),
        ("\u200bfox\u202c la\u200bzy", [1]),
        ("\u200b", []),
        ("1234", [7]),
        ("单１２３", [7]),
        ("2", [7]),
        ("ab", [7]),
        ("Ａ", [7, 5, 4, 3, 1]),
        ("订单 ab", [7]),
        ("zz1", []),
        ("z1", []),
        ("", []),
        ("   ", []),
        ("AND", []),
        ("brown AND", []),
    ],
)
def test_what_is_found(filled: Opened, text: str, found: list[int]) -> None:
    assert positions(filled.reader.search(text)) == found
    assert positions(filled.reader.search(text, WITH_BOB)) == found
    assert filled.reader.search(text, EVERYBODY) == []


def test_only_in_the_conversation_asked_for(filled: Opened) -> None:
    filled.hear("会议 fox", conversation=EVERYBODY)
    for text in ("会议", "fox", "x", "会"):
        everywhere = filled.reader.search(text)
        assert (everywhere[0].conversation, everywhere[0].position) == (EVERYBODY, 0)
        assert positions(filled.reader.search(text, EVERYBODY)) == [0]
        assert {hit.conversation for hit in filled.reader.search(text, WITH_BOB)} == {WITH_BOB}
    assert len(filled.reader.search("会", limit=2)) == 2


def test_deleted_messages_are_not_found(filled: Opened) -> None:
    (hit,) = filled.reader.search("会议")
    filled.run(lambda store: store.messages.delete(WITH_BOB, [hit.message]))
    filled.run(lambda store: store.index.step(100))
    assert filled.reader.search("会议") == [] and filled.reader.search("三点开") == []
    (moved,) = filled.reader.search("fox")
    assert moved.position == 0
    count = "SELECT count(*) FROM {0} WHERE {0} MATCH ?"
    for table, query in (("texts", '"三点开"'), ("grams", '"会议"')):
        assert filled.query(count.format(table), query) == (0,), table


def test_any_part_of_any_text_is_found(opened: Opened) -> None:
    """Against looking through all of them."""
    chance = random.Random(5)
    alphabet = "ab A+-\"'*%_()^:{}\\中文双工 🎉é\n\u3000"
    texts = ["".join(chance.choices(alphabet, k=chance.randint(1, 30))) for _ in range(300)]
    opened.hear(*texts)
    opened.run(lambda store: store.index.step(290))
    for _ in range(300):
        source = chance.choice(texts)
        start = chance.randrange(len(source))
        words = source[start : start + chance.randint(1, 9)].lower().split()
        query = " ".join(words)
        expected = [
            position
            for position, text in enumerate(texts)
            if words and all(word in text.lower() for word in words)
        ]
        assert positions(opened.reader.search(query, limit=1000)) == expected[::-1], query


def test_a_snippet_shows_the_match_on_one_line() -> None:
    text = "before " * 40 + "the\nneedle here" + " after" * 40
    shown = snippet(text, text.index("needle"))
    assert "needle here" in shown and shown.startswith("…") and shown.endswith("…")
    assert "\n" not in shown and len(shown) <= SNIPPET_LENGTH + 2
    assert snippet("short", 0) == "short"
