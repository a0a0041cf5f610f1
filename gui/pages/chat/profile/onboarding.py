"""The first start asks one thing: a name. Until it is given, nothing listens and nobody is told anything."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from gui.look.look import AVATARS, S, look
from gui.pages.chat import settings as chat_settings
from gui.pages.chat.avatars import initial_of
from gui.pages.chat.portraits import as_text, choose_portrait, portrait
from gui.shared.i18n import _
from gui.widgets.field import FieldEntry
from gui.widgets.wrapping_label import WrappingLabel
from net.protocol.chat.cleaning import clean_name

if TYPE_CHECKING:
    from gui.pages.chat.page import ChatPage

WIDTH = 420


def system_name() -> str:
    """What the system calls this user; "" where it does not say."""
    import getpass

    try:
        return clean_name(getpass.getuser(), "")
    except (OSError, KeyError, ImportError):
        return ""


class Onboarding(ttk.Frame):
    """`on_name(name, colour, picture)` once a name was given; ``picture``: one that
    `net.protocol.chat.pictures` takes, b"" for none. ``first``: the chat has never been started."""

    def __init__(self, master: tk.Misc, name: str, colour: str, picture: bytes, first: bool) -> None:
        super().__init__(master, style="Card.TFrame", padding=S(28))
        self.on_name: Callable[[str, str, bytes], None] = lambda _name, _colour, _picture: None
        self.colour = colour
        self.picture = picture
        self.first = first
        ttk.Frame(self, style="In.TFrame", width=S(WIDTH), height=1).pack()
        self.sign = tk.Canvas(self, bd=0, highlightthickness=0, width=S(72), height=S(72))
        self.sign.configure(cursor="hand2")
        self.sign.bind("<Button-1>", lambda _e: self.choose_picture())
        self.sign.pack(pady=(0, S(4)))
        row = ttk.Frame(self, style="In.TFrame")
        row.pack(pady=(0, S(6)))
        self.choose = ttk.Button(row, style="Link.TButton", command=self.choose_picture)
        self.choose.pack(side="left")
        self.without = ttk.Button(row, style="Link.TButton", command=lambda: self.set_picture(b""))
        self.problem = WrappingLabel(self, "InErr.TLabel", justify="center", anchor="center")
        self.title = ttk.Label(self, style="InH.TLabel", anchor="center")
        self.title.pack(fill="x")
        self.about = WrappingLabel(self, "InS.TLabel", justify="center", anchor="center")
        self.about.pack(fill="x", pady=(S(6), S(14)))
        self.name = FieldEntry(
            self, icon="person", validate=self._wrong, on_change=lambda _t: self._paint(),
            on_enter=lambda _t: self.accept(), value=name,
        )  # fmt: skip
        self.name.pack(fill="x")
        self.colours = tk.Canvas(self, bd=0, highlightthickness=0, height=S(40), takefocus=True)
        self.colours.pack(fill="x", pady=(S(12), S(4)))
        self.colours.bind("<Button-1>", self._colour_clicked)
        self.colours.bind("<Configure>", lambda _e: self._paint())
        for key, by in (("Left", -1), ("Right", 1)):
            self.colours.bind(f"<{key}>", lambda _e, by=by: self._colour_step(by))  # type: ignore[misc]
        self.colours.bind("<FocusIn>", lambda _e: self._paint())
        self.colours.bind("<FocusOut>", lambda _e: self._paint())
        self.button = ttk.Button(self, style="Primary.TButton", command=self.accept)
        self.button.pack(fill="x", pady=(S(12), 0))
        look().watch(self, self._paint)
        self.retext()

    def retext(self) -> None:
        self.title.configure(text=_("What should others call you?"))
        self.about.show(
            _(
                "People on this network who run Duplex will see this name. There is no account and no"
                " server; nothing is sent before you start."
            )
            if self.first
            else _("The others see the new name at once.")
        )
        self.name.retext(_("Your name"))
        self.button.configure(text=_("Start chatting") if self.first else _("Save"))
        self.choose.configure(text=_("Choose a picture …"))
        self.without.configure(text=_("Without a picture"))
        self.set_picture(self.picture)

    def choose_picture(self) -> None:
        choose_portrait(self, self.set_picture, self.show_problem)

    def set_picture(self, picture: bytes) -> None:
        """Be shown with this; b"": with colour and initial."""
        self.picture = picture
        self.problem.pack_forget()
        self.without.pack_forget()
        if picture:
            self.without.pack(side="left", padx=(S(8), 0))
        self._paint()

    def show_problem(self, text: str) -> None:
        """Why a file can't be the picture."""
        self.problem.show(text)
        self.problem.pack(fill="x", pady=(0, S(6)), before=self.title)

    def accept(self) -> None:
        if self.name.check():
            self.on_name(clean_name(self.name.value, ""), self.colour, self.picture)

    def _wrong(self, text: str) -> str | None:
        return None if clean_name(text, "") else _("A name is needed.")

    def _paint(self) -> None:
        if not hasattr(self, "button"):
            return
        p, shapes = look().palette, look().shapes
        size = S(72)
        name = self.name.value.strip()
        colour = self.colour or look().avatar(name)
        self.sign.configure(width=size, height=size, background=p.card)
        self.sign.delete("all")
        picture = portrait(self.picture, size)
        self.sign.create_image(size // 2, size // 2, image=picture or shapes.disc(size, colour))
        initial = initial_of(name)
        if picture is not None:
            pass
        elif initial:
            self.sign.create_text(
                size // 2, size // 2, text=initial, fill="#ffffff", font=look().font(15, bold=True)
            )
        else:
            icon = look().icon("person-fill", 30, "#ffffff")
            self.sign.create_image(size // 2, size // 2, image=icon)
        c = self.colours
        c.configure(background=p.card, height=S(40))
        c.delete("all")
        for number, each in enumerate(AVATARS):
            x = self._place(number)
            if each == colour:
                ring = p.acc if c.focus_displayof() is c else p.line
                c.create_image(x, S(20), image=shapes.disc(S(34), ring))
                c.create_image(x, S(20), image=shapes.disc(S(29), p.card))
            c.create_image(x, S(20), image=shapes.disc(S(24), each))

    def _place(self, number: int) -> int:
        step = S(40)
        return self.colours.winfo_width() // 2 + int((number - (len(AVATARS) - 1) / 2) * step)

    def _colour_clicked(self, event: tk.Event[tk.Canvas]) -> None:
        for number, colour in enumerate(AVATARS):
            if abs(event.x - self._place(number)) <= S(18):
                self.colour = colour
        self._paint()

    def _colour_step(self, by: int) -> str:
        shown = self.colour or look().avatar(self.name.value.strip())
        at = AVATARS.index(shown) if shown in AVATARS else 0
        self.colour = AVATARS[(at + by) % len(AVATARS)]
        self._paint()
        return "break"


class Naming:
    """Asks for the page; ``card`` is the question while it stands."""

    def __init__(self, page: ChatPage) -> None:
        self.page = page
        self.card: Onboarding | None = None

    def ask(self) -> None:
        if self.card is not None:
            return
        page, settings = self.page, self.page.settings
        first = not settings.name
        name = settings.name or system_name()
        card = self.card = Onboarding(page.frame, name, settings.colour, settings.picture_bytes, first)
        card.on_name = self._named
        page.cards.hide()
        if not first:
            card.name.entry.bind("<Escape>", lambda _e: self._close())
        card.place(relx=0.5, rely=0.44, anchor="center")
        tk.Misc.lift(card)
        card.name.focus_set()
        card.name.entry.selection_range(0, "end")

    def _named(self, name: str, colour: str, picture: bytes) -> None:
        page, before = self.page, self.page.settings
        after = replace(before, name=name, colour=colour, picture=as_text(picture))
        page.keep(after)
        self._close()
        if not before.name:
            page.start()
        else:
            for command in chat_settings.changes(before, after):
                page.services.submit(command)
        page.own_changed()

    def _close(self) -> None:
        card, self.card = self.card, None
        if card is not None:
            card.destroy()
            self.page.cards.reveal()
            self.page.focus_default()
