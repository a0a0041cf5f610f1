"""Errors of the chat, and why a room ended, as sentences. No tkinter: the terminal uses it too."""

from __future__ import annotations

from collections.abc import Mapping

from gui.shared import wording
from gui.shared.i18n import N_, _
from net.chat.events import ChatFault
from net.events import Fault, FaultKind

_TROUBLES: Mapping[str, str] = {
    "not_started": N_("The chat has not started yet."),
    "person_unknown": N_("This person is not known any more. Add them again by their address."),
    "person_blocked": N_(
        "Nothing is sent: this person is blocked, or their key changed and you have not decided."
    ),
    "pairing": N_(
        "{name} could not be met: the other side did not answer as expected. Try again in a moment."
    ),
    "no_one_visible": N_("Nobody is in sight just now. Wait for someone, or add a person by address."),
    "room_unknown": N_("This room is not there any more."),
    "not_host": N_("Only the room's host can do that."),
    "not_member": N_("This person is not in the room."),
    "member_away": N_("A room can be handed only to a member who is here and has all its messages."),
    "text_empty": N_("There is nothing to send."),
    "name_empty": N_("A name is needed."),
    "transfer_unknown": N_("This transfer is not known any more."),
    "set_aside": N_(
        "A message from or to {name} could not be handled and was left out; the others are not held up."
    ),
}


def chat_fault_text(fault: ChatFault, name: str = "") -> str:
    """What went wrong, and what to do; ``name``: of the person concerned."""
    sentence = _TROUBLES.get(fault.details.get("reason", ""))
    if sentence is not None:
        return _(sentence).format(name=name or _("This person"))
    return wording.fault_text(fault.fault)


def start_fault_text(fault: Fault) -> str:
    """Why the chat could not start."""
    if fault.kind is FaultKind.STORE_FAILED and fault.params.get("detail") == "in use":
        sentence = _("Another Duplex uses the profile {path}. Close it, or choose another with --profile.")
        return sentence.format(path=wording.clean(str(fault.params.get("path", ""))))
    return wording.fault_text(fault)
