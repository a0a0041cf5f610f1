"""The first start asks one thing: a name. Until it is given nothing listens, and nobody learns of this PC."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from dataclasses import replace

import ttkbootstrap as ttk
from PIL import ImageTk

from gui.look.look import S, look
from gui.look.words import follow_language
from gui.pages.chat.avatars import initial_of
from gui.pages.chat.context import ChatContext
from gui.pages.chat.portraits import as_text, choose_portrait, portrait
from gui.pages.chat.profile.swatches import LARGE, Swatches
from gui.pages.chat.startup import Startup
from gui.shared.i18n import _
from gui.widgets.field import FieldEntry
from gui.widgets.three_cards import ThreeCards
from gui.widgets.wrapping_label import WrappingLabel
from net.protocol.chat.cleaning import clean_name

WIDTH = 420


def system_name() -> str:
    """The user's name in the system; "" if it is not known."""
    import getpass

    try:
        return clean_name(getpass.getuser(), "")
    except (OSError, KeyError, ImportError):
        return ""


class Onboarding(ttk.Frame):
    """`on_name(name, colour, picture)` once a name was given; ``picture``: one that
    `net.protocol.chat.pictures` takes, b"" for none. ``first``: the chat has never been started."""

    def __init__(
        self,
        master: tk.Misc,
        name: str,
        colour: str,
        picture: bytes,
        first: bool,
        on_name: Callable[[str, str, bytes], object],
    ) -> None:
        super().__init__(master, style="Card.TFrame", padding=S(28))
        self._on_name = on_name
        self.colour = colour
        self.picture = picture
        self.first = first
        self._icon: ImageTk.PhotoImage | None = None
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
        self.swatches = Swatches(self, self._shown_colour, self._choose_colour, LARGE)
        self.swatches.pack(pady=(S(12), S(4)))
        self.button = ttk.Button(self, style="Primary.TButton", command=self.accept)
        self.button.pack(fill="x", pady=(S(12), 0))
        look().watch(self, self._paint)
        follow_language(self, self._set_words)

    def _set_words(self) -> None:
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
        """Use this picture; b"": show the colour and the initial instead."""
        self.picture = picture
        self.problem.pack_forget()
        self.without.pack_forget()
        if picture:
            self.without.pack(side="left", padx=(S(8), 0))
        self._paint()

    def show_problem(self, text: str) -> None:
        """Show why a file can't be the picture."""
        self.problem.show(text)
        self.problem.pack(fill="x", pady=(0, S(6)), before=self.title)

    def accept(self) -> None:
        if self.name.check():
            self._on_name(clean_name(self.name.value, ""), self.colour, self.picture)

    def _wrong(self, text: str) -> str | None:
        return None if clean_name(text, "") else _("A name is needed.")

    def _paint(self) -> None:
        self._paint_sign(self.name.value.strip(), self._shown_colour)
        self.swatches.show(self._shown_colour)

    @property
    def _shown_colour(self) -> str:
        """The colour chosen; until then the one that belongs to the name."""
        return self.colour or look().avatar(self.name.value.strip())

    def _choose_colour(self, colour: str) -> None:
        self.colour = colour
        self._paint()

    def _paint_sign(self, name: str, colour: str) -> None:
        """Paint the avatar that others will see: the picture, else the initial, else a person's outline."""
        c, size = self.sign, S(72)
        c.configure(width=size, height=size, background=look().palette.card)
        c.delete("all")
        picture, initial, middle = portrait(self.picture, size), initial_of(name), size // 2
        c.create_image(middle, middle, image=picture or look().shapes.disc(size, colour))
        if picture is not None:
            return
        if initial:
            font = look().font(15, bold=True)
            c.create_text(middle, middle, text=initial, fill="#ffffff", font=font)
        else:
            self._icon = look().icon("person-fill", 30, "#ffffff")
            c.create_image(middle, middle, image=self._icon)


class Naming:
    """Asks for the name in place of the cards; ``card`` is the question while it is shown. ``on_close()``
    runs when the cards are shown again."""

    def __init__(
        self, context: ChatContext, cards: ThreeCards, startup: Startup, on_close: Callable[[], object]
    ) -> None:
        self.card: Onboarding | None = None
        self._context = context
        self._cards = cards
        self._startup = startup
        self._on_close = on_close

    def ask(self) -> None:
        if self.card is not None:
            return
        settings = self._context.own.settings
        card = self.card = Onboarding(
            self._context.frame,
            settings.name or system_name(),
            settings.colour,
            settings.picture_bytes,
            first=not settings.name,
            on_name=self._named,
        )
        self._cards.hide()
        if settings.name:
            card.name.entry.bind("<Escape>", lambda _e: self._close())
        card.place(relx=0.5, rely=0.44, anchor="center")
        tk.Misc.lift(card)
        card.name.focus_set()
        card.name.entry.selection_range(0, "end")

    def _named(self, name: str, colour: str, picture: bytes) -> None:
        own = self._context.own
        first, after = not own.name, replace(own.settings, name=name, colour=colour, picture=as_text(picture))
        if not first:
            own.apply(after)
        own.keep(after)
        self._close()
        if first:
            self._startup.start()
        else:
            self._startup.refresh()

    def _close(self) -> None:
        card, self.card = self.card, None
        if card is not None:
            card.destroy()
            self._cards.reveal()
            self._on_close()
