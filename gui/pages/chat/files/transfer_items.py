"""The files of one transfer as rows below it: the progress of each, and why one failed. No tkinter here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice

from gui.pages.chat.files.transfer_rows import TransferRow
from gui.shared import wording
from gui.shared.chat_wording import left_out_reason
from gui.shared.i18n import N_, _, ngettext
from net.chat.events import TransferChanged, TransferItemsChanged, TransferItemState, TransferStage

MOST_KEPT = 20_000
"""How many items of one transfer are kept; of those beyond only the failed ones are."""

MOST_SHOWN = 5_000

_REASONS: Mapping[str, str] = {
    "deleted": N_("no longer there"),
    "changed": N_("changed meanwhile"),
    "unreadable": N_("may not be read"),
    "disk_full": N_("the disk is full"),
    "read_only": N_("the folder may not be written to"),
    "unwritable": N_("the disk refused it"),
    "hash": N_("damaged on the way"),
    "too_many": N_("too many files"),
    "protocol": N_("the other Duplex made no sense"),
}
_SIGNS: Mapping[TransferStage, tuple[str, str]] = {
    TransferStage.WAITING: ("circle", "mute"),
    TransferStage.FINISHED: ("check-circle-fill", "ok"),
    TransferStage.FAILED: ("x-circle-fill", "error"),
}


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One file; where ``item`` is None, only the sentence ``note``, or with ``why`` the name of a file that
    was left out. ``running``: its transfer is running; ``below``: it is to one of a group's receivers."""

    transfer: str
    incoming: bool
    running: bool
    below: bool
    item: TransferItemState | None = None
    note: str = ""
    why: str = ""

    @property
    def title(self) -> str:
        return self.item.name if self.item is not None else self.note

    @property
    def sign(self) -> tuple[str, str]:
        """The name of an icon, and the palette's tone for it."""
        item = self.item
        if item is None:
            return ("slash-circle", "warn") if self.why else ("", "mute")
        if item.state is TransferStage.RUNNING:
            way = "down" if self.incoming else "up"
            return (f"arrow-{way}-circle", "accent") if self.running else ("pause-circle", "warn")
        icon, tone = _SIGNS.get(item.state, ("circle", "mute"))
        return ("folder", tone) if item.folder and item.state is not TransferStage.FAILED else (icon, tone)

    @property
    def about(self) -> str:
        """What the right end of the line shows: the size, or how much of it has arrived."""
        item = self.item
        if item is None or item.folder:
            return ""
        size = wording.size_text(item.size)
        if item.state is TransferStage.RUNNING and item.size:
            return _("{share} of {size}").format(share=f"{100 * item.done // item.size} %", size=size)
        return size

    @property
    def reason(self) -> str:
        """Why the file failed, or was left out; "" if it was not."""
        if self.why:
            return left_out_reason(self.why)
        if self.item is None or self.item.state is not TransferStage.FAILED:
            return ""
        known = _REASONS.get(self.item.reason)
        return _(known) if known is not None else wording.clean(self.item.reason, 60) or _("failed")


Row = TransferRow | ItemRow


class TransferItems:
    """The items of one transfer, as its events reported them. ``reported``: there was one."""

    def __init__(self) -> None:
        self.count = 0
        self.reported = False
        self._items: dict[int, TransferItemState] = {}
        self._failed: dict[int, TransferItemState] = {}
        self._rows: tuple[tuple[object, ...], list[ItemRow]] = ((), [])

    def take(self, event: TransferItemsChanged) -> None:
        if event.whole:
            self._items.clear()
            self._failed.clear()
        self.reported = True
        self.count = event.count
        for item in event.items:
            if item.index < MOST_KEPT:
                self._items[item.index] = item
            if item.state is TransferStage.FAILED:
                self._failed[item.index] = item
            else:
                self._failed.pop(item.index, None)
        self._rows = ((), [])

    def rows(self, one: TransferChanged, below: bool) -> list[ItemRow]:
        """The failed items first, then the others in order, at most `MOST_SHOWN`; or why there are none."""
        key = (one.transfer, one.stage, below)
        if self._rows[0] != key:
            self._rows = (key, self._made(one, below))
        return self._rows[1]

    def _made(self, one: TransferChanged, below: bool) -> list[ItemRow]:
        make = partial(
            ItemRow,
            transfer=one.transfer,
            incoming=one.incoming,
            running=one.stage is TransferStage.RUNNING,
            below=below,
        )
        well = (item for index, item in self._items.items() if index not in self._failed)
        items = islice(chain(self._failed.values(), well), MOST_SHOWN)
        rows = [make(item=item) for item in items]
        if not rows:
            if one.incoming and one.stage is TransferStage.OFFERED:
                note = _("The list comes once you accept.")
            else:
                note = _("No list of the files is here.") if self.reported else _("Asking for the list …")
            return [make(note=note)]
        more = max(self.count, len(self._items)) - len(rows)
        if more > 0:
            text = ngettext("and {count} more", "and {count} more", more)
            rows.append(make(note=text.format(count=wording.count_text(more))))
        return rows


def left_out_rows(row: TransferRow) -> list[ItemRow]:
    """A line for each file that was left out of the sending, as far as their names are kept."""
    one = row.first
    make = partial(ItemRow, transfer=one.transfer, incoming=one.incoming, running=False, below=row.below)
    rows = [make(note=name, why=reason) for name, reason in row.left_out.names]
    more = sum(count for reason, count in row.left_out.counts if reason != "too_many") - len(rows)
    if rows and more > 0:
        text = ngettext("and {count} more left out", "and {count} more left out", more)
        rows.append(make(note=text.format(count=wording.count_text(more))))
    return rows


def with_items(rows: Iterable[TransferRow], items: Mapping[str, TransferItems]) -> list[Row]:
    """``rows``, with what was left out, and the items of each opened single transfer, inserted below it."""
    shown: list[Row] = []
    for row in rows:
        shown.append(row)
        if row.opened:
            shown += left_out_rows(row)
        if row.opened and not row.group:
            shown += items.get(row.first.transfer, TransferItems()).rows(row.first, row.below)
    return shown
