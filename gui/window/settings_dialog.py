"""The settings; a change is applied at once."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from gui.look.look import S
from gui.services.shortcuts import keys_text
from gui.shared.i18n import LANGUAGES, _
from gui.shared.settings import Settings
from gui.widgets.dialog import Dialog, DialogButton
from gui.widgets.segmented import SegmentedControl
from gui.window.about_dialog import AboutDialog
from gui.window.settings_retention import Expiring, RetentionRows

if TYPE_CHECKING:
    from gui.pages.chat.profile.settings_section import ChatSection
    from gui.pages.chat.settings import ChatSettings


class SettingsDialog(Dialog):
    """``changed(name)`` is called after each change with the name of the setting. After a change of language
    or scale the window rebuilds the dialog. ``expiring``: see `RetentionRows`.
    """

    def __init__(
        self,
        parent: tk.Misc,
        settings: Settings,
        profile: str,
        changed: Callable[[str], None],
        expiring: Expiring = lambda _days: 0,
    ) -> None:
        close = DialogButton(_("Close"), "close", "primary", default=True)
        super().__init__(parent, _("Settings"), buttons=[close], width=500, scrolls=True)
        self._settings = settings
        self._profile = profile
        self._changed = changed
        self._expiring = expiring
        self._build()

    def _build(self) -> None:
        self._make_tabs()
        self.content.columnconfigure(1, weight=1)
        languages = [("", _("System")), *LANGUAGES.items()]
        themes = [("system", _("System")), ("light", _("Light")), ("dark", _("Dark"))]
        self._next_row = 0
        self.switches: dict[str, ttk.Checkbutton] = {}
        self.language = self._choice(_("Language"), "language", languages)
        self.theme = self._choice(_("Colours"), "theme", themes)
        self._switch(_("Projector mode"), _("larger type, stronger contrast"), "projector")
        self._rule()
        enter = keys_text("Return")
        self._switch(
            _("{key} sends").format(key=enter),
            _("Shift+{key} then breaks the line; otherwise {other} sends").format(
                key=enter, other=keys_text("Mod+Return")
            ),
            "enter_sends",
        )
        self._switch(
            _("The word exit ends"), _("sent alone, it ends a TCP client's conversation"), "exit_word"
        )
        self._switch(_("Times with the date"), _("in the log"), "show_dates")
        self._rule()
        self.retention = RetentionRows(
            self.content,
            self._next_row,
            self._settings,
            self._expiring,
            lambda: self._changed("retention"),
        )
        self._next_row += self.retention.rows
        self.retention.question.bind("<Map>", lambda _e: self.after_idle(self._show_question))
        note = _("With “Not at all” messages last until Duplex ends. Everything is kept in {folder}").format(
            folder=self._profile
        )
        ttk.Label(self.content, text=note, style="InX.TLabel", wraplength=S(480), justify="left").grid(
            row=self._next_row, column=0, columnspan=2, sticky="w", pady=(S(6), 0)
        )
        self.about = ttk.Button(
            self.row, style="Link.TButton", text=_("About Duplex"), command=self._show_about
        )
        self.about.pack(side="left")

    def _make_tabs(self) -> None:
        """Put what is built after this into the first of two tabs; the chat's is built when first shown."""
        self._outer = self.content
        self.tabs = SegmentedControl(
            self._outer, [("general", _("General")), ("chat", _("Chat"))], "general", self.show_tab
        )
        self.tabs.pack(fill="x", pady=(0, S(10)))
        self.content = self._general = ttk.Frame(self._outer, style="In.TFrame")
        self._general.pack(fill="both", expand=True)
        self.chat: ChatSection | None = None

    def show_tab(self, name: str) -> None:
        """ "general" or "chat"."""
        self.tabs.set(name)
        if name == "chat" and self.chat is None:
            from gui.pages.chat import settings as chat_settings
            from gui.pages.chat.profile.settings_section import ChatSection

            self.chat = ChatSection(self._outer, chat_settings.read(self._settings.chat), self._chat_changed)
        if self.chat is not None:
            self.chat.pack_forget()
        self._general.pack_forget()
        shown = self.chat if name == "chat" and self.chat is not None else self._general
        shown.pack(fill="both", expand=True)
        self._fold_anew()

    def _fold_anew(self) -> None:
        """Scroll to the top: another tab is shown."""
        if self.scrolled is not None:
            self.scrolled.bind_wheel()
            self.scrolled.canvas.yview_moveto(0)

    def _show_question(self) -> None:
        """Scroll to the question, if it appeared below the visible part."""
        if self.scrolled is not None:
            self.update_idletasks()
            self.scrolled.reveal(self.retention.question)

    def _chat_changed(self, chat: ChatSettings) -> None:
        from gui.pages.chat import settings as chat_settings

        chat_settings.write(chat, self._settings.chat)
        self._changed("chat")

    def _show_about(self) -> None:
        AboutDialog(self).ask()
        if self.winfo_exists():
            self.grab_set()

    def _line(self, text: str) -> int:
        row, self._next_row = self._next_row, self._next_row + 1
        ttk.Label(self.content, text=text, style="In.TLabel").grid(
            row=row, column=0, sticky="w", padx=(0, S(28)), pady=S(5)
        )
        return row

    def _rule(self) -> None:
        ttk.Separator(self.content).grid(row=self._next_row, column=0, columnspan=2, sticky="ew", pady=S(6))
        self._next_row += 1

    def _choice(self, text: str, name: str, options: list[tuple[str, str]]) -> SegmentedControl:
        row = self._line(text)
        control = SegmentedControl(
            self.content,
            options,
            str(getattr(self._settings, name)),
            lambda value: self._set(name, value),
            small=True,
        )
        control.grid(row=row, column=1, sticky="e", pady=S(3))
        return control

    def _switch(self, text: str, meaning: str, name: str) -> None:
        row, self._next_row = self._next_row, self._next_row + 1
        words = ttk.Frame(self.content, style="In.TFrame")
        words.grid(row=row, column=0, sticky="w", padx=(0, S(28)), pady=S(3))
        ttk.Label(words, text=text, style="In.TLabel").pack(anchor="w")
        ttk.Label(words, text=meaning, style="InS.TLabel", wraplength=S(400), justify="left").pack(anchor="w")
        value = tk.BooleanVar(self, bool(getattr(self._settings, name)))
        switch = self.switches[name] = ttk.Checkbutton(
            self.content,
            style="Switch.TCheckbutton",
            variable=value,
            command=lambda: self._set(name, value.get()),
        )
        switch.grid(row=row, column=1, sticky="e", pady=S(3))

    def _set(self, name: str, value: object) -> None:
        if getattr(self._settings, name) == value:
            return
        setattr(self._settings, name, value)
        self._changed(name)
