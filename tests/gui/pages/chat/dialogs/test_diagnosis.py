"""A diagnosis is asked for, told as it comes, and copied; every finding has words."""

from __future__ import annotations

import pytest

from gui.pages.chat.dialogs.diagnosis import DiagnosisDialog
from gui.pages.chat.dialogs.finding_words import finding_text, finding_tone
from gui.shared import i18n
from net.address import Address
from net.chat.commands import Diagnose
from net.chat.diagnosis.findings import FindingKind
from net.chat.events import Diagnosis
from tests.gui.pages.chat.dialogs.choices import Opens, press_button, words
from tests.gui.pages.chat.stage import Stage

PARAMS = {
    "address": "10.0.0.5:45654", "interface": "eth0", "port": "45654", "detail": "no luck", "tool": "ufw",
    "what": "45654/tcp", "network": "10.0.0.0/24", "seen": "10.0.0.9", "way": "broadcast", "count": "3",
    "addresses": "10.0.0.2/24", "virtual": "", "interfaces": "eth0",
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("kind", list(FindingKind))
def test_every_finding_has_words(kind: FindingKind, language: str) -> None:
    i18n.set_language(language)
    try:
        what, advice = finding_text((kind.value, PARAMS))
        assert what and not what.startswith(kind.value) and "{" not in what + advice
        if finding_tone((kind.value, PARAMS)) in ("error", "warn"):
            assert advice
        if language == "zh_CN":
            english = {ord(letter): None for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"}
            assert any(ord(letter) > 0x2E80 for letter in (what + advice).translate(english)) or not advice
    finally:
        i18n.set_language("en")


def test_a_finding_of_a_newer_version_is_shown_as_it_is() -> None:
    assert finding_text(("comet", {"tail": "long"})) == ("comet; tail: long", "")
    assert finding_tone(("comet", {})) == "info"


def test_a_diagnosis_is_asked_and_told(stage: Stage, opened: Opens) -> None:
    stage.begin()
    dialog = opened(DiagnosisDialog)
    assert stage.submitted(Diagnose) == [Diagnose(None)]
    findings: tuple[tuple[str, dict[str, str]], ...]
    findings = (("invisible", {}), ("nobody_seen", {}), ("listening", {"port": "45654"}))
    stage.play(Diagnosis(findings[:1], False))
    assert dialog.buttons["again"].instate(["disabled"])
    stage.play(Diagnosis(findings, True))
    shown = words(dialog)
    assert all(finding_text(finding)[0] in shown for finding in findings)
    dialog.field.set("10.0.0.5")
    press_button(dialog, "again")
    assert stage.submitted(Diagnose)[-1] == Diagnose(Address("10.0.0.5", 45654))
    stage.play(Diagnosis(findings, True))
    dialog.field.set("a b")
    press_button(dialog, "again")
    assert dialog.field.error and len(stage.submitted(Diagnose)) == 2


def test_findings_are_copied_with_their_advice(stage: Stage, opened: Opens) -> None:
    stage.begin()
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
