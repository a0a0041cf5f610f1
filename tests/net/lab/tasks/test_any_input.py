"""Whatever a program sends, a grader ends with a verdict that has a sentence; the same seed makes the same
attempt."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from net.lab.tasks import TASK_NAMES
from net.lab.tasks.catalog import TASKS
from net.lab.tasks.grading import (
    Broken,
    Connect,
    Connected,
    Door,
    DoorsOpened,
    Ended,
    Line,
    OpenDoors,
    Received,
    Refused,
    Send,
    clean_name,
    shown,
)
from net.lab.tasks.verdicts import NOTES, VERDICTS, verdict_sentence

LIKELY = [
    b"seat 7\n", b"seat 7", b"12\n", b"\n", b"got ", b"1 ok", b"3 17", b"seat 7 1", b"seat 7 done",
    b"all a b",
    b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", b"\xff\xfe",
    b"end", b"\x00" * 9,
    "座位".encode("gbk"), "好".encode()[:2], b"9" * 5000, b"127.0.0.1:1 open\n",
]  # fmt: skip
EVENTS = st.one_of(
    st.sampled_from(LIKELY).map(Received),
    st.binary(max_size=40).map(Received),
    st.sampled_from([Ended(), Broken(), Refused(0), None, None]),
)


def finish(task: str, seed: int, events: list[Any]) -> tuple[Any, list[bytes], list[Line]]:
    """Feed the events, then silence; (verdict, what was sent, the record)."""
    grader = TASKS[task].grader(seed)
    now, sent, lines = 0.0, [], []
    waiting = [Connected(), *events]
    for _ in range(20_000):
        event = waiting.pop(0) if waiting else None
        if event is None and grader.wake is not None:
            now = max(now, grader.wake)
        grader.advance(now, event)
        lines += grader.take_lines()
        for action in grader.take_actions():
            if isinstance(action, Send):
                sent.append(action.data)
            elif isinstance(action, OpenDoors):
                waiting.insert(0, DoorsOpened((Door("127.0.0.1", 1, ("open",)),)))
            elif isinstance(action, Connect):
                waiting.insert(0, Connected(action.channel))
        if grader.verdict is not None:
            return grader.verdict, sent, lines
        now += 0.01
    raise AssertionError("no verdict")


@pytest.mark.parametrize("task", TASK_NAMES)
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), events=st.lists(EVENTS, max_size=30))
def test_anything_ends_with_a_verdict(task: str, seed: int, events: list[Any]) -> None:
    verdict, sent, lines = finish(task, seed, events)
    assert finish(task, seed, events) == (verdict, sent, lines)
    for language in ("en", "zh_CN"):
        sentence = verdict_sentence(verdict.code, verdict.values, language)
        assert sentence.isprintable()
    assert all(line.text.partition(" ")[0] in NOTES for line in lines if line.direction == "note")
    assert all(line.text.isprintable() for line in lines)


@given(st.binary(max_size=2000))
def test_names_and_bytes_are_safe_to_show(data: bytes) -> None:
    name = clean_name(data)
    assert 1 <= len(name) <= 40 and name.isprintable() and name == name.strip()
    assert shown(data).isprintable() and len(shown(data)) < 900


def failures() -> dict[str, set[str]]:
    """Each code that a grader raises, with the names of the values that are always given."""
    found: dict[str, set[str]] = {}
    folder = Path(__file__).resolve().parents[4] / "net" / "lab" / "tasks"
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Failed":
                values = {keyword.arg for keyword in node.keywords if keyword.arg}
                splat = any(keyword.arg is None for keyword in node.keywords)
                for code in (each.value for each in ast.walk(node.args[0]) if isinstance(each, ast.Constant)):
                    if isinstance(code, str) and code in VERDICTS:
                        known = {"percent", "sent", "lost"} if splat else values
                        found[code] = found.get(code, known) & known
                    elif isinstance(node.args[0], ast.Constant):
                        raise AssertionError(f"{path.name}: {code!r} has no sentence")
    return found


def test_every_code_has_a_sentence_with_its_values() -> None:
    given_values = failures()
    assert len(given_values) > 70
    for code, sentence in VERDICTS.items():
        for text in sentence:
            wanted = {part.split("}")[0] for part in text.split("{")[1:]}
            if code in given_values:
                assert wanted <= given_values[code], code
        names = [sorted(part.split("}")[0] for part in text.split("{")[1:]) for text in sentence]
        assert names[0] == names[1], code
