"""The chat's dialogs: what they say, and which commands come of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gui import i18n
from gui.i18n import _
from gui.pages.chat.dialogs.add_person import AddPersonDialog
from gui.pages.chat.dialogs.diagnosis import DiagnosisDialog
from gui.pages.chat.dialogs.export import ExportDialog
from gui.pages.chat.dialogs.key_changed import KeyChangedDialog
from gui.pages.chat.dialogs.new_room import NewRoomDialog
from gui.pages.chat.dialogs.search import SearchDialog
from gui.pages.chat.dialogs.verify import VerifyDialog
from gui.pages.chat.finding_words import finding_text, finding_tone
from net.address import Address
from net.chat.commands import (
    AddPerson,
    BlockPerson,
    ConfirmDigits,
    CreateRoom,
    Diagnose,
    ExportConversation,
    JoinRoom,
    Search,
    TrustNewKey,
)
from net.chat.events import (
    ChatFault,
    Diagnosis,
    DigitsCompared,
    KeyChanged,
    PersonChanged,
    Proof,
    RoomEnded,
    SearchFound,
    Trust,
)
from net.chat.findings import FindingKind
from net.events import Exported, Fault, FaultKind
from tests.gui.pages.chat.stage import BOB, LIN, ME, ROOM, Stage, person

Opens = Callable[..., Any]


def words(dialog: Any) -> str:
    return "\n".join(_texts(dialog))


def _texts(widget: Any) -> list[str]:
    found = [str(widget.cget("text"))] if "text" in widget.keys() and widget.winfo_ismapped() else []  # noqa: SIM118
    for child in widget.winfo_children():
        found += _texts(child)
    return [" ".join(text.split()) for text in found if text]


def press(dialog: Any, value: str) -> None:
    assert dialog.buttons[value].winfo_ismapped(), value
    dialog.buttons[value].invoke()
    if dialog.winfo_exists():
        dialog.update()


# Verify


def test_both_say_the_same(stage: Stage, opened: Opens) -> None:
    stage.begin(person(LIN, "Lin Xiao", digits="482913"))
    dialog = opened(VerifyDialog, LIN)
    assert "482 913" in words(dialog) and "Lin Xiao" in words(dialog)
    press(dialog, "same")
    assert stage.submitted(ConfirmDigits) == [ConfirmDigits(LIN, True)]
    assert dialog.verdict == "waiting"
    stage.play(
        DigitsCompared(LIN, True),
        PersonChanged(person(LIN, "Lin Xiao", digits="482913", trust=Trust.VERIFIED)),
    )
    assert dialog.verdict == "verified"
    assert not dialog.buttons["same"].winfo_ismapped()


def test_the_other_says_it_first(stage: Stage, opened: Opens) -> None:
    stage.begin(person(LIN, "Lin Xiao"))
    dialog = opened(VerifyDialog, LIN)
    stage.play(DigitsCompared(BOB, False), DigitsCompared(LIN, True))
    assert dialog.verdict == "their_turn_over"
    press(dialog, "same")
    assert dialog.verdict == "waiting"


def test_digits_that_differ_can_only_be_blocked(stage: Stage, opened: Opens) -> None:
    stage.begin(person(LIN, "Lin Xiao"))
    dialog = opened(VerifyDialog, LIN)
    press(dialog, "differ")
    assert stage.submitted(ConfirmDigits) == [ConfirmDigits(LIN, False)]
    assert dialog.verdict == "differ" and not dialog.buttons["same"].winfo_ismapped()
    press(dialog, "differ")
    assert stage.submitted(BlockPerson) == [BlockPerson(LIN, True)]
    assert not dialog.winfo_exists()


def test_without_digits_nothing_can_be_confirmed(stage: Stage, opened: Opens) -> None:
    stage.begin(person(LIN, "Lin Xiao", digits=""))
    dialog = opened(VerifyDialog, LIN)
    assert not dialog.buttons["same"].winfo_ismapped()
    assert not dialog.buttons["differ"].winfo_ismapped()


# Changed key


@pytest.mark.parametrize(
    ("value", "command"), [("trust", TrustNewKey(BOB)), ("block", BlockPerson(BOB, True)), ("later", None)]
)
def test_a_changed_key_is_decided(stage: Stage, opened: Opens, value: str, command: Any) -> None:
    stage.begin(person(LIN, "Lin Xiao"), person(BOB, "Lin Xiao", trust=Trust.CHANGED))
    stage.play(KeyChanged(BOB, LIN, "Lin Xiao"))
    dialog = opened(KeyChangedDialog, BOB)
    assert "2222 2222" in words(dialog) and "1111 1111" in words(dialog)
    stage.commands.clear()
    press(dialog, value)
    assert stage.commands == ([command] if command else [])
    assert not dialog.winfo_exists()


# Add a person


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("192.168.1.40", AddPerson(Address("192.168.1.40", 45654))),
        ("pc-7:45660", AddPerson(Address("pc-7", 45660))),
        (f"duplex://10.0.0.3:45655/{BOB.upper()}", AddPerson(Address("10.0.0.3", 45655), BOB)),
        ("duplex://[fe80::1%eth0]:45654", AddPerson(Address("fe80::1", 45654, "eth0"))),
    ],
)
def test_who_is_typed_is_added(stage: Stage, opened: Opens, typed: str, command: AddPerson) -> None:
    stage.begin()
    dialog = opened(AddPersonDialog)
    dialog.field.set(typed)
    press(dialog, "add")
    assert stage.submitted(AddPerson) == [command]


@pytest.mark.parametrize("typed", ["", "a b", "duplex://10.0.0.3:45655/123", "10.0.0.3:99999"])
def test_a_wrong_address_is_said(stage: Stage, opened: Opens, typed: str) -> None:
    stage.begin()
    dialog = opened(AddPersonDialog)
    dialog.field.set(typed)
    press(dialog, "add")
    assert dialog.field.error and not stage.submitted(AddPerson)


def test_ones_own_link_adds_nobody(stage: Stage, opened: Opens) -> None:
    stage.begin()
    dialog = opened(AddPersonDialog)
    dialog.field.set(f"duplex://192.168.1.7:45654/{ME}")
    press(dialog, "add")
    assert dialog.field.error and not stage.submitted(AddPerson)


def test_who_was_added_is_shown(stage: Stage, opened: Opens) -> None:
    stage.begin(person(LIN, "Lin Xiao", digits="111111"))
    dialog = opened(AddPersonDialog)
    dialog.field.set("pc-7")
    press(dialog, "add")
    stage.play(PersonChanged(person(LIN, "Lin Xiao", digits="111111")))
    assert dialog.winfo_exists()
    stage.play(PersonChanged(person(BOB, "Bob", digits="222222")))
    assert not dialog.winfo_exists()
    assert stage.page.conversation == f"p:{BOB}"


def test_who_cannot_be_added_is_told_of(stage: Stage, opened: Opens) -> None:
    stage.begin()
    dialog = opened(AddPersonDialog)
    dialog.field.set("192.168.1.40")
    press(dialog, "add")
    stage.play(ChatFault(Fault(FaultKind.REFUSED, {"address": "192.168.1.40:45654"})))
    assert "192.168.1.40:45654" in words(dialog)
    press(dialog, "add")
    assert len(stage.submitted(AddPerson)) == 2


# Diagnosis

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
    press(dialog, "again")
    assert stage.submitted(Diagnose)[-1] == Diagnose(Address("10.0.0.5", 45654))
    stage.play(Diagnosis(findings, True))
    dialog.field.set("a b")
    press(dialog, "again")
    assert dialog.field.error and len(stage.submitted(Diagnose)) == 2


# Search


def test_a_hit_is_jumped_to(stage: Stage, opened: Opens) -> None:
    stage.begin(person(LIN, "Lin Xiao"), person(BOB, "Bob"))
    for number in range(60):
        stage.hear(BOB, "Bob", f"line {number}")
    dialog = opened(SearchDialog, "", "line 7")
    (asked,) = stage.wait(lambda: stage.submitted(Search), "a search")
    assert (asked.text, asked.conversation) == ("line 7", "")
    stage.play(
        SearchFound(asked.job + 1, (("p:" + LIN, "00", 0, "of an older search", 1),), True),
        SearchFound(asked.job, (("p:" + BOB, "00", 7, "line 7", 10**18),), True),
    )
    assert [hit.title for hit in dialog.hits] == ["Bob"]
    press(dialog, "jump")
    stage.wait(lambda: "line 7" in stage.page.visible_text(), "the hit")
    assert not dialog.winfo_exists() and stage.page.conversation == f"p:{BOB}"


def test_a_search_in_one_conversation(stage: Stage, opened: Opens) -> None:
    stage.begin(person(LIN, "Lin Xiao"))
    dialog = opened(SearchDialog, f"p:{LIN}", "你好")
    asked = stage.wait(lambda: stage.submitted(Search), "a search")[0]
    assert asked.conversation == f"p:{LIN}"
    stage.play(SearchFound(asked.job, (), True))
    assert "Nothing found" in words(dialog) and dialog.buttons["jump"].instate(["disabled"])


# Export


def test_an_export_is_written_and_told(stage: Stage, opened: Opens, tmp_path: Path) -> None:
    stage.begin(person(LIN, "Lin Xiao"))
    dialog = opened(ExportDialog, f"p:{LIN}")
    dialog.format.set("json")
    dialog.write(tmp_path / "x.json")
    (asked,) = stage.submitted(ExportConversation)
    assert (asked.conversation, asked.format) == (f"p:{LIN}", "json")
    assert asked.marks == {Proof.UNSIGNED: _("not signed"), Proof.FORGED: _("not what the author signed")}
    full = Fault(FaultKind.STORE_FULL, {"path": "x.json"})
    stage.play(Exported(asked.job, "x.json", 0, full))
    assert dialog.winfo_exists() and "x.json" in words(dialog)
    dialog.write(tmp_path / "y.json")
    stage.play(Exported(stage.submitted(ExportConversation)[1].job, "y.json", 3, None))
    assert not dialog.winfo_exists() and "3" in stage.toasts[-1]


# Rooms


def test_a_room_is_made_and_shown(stage: Stage, opened: Opens) -> None:
    stage.begin()
    dialog = opened(NewRoomDialog)
    press(dialog, "go")
    assert dialog.name.error and not stage.submitted(CreateRoom)
    dialog.name.set("Class 3")
    dialog.locked.set(True)
    press(dialog, "go")
    (asked,) = stage.submitted(CreateRoom)
    assert (asked.name, asked.locked, len(asked.room)) == ("Class 3", True, 32)
    stage.room(hosted_here=True)
    assert dialog.winfo_exists()
    from net.chat.events import Room, RoomChanged

    room = Room(asked.room, "Class 3", ME, True, True, "K7QX2M", True, False, False, True, 1)
    stage.play(RoomChanged(room))
    assert not dialog.winfo_exists() and stage.page.conversation == f"r:{asked.room}"


def test_a_room_is_joined_by_its_code(stage: Stage, opened: Opens) -> None:
    stage.begin()
    dialog = opened(NewRoomDialog)
    dialog.ways._choose("join")
    dialog.code.set("k7q")
    press(dialog, "go")
    assert dialog.code.error
    dialog.code.set("ｋ7qx2m ")
    press(dialog, "go")
    assert stage.submitted(JoinRoom) == [JoinRoom(code="K7QX2M")]
    stage.play(RoomEnded("", "refused:code"))
    assert "no room with this code" in words(dialog)
    press(dialog, "go")
    stage.room(code="K7QX2M")
    assert not dialog.winfo_exists() and stage.page.conversation == f"r:{ROOM}"


# All


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (VerifyDialog, (LIN,)),
        (KeyChangedDialog, (LIN,)),
        (AddPersonDialog, ()),
        (DiagnosisDialog, ()),
        (ExportDialog, (f"p:{LIN}",)),
        (SearchDialog, ("",)),
        (NewRoomDialog, ()),
    ],
)
def test_the_words_follow_the_language(
    stage: Stage, opened: Opens, kind: Any, arguments: tuple[Any, ...]
) -> None:
    stage.begin(person(LIN, "Lin"))
    dialog = opened(kind, *arguments)
    english = words(dialog)
    i18n.set_language("zh_CN")
    dialog.update()
    chinese = words(dialog)
    assert chinese != english
    i18n.set_language("en")
    dialog.update()
    assert words(dialog) == english
    before = len(stage.page._views)
    dialog.close("")
    assert len(stage.page._views) == before - 1
