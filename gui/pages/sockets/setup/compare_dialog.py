"""TCP and UDP side by side, as the tutorial compares them."""

from __future__ import annotations

import tkinter as tk

import ttkbootstrap as ttk

from gui.look.look import S
from gui.shared.i18n import _
from gui.widgets.dialog import Dialog, DialogButton
from gui.widgets.wrapping_label import WrappingLabel


def comparison() -> tuple[tuple[str, str, str], ...]:
    """The table's rows: what is compared, TCP's side, UDP's side."""
    return (
        (_("Connection"), _("Connection-oriented: a handshake comes first, as one dials before speaking"),
         _("Without connection: data is simply sent, like a text message")),
        (_("Reliability"), _("Reliable: what is lost is sent again"), _("Not reliable: data may be lost")),
        (_("Order"), _("Arrives in the order it was sent"), _("May arrive in another order")),
        (_("Boundaries"), _("A stream of bytes: one send may arrive in pieces, several may arrive as one"),
         _("Whole datagrams: each arrives as it was sent, or not at all")),
        (_("Time"), _("Later: a handshake before the first byte, and what was lost is waited for"),
         _("Earlier, not faster: nothing to set up, and nobody waits for what was lost")),
        (_("To many at once"), _("No: every connection has two ends"), _("Yes: broadcast and multicast")),
        (_("Used for"), _("Files, mail, web pages (HTTP)"), _("Live games, video, DNS, sensors")),
        (_("In Python"), "socket.SOCK_STREAM", "socket.SOCK_DGRAM"),
    )  # fmt: skip


def advice() -> tuple[str, str]:
    """What follows from it: when to take TCP, and when UDP."""
    return (
        _("Must everything arrive? Choose TCP: log-ins, orders, files."),
        _("Is what comes late worth nothing? Choose UDP: live comments, sensor readings."),
    )


class CompareDialog(Dialog):
    """The whole comparison, and the advice that follows from it."""

    def __init__(self, master: tk.Misc) -> None:
        close = DialogButton(_("Close"), "close", "primary", default=True)
        super().__init__(master, _("TCP or UDP?"), buttons=(close,), width=660, scrolls=True)
        table = ttk.Frame(self.content, style="In.TFrame")
        table.pack(fill="both", expand=True)
        table.columnconfigure(0, weight=0)
        table.columnconfigure((1, 2), weight=1, uniform="sides")
        for column, text in ((1, "TCP"), (2, "UDP")):
            ttk.Label(table, text=text, style="InH.TLabel").grid(
                row=0, column=column, sticky="w", padx=S(10), pady=(0, S(4))
            )
        for row, (what, tcp, udp) in enumerate(comparison(), start=1):
            ttk.Label(table, text=what, style="InB.TLabel").grid(row=row, column=0, sticky="nw", pady=S(7))
            for column, text in ((1, tcp), (2, udp)):
                tile = ttk.Frame(table, style="Tile.TFrame", padding=(S(10), S(6)))
                tile.grid(row=row, column=column, sticky="nsew", padx=(S(10), 0), pady=S(2))
                WrappingLabel(tile, "SoftS.TLabel", text=text).pack(fill="x")
        for text in advice():
            ttk.Label(self.content, text=text, style="InAcc.TLabel", wraplength=S(640), justify="left").pack(
                anchor="w", pady=(S(8), 0)
            )
