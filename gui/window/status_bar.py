"""The line at the foot of the window: the page's own status, and the totals of all sessions."""

from __future__ import annotations

import tkinter as tk

import ttkbootstrap as ttk

from gui import VERSION
from gui.look.look import S, look
from gui.look.words import follow_language
from gui.services.services import Tone
from gui.shared.dispatch import Takers
from gui.shared.i18n import _, ngettext
from gui.shared.wording import count_text, rate_text
from net.sockets.events import Closed, CountersChanged, Opened, Role


class StatusBar(ttk.Frame):
    """A listener's counters are the sum of its connections' and are left out of
    the total."""

    def __init__(self, master: tk.Misc) -> None:
        super().__init__(master, style="Back.TFrame")
        self._open: dict[int, Role] = {}
        self._counters: dict[int, CountersChanged] = {}
        self._text, self._tone = "", "normal"
        self._dot = ttk.Label(self, style="BackS.TLabel")
        self._left = ttk.Label(self, style="BackS.TLabel")
        self._version = ttk.Label(self, style="BackS.TLabel", text=f"v{VERSION}")
        self._rates = ttk.Label(self, style="BackS.TLabel")
        self._drops = ttk.Label(self, style="BackWarn.TLabel")
        self._sessions = ttk.Label(self, style="BackS.TLabel")
        self._dot.pack(side="left")
        self._left.pack(side="left", fill="x", expand=True)
        for label in (self._version, self._rates, self._drops, self._sessions):
            label.pack(side="right")
        look().watch(self, self._restyle)
        self._restyle()
        follow_language(self, self._set_words)

    def set_status(self, text: str, tone: Tone = "normal") -> None:
        self._text, self._tone = text, tone
        self._set_words()
        self._restyle()

    @property
    def status(self) -> str:
        return str(self._left.cget("text"))

    @property
    def totals(self) -> str:
        """The text about all sessions."""
        return "  ".join(
            str(label.cget("text")) for label in (self._sessions, self._drops, self._rates)
        ).strip()

    def takers(self) -> Takers:
        """What takes which events; `show_totals` is to follow."""
        return {Opened: self._opened, Closed: self._closed, CountersChanged: self._count}

    def _opened(self, event: Opened) -> None:
        self._open[event.session] = event.role

    def _closed(self, event: Closed) -> None:
        self._open.pop(event.session, None)
        self._counters.pop(event.session, None)

    def _count(self, event: CountersChanged) -> None:
        if self._open.get(event.session, Role.SERVER) != Role.SERVER:
            self._counters[event.session] = event

    def _set_words(self) -> None:
        self._left.configure(text=self._text or _("Ready"))
        self.show_totals()

    def show_totals(self) -> None:
        count, counted = len(self._open), self._counters.values()
        words = ngettext("{count} session open", "{count} sessions open", count)
        self._sessions.configure(text=words.format(count=count_text(count)) if count else "")
        sent = rate_text(sum(each.rate_sent for each in counted))
        received = rate_text(sum(each.rate_received for each in counted))
        self._rates.configure(text=f"↑ {sent}   ↓ {received}" if count else "")
        drops = sum(each.drops for each in counted)
        lost = ngettext("{count} datagram dropped", "{count} datagrams dropped", drops)
        self._drops.configure(text=lost.format(count=count_text(drops)) if drops else "")

    def _restyle(self) -> None:
        palette = look().palette
        colour = palette.faint if self._tone == "normal" else palette.tone(self._tone)
        self._image = look().shapes.disc(S(9), colour)
        self._dot.configure(image=self._image, padding=(0, 0, S(6), 0))
        self.configure(padding=(S(18), S(6), S(18), S(7)))
        for label in (self._rates, self._drops, self._sessions):
            label.pack_configure(padx=(0, S(18)))
