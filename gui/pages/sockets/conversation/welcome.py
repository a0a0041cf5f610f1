"""The conversation's placeholders: where to begin, and what to type on the other PC."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from functools import partial

import ttkbootstrap as ttk

from gui.look.look import S
from gui.look.words import follow_language
from gui.pages.sockets import words
from gui.pages.sockets.choice import Choice
from gui.pages.sockets.copy_text import copy_text
from gui.pages.sockets.model import SessionInfo
from gui.pages.sockets.setup.preset_store import TUTORIAL_PRESETS
from gui.services.services import Services
from gui.shared.i18n import _
from gui.widgets.empty import EmptyState
from net.address import Address
from net.sockets.events import Role


class Welcome(ttk.Frame):
    """The first view of the page: one sentence, and the tutorial's three examples as buttons.
    ``on_choice(choice)`` is called when one is pressed."""

    def __init__(self, master: tk.Misc, on_choice: Callable[[Choice], object]) -> None:
        super().__init__(master, style="In.TFrame")
        self.empty = EmptyState(self, "plug", "")
        self.empty.pack()
        self.row = ttk.Frame(self, style="In.TFrame")
        self.row.pack()
        self.buttons: dict[str, ttk.Button] = {}
        for name, (_words, choice) in TUTORIAL_PRESETS.items():
            self.buttons[name] = ttk.Button(
                self.row, style="Secondary.TButton", command=partial(on_choice, choice)
            )
        self._wide: bool | None = None
        master.bind("<Configure>", lambda event: self._fit(event.height), add="+")
        self.bind("<Configure>", lambda event: self._arrange(event.width))
        follow_language(self, self._set_words)

    def _set_words(self) -> None:
        self.empty.retext(
            _("Choose TCP or UDP on the left, then press Start."),
            _("Or begin with one of the tutorial's examples:"),
        )
        texts = {
            "tcp-once": _("TCP: one question, one answer"),
            "tcp-chat": _("TCP: two-way chat"),
            "udp": _("UDP: datagrams"),
        }
        for name, text in texts.items():
            self.buttons[name].configure(text=text)
        self._wide = None
        self._arrange(self.winfo_width())

    def _fit(self, height: int) -> None:
        """Hide the icon if the height does not suffice."""
        rows = 1 if self._wide else len(self.buttons)
        words = S(130) + rows * (next(iter(self.buttons.values())).winfo_reqheight() + S(6))
        self.empty.show_sign(height >= words + S(74))

    def _arrange(self, width: int) -> None:
        needed = sum(button.winfo_reqwidth() + S(8) for button in self.buttons.values())
        wide = width >= needed
        if wide == self._wide:
            return
        self._wide = wide
        for number, button in enumerate(self.buttons.values()):
            place = {"row": 0, "column": number} if wide else {"row": number, "column": 0}
            button.grid(**place, padx=S(4), pady=S(3), sticky="ew")


class Waiting(ttk.Frame):
    """For an open session without peers: what to type on the other PC, ready to copy."""

    def __init__(self, master: tk.Misc, services: Services) -> None:
        super().__init__(master, style="In.TFrame")
        self._services = services
        self._known: SessionInfo | None = None
        self._own: list[Address] = []
        self.addresses: list[str] = []
        self.empty = EmptyState(self, "broadcast-pin", "", on_action=self.copy)
        self.empty.pack()
        follow_language(self, self._set_words)

    def show(self, known: SessionInfo) -> None:
        if known is not self._known or not self._own:
            from net.system.interfaces import local_addresses

            self._known = known
            self._own = [Address(own.host, 0, own.scope) for own in local_addresses()]
        self._set_words()

    def _set_words(self) -> None:
        known = self._known
        if known is None:
            return
        own = self._own[:1] if known.local is not None and known.local.is_any else []
        self.addresses = [words.what_to_type(known, own[0] if own else None)]
        if known.role is Role.SERVER:
            sentence = _("Waiting for a client")
            here = known.local is not None and known.local.is_loopback
            detail = (
                _("A program on this PC connects to {address}")
                if here
                else _("On the other PC, connect to {address}")
            )
        elif known.role is Role.RELAY:
            sentence = _("Waiting for a client")
            detail = _("Give programs the address {address} instead of the target's")
        elif known.role is Role.MULTICAST:
            sentence, detail = _("Nothing received yet"), _("Others send to the group {address}")
            self.addresses = [str(known.trying)]
        else:
            sentence, detail = _("Nothing received yet"), _("On the other PC, send to {address}")
        self.empty.retext(sentence, detail.format(address=self.addresses[0]), _("Copy the address"))

    def copy(self) -> None:
        copy_text(self, self._services, self.addresses[0])
