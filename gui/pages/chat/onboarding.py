"""The first start asks one thing: a name. Until it is given, nothing listens and nobody is told anything."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as ttk

from gui.i18n import _
from gui.pages.chat.avatars import initial_of
from gui.pages.sockets.form import WrappingLabel
from gui.theme import AVATARS, S, look
from gui.widgets.field import FieldEntry
from net.protocol.chat.cleaning import clean_name

WIDTH = 420


def system_name() -> str:
    """What the system calls this user; "" where it does not say."""
    import getpass

    try:
        return clean_name(getpass.getuser(), "")
    except (OSError, KeyError, ImportError):
        return ""


class Onboarding(ttk.Frame):
    """`on_name(name, colour)` once a name was given. ``first``: the chat has never been started."""

    def __init__(self, master: tk.Misc, name: str, colour: str, first: bool) -> None:
        super().__init__(master, style="Card.TFrame", padding=S(28))
        self.on_name: Callable[[str, str], None] = lambda _name, _colour: None
        self.colour = colour
        self.first = first
        ttk.Frame(self, style="In.TFrame", width=S(WIDTH), height=1).pack()
        self.sign = tk.Canvas(self, bd=0, highlightthickness=0, width=S(72), height=S(72))
        self.sign.pack(pady=(0, S(12)))
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
        self._paint()

    def accept(self) -> None:
        if self.name.check():
            self.on_name(clean_name(self.name.value, ""), self.colour)

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
        self.sign.create_image(size // 2, size // 2, image=shapes.disc(size, colour))
        initial = initial_of(name)
        if initial:
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
