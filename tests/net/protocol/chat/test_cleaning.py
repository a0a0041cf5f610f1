from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.protocol.chat.cleaning import MAX_COMBINING, NO_NAME, clean_message, clean_name, cut_to_bytes
from net.protocol.chat.messages import MAX_NAME, MAX_TEXT, MAX_TEXT_BYTES

NASTY = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "\0\x1b\r\n\t\u202e\u2066\u200d\u200c\u200e\ud800\udfff\u0301\u0336\u20dd\ufe0f\u3164 a王"
        ),
        st.characters(categories=["Mn", "Me", "Mc", "Cf", "Zs", "Zl", "Cc", "Cs"]),
    )
)
BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def longest_run(text: str) -> int:
    longest = run = 0
    for character in text:
        run = run + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        longest = max(longest, run)
    return longest


def check_clean(text: str, allowed: str = "") -> None:
    assert not [c for c in text if unicodedata.category(c) in ("Cc", "Cs") and c not in allowed]
    assert not BIDI & set(text)
    assert longest_run(text) <= MAX_COMBINING
    text.encode()


@given(NASTY)
def test_names(text: str) -> None:
    name = clean_name(text)
    check_clean(name)
    assert 1 <= len(name) <= MAX_NAME
    assert name == name.strip() and "  " not in name
    assert unicodedata.normalize("NFC", name) == name
    assert clean_name(name) == name


@given(NASTY)
def test_messages(text: str) -> None:
    message = clean_message(text)
    check_clean(message, "\n\t")
    assert len(message) <= MAX_TEXT and len(message.encode()) <= MAX_TEXT_BYTES
    assert clean_message(message) == message


@pytest.mark.parametrize(
    "text", ["", " \n\t", "\0\0", "\u202e", "\u200d\u200d", "\u3164\u2800", "\u0301" * 9, "\ud800", "\u00ad"]
)
def test_nothing_to_see(text: str) -> None:
    assert clean_name(text) == NO_NAME
    assert clean_name(text, "3f2a") == "3f2a"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("王小明", "王小明"),
        ("Nguyễn Văn Ðức", "Nguyễn Văn Ðức"),
        ("محمد", "محمد"),
        ("สมชาย ปิ่น", "สมชาย ปิ่น"),
        ("👩\u200d🏫 Teacher", "👩\u200d🏫 Teacher"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("A\u202egpj.exe", "Agpj.exe"),
        ("Te\u200bacher", "Teacher"),
        ("a\r\nb\u2028c", "a b c"),
        ("cafe\u0301", "café"),
        ("ab\u200d", "ab"),
        ("x" * 100, "x" * 64),
    ],
)
def test_what_names_become(text: str, name: str) -> None:
    assert clean_name(text) == name


def test_a_tower_of_marks() -> None:
    assert len(clean_name("a" + "\u0316\u0301" * 5000)) <= 1 + MAX_COMBINING
    assert len(clean_message("a" + "\u0301" * 10_000)) == 1 + MAX_COMBINING
    assert longest_run(clean_message("a" + "\u0301\u200d" * 5000).replace("\u200d", "")) <= MAX_COMBINING


def test_messages_keep_their_lines_and_scripts() -> None:
    assert clean_message("a\r\nb\rc\n\td\u2029e") == "a\nb\nc\n\td\ne"
    assert clean_message("שלום\u200f! 你好 👨\u200d👩\u200d👧") == "שלום\u200f! 你好 👨\u200d👩\u200d👧"
    assert clean_message("a\0\x1b[31m\u202eb") == "a[31mb"


def test_long_messages_fit_their_frame() -> None:
    assert clean_message("😀" * 20_000) == "😀" * (MAX_TEXT_BYTES // 4)
    assert clean_message("x" * 20_000) == "x" * MAX_TEXT


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 50))
def test_cutting(text: str, limit: int) -> None:
    cut = cut_to_bytes(text, limit)
    assert text.startswith(cut) and len(cut.encode()) <= limit
    assert cut == text or len(text[: len(cut) + 1].encode()) > limit
