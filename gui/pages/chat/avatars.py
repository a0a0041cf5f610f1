"""Avatars on canvases: a person's picture or initial with a dot for their presence, and a sign for rooms."""

from __future__ import annotations

import re
import tkinter as tk

from gui.look.look import S, look
from gui.look.shapes import mix
from gui.pages.chat.model import Talk
from gui.pages.chat.portraits import portrait
from gui.pages.chat.words import TONES
from gui.widgets.text_fit import showable
from net.chat.conversation import EVERYBODY
from net.chat.events import PresenceState

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def colour_of(name: str, colour: str) -> str:
    """The colour a person chose if it is valid (``#rrggbb``), else the one that belongs to the name."""
    return colour if _COLOUR.fullmatch(colour) else look().avatar(name)


def initial_of(name: str) -> str:
    """The letter in the disc; "" if the name does not begin with a letter or digit."""
    initial = showable(name.strip()[:1]).upper()
    return initial if initial.isalnum() else ""


def draw_avatar(
    canvas: tk.Canvas, talk: Talk, x: int, y: int, size: int, surface: str, tags: str = "avatar"
) -> None:
    """Draw the avatar of a person or room with its centre at ``x``, ``y``; ``size`` in pixels."""
    shapes, p = look().shapes, look().palette
    person = talk.conversation.is_person
    faded = talk.presence is PresenceState.OFFLINE and talk.conversation != EVERYBODY
    picture = portrait(talk.picture, size, p.card if faded else "") if person else None
    fill = colour_of(talk.name, talk.colour) if person else p.me
    if faded:
        fill = mix(fill, p.card, 0.55)
    if picture is not None:
        canvas.create_image(x, y, image=picture, tags=tags)
    elif person:
        canvas.create_image(x, y, image=shapes.disc(size, fill), tags=tags)
    else:
        image = shapes.rect(size, size, fill, size * 0.3)
        canvas.create_image(x, y, image=image, tags=tags)
    initial = initial_of(talk.name) if person else ""
    if picture is not None:
        pass
    elif initial:
        font = look().font(11 if size < S(40) else 12, bold=True)
        canvas.create_text(x, y, text=initial, fill="#ffffff", font=font, tags=tags)
    else:
        icon = (
            "person-fill" if person else "megaphone-fill" if talk.conversation == EVERYBODY else "people-fill"
        )
        sign = look().icon(icon, 17, "#ffffff")
        canvas.create_image(x, y, image=sign, tags=tags)
    if talk.conversation == EVERYBODY:
        return
    tone = TONES[talk.presence]
    dot = S(13)
    colour = p.faint if tone == "mute" else p.tone(tone)
    image = shapes.disc(dot, colour, ring=surface)
    canvas.create_image(x + size // 2 - S(4), y + size // 2 - S(4), image=image, tags=tags)
