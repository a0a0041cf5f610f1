"""The windows that open from the Chat page; each is imported when it is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gui.pages.chat.page import ChatPage


def open_verify(page: ChatPage, identity: str) -> None:
    from gui.pages.chat.dialogs.verify import VerifyDialog

    VerifyDialog(page, identity).present()


def open_key_changed(page: ChatPage, identity: str) -> None:
    from gui.pages.chat.dialogs.key_changed import KeyChangedDialog

    KeyChangedDialog(page, identity).present()


def open_diagnosis(page: ChatPage) -> None:
    from gui.pages.chat.dialogs.diagnosis import DiagnosisDialog

    DiagnosisDialog(page).present()


def open_add_person(page: ChatPage, text: str = "") -> None:
    from gui.pages.chat.dialogs.add_person import AddPersonDialog

    AddPersonDialog(page, text).present()


def open_export(page: ChatPage, conversation: str) -> None:
    from gui.pages.chat.dialogs.export import ExportDialog

    ExportDialog(page, conversation).present()


def open_search(page: ChatPage, conversation: str = "", text: str = "") -> None:
    from gui.pages.chat.dialogs.search import SearchDialog

    SearchDialog(page, conversation, text).present()


def open_new_room(page: ChatPage) -> None:
    from gui.pages.chat.rooms.new_room import NewRoomDialog

    NewRoomDialog(page).present()


def make_side(page: ChatPage, members: bool) -> Any:
    """The third card: a room's members, or the files."""
    if members:
        from gui.pages.chat.rooms.room_card import RoomsPanel

        return RoomsPanel(page.frame, page)
    from gui.pages.chat.files.transfer_card import TransferCard

    return TransferCard(page.frame, page)
