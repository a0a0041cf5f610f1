"""Widths and invisible characters in what people look for."""

from __future__ import annotations

import pytest

from net.protocol.folding import folded, plain, written_forms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＡＢＣ１２", "abc12"),
        ("\u202a10.0.0.1\u202c", "10.0.0.1"),
        ("\ufeff张\u200b三", "张三"),
        ("ﬁ", "FI"),
    ],
)
def test_what_a_person_takes_for_the_same_is_the_same(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_what_is_meant_is_plain() -> None:
    assert plain("１９２．１６８\u200e") == "192.168"
    assert plain("a b") == "a b"


def test_the_forms_in_which_a_word_may_be_written() -> None:
    assert written_forms("a1") == ("a1", "ａ１")
    assert written_forms("ａ1") == ("ａ1", "a1", "ａ１")
    assert written_forms("你好") == ("你好",)
    assert written_forms("\u200b") == ("",)
