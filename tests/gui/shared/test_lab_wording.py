"""Every trouble of a lesson's run has a sentence in every language that names its values."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gui.shared import i18n
from gui.shared.lab_wording import trouble_text
from net.lab.troubles import TROUBLES

VALUES = {name: f"<{name}>" for names in TROUBLES.values() for name in names}


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    i18n.set_language("en")
    yield
    i18n.set_language("en")


@pytest.mark.parametrize("code", TROUBLES)
def test_each_trouble_has_a_sentence_with_its_values(code: str) -> None:
    spoken = set()
    for language in i18n.LANGUAGES:
        i18n.set_language(language)
        text = trouble_text(code, {name: VALUES[name] for name in TROUBLES[code]})
        assert [name for name in TROUBLES[code] if VALUES[name] not in text] == []
        assert "?" not in text and "{" not in text and f"({code})" not in text
        spoken.add(text)
    assert len(spoken) == len(i18n.LANGUAGES)


def test_a_recording_may_hold_what_this_program_does_not_know() -> None:
    assert "made-up" in trouble_text("made-up", {})
    assert "“?”" not in trouble_text("stopped", {}) and "?" in trouble_text("stopped", {})
    assert "\u202e" not in trouble_text("file-gone", {"file": "a\u202eb\nc"})


def test_a_program_may_be_called_otherwise() -> None:
    assert trouble_text("stopped", {"who": "server"}, {"server": "Slow server"}.__getitem__).startswith(
        "Slow"
    )


def test_bytes_are_grouped() -> None:
    assert "100,000,000" in trouble_text("too-much-output", {"who": "server", "bytes": "100000000"})
