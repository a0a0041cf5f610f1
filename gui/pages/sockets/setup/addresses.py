"""This PC's addresses, to be typed or scanned at another PC, large enough for a projector."""

from __future__ import annotations

import tkinter as tk
from typing import Any

import ttkbootstrap as ttk
from PIL import ImageTk

from gui.look.look import S, look
from gui.look.words import follow_language
from gui.pages.sockets.choice import Choice
from gui.pages.sockets.copy_text import copy_text
from gui.services.services import Services
from gui.shared.i18n import _
from gui.widgets.empty import EmptyState
from gui.widgets.qr import qr_image
from gui.widgets.session_list import SessionItem, SessionList
from gui.widgets.wrapping_label import WrappingLabel
from net.address import Address, AddressError, parse_port
from net.sockets.events import Role
from net.system.interfaces import LocalAddress, local_addresses

LOOK_AGAIN_MS = 1500
NARROWEST_QR = 120
# Type sizes of the address, of which the largest that fits is used: points, larger than the window's own.
LARGEST_POINTS, SMALLEST_POINTS = 72, 12


def open_addresses(widget: tk.Misc, services: Services, choice: Choice) -> AddressWindow:
    """Show the window, or bring the open one to the front with the current choice's port."""
    top = widget.winfo_toplevel()
    for child in top.winfo_children():
        if isinstance(child, AddressWindow):
            child.show_choice(choice)
            child.deiconify()
            child.lift()
            return child
    return AddressWindow(top, services, choice)


class AddressWindow(ttk.Toplevel):
    """The list on the left, the chosen address with its QR code on the right; both are updated while it is
    open. Escape closes it, F11 or the button fills the screen."""

    def __init__(self, master: tk.Misc, services: Services, choice: Choice) -> None:
        super().__init__(master=master)
        self.withdraw()
        self.services = services
        self.choice = choice
        self.listed: list[LocalAddress] = []
        self.text = ""
        self._image: Any = None
        self._drawn: tuple[object, ...] = ()
        self._large: Any = None
        self._full = False
        self.configure(background=look().palette.back)
        self._build()
        self.bind("<Destroy>", lambda event: self._gone() if event.widget is self else None, add="+")
        self.bind("<Escape>", lambda _e: self.fill_screen(False) if self._full else self.destroy())
        self.bind("<F11>", lambda _e: self.fill_screen(not self._full))
        follow_language(self, self._set_words)
        self._due = self.after(LOOK_AGAIN_MS, self._look_again)
        look().watch(self, self._restyle)
        wide = min(S(760), self.winfo_screenwidth() - 40)
        high = min(S(480), self.winfo_screenheight() - 80)
        over = master.winfo_toplevel()
        x = max(0, over.winfo_rootx() + (over.winfo_width() - wide) // 2)
        y = max(0, over.winfo_rooty() + (over.winfo_height() - high) // 3)
        self.geometry(f"{wide}x{high}+{x}+{y}")
        self.minsize(S(440), S(300))
        self.deiconify()
        self.list.focus_set()

    def _build(self) -> None:
        self.card = ttk.Frame(self, style="Card.TFrame", padding=S(16))
        self.card.pack(fill="both", expand=True, padx=S(12), pady=S(12))
        self.card.columnconfigure(1, weight=1)
        self.card.rowconfigure(1, weight=1)
        head = ttk.Frame(self.card, style="In.TFrame")
        head.grid(row=0, column=0, columnspan=2, sticky="ew", pady=(0, S(8)))
        self.heading = ttk.Label(head, style="InH.TLabel")
        self.heading.pack(anchor="w")
        self.hint = WrappingLabel(head, "InS.TLabel")
        self.hint.pack(fill="x")
        self.list = SessionList(self.card, on_choose=lambda _item: self._show_chosen())
        self.list.grid(row=1, column=0, sticky="nsew", padx=(0, S(16)))
        self.large = ttk.Frame(self.card, style="In.TFrame")
        self.large.grid(row=1, column=1, sticky="nsew")
        self.large.grid_propagate(False)
        self.large.pack_propagate(False)
        buttons = ttk.Frame(self.large, style="In.TFrame")
        buttons.pack(side="bottom", pady=(S(8), 0))
        self.copy_button = ttk.Button(
            buttons, style="Primary.TButton", icon="copy", compound="left", command=self.copy
        )
        self.copy_button.pack(side="left")
        self.full_button = ttk.Button(
            buttons, style="Secondary.TButton", command=lambda: self.fill_screen(not self._full)
        )
        self.full_button.pack(side="left", padx=(S(8), 0))
        self.line = ttk.Label(self.large, style="InB.TLabel", anchor="center")
        self.line.pack(side="bottom", fill="x", pady=(S(8), 0))
        self.code = ttk.Label(self.large, style="In.TLabel", anchor="center")
        self.code.pack(fill="both", expand=True)
        self.empty = EmptyState(
            self.card, "wifi-off", "", action=_("Look again"), on_action=lambda: self.refresh()
        )
        self.large.bind("<Configure>", lambda _e: self._draw())

    # --- For the page ---

    def show_choice(self, choice: Choice) -> None:
        """Show another choice's port."""
        self.choice = choice
        self._show_chosen()

    def _set_words(self) -> None:
        self.title(_("The addresses of this PC"))
        self.heading.configure(text=_("The addresses of this PC"))
        self.empty.retext(
            _("This PC is on no network"),
            _("Plug in a cable or join a Wi-Fi: the addresses appear here by themselves."),
            _("Look again"),
        )
        self._word_buttons()
        self._word_hint()
        self.listed = []
        self.refresh()

    @property
    def chosen(self) -> LocalAddress | None:
        at = self.list.current
        return self.listed[at] if at is not None and 0 <= at < len(self.listed) else None

    def refresh(self) -> None:
        """List the system's present addresses; the chosen one stays chosen while it exists."""
        found = local_addresses()
        if found and all(Address(each.host, 0).is_loopback for each in found):
            found = []  # no other PC can reach a session on loopback
        if found == self.listed and (found or self.empty.winfo_manager()):
            return
        before = self.chosen
        self.listed = found
        self.list.set_items(
            [
                SessionItem(
                    key=key,
                    title=each.host,
                    subtitle=_("{interface} (virtual)").format(interface=each.interface)
                    if each.is_virtual
                    else each.interface,
                    tone="normal",
                    bytes_text=_("best") if key == 0 and len(found) > 1 else "",
                    icon="pc-display" if each.is_virtual else "ethernet",
                )
                for key, each in enumerate(found)
            ]
        )
        if found:
            self.empty.place_forget()
            self.list.choose(found.index(before) if before in found else 0)
        else:
            self.list.choose(None)
            self.empty.place(relx=0.5, rely=0.55, anchor="center")
            self.empty.lift()
        for widget in (self.list, self.large):
            if found:
                widget.grid()
            else:
                widget.grid_remove()
        self._show_chosen()

    def copy(self) -> None:
        if self.text:
            copy_text(self, self.services, self.text)
            self.copy_button.configure(text=_("Copied"))

    def fill_screen(self, on: bool) -> None:
        """Show only the chosen address, over the whole screen, for a class to see."""
        self._full = on
        self.attributes("-fullscreen", on)
        if on:
            self.list.grid_remove()
        elif self.listed:
            self.list.grid()
        self._word_buttons()

    # --- Showing ---

    def _port(self) -> int | None:
        """None if there is none to show: the system chooses a client's own port."""
        try:
            port = parse_port(self.choice.port)
        except AddressError:
            return None
        return None if self.choice.role_kind is Role.CLIENT else port or None

    def _word_hint(self) -> None:
        text = _("Type or scan one of them on the other PC. The first is the most likely one.")
        if self._port() is not None and self._is_closed():
            host = self.choice.host.strip()
            text = _(
                "Only programs on this PC reach {host}: choose 0.0.0.0 above Start to let others in."
            ).format(host=host)
        elif self.chosen is not None and self.chosen.scope:
            text = _(
                "This address works on one network only: on the other PC, %{scope} is replaced by % and the"
                " name or number of the interface there."
            ).format(scope=self.chosen.scope)
        self.hint.configure(style="InWarn.TLabel" if self._is_closed() else "InS.TLabel")
        self.hint.show(text)

    def _is_closed(self) -> bool:
        try:
            return self.choice.role_kind is not Role.CLIENT and self.choice.address.is_loopback
        except AddressError:
            return False

    def _word_buttons(self) -> None:
        self.copy_button.configure(text=_("Copy"))
        self.full_button.configure(text=_("Back") if self._full else _("Fill the screen"))

    def _show_chosen(self) -> None:
        self._word_hint()
        chosen, port = self.chosen, self._port()
        if chosen is None:
            self.text = ""
        else:
            address = chosen.with_port(port or 0)
            self.text = str(address) if port else address.host_text
        self.copy_button.configure(text=_("Copy"), state="normal" if self.text else "disabled")
        self._draw()

    def _draw(self) -> None:
        p = look().palette
        width, height = self.large.winfo_width(), self.large.winfo_height()
        plan = (self.text, width, height, p.dark, look().projector)
        if plan == self._drawn or width < 10:
            return
        self._drawn = plan
        if not self.text:
            self.code.configure(image="")
            self.line.configure(text="")
            return
        font = self._fitting_font(width, height)
        self.line.configure(text=self.text, font=font)
        rest = height - font.metrics("linespace") - self.copy_button.winfo_reqheight() - S(28)
        side = max(NARROWEST_QR, min(width, rest))
        self._image = ImageTk.PhotoImage(qr_image(self.text, side, look().palette.me), master=self)
        self.code.configure(image=str(self._image))

    def _fitting_font(self, width: int, height: int) -> Any:
        if self._large is None:
            self._large = look().font(15, bold=True).copy()
        points = min(LARGEST_POINTS, max(SMALLEST_POINTS, height // 18))
        self._large.configure(size=points, weight="bold")
        while points > SMALLEST_POINTS and self._large.measure(self.text) > width - S(8):
            points -= 1
            self._large.configure(size=points)
        return self._large

    def _restyle(self) -> None:
        self.configure(background=look().palette.back)
        self._drawn = ()
        self._draw()

    def _look_again(self) -> None:
        self.refresh()
        self._due = self.after(LOOK_AGAIN_MS, self._look_again)

    def _gone(self) -> None:
        self.after_cancel(self._due)
