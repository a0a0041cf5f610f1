"""The Chat page's words for people, messages, transfers and faults. No tkinter here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from gui.pages.chat.model import ChatModel, Section, Talk
from gui.shared.chat_wording import chat_fault_text
from gui.shared.i18n import N_, _
from net.chat.conversation import EVERYBODY, Conversation
from net.chat.events import (
    ChatFault,
    MessageState,
    Person,
    PresenceState,
    Proof,
    TransferStage,
    Trust,
    UpdateNeeded,
)

PRESENCES: Mapping[PresenceState, str] = {
    PresenceState.OFFLINE: N_("offline"),
    PresenceState.CONNECTING: N_("connecting …"),
    PresenceState.ONLINE: N_("online"),
    PresenceState.AWAY: N_("away"),
    PresenceState.BUSY: N_("do not disturb"),
}
TRUSTS: Mapping[Trust, str] = {
    Trust.UNKNOWN: N_("not spoken with yet"),
    Trust.UNVERIFIED: N_("not verified"),
    Trust.VERIFIED: N_("verified"),
    Trust.CHANGED: N_("key changed"),
    Trust.BLOCKED: N_("blocked"),
}
TRUST_ICONS: Mapping[Trust, tuple[str, str]] = {
    Trust.UNVERIFIED: ("shield", "mute"),
    Trust.VERIFIED: ("shield-check", "ok"),
    Trust.CHANGED: ("shield-exclamation", "error"),
    Trust.BLOCKED: ("slash-circle", "error"),
}
TONES: Mapping[PresenceState, str] = {
    PresenceState.OFFLINE: "mute",
    PresenceState.CONNECTING: "info",
    PresenceState.ONLINE: "ok",
    PresenceState.AWAY: "warn",
    PresenceState.BUSY: "error",
}
_SECTIONS: Mapping[Section, str] = {
    "online": N_("On this network"),
    "rooms": N_("Rooms and announcements"),
    "offline": N_("Not here"),
}
_STATES: Mapping[MessageState, str] = {
    MessageState.QUEUED: N_("◷ queued"),
    MessageState.SENT: N_("✓ sent"),
    MessageState.DELIVERED: N_("✓✓ delivered"),
    MessageState.DISPLAYED: N_("✓✓ read"),
    MessageState.REFUSED: N_("✗ refused by the room"),
}
_STAGES: Mapping[TransferStage, str] = {
    TransferStage.OFFERED: N_("offered"),
    TransferStage.WAITING: N_("waiting"),
    TransferStage.RUNNING: N_("running"),
    TransferStage.PAUSED_HERE: N_("paused here"),
    TransferStage.PAUSED_THERE: N_("paused by the other"),
    TransferStage.DECLINED: N_("declined"),
    TransferStage.CANCELLED_HERE: N_("cancelled here"),
    TransferStage.CANCELLED_THERE: N_("cancelled by the other"),
    TransferStage.FAILED: N_("failed"),
}
_PROOFS: Mapping[Proof, str] = {
    Proof.UNSIGNED: N_("not signed"),
    Proof.FORGED: N_("not what the author signed"),
}
_ENDINGS: Mapping[str, str] = {
    "left": N_("You left the room."),
    "removed": N_("The host removed you from the room."),
    "closed": N_("The host closed the room."),
    "refused:locked": N_("The room is locked: nobody new gets in."),
    "refused:code": N_("There is no room with this code."),
    "refused:unknown": N_("There is no such room."),
    "refused:full": N_("The room is full."),
    "refused:removed": N_("The host removed you from the room."),
    "refused:unanswered": N_("The host of the room does not answer."),
}


def presence_text(presence: PresenceState) -> str:
    return _(PRESENCES[presence])


def trust_text(trust: Trust) -> str:
    return _(TRUSTS[trust])


def section_text(section: Section) -> str:
    return _(_SECTIONS[section])


def title_of(model: ChatModel, conversation: Conversation) -> str:
    """The title of a conversation; "?" if nothing is known of it."""
    if conversation == EVERYBODY:
        return _("To everyone")
    person, room = model.person(conversation), model.room(conversation)
    if person is not None:
        return model.name_of(person.identity, person.name)
    return room.name if room is not None else "?"


def talk_name(talk: Talk) -> str:
    return talk.name if talk.conversation != EVERYBODY else _("To everyone")


def talk_line(talk: Talk) -> str:
    """The second line of an entry: that somebody types, else the newest message, else the presence."""
    if talk.typing:
        return _("typing …")
    if talk.last is not None:
        text = " ".join(talk.last.text.split())
        if not talk.last.incoming:
            return _("You: {text}").format(text=text)
        in_group = not talk.conversation.is_person
        return _("{name}: {text}").format(name=talk.last.name, text=text) if in_group else text
    if talk.conversation == EVERYBODY:
        return _("Announcements to all who are here")
    if talk.conversation.is_room:
        return _("room") if talk.joined else _("a room you can join")
    return talk.address or _(PRESENCES[talk.presence])


def status_of(person: Person) -> str:
    """Presence, path and trust of a person in one line."""
    parts = [_(PRESENCES[person.presence])]
    if person.path:
        parts.append(person.path)
    elif person.presence is PresenceState.OFFLINE and person.last_seen:
        seen = datetime.fromtimestamp(person.last_seen // 1_000_000_000)
        day = "" if seen.date() == date.today() else f"{day_text(seen.date())} "
        parts.append(_("last seen {when}").format(when=f"{day}{seen:%H:%M}"))
    parts.append(_(TRUSTS[person.trust]))
    return " · ".join(parts)


def state_text(state: MessageState, recipients: int = 0, delivered: int = 0, displayed: int = 0) -> str:
    """The state of a message of ours; of an announcement also how many received or read it."""
    if state is MessageState.RECEIVED:
        return ""
    text = _(_STATES[state])
    if recipients > 1:
        text += " " + _("{count} of {all}").format(
            count=displayed if state is MessageState.DISPLAYED else delivered, all=recipients
        )
    return text


def proof_text(proof: Proof) -> str:
    """A warning about a message in a room; "" if its author signed it, or if its kind is not signed."""
    return _(_PROOFS[proof]) if proof in _PROOFS else ""


def proof_marks() -> dict[Proof, str]:
    """`proof_text` of each proof that has one."""
    return {proof: _(text) for proof, text in _PROOFS.items()}


def stage_text(stage: TransferStage, incoming: bool) -> str:
    if stage is TransferStage.FINISHED:
        return _("received") if incoming else _("sent and checked")
    return _(_STAGES[stage])


def day_text(day: date, today: date | None = None) -> str:
    today = today or date.today()
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    return _("{year}-{month:02d}-{day:02d}").format(year=day.year, month=day.month, day=day.day)


def fault_text(fault: ChatFault, model: ChatModel) -> str:
    """What went wrong, and what to do."""
    person = model.people.get(fault.identity)
    return chat_fault_text(fault, model.name_of(person.identity, person.name) if person is not None else "")


def ending_text(reason: str, room: str) -> str:
    """Why a room ended; "" if that needs no words."""
    text = _ENDINGS.get(reason)
    if text is None:
        return _("{room}: it did not let you in.").format(room=room) if reason.startswith("refused") else ""
    return f"{room}: {_(text)}" if room else _(text)


def update_text(event: UpdateNeeded) -> str:
    """Who has to update."""
    if event.ours:
        text = _("{name} has a newer Duplex. Update this one to talk with them.")
    else:
        text = _("{name} has an older Duplex. They must update it to talk with you.")
    return text.format(name=event.name)
