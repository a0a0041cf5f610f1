"""Every kind of fault has a sentence in every language, and the sentences use its parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gui.shared import i18n, wording
from net.address import AddressError
from net.events import Fault, FaultKind
from net.sockets.events import CloseReason, Role, State
from net.sockets.open_url import OpenUrlError, parse_open_url

VALUES: dict[str, str | int | float] = {
    "value": "1.2.3",
    "host": "nowhere.example",
    "detail": "the detail",
    "address": "192.0.2.7:4321",
    "program": "python3",
    "pid": 4242,
    "seconds": 2.5,
    "size": 70001,
    "limit": 65507,
    "expected": 16,
    "interface": "eth9",
    "path": "/a/file.bin",
    "errno": 97,
    "aside": "/a/file.bin.damaged",
}
EVENTS = Path(__file__).resolve().parents[3] / "net" / "events.py"


@pytest.fixture(params=list(i18n.LANGUAGES))
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    i18n.set_language(request.param)
    yield request.param
    i18n.set_language("en")


def documented(kind: FaultKind) -> list[str]:
    """The parameters listed in the comment beside a kind."""
    kinds = EVENTS.read_text("utf-8").partition("class FaultKind")[2]
    found = re.search(rf'^    {kind.name} = "{kind.value}"  # (.+)', kinds, re.M)
    lists = [part.replace(" ", "").split(",") for part in re.split("[:;(]", found.group(1))] if found else []
    return next((names for names in lists if all(name in VALUES for name in names)), [])


@pytest.mark.parametrize("kind", list(FaultKind))
def test_every_fault_is_worded_with_all_its_values(kind: FaultKind, language: str) -> None:
    names = documented(kind)
    text = wording.fault_text(Fault(kind, {name: VALUES[name] for name in names}))
    assert not text.startswith(kind.value) and "{" not in text
    assert text[-1] in ".。?？!！"
    for name in names:
        value = VALUES[name]
        shown = (
            [str(value), f"{value:,}", wording.size_text(value)] if isinstance(value, int) else [str(value)]
        )
        assert any(each in text for each in shown), f"{name} is not in {text!r}"
    if language == "zh_CN":
        assert re.search("[\u4e00-\u9fff]", text)


@pytest.mark.parametrize("kind", list(FaultKind))
def test_a_fault_that_lacks_its_values_is_still_worded(kind: FaultKind) -> None:
    assert wording.fault_text(Fault(kind))


def test_in_use_without_a_known_program(language: str) -> None:
    text = wording.fault_text(Fault(FaultKind.ADDRESS_IN_USE, {"address": "a:1", "program": "", "pid": ""}))
    assert "a:1" in text and "()" not in text and "（）" not in text


def test_what_came_from_outside_cannot_disfigure_a_sentence() -> None:
    hostile = "x\u202egnp.exe\n\x1b[31m\ud800" + "y" * 5000
    text = wording.fault_text(Fault(FaultKind.NAME_NOT_FOUND, {"host": hostile}))
    assert "\u202e" not in text and "\n" not in text and "\x1b" not in text and "\ud800" not in text
    assert len(text) < 500


def test_every_state_reason_and_role_has_words_and_a_tone(language: str) -> None:
    for state in State:
        assert wording.state_text(state) and wording.state_tone(state)
    assert len({wording.state_text(state) for state in State}) == len(State)
    for reason in CloseReason:
        assert wording.reason_text(reason) and wording.reason_tone(reason)
    for role in Role:
        assert wording.role_text(role)


@pytest.mark.parametrize("kind", ["empty", "space", "host", "port", "port_range", "port_missing"])
def test_every_mistake_in_an_address_is_worded(kind: str, language: str) -> None:
    text = wording.address_error_text(AddressError(kind, "7 0000"))
    assert text != "7 0000" and "{" not in text


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("http://1.2.3.4:5", "http"),
        ("tcp-server://127.0.0.1:70000", "70000"),
        ("tcp-client://a b:1", "a b"),
        ("udp://0.0.0.0:1?colour=red", "colour"),
        ("tcp-server://127.0.0.1:1?codec=klingon", "klingon"),
    ],
)
def test_every_mistake_in_a_url_is_worded(url: str, part: str, language: str) -> None:
    with pytest.raises(OpenUrlError) as raised:
        parse_open_url(url)
    text = wording.open_url_error_text(raised.value)
    assert part in text and "{" not in text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 KB"),
        (1434, "1.4 KB"),
        (102400, "100 KB"),
        (3 << 20, "3.0 MB"),
        (1023 << 10, "1.0 MB"),
        (5 << 30, "5.0 GB"),
        (5000 << 30, "5000 GB"),
    ],
)
def test_sizes(size: int, text: str) -> None:
    assert wording.size_text(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.00004, "40.0 µs"),
        (0.0004, "0.4 ms"),
        (0.25, "250 ms"),
        (0.9996, "1.0 s"),
        (3.21, "3.2 s"),
        (59.96, "1 min 0 s"),
        (125, "2 min 5 s"),
        (12000, "3 h 20 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    i18n.set_language("en")
    assert wording.duration_text(seconds) == text


def test_times_are_local_and_keep_their_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Asia/Shanghai")
    if not hasattr(time, "tzset"):
        pytest.skip("this system can't change its zone in a running program")
    time.tzset()
    try:
        moment = 1_700_000_000_123_999_999
        assert wording.time_text(moment) == "06:13:20.123"
        assert wording.time_text(moment, date=True, milliseconds=False) == "2023-11-15 06:13:20"
    finally:
        monkeypatch.undo()
        time.tzset()
