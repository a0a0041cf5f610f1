"""Errors of the chat, and why a room ended, as sentences. No tkinter: the terminal uses it too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gui.shared import wording
from gui.shared.i18n import N_, _, in_a_row, ngettext
from net.chat.events import ChatFault, Person
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
    if fault.kind is FaultKind.STORE_FULL:
        sentence = _("No space is left for {path}. Make room, then try again.")
        return sentence.format(path=wording.clean(str(fault.params.get("path", ""))))
    return wording.fault_text(fault)


def shared_text(addresses: Sequence[str]) -> str:
    """This PC's identity is used elsewhere, too."""
    told = ngettext(
        "Duplex at {addresses} has the same identity as this one, as PCs cloned from one disk do. For others"
        " both are one person, and what they write reaches one of them only.",
        "Duplex at {addresses} has the same identity as this one, as PCs cloned from one disk do. For others"
        " all are one person, and what they write reaches one of them only.",
        len(addresses),
    ).format(addresses=", ".join(addresses))
    meaning = _("With a new identity this PC is a person of its own; people who know you see somebody new.")
    return in_a_row(told, meaning)


def copies_text(people: Sequence[Person]) -> str:
    """Of other people, the identity of each is used on several PCs."""
    return _(
        "Several PCs are one person here, as PCs cloned from one disk are: {copies}. What you write reaches"
        " one of them only. On those PCs, Duplex offers a new identity with one press."
    ).format(copies="; ".join(", ".join(one.copies) for one in people))
