"""The words for the state of a conversation: below its title, in its banner, in place of messages, and in the
composer where nothing can be written. No tkinter here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gui.pages.chat import words
from gui.pages.chat.model import ChatModel, Talk
from gui.shared.chat_wording import copies_text
from gui.shared.i18n import _, ngettext
from net.chat.conversation import EVERYBODY, Conversation
from net.chat.events import Person, PresenceState, Room, Trust


@dataclass(frozen=True, slots=True)
class BannerWords:
    """``action``: the button's label; "" for none."""

    text: str
    action: str = ""
    tone: Literal["info", "error"] = "info"


def talk_of(model: ChatModel, conversation: Conversation) -> Talk:
    """The conversation as `gui.pages.chat.avatars.draw_avatar` takes it."""
    person, room = model.person(conversation), model.room(conversation)
    if person is not None:
        return Talk(
            conversation=conversation,
            section="online",
            name=person.name,
            colour=person.colour,
            presence=person.presence,
            picture=person.picture,
        )
    there = room is not None and host_is_here(room)
    return Talk(
        conversation=conversation,
        section="rooms",
        name=room.name if room is not None else "",
        presence=PresenceState.ONLINE if there else PresenceState.OFFLINE,
    )


def host_is_here(room: Room) -> bool:
    return room.host_online or room.hosted_here


def is_member(room: Room) -> bool:
    """Whether this PC is in the room, as a member or as its host."""
    return room.joined or room.hosted_here


def is_withheld(person: Person | None) -> bool:
    """Whether nothing is sent to this person, even while they are online."""
    return person is not None and person.trust in (Trust.BLOCKED, Trust.CHANGED)


def about_words(model: ChatModel, conversation: Conversation | None) -> str:
    """The line below the title."""
    person, room = model.person(conversation), model.room(conversation)
    if conversation is None:
        return _("Choose someone on the left")
    if person is not None:
        return words.status_of(person)
    if room is not None:
        return room_words(room)
    if conversation == EVERYBODY:
        return ngettext(
            "Announcement: goes to {count} person who is here",
            "Announcement: goes to {count} people who are here",
            model.online,
        ).format(count=model.online)
    return _("not here any more")


def room_words(room: Room) -> str:
    """The state of a room in one line."""
    parts = [ngettext("{count} member", "{count} members", room.members).format(count=room.members)]
    parts.append(_("host is here") if host_is_here(room) else _("host is away"))
    if room.code:
        parts.append(_("code {code}").format(code=room.code))
    return " · ".join(parts)


def banner_words(model: ChatModel, conversation: Conversation | None) -> BannerWords | None:
    """What is in the way or needs a decision; None if nothing does."""
    person, room = model.person(conversation), model.room(conversation)
    if person is not None:
        return _banner_of_person(model, person)
    if conversation == EVERYBODY:
        shared = [one for one in model.people.values() if one.copies and not is_withheld(one)]
        return BannerWords(copies_text(shared)) if shared else None
    if room is None:
        return None
    if not is_member(room):
        return BannerWords(_("You are not in this room yet."), "" if room.locked else _("Join"))
    if not host_is_here(room):
        return BannerWords(_("The room's host is away: messages wait here and go when they are back."))
    return None


def _banner_of_person(model: ChatModel, person: Person) -> BannerWords | None:
    if person.trust is Trust.CHANGED:
        text = _("Somebody calls themselves {name}, with another key. Nothing is sent until you decide.")
        name = model.name_of(person.identity, person.name)
        return BannerWords(text.format(name=name), _("Look at it"), "error")
    if person.copies:
        return BannerWords(copies_text((person,)))
    said = model.digits_said(person.identity)
    tone: Literal["info", "error"] = "error" if said is False else "info"
    if person.trust is Trust.BLOCKED:
        return BannerWords(_("You blocked {name}.").format(name=person.name), _("Unblock"), tone)
    if person.trust is not Trust.UNVERIFIED:
        return None
    if said is not None:
        text = (
            _("{name} says that the six digits are the same. Compare them too.")
            if said
            else _("{name} says that the six digits differ: somebody may be in between.")
        )
        return BannerWords(text.format(name=person.name), _("Compare"), tone)
    if model.fingerprint(person.identity, person.name):
        text = _("Somebody else is called {name} too. Compare the six digits to be sure who this is.")
        return BannerWords(text.format(name=person.name), _("Compare") if person.digits else "")
    return None


def empty_words(model: ChatModel, conversation: Conversation | None) -> tuple[str, str]:
    """The sentence shown while there are no messages, and a second one or ""."""
    if conversation is None:
        return _("Choose someone on the left"), _("Or write to everyone at once, or open a room.")
    if conversation == EVERYBODY:
        return (
            _("Nothing announced yet"),
            _("What you write here goes to everybody who is here now, marked as an announcement."),
        )
    person = model.person(conversation)
    waits = person is not None and person.presence is PresenceState.OFFLINE and not is_withheld(person)
    detail = _("What you write now waits here and goes when they are back.") if waits else ""
    return _("Nothing said yet"), detail


def writing_hint(model: ChatModel, conversation: Conversation | None) -> str:
    """Why nothing can be written here; "" where it can."""
    person, room = model.person(conversation), model.room(conversation)
    if conversation is None:
        return _("Choose someone on the left")
    if person is not None:
        if not is_withheld(person):
            return ""
        blocked = person.trust is Trust.BLOCKED
        return _("Nothing goes to who is blocked") if blocked else _("Decide about the key first")
    if room is not None:
        return _room_hint(model, room)
    return "" if conversation == EVERYBODY else _("not here any more")


def _room_hint(model: ChatModel, room: Room) -> str:
    if not is_member(room):
        return _("Join the room to write here")
    if room.hosted_here:
        return ""
    if room.read_only:
        return _("Only the host writes in this room")
    if room.all_muted:
        return _("The host has muted everyone here")
    return _("You are muted: you can read, not write.") if room.room in model.muted else ""
