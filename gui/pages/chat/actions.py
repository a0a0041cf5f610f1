"""What is done from several places of the Chat page: opening dialogs, removing people and conversations.

Each dialog is imported when it is first asked for, so that the page opens quickly."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from gui.pages.chat import words
from gui.pages.chat.context import ChatContext
from gui.shared.i18n import _
from gui.widgets.menu import MenuEntry
from net.chat.commands import DeleteMessages, ForgetPerson
from net.chat.conversation import Conversation
from net.chat.events import Person, Trust

if TYPE_CHECKING:
    from gui.pages.chat.dialogs.add_person import AddPersonDialog
    from gui.pages.chat.dialogs.diagnosis import DiagnosisDialog
    from gui.pages.chat.dialogs.export import ExportDialog
    from gui.pages.chat.dialogs.key_changed import KeyChangedDialog
    from gui.pages.chat.dialogs.search import SearchDialog
    from gui.pages.chat.dialogs.verify import VerifyDialog
    from gui.pages.chat.rooms.new_room import NewRoomDialog
    from gui.widgets.dialog import Dialog

D = TypeVar("D", bound="Dialog")

# --- Dialogs ---


def open_verify(context: ChatContext, identity: str) -> VerifyDialog:
    from gui.pages.chat.dialogs.verify import VerifyDialog

    return _presented(VerifyDialog(context, identity))


def open_key_changed(context: ChatContext, identity: str) -> KeyChangedDialog:
    from gui.pages.chat.dialogs.key_changed import KeyChangedDialog

    return _presented(KeyChangedDialog(context, identity))


def open_diagnosis(context: ChatContext) -> DiagnosisDialog:
    from gui.pages.chat.dialogs.diagnosis import DiagnosisDialog

    return _presented(DiagnosisDialog(context))


def open_add_person(context: ChatContext, text: str = "") -> AddPersonDialog:
    """``text``: an address or a link that is typed already."""
    from gui.pages.chat.dialogs.add_person import AddPersonDialog

    return _presented(AddPersonDialog(context, text))


def open_export(context: ChatContext, conversation: Conversation) -> ExportDialog:
    from gui.pages.chat.dialogs.export import ExportDialog

    return _presented(ExportDialog(context, conversation))


def open_search(
    context: ChatContext, conversation: Conversation | None = None, text: str = ""
) -> SearchDialog:
    """Over one conversation, or with None over all; ``text`` is searched at once."""
    from gui.pages.chat.dialogs.search import SearchDialog

    return _presented(SearchDialog(context, conversation, text))


def open_new_room(context: ChatContext) -> NewRoomDialog:
    from gui.pages.chat.rooms.new_room import NewRoomDialog

    return _presented(NewRoomDialog(context))


def _presented(dialog: D) -> D:
    dialog.present()
    return dialog


# --- People and conversations ---


def verify(context: ChatContext, person: Person) -> None:
    """Compare the six digits; where somebody comes with another key, decide about that first."""
    if person.trust is Trust.CHANGED:
        open_key_changed(context, person.identity)
    else:
        open_verify(context, person.identity)


def delete_all(context: ChatContext, conversation: Conversation) -> None:
    """Delete a conversation here, after asking."""
    title = words.title_of(context.model, conversation)
    if context.sure(
        _("Delete the conversation with {name}?").format(name=title),
        _("All its messages are deleted here. The others keep theirs."),
        _("Delete"),
    ):
        context.services.submit(DeleteMessages(conversation))


def forget(context: ChatContext, identity: str) -> None:
    """Forget a person, perhaps with their messages, after asking."""
    conversation = Conversation.person(identity)
    answer = context.services.ask(
        _("Forget {name}?").format(name=words.title_of(context.model, conversation)),
        _("Their key is forgotten too: when you meet again, they are unverified."),
        (
            ("", _("Cancel"), ""),
            ("all", _("Forget, and delete messages"), "danger"),
            ("yes", _("Forget"), "danger"),
        ),
    )
    if answer:
        context.services.submit(ForgetPerson(identity, answer == "all"))
        if context.conversation == conversation and answer == "all":
            context.open(None)


def person_entries(context: ChatContext, person: Person, compare: Callable[[], object]) -> list[MenuEntry]:
    """What a menu offers to do about a person; ``compare()`` opens the comparison of the digits."""
    identity, blocked = person.identity, person.trust is Trust.BLOCKED
    return [
        (_("Compare the six digits …"), compare, bool(person.digits)),
        (_("Unblock") if blocked else _("Block"), lambda: context.block(identity, not blocked), True),
        (_("Forget this person …"), lambda: forget(context, identity), True),
    ]
