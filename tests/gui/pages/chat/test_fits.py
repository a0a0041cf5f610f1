"""What is shown fits: dialogs on a small screen in projector mode, words and cards in a narrow window."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from gui.look.apply import apply_theme
from gui.pages.chat import model
from gui.pages.chat.files.transfer_card import TransferCard
from gui.pages.chat.rooms.new_room import NewRoomDialog
from gui.pages.sockets.setup.compare_dialog import CompareDialog
from gui.shared import i18n
from gui.shared.settings import Settings
from gui.widgets.dialog import FRAME_PIXELS, Dialog
from gui.window.settings_dialog import SettingsDialog
from gui.window.shortcut_sheet import ShortcutSheet
from net.chat.conversation import EVERYBODY, Conversation
from net.chat.events import (
    PresenceState,
    Proof,
    RoomMember,
    RoomMembers,
    RoomMembersChanged,
    Trust,
    TypingSeen,
)
from tests.gui.keyboard import press
from tests.gui.pages.chat.dialogs.choices import EVERY_DIALOG, choose_segment
from tests.gui.pages.chat.stage import BOB, LIN, ME, ROOM, Stage, person

WIDE, HIGH = 1024, 768
WITH_LIN = Conversation.person(LIN)


@pytest.fixture(params=["en", "zh_CN"])
def small(stage: Stage, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A screen of 1024 x 768, projector mode, each language."""
    monkeypatch.setattr(Dialog, "winfo_screenheight", lambda _dialog: HIGH)
    monkeypatch.setattr(Dialog, "winfo_screenwidth", lambda _dialog: WIDE)
    stage.begin(person(LIN, "Lin Xiao"), person(BOB, "Bob"))
    i18n.set_language(request.param)
    apply_theme(stage.app, "light", True)
    yield stage
    apply_theme(stage.app, "light", False)
    i18n.set_language("en")


def texts_on(canvas: Any) -> list[str]:
    return [canvas.itemcget(item, "text") for item in canvas.find_all() if canvas.type(item) == "text"]


def present(dialog: Any) -> Any:
    dialog.present()
    dialog.update()
    return dialog


def in_view(dialog: Any, widget: Any) -> bool:
    canvas = dialog.scrolled.canvas
    top = widget.winfo_rooty() - canvas.winfo_rooty()
    return bool(top >= 0 and top + widget.winfo_height() <= canvas.winfo_height())


def fits(dialog: Any) -> bool:
    dialog.update()
    row = dialog.row.winfo_y() + dialog.row.winfo_height()
    inside = row <= dialog.row.master.winfo_height() and dialog.row.winfo_reqheight() > 1
    return bool(
        dialog.winfo_reqheight() <= HIGH - FRAME_PIXELS and dialog.winfo_reqwidth() <= WIDE and inside
    )


def test_the_settings_scroll_where_they_do_not_fit(small: Stage) -> None:
    settings = Settings()
    settings.chat = {"name": "Me"}
    dialog = present(SettingsDialog(small.app, settings, "/home/me/duplex", lambda _name: None, lambda _d: 9))
    dialog.retention.days.set("1")  # asks, in two more lines
    small.wait(lambda: fits(dialog), "it fits")
    small.wait(lambda: in_view(dialog, dialog.retention.agree), "the question is seen")
    dialog.show_tab("chat")
    small.wait(lambda: fits(dialog), "it fits")
    assert dialog.scrolled.canvas.yview()[1] < 1
    dialog.chat.fields["hosts"].focus_force()
    dialog.close("")


def test_what_fits_does_not_scroll(stage: Stage) -> None:
    dialog = present(SettingsDialog(stage.app, Settings(), "/home/me/duplex", lambda _name: None))
    assert dialog.scrolled.canvas.yview() == (0.0, 1.0)
    dialog.close("")


def test_the_wheel_turns_as_far_after_each_look_at_a_part(small: Stage) -> None:
    settings = Settings()
    settings.chat = {"name": "Me"}
    dialog = present(SettingsDialog(small.app, settings, "/home/me/duplex", lambda _name: None))
    moved = []
    for _time in range(2):
        dialog.show_tab("chat")
        dialog.update()
        dialog.chat.event_generate("<Button-5>")
        moved.append(dialog.scrolled.canvas.yview()[0])
        dialog.show_tab("general")
        dialog.update()
    assert moved[0] == moved[1] > 0
    dialog.close("")


def test_the_sheet_and_the_comparison_fit(small: Stage) -> None:
    for number in range(30):
        small.services.shortcuts.add(f"more-{number}", f"Mod+F{number}", str, None)
    sheet: Any = ShortcutSheet(small.app, small.services.shortcuts)
    small.wait(partial(fits, present(sheet)), "it fits")
    press(sheet, "<Next>")
    assert sheet.scrolled.canvas.yview()[0] > 0
    sheet.close("")
    compare = CompareDialog(small.app)
    small.wait(partial(fits, present(compare)), "it fits")
    compare.close("")


@pytest.mark.parametrize(("kind", "arguments"), EVERY_DIALOG)
def test_the_chats_dialogs_fit(small: Stage, kind: Any, arguments: tuple[Any, ...]) -> None:
    dialog = present(kind(small.context, *arguments))
    if isinstance(dialog, NewRoomDialog):
        choose_segment(dialog.ways, "join")
    small.wait(lambda: fits(dialog), "it fits")
    dialog.close("")


# A narrow window


@pytest.fixture
def narrow(stage: Stage) -> Iterator[Stage]:
    stage.begin(person(LIN, "Lin"), person(BOB, "Bob"))
    stage.room()
    before = stage.app.geometry()
    stage.app.geometry("880x600")
    stage.wait(lambda: stage.page.frame.winfo_width() < 900, "it is narrow")
    yield stage
    stage.app.geometry(before)


def test_the_third_card_has_a_way_back(narrow: Stage) -> None:
    page = narrow.page
    narrow.context.open(WITH_LIN)
    page.side.toggle()
    narrow.app.update()
    card = page.side.shown
    assert isinstance(card, TransferCard) and not page.chat.winfo_ismapped()
    card.tools["close"].invoke()
    narrow.app.update()
    assert page.chat.winfo_ismapped() and page.side.shown is None


def test_who_is_chosen_is_seen(narrow: Stage) -> None:
    page = narrow.page
    narrow.context.open(Conversation.room(ROOM))
    page.side.toggle()
    narrow.app.update()
    narrow.context.open(Conversation.person(BOB))
    narrow.app.update()
    assert page.chat.winfo_ismapped() and narrow.context.conversation == Conversation.person(BOB)


def test_a_hint_that_is_too_long_ends_in_dots(narrow: Stage) -> None:
    search = narrow.page.people.search
    search.retext("Search " + "people " * 20)
    narrow.app.update()
    shown = str(search._placeholder.cget("text"))
    assert shown.endswith("…") and shown.startswith("Search") and len(shown) < 60


def test_that_somebody_types_is_said_whatever_their_name(
    narrow: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "TYPING_SECONDS", 3600.0)
    narrow.context.open(WITH_LIN)
    narrow.play(TypingSeen(WITH_LIN, LIN, "A very long name " * 20))
    strip = narrow.page.chat.messages.typing_strip
    texts = texts_on(strip)
    assert texts[-1].endswith("is typing") and "…" in texts[-1]


# What a conversation says


def test_nothing_is_promised_to_who_is_blocked(stage: Stage) -> None:
    stage.begin(person(LIN, "Lin", PresenceState.OFFLINE, trust=Trust.BLOCKED))
    stage.context.open(WITH_LIN)
    stage.paint()
    assert "waits here" not in stage.texts(stage.page.chat.empty)
    stage.begin(person(BOB, "Bob", PresenceState.OFFLINE))
    stage.context.open(Conversation.person(BOB))
    stage.paint()
    assert "waits here" in stage.texts(stage.page.chat.empty)


def test_who_is_muted_with_all_cannot_write(stage: Stage) -> None:
    stage.begin(person(LIN, "Lin"))
    stage.room()
    stage.context.open(Conversation.room(ROOM))
    button = stage.page.chat.composer.send_button
    assert button.instate(["!disabled"])
    stage.room(all_muted=True)
    assert button.instate(["disabled"])
    stage.room(all_muted=True, hosted_here=True)
    assert button.instate(["!disabled"])


def test_who_is_muted_alone_cannot_write(stage: Stage) -> None:
    stage.begin(person(LIN, "Lin"))
    stage.room()
    stage.context.open(Conversation.room(ROOM))
    button = stage.page.chat.composer.send_button
    stage.play(RoomMembersChanged(ROOM, (RoomMember(LIN, "Lin", "", "online", True),)))
    assert button.instate(["!disabled"])
    stage.play(RoomMembersChanged(ROOM, (RoomMember(ME, "Me", "", "online", True),)))
    assert button.instate(["disabled"])
    stage.play(RoomMembers(ROOM, (RoomMember(ME, "Me", "", "online", False),)))
    assert button.instate(["!disabled"])


def test_a_doubtful_message_says_so_within_a_group(stage: Stage) -> None:
    stage.begin(person(LIN, "Lin"))
    stage.room()
    stage.context.open(Conversation.room(ROOM))
    for proof in (Proof.SIGNED, Proof.FORGED, Proof.SIGNED):
        stage.hear(LIN, "Lin", "text", Conversation.room(ROOM), proof=proof)
    stage.paint()
    canvas = stage.page.chat.messages.bubbles.canvas
    assert any("not what the author signed" in text for text in texts_on(canvas))
    assert (
        stage.context.model.last[Conversation.room(ROOM)].text == "text"
        and EVERYBODY not in stage.context.model.last
    )
