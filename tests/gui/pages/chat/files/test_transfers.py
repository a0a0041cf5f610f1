"""The card of files: what each transfer says, and which commands its buttons give."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from tkinter import filedialog
from typing import Any

import pytest
from msgspec.structs import replace
from PIL import Image

from gui.pages.chat.files.previews import LARGEST_PREVIEW
from gui.pages.chat.files.transfer_card import TransferCard
from gui.pages.chat.files.transfer_items import ItemRow, with_items
from gui.pages.chat.files.transfer_rows import (
    actions_of,
    missing_text,
    reason_text,
    rows_of,
    state_text,
    targets,
    tone_of,
)
from gui.shared import i18n
from net.chat.commands import (
    AcceptTransfer,
    CancelTransfer,
    DeclineTransfer,
    PauseTransfer,
    ResumeTransfer,
)
from net.chat.conversation import Conversation
from net.chat.events import LeftOut, TransferChanged
from net.chat.events import TransferStage as T
from net.chat.transfer.faults import TransferFault
from tests.gui.pages.chat.dialogs.choices import choose_segment
from tests.gui.pages.chat.stage import BOB, LIN, MIA, ROOM, WANG, Stage, person

MB = 1 << 20


def transfer(number: int, stage: T = T.RUNNING, **more: Any) -> TransferChanged:
    given: dict[str, Any] = {
        "transfer": f"{number:032x}", "group": f"{number:032x}", "conversation": Conversation.person(LIN),
        "identity": LIN, "incoming": True, "title": f"file {number}", "count": 1, "size": 10 * MB, "done": 0,
        "rate": 0.0, "seconds_left": None, "stage": stage,
    }  # fmt: skip
    return TransferChanged(**{**given, **more})


def to_room(stages: list[T]) -> list[TransferChanged]:
    whom = (LIN, BOB, WANG, MIA)
    return [
        transfer(
            number,
            stage,
            group="ab" * 16,
            conversation=Conversation.room(ROOM),
            identity=whom[number],
            incoming=False,
        )
        for number, stage in enumerate(stages)
    ]


@pytest.mark.parametrize("incoming", [True, False])
@pytest.mark.parametrize("stage", list(T))
def test_only_what_is_possible_is_offered(stage: T, incoming: bool) -> None:
    one = transfer(1, stage, incoming=incoming, folder="/downloads", done=MB)
    (row,) = rows_of([one])
    actions = set(actions_of(row))
    assert ("accept" in actions) == (stage is T.OFFERED and incoming)
    assert ("pause" in actions) == (stage in (T.RUNNING, T.WAITING, T.PAUSED_THERE))
    assert ("resume" in actions) == (stage is T.PAUSED_HERE)
    assert ("retry" in actions) == (stage is T.FAILED)
    over = stage in (T.FINISHED, T.DECLINED, T.CANCELLED_HERE, T.CANCELLED_THERE)
    assert row.is_over == over and not (over and "cancel" in actions)
    assert ("folder" in actions) == (incoming and stage in (T.FINISHED, T.FAILED))
    assert state_text(row) and "{" not in state_text(row)


def test_a_running_one_tells_rate_and_time_left() -> None:
    (row,) = rows_of([transfer(1, done=4 * MB, rate=2.0 * MB, seconds_left=3.2)])
    assert state_text(row) == "4.0 MB · 2.0 MB/s · 3 s left"
    assert row.share == pytest.approx(0.4)
    (row,) = rows_of([transfer(1, done=4 * MB, rate=2.0 * MB, seconds_left=125)])
    assert state_text(row).endswith("2 min 5 s left")


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("fault", list(TransferFault))
def test_every_reason_has_words_for_both_sides(fault: TransferFault, language: str) -> None:
    i18n.set_language(language)
    try:
        for incoming in (True, False):
            text = reason_text(transfer(1, T.FAILED, reason=fault.value, incoming=incoming))
            assert len(text) > 10 and fault.value not in text.replace("changed", "")
            if language == "zh_CN":
                assert any(letter > "\u2e80" for letter in text)
    finally:
        i18n.set_language("en")


def test_a_reason_of_a_newer_version_is_shown_clean() -> None:
    assert "comet" in reason_text(transfer(1, T.FAILED, reason="comet\u202e\n"))
    assert "\u202e" not in reason_text(transfer(1, T.FAILED, reason="comet\u202e\n"))


def test_failed_files_of_many_are_counted() -> None:
    text = reason_text(transfer(1, T.FAILED, reason="hash", count=12, failed=(2, 5)))
    assert text.startswith("2 of 12 files failed.")


def test_what_goes_on_stands_above_what_is_over() -> None:
    rows = rows_of([transfer(1), transfer(2, T.FINISHED), transfer(3, T.OFFERED), transfer(4, T.DECLINED)])
    assert [row.first.title for row in rows] == ["file 3", "file 1", "file 4", "file 2"]
    assert not rows_of([transfer(1)], Conversation.person(BOB))


def test_a_sending_to_a_room_is_one_row_with_its_receivers() -> None:
    several = to_room([T.FINISHED, T.RUNNING, T.OFFERED, T.FAILED])
    (row,) = rows_of(several)
    assert row.group and len(row.transfers) == 4 and tone_of(row) == "error"
    assert state_text(row) == "1 have it · 1 receiving · 1 waiting · 1 failed"
    assert targets(row, "retry") == [several[3].transfer]
    assert targets(row, "cancel") == [one.transfer for one in several[1:]]
    opened = rows_of(several, opened=frozenset({row.key}))
    assert len(opened) == 5 and opened[1].first.stage is T.FAILED and opened[1].below


# The card


@pytest.fixture
def card(stage: Stage) -> Iterator[TransferCard]:
    stage.begin(person(LIN, "Lin Xiao"), person(BOB, "Bob"))
    stage.context.open(Conversation.person(LIN))
    stage.page.side.toggle()
    stage.app.update()
    made = stage.page.side.shown
    assert isinstance(made, TransferCard)
    yield made


def shown(card: TransferCard) -> list[str]:
    card.update()
    card.list.paint_now()
    return [card.list.text_of(row) for row in card.list.rows.rows]


def drawn(card: TransferCard) -> str:
    card.update()
    card.list.paint_now()
    canvas = card.list.canvas
    return "\n".join(
        str(canvas.itemcget(item, "text")) for item in canvas.find_all() if str(canvas.type(item)) == "text"
    )


def press(card: TransferCard, number: int, action: str) -> None:
    """A real click on the button of this name in row ``number``."""
    drawn(card)
    canvas = card.list.canvas
    left, top, right, bottom = canvas.bbox(f"row{number}-{action}")
    x, y = (left + right) // 2, (top + bottom) // 2
    canvas.event_generate("<Motion>", x=x, y=y)
    canvas.event_generate("<Button-1>", x=x, y=y)
    canvas.event_generate("<ButtonRelease-1>", x=x, y=y)
    card.update()


def test_empty_says_what_to_do(card: TransferCard) -> None:
    assert card.empty.winfo_ismapped()


@pytest.mark.parametrize(
    ("stage_", "action", "command"),
    [
        (T.OFFERED, "accept", AcceptTransfer),
        (T.OFFERED, "decline", DeclineTransfer),
        (T.RUNNING, "pause", PauseTransfer),
        (T.RUNNING, "cancel", CancelTransfer),
        (T.PAUSED_HERE, "resume", ResumeTransfer),
        (T.FAILED, "retry", ResumeTransfer),
    ],
)
def test_a_click_gives_the_command(
    stage: Stage, card: TransferCard, stage_: T, action: str, command: Callable[[str], Any]
) -> None:
    stage.play(transfer(1, stage_, reason="disk_full"))
    stage.commands.clear()
    press(card, 0, action)
    assert stage.commands == [command(transfer(1).transfer)]


def test_where_to_is_asked(stage: Stage, card: TransferCard, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = ["", "/elsewhere"]
    monkeypatch.setattr(filedialog, "askdirectory", lambda **_options: answers.pop(0))
    stage.play(transfer(1, T.OFFERED))
    for _time in range(2):
        press(card, 0, "accept_to")
    assert stage.submitted(AcceptTransfer) == [AcceptTransfer(transfer(1).transfer, Path("/elsewhere"))]


def test_progress_is_drawn_as_it_comes(stage: Stage, card: TransferCard) -> None:
    stage.play(transfer(1, done=MB))
    assert "1.0 MB · 0 B/s" in drawn(card)
    stage.play(transfer(1, done=9 * MB))
    assert "9.0 MB · 0 B/s" in drawn(card)
    stage.play(transfer(1, T.FINISHED, done=10 * MB))
    assert "received and checked" in drawn(card)


def test_a_hidden_card_catches_up(stage: Stage, card: TransferCard) -> None:
    stage.page.side.toggle()
    stage.app.update()
    stage.play(transfer(1))
    stage.page.side.toggle()
    stage.app.update()
    assert len(shown(card)) == 1


def test_those_of_others_are_under_all(stage: Stage, card: TransferCard) -> None:
    stage.play(transfer(1), transfer(2, identity=BOB, conversation=Conversation.person(BOB)))
    assert len(shown(card)) == 1
    choose_segment(card.scope, "all")
    assert len(shown(card)) == 2 and "Bob" in drawn(card)


def test_failed_receivers_of_a_room_are_tried_again(stage: Stage, card: TransferCard) -> None:
    several = to_room([T.FINISHED, T.FAILED, T.FAILED])
    stage.play(*several)
    card.show(Conversation.room(ROOM))
    press(card, 0, "retry")
    assert stage.submitted(ResumeTransfer) == [ResumeTransfer(one.transfer) for one in several[1:]]
    card.fold(card.list.rows.rows[0])
    assert "Lin Xiao" in drawn(card) and "Bob" in drawn(card)
    stage.commands.clear()
    press(card, 1, "retry")
    assert stage.submitted(ResumeTransfer) == [ResumeTransfer(several[1].transfer)]


def test_cancelling_for_all_is_asked(stage: Stage, card: TransferCard) -> None:
    stage.play(*to_room([T.RUNNING, T.RUNNING]))
    card.show(Conversation.room(ROOM))
    press(card, 0, "cancel")
    assert not stage.submitted(CancelTransfer)
    stage.answer = "yes"
    press(card, 0, "cancel")
    assert len(stage.submitted(CancelTransfer)) == 2


def test_a_thousand_receivers_draw_only_what_is_in_view(stage: Stage, card: TransferCard) -> None:
    one = to_room([T.RUNNING])[0]
    several = [replace(one, transfer=f"{n:032x}", identity=f"{n:064x}") for n in range(1000)]
    stage.play(*several)
    card.show(Conversation.room(ROOM))
    card.fold(card.list.rows.rows[0])
    assert len(shown(card)) == 1001
    assert len(card.list.canvas.find_all()) < 600


@pytest.mark.parametrize(("side", "there"), [(120, True), (LARGEST_PREVIEW + 8, False)])
def test_a_picture_is_previewed_if_it_is_small(
    stage: Stage, card: TransferCard, side: int, there: bool
) -> None:
    data = io.BytesIO()
    Image.new("RGB", (side, 40), "#ff0000").save(data, "PNG")
    card.list._preview_of = lambda _transfer: data.getvalue()
    stage.play(transfer(1))
    drawn(card)
    assert (card.list._preview(transfer(1).transfer, 36) is not None) == there
    card.list._previews.clear()
    card.list._preview_of = lambda _transfer: b"no picture"
    assert card.list._preview(transfer(1).transfer, 36) is None


def test_the_words_follow_the_language(stage: Stage, card: TransferCard) -> None:
    stage.play(transfer(1, T.FAILED, reason="disk_full"))
    english = drawn(card)
    i18n.set_language("zh_CN")
    assert drawn(card) != english and any(letter > "\u2e80" for letter in drawn(card))
    i18n.set_language("en")
    assert drawn(card) == english


# --- What was left out ---

LEFT_OUT = LeftOut(
    (("link", 8), ("unreadable", 1), ("too_many", 100_000)),
    (*((f"tree/{number}", "link") for number in range(3)), ("tree/secret", "unreadable")),
)


def test_what_was_left_out_stays_on_the_row_in_words() -> None:
    (row,) = rows_of([transfer(1, T.FINISHED, incoming=False, left_out=LEFT_OUT)])
    assert missing_text(row) == (
        "9 left out: 8 links that lead out of the folder, 1 that may not be read,"
        " everything after the first 100,000 files and folders"
    )
    assert row.can_open


def test_the_names_of_what_was_left_out_unfold() -> None:
    one = transfer(1, T.FINISHED, incoming=False, left_out=LEFT_OUT)
    folded, opened = (rows_of([one], opened=keys)[0] for keys in (frozenset(), frozenset({f"t{1:032x}"})))
    assert with_items([folded], {}) == [folded]
    shown = [row for row in with_items([opened], {}) if isinstance(row, ItemRow)]
    assert [(row.title, row.reason) for row in shown[:5]] == [
        *((f"tree/{number}", "a link that leads out of the folder") for number in range(3)),
        ("tree/secret", "may not be read"),
        ("and 5 more left out", ""),
    ]


def test_to_a_room_it_is_said_once() -> None:
    many = [replace(one, left_out=LEFT_OUT) for one in to_room([T.OFFERED, T.OFFERED])]
    rows = rows_of(many, opened=frozenset({f"g{'ab' * 16}"}))
    assert [bool(missing_text(row)) for row in rows] == [True, False, False]
    titles = [row.title for row in with_items(rows, {}) if isinstance(row, ItemRow)]
    assert titles.count("tree/secret") == 1


def test_the_card_paints_what_was_left_out(stage: Stage, card: TransferCard) -> None:
    stage.play(transfer(1, T.OFFERED, incoming=False, left_out=LEFT_OUT))
    stage.app.update()
    assert "9 left out" in drawn(card) and "tree/secret" not in drawn(card)
