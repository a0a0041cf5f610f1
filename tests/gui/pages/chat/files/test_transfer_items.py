"""The files of one transfer: shown when asked for, each with how it stands, and watched only while seen."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from gui.pages.chat.files import transfer_items
from gui.pages.chat.files.transfer_card import TransferCard
from gui.pages.chat.files.transfer_items import ItemRow, TransferItems
from gui.shared import i18n
from net.chat.commands import ResumeTransfer, WatchItems
from net.chat.conversation import EVERYBODY, Conversation
from net.chat.events import TransferItemsChanged, TransferItemState
from net.chat.events import TransferStage as T
from net.chat.transfer.faults import TransferFault
from tests.gui.pages.chat.files.test_transfers import MB, to_room, transfer
from tests.gui.pages.chat.stage import BOB, LIN, Stage, person

ONE = transfer(1, T.RUNNING, count=4, title="photos")


def item(index: int, state: T = T.WAITING, **more: Any) -> TransferItemState:
    given: dict[str, Any] = {"name": f"photos/{index}.jpg", "size": 2 * MB, "done": 0}
    return TransferItemState(index, **{**given, **more}, state=state)


def told(*items: TransferItemState, whole: bool = True, transfer: str = ONE.transfer) -> TransferItemsChanged:
    return TransferItemsChanged(transfer, 4, items, whole)


FOUR = (
    item(0, T.FINISHED, done=2 * MB),
    item(1, T.RUNNING, done=MB),
    item(2, T.FAILED, reason="hash"),
    item(3),
)


@pytest.fixture
def card(stage: Stage) -> TransferCard:
    stage.begin(person(LIN, "Lin"), person(BOB, "Bob"))
    stage.room()
    stage.context.open(Conversation.person(LIN))
    stage.page.side.toggle()
    stage.app.update()
    made: TransferCard = stage.files_card
    return made


def lines(card: TransferCard) -> list[str]:
    card.list.paint_now()
    return [card.list.text_of(row) for row in card.list.rows.rows if isinstance(row, ItemRow)]


def opened(stage: Stage, card: TransferCard, one: Any = ONE) -> None:
    stage.play(one)
    row = next(row for row in card.list.rows.rows if row.transfers[0].transfer == one.transfer)  # type: ignore[union-attr]
    card.fold(row)
    stage.app.update()


def test_files_are_asked_for_shown_and_let_go(stage: Stage, card: TransferCard) -> None:
    opened(stage, card)
    assert stage.submitted(WatchItems) == [WatchItems(ONE.transfer)] and lines(card) == [
        "Asking for the list …"
    ]
    stage.play(told(*FOUR))
    assert lines(card) == [
        "photos/2.jpg  2.0 MB  damaged on the way",
        "photos/0.jpg  2.0 MB",
        "photos/1.jpg  50 % of 2.0 MB",
        "photos/3.jpg  2.0 MB",
    ]
    stage.play(told(item(2, T.RUNNING, done=MB), item(3, T.FINISHED, done=2 * MB), whole=False))
    assert lines(card)[2:] == ["photos/2.jpg  50 % of 2.0 MB", "photos/3.jpg  2.0 MB"]
    card.fold(card.list.rows.rows[0])
    assert stage.submitted(WatchItems)[-1] == WatchItems(ONE.transfer, False) and not lines(card)


def test_what_opens_below_leaves_the_transfer_in_sight(stage: Stage, card: TransferCard) -> None:
    opened(stage, card)
    card.list.paint_now()
    stage.play(told(*[item(index) for index in range(60)]))
    card.list.paint_now()
    assert card.list.visible[0] == 0 and card.list.visible[-1] < 60
    card.list.to_bottom()
    card.list.paint_now()
    assert card.list.visible[-1] == 60


def test_who_does_not_look_is_not_told(stage: Stage, card: TransferCard) -> None:
    opened(stage, card)
    stage.play(told(*FOUR))
    stage.page.side.toggle()
    stage.app.update()
    assert stage.submitted(WatchItems)[-1] == WatchItems(ONE.transfer, False)
    stage.page.side.toggle()
    stage.app.update()
    assert stage.submitted(WatchItems)[-1] == WatchItems(ONE.transfer)
    stage.context.open(Conversation.person(BOB))
    stage.app.update()
    assert stage.submitted(WatchItems)[-1] == WatchItems(ONE.transfer, False)


def test_a_chat_that_started_again_is_asked_again(stage: Stage, card: TransferCard) -> None:
    opened(stage, card)
    stage.begin()
    assert stage.submitted(WatchItems)[-1] == WatchItems(ONE.transfer)
    assert len(stage.submitted(WatchItems)) == 3


def test_only_several_files_can_be_shown(stage: Stage, card: TransferCard) -> None:
    stage.play(transfer(2, count=1))
    card.fold(card.list.rows.rows[0])
    assert not stage.submitted(WatchItems) and not lines(card)


def test_of_an_offer_the_list_comes_later(stage: Stage, card: TransferCard) -> None:
    offer = transfer(3, T.OFFERED, count=4)
    opened(stage, card, offer)
    stage.play(told(transfer=offer.transfer))
    assert lines(card) == ["The list comes once you accept."]


def test_of_each_receiver_in_a_room(stage: Stage, card: TransferCard) -> None:
    stage.context.open(EVERYBODY)
    stage.play(*[replace(one, count=4) for one in to_room([T.FAILED, T.FINISHED])])
    card.fold(card.list.rows.rows[0])
    card.fold(card.list.rows.rows[1])
    first = f"{0:032x}"
    assert stage.submitted(WatchItems) == [WatchItems(first)]
    stage.play(told(*FOUR, transfer=first))
    assert len(lines(card)) == 4 and all(row.below for row in card.list.rows.rows[1:])


def test_what_one_file_offers(stage: Stage, card: TransferCard, tmp_path: Any) -> None:
    opened(stage, card, transfer(1, T.FAILED, count=4))
    stage.play(told(item(0, T.FINISHED, path=str(tmp_path / "0.jpg")), item(1, T.FAILED, reason="deleted")))
    failed, finished = [row for row in card.list.rows.rows if isinstance(row, ItemRow) and row.item]
    entries = {entry[0]: entry for entry in card.item_entries(failed) if entry}
    retry = entries["Try again what failed"]
    assert retry[2] and retry[1] is not None and not entries["Show in its folder"][2]
    retry[1]()
    assert stage.submitted(ResumeTransfer) == [ResumeTransfer(ONE.transfer)]
    entries = {entry[0]: entry for entry in card.item_entries(finished) if entry}
    assert entries["Show in its folder"][2] and "Try again what failed" not in entries


def test_a_million_files_stay_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer_items, "MOST_KEPT", 100)
    monkeypatch.setattr(transfer_items, "MOST_SHOWN", 30)
    many = TransferItems()
    states = [item(index, T.FAILED if index == 999 else T.WAITING) for index in range(1000)]
    many.take(TransferItemsChanged(ONE.transfer, 1_000_000, tuple(states), True))
    rows = many.rows(ONE, False)
    assert rows[0].item is not None and rows[0].item.index == 999
    assert len(rows) == 31 and rows[-1].title == "and 999,970 more"
    many.take(TransferItemsChanged(ONE.transfer, 1_000_000, (item(999, T.FINISHED),)))
    assert many.rows(ONE, False)[0].item == states[0] and len(many._items) == 100


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("fault", list(TransferFault))
def test_every_reason_has_words(fault: TransferFault, language: str) -> None:
    i18n.set_language(language)
    try:
        row = ItemRow("ab", True, True, False, item(0, T.FAILED, reason=fault.value))
        assert row.reason and row.reason != fault.value
    finally:
        i18n.set_language("en")


def test_a_paused_file_does_not_look_as_if_it_ran() -> None:
    running, paused = (ItemRow("ab", True, on, False, FOUR[1]) for on in (True, False))
    assert running.sign[1] == "accent" and paused.sign == ("pause-circle", "warn")
