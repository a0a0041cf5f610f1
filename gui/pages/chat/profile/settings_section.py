"""The chat's settings as a part of a dialog; each takes effect as soon as it is changed."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tkinter import filedialog
from typing import Any

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.pages.chat.portraits import as_text, choose_portrait, portrait
from gui.pages.chat.profile.swatches import SMALL, Swatches
from gui.pages.chat.settings import ChatSettings
from gui.shared.i18n import _
from gui.shared.settings import MAX_KEEP_DAYS
from gui.widgets.field import FieldEntry
from gui.widgets.form import Switch
from gui.widgets.tooltip import Tooltip
from net.chat.discovery.hosts import parse_hosts
from net.protocol.chat.cleaning import clean_name

REST_MS = 600
"""How long typing must pause before a text takes effect."""

PORTRAIT = 30


class ChatSection(ttk.Frame):
    """``changed(settings)`` runs after each change. The name can be changed only once there is one: the Chat
    page asks for the first."""

    def __init__(
        self, master: tk.Misc, settings: ChatSettings, changed: Callable[[ChatSettings], None]
    ) -> None:
        super().__init__(master, style="In.TFrame")
        self.settings = settings
        self._changed = changed
        self._due: dict[str, str] = {}
        self._takes: dict[str, Callable[[], None]] = {}
        self._row = 0
        self.columnconfigure(1, weight=1)
        self.fields: dict[str, FieldEntry] = {}
        self.switches: dict[str, Switch] = {}
        self._build()
        self.bind("<Destroy>", lambda event: self.flush() if event.widget is self else None, add="+")

    def _build(self) -> None:
        self._field(_("Name"), "name", self.settings.name, self._name_problem, self._take_name)
        self.fields["name"].enable(bool(self.settings.name))
        row = self._line(_("Colour"))
        self.swatches = Swatches(
            self,
            self.settings.colour or look().avatar(self.settings.name),
            lambda colour: self._set(colour=colour),
            SMALL,
        )
        self.swatches.grid(row=row, column=1, sticky="e")
        self._build_picture(self._line(_("Picture")))
        self._rule()
        self._switch(_("Invisible"), _("others do not find you; you can still add them"), "invisible")
        self._field(
            _("Further hosts"),
            "hosts",
            ", ".join(self.settings.hosts),
            self._hosts_problem,
            self._take_hosts,
            "10.1.2.3, 10.1.2.0/24",
            _("to look for people behind a router"),
        )
        self._rule()
        row = self._line(_("Downloads"))
        self.folder = ttk.Button(self, style="Secondary.TButton", command=self._choose_folder)
        self.folder.grid(row=row, column=1, sticky="e", pady=S(3))
        self._show_folder()
        self._switch(
            _("Accept files by themselves"), _("only from people you have verified"), "accept_verified"
        )
        self._field(
            _("Keep messages for days"),
            "keep_days",
            str(self.settings.keep_days or ""),
            self._days_problem,
            self._take_days,
            _("for ever"),
        )
        self._rule()
        self._switch(_("Sound"), _("when a message comes"), "sound")
        self._switch(_("Notifications of the system"), _("while the window is not in front"), "notify")

    def _build_picture(self, row: int) -> None:
        self._picture_row, self._row = row, self._row + 1
        cell = ttk.Frame(self, style="In.TFrame")
        cell.grid(row=row, column=1, sticky="e", pady=S(3))
        self.disc = ttk.Label(cell, style="In.TLabel")
        self.disc.pack(side="left", padx=(0, S(8)))
        self.picture = ttk.Button(
            cell, style="Secondary.TButton", text=_("Choose …"), command=self._choose_picture
        )
        self.picture.pack(side="left")
        self.no_picture = ttk.Button(
            cell, style="Icon.TButton", icon="x-lg", icon_only=True, icon_size=12,
            command=lambda: self.set_picture(b""),
        )  # fmt: skip
        Tooltip(self.no_picture, _("Without a picture"))
        self.picture_problem = ttk.Label(self, style="InErr.TLabel")
        look().watch(self.disc, self._show_picture)
        self._show_picture()

    # --- Lines ---

    def _line(self, text: str, meaning: str = "") -> int:
        row, self._row = self._row, self._row + 1
        words = ttk.Frame(self, style="In.TFrame")
        words.grid(row=row, column=0, sticky="w", padx=(0, S(24)), pady=S(3))
        ttk.Label(words, text=text, style="In.TLabel").pack(anchor="w")
        if meaning:
            ttk.Label(words, text=meaning, style="InS.TLabel").pack(anchor="w")
        return row

    def _rule(self) -> None:
        ttk.Separator(self).grid(row=self._row, column=0, columnspan=2, sticky="ew", pady=S(6))
        self._row += 1

    def _switch(self, text: str, meaning: str, name: str) -> None:
        row = self._line(text, meaning)
        switch = self.switches[name] = Switch(self, lambda: self._set(**{name: switch.on}))
        switch.set(bool(getattr(self.settings, name)))
        switch.grid(row=row, column=1, sticky="e")

    def _field(
        self,
        text: str,
        name: str,
        value: str,
        problem: Callable[[str], str | None],
        take: Callable[[str], None],
        placeholder: str = "",
        meaning: str = "",
    ) -> None:
        row = self._line(text, meaning)
        field = FieldEntry(self, placeholder, validate=problem, value=value, width=30)
        field.on_change = lambda text: self._later(name, lambda: None if problem(text) else take(text))
        field.grid(row=row, column=1, sticky="ew", pady=S(3))
        self.fields[name] = field

    # --- Changes ---

    def flush(self) -> None:
        """Let everything typed so far take effect now."""
        for name in list(self._due):
            self.after_cancel(self._due.pop(name))
            self._takes[name]()

    def _later(self, name: str, take: Callable[[], None]) -> None:
        if name in self._due:
            self.after_cancel(self._due[name])
        self._takes[name] = take

        def now() -> None:
            self._due.pop(name, None)
            take()

        self._due[name] = self.after(REST_MS, now)

    def _set(self, **values: Any) -> None:
        after = replace(self.settings, **values)
        if after != self.settings:
            self.settings = after
            self._changed(after)

    def _name_problem(self, text: str) -> str | None:
        return None if clean_name(text, "") else _("A name is needed.")

    def _take_name(self, text: str) -> None:
        self._set(name=clean_name(text, ""))

    def _hosts_problem(self, text: str) -> str | None:
        refused = parse_hosts([text]).refused
        if not refused:
            return None
        part, why = refused[0]
        if why == "too_many":
            return _("“{value}” is too large: list at most 4096 addresses.").format(value=part)
        return _("“{value}” is no address, name or network.").format(value=part)

    def _take_hosts(self, text: str) -> None:
        self._set(hosts=tuple(text.replace(",", " ").replace("，", " ").replace(";", " ").split()))

    def _days_problem(self, text: str) -> str | None:
        text = text.strip()
        if not text or (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_KEEP_DAYS):
            return None
        return _("A number of days from 1 to {most}, or nothing.").format(most=MAX_KEEP_DAYS)

    def _take_days(self, text: str) -> None:
        self._set(keep_days=int(text.strip() or "0"))

    def _choose_picture(self) -> None:
        choose_portrait(self, self.set_picture, self.show_problem)

    def set_picture(self, picture: bytes) -> None:
        """Use this picture; b"": show the colour and the initial instead."""
        self.picture_problem.grid_forget()
        self._set(picture=as_text(picture))
        self._show_picture()

    def show_problem(self, text: str) -> None:
        """Show why a file can't be the picture."""
        self.picture_problem.configure(text=text)
        self.picture_problem.grid(row=self._picture_row + 1, column=0, columnspan=2, sticky="e")

    def _show_picture(self) -> None:
        image = portrait(self.settings.picture_bytes, S(PORTRAIT))
        self.disc.configure(image=str(image) if image is not None else "")
        self._portrait = image
        self.no_picture.pack_forget()
        if image is not None:
            self.no_picture.pack(side="left", padx=(S(4), 0))

    def _choose_folder(self) -> None:
        chosen = filedialog.askdirectory(
            parent=self, initialdir=str(self.settings.downloads_folder), title=_("Downloads"), mustexist=True
        )
        if chosen:
            self.set_folder(Path(str(chosen)))

    def set_folder(self, folder: Path) -> None:
        """Use this folder for downloads."""
        self._set(downloads=str(folder))
        self._show_folder()

    def _show_folder(self) -> None:
        text = str(self.settings.downloads_folder)
        self.folder.configure(text=text if len(text) <= 36 else f"…{text[-35:]}")
