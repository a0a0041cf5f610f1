"""The chat's dialogs, for the tests of one and of all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gui.pages.chat.dialogs.add_person import AddPersonDialog
from gui.pages.chat.dialogs.diagnosis import DiagnosisDialog
from gui.pages.chat.dialogs.export import ExportDialog
from gui.pages.chat.dialogs.key_changed import KeyChangedDialog
from gui.pages.chat.dialogs.search import SearchDialog
from gui.pages.chat.dialogs.verify import VerifyDialog
from gui.pages.chat.rooms.new_room import NewRoomDialog
from gui.widgets.segmented import SegmentedControl
from net.chat.conversation import Conversation
from tests.gui.pages.chat.stage import LIN

Opens = Callable[..., Any]
"""The fixture ``opened``."""

EVERY_DIALOG: tuple[tuple[Callable[..., Any], tuple[str | Conversation, ...]], ...] = (
    (VerifyDialog, (LIN,)),
    (KeyChangedDialog, (LIN,)),
    (AddPersonDialog, ()),
    (DiagnosisDialog, ()),
    (ExportDialog, (Conversation.person(LIN),)),
    (SearchDialog, (Conversation.person(LIN),)),
    (NewRoomDialog, ()),
)
"""Each with its arguments after the page."""


def words(dialog: Any) -> str:
    return "\n".join(_texts(dialog))


def _texts(widget: Any) -> list[str]:
    found = [str(widget.cget("text"))] if "text" in widget.keys() and widget.winfo_ismapped() else []  # noqa: SIM118
    for child in widget.winfo_children():
        found += _texts(child)
    return [" ".join(text.split()) for text in found if text]


def choose_segment(control: SegmentedControl, value: str) -> None:
    """Press the segment with this value."""
    segments: list[Any] = control.winfo_children()
    for segment in segments:
        if str(segment.cget("value")) == value:
            segment.invoke()


def press_button(dialog: Any, value: str) -> None:
    assert dialog.buttons[value].winfo_ismapped(), value
    dialog.buttons[value].invoke()
    if dialog.winfo_exists():
        dialog.update()
