"""The card of files: all transfers of a conversation or of all, and what can be done about each."""

from __future__ import annotations

import tkinter as tk
from pathlib import Path

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.look.words import follow_language
from gui.pages.chat.context import ChatContext
from gui.pages.chat.files.file_menu import ask_folder, open_folder, place_of
from gui.pages.chat.files.transfer_items import ItemRow, Row, TransferItems, with_items
from gui.pages.chat.files.transfer_list import TransferList
from gui.pages.chat.files.transfer_rows import (
    Action,
    TransferRow,
    action_text,
    actions_of,
    rows_of,
    targets,
)
from gui.pages.chat.model import FINGERPRINT_DIGITS
from gui.shared import wording
from gui.shared.i18n import _, ngettext
from gui.widgets.empty import EmptyState
from gui.widgets.icon_tools import icon_tools
from gui.widgets.menu import MenuEntry, popup_menu
from gui.widgets.segmented import SegmentedControl
from net.chat.commands import (
    AcceptTransfer,
    CancelTransfer,
    DeclineTransfer,
    PauseTransfer,
    ResumeTransfer,
    WatchItems,
)
from net.chat.conversation import EVERYBODY, Conversation
from net.chat.events import (
    ChatStarted,
    PersonChanged,
    TransferChanged,
    TransferItemsChanged,
    TransferStage,
)

_Steering = type[DeclineTransfer] | type[PauseTransfer] | type[ResumeTransfer] | type[CancelTransfer]
_STEERING: dict[str, _Steering] = {
    "decline": DeclineTransfer,
    "pause": PauseTransfer,
    "resume": ResumeTransfer,
    "cancel": CancelTransfer,
    "retry": ResumeTransfer,
}


class TransferCard(ttk.Frame):
    """Shows the transfers of the conversation given to `show`; of all, if it is None or the announcements."""

    def __init__(self, master: tk.Misc, context: ChatContext) -> None:
        super().__init__(master, style="Card.TFrame", padding=S(14))
        self.context = context
        self.conversation: Conversation | None = None
        self.opened: set[str] = set()
        self.items: dict[str, TransferItems] = {}
        self._stale = True
        self._listed = self._renamed = False
        head = ttk.Frame(self, style="In.TFrame")
        head.pack(fill="x")
        self.heading = ttk.Label(head, style="InH.TLabel")
        self.heading.pack(side="left")
        tools = (("close", "x-lg", context.side_toggled),)
        self.tools, self.tips = icon_tools(head, tools, size=13)
        self.count = ttk.Label(head, style="InS.TLabel")
        self.count.pack(side="right")
        self.scope = SegmentedControl(
            self, [("here", ""), ("all", "")], "here", lambda _value: self.reload(), small=True
        )
        self.list = TransferList(self, self._name_of, self._preview_of, self.press, self.fold)
        self.list.pack(fill="both", expand=True, pady=(S(8), 0))
        self.list.on_menu = self._menu
        self.list.on_open = self._open
        self.empty = EmptyState(self.list, "folder2-open", "")
        self.empty.wrap = 240
        self._unwatch = context.services.watch_events(
            {
                TransferChanged: lambda _event: self._note_change(),
                TransferItemsChanged: self._take_items,
                ChatStarted: lambda _event: self._watch_none(),
                PersonChanged: lambda _event: self._note_name(),
            },
            after=self._show_changes,
        )
        self.bind("<Destroy>", lambda event: self._unwatch() if event.widget is self else None, add="+")
        self.bind("<Map>", lambda _e: self._mapped(), add="+")
        self.bind("<Unmap>", lambda _e: self._watch_none(), add="+")
        look().watch(self, lambda: self.configure(padding=S(14)))
        follow_language(self, self._set_words)

    # --- For the page ---

    def show(self, conversation: Conversation | None) -> None:
        wanted = None if conversation == EVERYBODY else conversation
        if wanted != self.conversation:
            self.list.at_bottom = False
            self.list.top = self.list.offset = 0
            self.list.selection.clear()
        self.conversation = wanted
        if self.conversation is not None:
            self.scope.pack(fill="x", pady=(S(8), 0), before=self.list)
        else:
            self.scope.pack_forget()
        self.reload()

    def _set_words(self) -> None:
        self.heading.configure(text=_("Files"))
        self.tips["close"].retext(_("Close"))
        self.scope.retext([_("Here"), _("All conversations")])
        self.empty.retext(
            _("No files yet"),
            _("Drop files or folders onto a conversation, or press the plus below it."),
        )
        self.reload()

    # --- Events ---

    def _note_change(self) -> None:
        self._listed = True

    def _note_name(self) -> None:
        self._renamed = True

    def _take_items(self, event: TransferItemsChanged) -> None:
        if event.transfer in self.items:
            self.items[event.transfer].take(event)
            self._listed = True

    def _show_changes(self) -> None:
        """After a batch of events."""
        listed, renamed = self._listed or self._stale, self._renamed
        self._listed = self._renamed = False
        if listed and self.winfo_ismapped():
            self.reload()
        elif listed:
            self._stale = True
        elif renamed:
            self.list.invalidate()

    # --- What a person does ---

    def press(self, row: TransferRow, action: Action) -> None:
        """Carry out an action of a row, as its button does."""
        submit, first = self.context.services.submit, row.first.transfer
        if action == "accept":
            submit(AcceptTransfer(first))
        elif action == "accept_to":
            chosen = ask_folder(self)
            if chosen is not None:
                submit(AcceptTransfer(first, chosen))
        elif action == "folder":
            folder = place_of(self.context, first) or Path(row.first.folder)
            if folder.is_dir():
                open_folder(folder)
            else:
                self.context.services.toast(_("The folder is no longer there."), "warn")
        elif action != "cancel" or self._sure(row):
            for transfer in targets(row, action):
                submit(_STEERING[action](transfer))

    def fold(self, row: Row) -> None:
        """Show or hide the receivers of a group, or the files of a transfer."""
        if isinstance(row, ItemRow) or not row.can_open:
            return
        self.opened ^= {row.key}
        self.reload()

    def menu(self, row: Row, x: int, y: int) -> tk.Menu:
        if isinstance(row, ItemRow):
            return popup_menu(self, self.item_entries(row), x, y)
        entries: list[MenuEntry] = [
            (action_text(action), lambda todo=action: self.press(row, todo), True)  # type: ignore[misc]
            for action in actions_of(row)
        ]
        if row.group:
            text = _("Hide the receivers") if row.opened else _("Show the receivers")
            entries.append((text, lambda: self.fold(row), True))
        elif row.can_open:
            text = _("Hide the files") if row.opened else _("Show the files")
            entries.append((text, lambda: self.fold(row), True))
        title = row.first.title
        entries.append((_("Copy the name"), lambda: self.context.copy(title), True))
        return popup_menu(self, entries, x, y)

    def item_entries(self, row: ItemRow) -> list[MenuEntry]:
        """The entries of one file's menu."""
        path = Path(row.item.path).parent if row.item is not None and row.item.path else None
        failed = row.item is not None and row.item.state is TransferStage.FAILED
        retry: list[MenuEntry] = []
        if failed:
            submit = self.context.services.submit
            retry = [(action_text("retry"), lambda: submit(ResumeTransfer(row.transfer)), not row.running)]
        return [
            *retry,
            (_("Show in its folder"), lambda: open_folder(path), path is not None and path.is_dir()),
            (_("Copy the name"), lambda: self.context.copy(row.title), True),
        ]

    def _menu(self, row: Row, event: tk.Event[tk.Misc]) -> None:
        self.menu(row, event.x_root, event.y_root)

    def reload(self) -> None:
        """Show the transfers as the model has them now."""
        self._stale = False
        whose = self.conversation if self.scope.value == "here" else None
        rows = rows_of(self.context.model.transfers.values(), whose, frozenset(self.opened))
        self._watch({row.first.transfer for row in rows if row.opened and row.can_open and not row.group})
        self.list.set_rows(with_items(rows, self.items))
        if rows:
            self.empty.place_forget()
        elif not self.empty.winfo_manager():
            self.empty.place(relx=0.5, rely=0.4, anchor="center", relwidth=1)
        going = sum(not row.is_over for row in rows if not row.below)
        text = ngettext("{count} not finished", "{count} not finished", going)
        self.count.configure(text=text.format(count=wording.count_text(going)) if going else "")

    def _mapped(self) -> None:
        if self._stale:
            self.reload()

    def _watch(self, wanted: set[str]) -> None:
        """Ask the engine for events of the files of these transfers, and of no others."""
        for transfer in wanted - self.items.keys():
            self.items[transfer] = TransferItems()
            self.context.services.submit(WatchItems(transfer))
        for transfer in self.items.keys() - wanted:
            del self.items[transfer]
            self.context.services.submit(WatchItems(transfer, False))

    def _watch_none(self) -> None:
        self._watch(set())
        self._stale = True

    def _sure(self, row: TransferRow) -> bool:
        """Ask before a transfer to many is cancelled, which a click can't undo."""
        count = len(targets(row, "cancel"))
        if not row.group or count < 2:
            return True
        text = _("{count} people who have not got all of it will not get it.").format(count=count)
        return self.context.sure(_("Cancel for everyone?"), text, _("Cancel for everyone"))

    def _open(self, row: Row) -> None:
        if isinstance(row, TransferRow) and row.can_open:
            self.fold(row)
        else:
            self._open_chosen()

    def _open_chosen(self) -> str:
        index = self.list.selection.cursor
        row = self.list.row(index) if len(self.list.selection) else None
        if row is not None:
            placed = self.list.placed(index)
            below = max(0, placed.y if placed is not None else 0) + S(40)
            self.menu(row, self.list.winfo_rootx() + S(60), self.list.winfo_rooty() + below)
        return "break"

    def _name_of(self, identity: str) -> str:
        person = self.context.model.people.get(identity)
        if person is None:
            return identity[:FINGERPRINT_DIGITS]
        return self.context.model.name_of(identity, person.name)

    def _preview_of(self, transfer: str) -> bytes:
        reader = self.context.history
        stored = reader.transfer(transfer) if reader is not None else None
        return stored.preview if stored is not None and stored.picture else b""
