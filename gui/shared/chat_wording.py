"""Errors of the chat, and why a room ended, as sentences. No tkinter: the terminal uses it too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gui.shared import wording
from gui.shared.i18n import N_, _, in_a_row, ngettext
from net.chat.events import ChatFault, LeftOut, Person
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


# --- What was left out of a sending ---

_LONGEST_NAME = 1024  # as it is offered
_TOO_MANY = "too_many"

_WHY: Mapping[str, str] = {
    "link": N_("a link that leads out of the folder"),
    "folder_link": N_("a link to a folder"),
    "broken_link": N_("a link to nothing"),
    "special": N_("a pipe, socket or device"),
    "unreadable": N_("may not be read"),
    "deleted": N_("no longer there"),
    "too_deep": N_("more than 32 folders deep"),
}
_COUNTED: Mapping[str, Callable[[int], str]] = {
    "link": lambda count: ngettext(
        "{count} link that leads out of the folder", "{count} links that lead out of the folder", count
    ),
    "folder_link": lambda count: ngettext("{count} link to a folder", "{count} links to folders", count),
    "broken_link": lambda count: ngettext("{count} link to nothing", "{count} links to nothing", count),
    "special": lambda count: ngettext(
        "{count} pipe, socket or device", "{count} pipes, sockets or devices", count
    ),
    "unreadable": lambda count: ngettext(
        "{count} that may not be read", "{count} that may not be read", count
    ),
    "deleted": lambda count: ngettext(
        "{count} that is no longer there", "{count} that are no longer there", count
    ),
    "too_deep": lambda count: ngettext(
        "{count} more than 32 folders deep", "{count} more than 32 folders deep", count
    ),
}
_NOTHING_SENT: Mapping[str, str] = {
    "special": N_("{name} is a pipe, a socket or a device: only files and folders can be sent."),
    "unreadable": N_("{name} can't be sent: you may not read it. Ask its owner for the right to."),
    "deleted": N_("{name} can't be sent: it is no longer there. Choose it where it is now."),
    "broken_link": N_("{name} can't be sent: it is a link to nothing. Choose what it is meant to lead to."),
}


def left_out_reason(reason: str) -> str:
    """Why one file was left out, to stand beside its name."""
    return _(_WHY[reason]) if reason in _WHY else wording.clean(reason, 60)


def left_out_text(left_out: LeftOut) -> str:
    """How many were left out, and why; "" if nothing was."""
    if not left_out.counts:
        return ""
    total = sum(count for reason, count in left_out.counts if reason != _TOO_MANY)
    reasons = _reasons(left_out)
    if not total:
        return _("Left out: {reasons}").format(reasons=reasons)
    text = ngettext("{count} left out: {reasons}", "{count} left out: {reasons}", total)
    return text.format(count=wording.count_text(total), reasons=reasons)


def nothing_sent_text(left_out: LeftOut) -> str:
    """Why nothing of what was chosen can be sent, and for a single one what to do."""
    if len(left_out.names) == 1:
        name, reason = left_out.names[0]
        if reason in _NOTHING_SENT:
            return _(_NOTHING_SENT[reason]).format(name=wording.clean(name, _LONGEST_NAME))
    return _("Nothing of it can be sent: {reasons}.").format(reasons=_reasons(left_out))


def _reasons(left_out: LeftOut) -> str:
    parts = []
    for reason, count in left_out.counts:
        if reason == _TOO_MANY:
            text = _("everything after the first {count} files and folders")
        else:
            text = _COUNTED[reason](count)
        parts.append(text.format(count=wording.count_text(count)))
    # The sign between the items of a list, as in "1 link, 2 pipes".
    return _(", ").join(parts)
