"""Composes the window: rail, banners, page, status bar; engine, pump and dispatch; and ends them in order."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import tkinter as tk
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ttkbootstrap as ttk

from gui.look import look as theme
from gui.look.look import S
from gui.pages import PAGES, Page
from gui.services.services import Services, Tone
from gui.services.shortcuts import Shortcuts
from gui.shared import i18n
from gui.shared.arguments import Arguments
from gui.shared.i18n import _
from gui.shared.settings import Settings, SettingsFile, profile_folder
from gui.widgets.toast import Toasts
from gui.window.dispatch import Dispatch, Route
from gui.window.failures import Failures, open_log
from gui.window.garbage import GarbageCollection
from gui.window.notices import Banners, ask
from gui.window.place import MINIMUM, first_place, keep_place
from gui.window.rail import Rail
from gui.window.text_keys import teach_text_keys
from gui.window.tk_words import teach_tk

if TYPE_CHECKING:
    from gui.widgets.dialog import Dialog
    from gui.window.pump import Pump
    from gui.window.status_bar import StatusBar
    from net.engine import Engine
    from net.events import Event, StoreFaulted

ICON = Path(__file__).resolve().parents[2] / "assets" / "icons" / (
    "duplex.ico" if sys.platform == "win32" else "duplex-128.png"
)  # fmt: skip
SAVE_AFTER_MS = 400
"""Settings that change in quick succession (a sash being dragged) are written once."""
CHORES_MS = 500
UNSEEN_AFTER_MS = 1000
"""A window that nobody gets to see, minimised or on another desktop, starts all the same."""
CLOSING_SHOWN_AFTER_MS = 300
PATIENCE_MS = 6000
"""After this long of closing, pressing the window's close button again ends it without the engine's word."""


class Window:
    """The program's one window. It is painted first; the engine and the page follow at once, on the first
    turn of Tk's loop.

    ``start_engine(settings, profile)`` makes the engine. `run` returns when the window is gone.
    """

    def __init__(self, arguments: Arguments, start_engine: Callable[[Settings, Path], Engine]) -> None:
        self.arguments = arguments
        self._start_engine = start_engine
        self.engine: Engine | None = None
        self.pages: dict[str, Page] = {}
        self.page = ""
        self.failed = False
        """Whether it ended because it could not start; that was told."""
        self.profile = profile_folder(arguments.profile)
        self._file = SettingsFile(self.profile)
        self.settings = self._file.load()
        i18n.set_language(arguments.lang or self.settings.language)
        self._mode: theme.Mode = arguments.theme or self.settings.theme  # type: ignore[assignment]
        self._timers: dict[str, str] = {}
        self._listeners: list[Callable[[], None]] = []
        self._begun = self._closing = self._impatient = self._engine_ended = False
        self._dialog: Dialog | None = None
        self._pump: Pump | None = None
        theme.register()
        dark = self._mode == "dark" or (self._mode == "system" and self.settings.system_dark)
        self.app = ttk.App(
            title="Duplex",
            theme=theme.first_theme("dark" if dark else "light"),
            iconphoto=str(ICON),
            on_close=self._close_pressed,
        )
        self._garbage = GarbageCollection()
        self._garbage.start()
        self.app.geometry(first_place(self.app, self.settings.window))
        self.look = theme.apply_theme(
            self.app, "dark" if dark else "light", self.settings.projector, complete=False
        )
        self.failures = Failures(self.app, lambda text: self.banners.show("failure", text, "error"))
        self.dispatch = Dispatch(self.failures.report)
        self.shortcuts = Shortcuts(self.app, lambda: self.page)
        self._compose()
        self._old_signals = self._catch_signals()
        self._forget_language = i18n.on_language_change(self._retext)
        # Exposed: the window manager has put it on the screen. What blocks Tk before leaves it empty.
        self._exposed = self.app.bind("<Expose>", lambda _event: self.app.after_idle(self._painted), add="+")
        self._after("finish", UNSEEN_AFTER_MS, self._finish)

    def run(self) -> Engine | None:
        """Tk's loop. Returns the engine, which has stopped unless the window was closed impatiently."""
        self.app.mainloop()
        return self.engine

    # --- Composing ---

    def _compose(self) -> None:
        root = self._root = ttk.Frame(self.app, style="Back.TFrame")
        root.pack(fill="both", expand=True)
        root.columnconfigure(1, weight=1)
        root.rowconfigure(1, weight=1)
        actions: dict[str, Callable[[], object]] = {
            "language": self.switch_language,
            "theme": self.switch_theme,
            "projector": self.switch_projector,
            "help": self.show_shortcuts,
            "settings": self.open_settings,
        }
        self.rail = Rail(root, PAGES, self.show_page, actions, self.shortcuts)
        self.rail.grid(row=0, column=0, rowspan=2, sticky="ns")
        self.banners = Banners(root)
        self.banners.grid(row=0, column=1, sticky="ew")
        self._area = ttk.Frame(root, style="Back.TFrame")
        self._area.grid(row=1, column=1, sticky="nsew")
        self._area.columnconfigure(0, weight=1)
        self._area.rowconfigure(0, weight=1)
        # Tk's grid never lays out a container whose only content asks for no size, as an empty page does.
        self._area.grid_propagate(False)
        self.toasts = Toasts(self._area)
        self.rail.choose(self._first_page())
        self._space()
        self.look.watch(root, self._restyle)
        keys = {
            "settings": "Mod+comma",
            "theme": "Mod+Shift+T",
            "language": "Mod+L",
            "projector": "Mod+Shift+P",
            "help": "F1",
        }
        texts = {
            "settings": lambda: _("Settings"),
            "theme": lambda: _("Light or dark colours"),
            "language": lambda: _("Other language"),
            "projector": lambda: _("Projector mode"),
            "help": lambda: _("This sheet"),
        }
        for number, page in enumerate(PAGES, start=1):
            self.shortcuts.add(
                f"page-{page.name}",
                f"Mod+{number}",
                page.title,
                lambda name=page.name: self.show_page(name),  # type: ignore[misc]
            )
        for name in ("settings", "theme", "language", "projector", "help"):
            self.shortcuts.add(name, keys[name], texts[name], actions[name])
        self.shortcuts.add("quit", "Mod+Q", lambda: _("Quit"), self.close)

    def _space(self) -> None:
        gap = S(12)
        self._root.rowconfigure(2, minsize=S(32))
        self.banners.grid_configure(padx=gap)
        self._area.grid_configure(padx=gap, pady=(gap, 0))
        width, height = (S(value) for value in MINIMUM)
        self.app.minsize(
            min(width, self.app.winfo_screenwidth()), min(height, self.app.winfo_screenheight() - S(40))
        )

    def _painted(self) -> None:
        if self._exposed:
            self.app.unbind("<Expose>", self._exposed)
            self._exposed = ""
        if not self._begun:
            self._begun = True
            self._after("finish", 1, self._finish)

    def _finish(self) -> None:
        """What need not be there for the first paint."""
        self._begun = True
        self.look.complete()
        self.app.update_idletasks()
        try:
            open_log(self.profile)
            engine = self.engine = self._start_engine(self.settings, self.profile)
            from gui.window.pump import Pump
            from gui.window.status_bar import StatusBar

            self.status_bar: StatusBar = StatusBar(self._root)
            self.status_bar.grid(row=2, column=0, columnspan=2, sticky="ew")
            self.services = self._make_services(engine)
            self.dispatch.add(self.status_bar)
            self.dispatch.add(self)
            self._route = Route(self)
            self._pump = Pump(
                self.app, engine.events, self.dispatch.deliver, self._stopped, after_frame=self._garbage.look
            )
            self._pump.start()
        except Exception as error:
            self._give_up(error)
            return
        teach_tk(self.app)
        teach_text_keys(self.app)
        if self.arguments.open:
            self._built("sockets")
        self.show_page(self._first_page())
        if self._mode == "system":
            self.look.mode = "system"
            self.look.follow_system()
        if self._file.set_aside is not None:
            self.banners.show(
                "settings",
                _(
                    "The settings were damaged and have been set aside as {name}. Duplex starts with its own."
                ).format(name=self._file.set_aside.name),
                "warn",
            )
        self.save_settings()
        self._chores()
        self._garbage.settle()

    def _give_up(self, error: Exception) -> None:
        from gui.window.failures import show_fatal

        if self.engine is not None:
            self.engine.stop()
        self.failed = True
        show_fatal(error, self.profile)
        self._destroy()

    def _make_services(self, engine: Engine) -> Services:
        return Services(
            submit=engine.submit,
            new_session=engine.new_session,
            new_job=engine.new_job,
            reader=engine.reader,
            settings=self.settings,
            save_settings=self.save_settings,
            on_settings_change=self._on_settings_change,
            shortcuts=self.shortcuts,
            open_urls=self.arguments.open,
            profile=self.profile,
            toast=lambda text, tone: self.toasts.show(text, "info" if tone == "normal" else tone),
            banner=self.banners.show,
            status=self._set_status,
            unread=self.rail.set_unread,
            ask=lambda title, text, buttons: ask(self.app, title, text, buttons),
            show_page=self.show_page,
            open_settings=self.open_settings,
            show_shortcuts=self.show_shortcuts,
        )

    # --- Pages ---

    def _first_page(self) -> str:
        return self.arguments.page or ("sockets" if self.arguments.open else self.settings.page)

    def _built(self, name: str) -> Page:
        page = self.pages.get(name)
        if page is None:
            entry = next(each for each in PAGES if each.name == name)
            page = self.pages[name] = entry.build(self._area, self.services)
            self.dispatch.add(page)
        return page

    def show_page(self, name: str) -> None:
        """Bring a page in sight; it is built when it is first asked for."""
        if name == self.page or self.engine is None:
            self.rail.choose(self.page or name)
            return
        page = self._built(name)
        before = self.pages.get(self.page)
        if before is not None:
            before.hidden()
            before.frame.grid_remove()
        self.page = name
        page.frame.grid(row=0, column=0, sticky="nsew")
        self.rail.choose(name)
        self.status_bar.set_status("", "normal")
        page.shown()
        page.focus_default()
        if self.settings.page != name:
            self.settings.page = name
            self.save_settings()

    def _set_status(self, text: str, tone: Tone) -> None:
        self.status_bar.set_status(text, tone)

    # --- Events that concern the whole window ---

    def on_event_batch(self, events: Sequence[Event]) -> None:
        self._route(events)

    def on_store_faulted(self, event: StoreFaulted) -> None:
        from gui.shared.wording import fault_text
        from net.events import FaultKind

        key = "stream" if event.stream else "transcript"
        if event.fault is not None and event.fault.kind is FaultKind.STORE_DAMAGED:
            key = "damaged"  # what was set aside stays told, though writing goes on
        self.banners.show(key, fault_text(event.fault) if event.fault is not None else "", "warn")

    # --- Language, theme, settings ---

    def switch_language(self) -> None:
        names = list(i18n.LANGUAGES)
        self.settings.language = names[(names.index(i18n.language()) + 1) % len(names)]
        self._setting_changed("language")

    def switch_theme(self) -> None:
        self.settings.theme = "light" if self.look.dark else "dark"
        self._setting_changed("theme")

    def switch_projector(self) -> None:
        self.settings.projector = not self.settings.projector
        self._setting_changed("projector")

    def _setting_changed(self, name: str) -> None:
        if name == "language":
            i18n.set_language(self.settings.language)
        elif name in ("theme", "projector"):
            if name == "theme":
                self._mode = self.settings.theme  # type: ignore[assignment]
            theme.apply_theme(self.app, self._mode, self.settings.projector)
        elif name == "retention" and self.engine is not None:
            from net.sockets.commands import KeepTranscripts

            self.engine.submit(KeepTranscripts(self.settings.transcript_days))
        self.save_settings()
        for listener in list(self._listeners):
            listener()
        if name in ("language", "theme", "projector"):
            self._after("dialog", 1, self._renew_settings)

    def _renew_settings(self) -> None:
        """The dialog again, in the language and scale that were chosen in it."""
        if self._dialog is not None and self._dialog.winfo_exists():
            self._dialog.close("")
            self.open_settings()

    def _on_settings_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _retext(self) -> None:
        teach_tk(self.app)
        self.rail.retext()
        if self.engine is not None:
            self.status_bar.retext()

    def _restyle(self) -> None:
        self._space()
        if self._mode == "system" and self.settings.system_dark != self.look.dark:
            self.settings.system_dark = self.look.dark
            self.save_settings()

    def open_settings(self) -> None:
        from gui.window.settings_dialog import SettingsDialog

        def make() -> SettingsDialog:
            expiring = self.engine.expiring if self.engine is not None else lambda _days: 0
            return SettingsDialog(self.app, self.settings, str(self.profile), self._setting_changed, expiring)

        self._open(make)

    def show_shortcuts(self) -> None:
        from gui.window.shortcut_sheet import ShortcutSheet

        self._open(lambda: ShortcutSheet(self.app, self.shortcuts))

    def _open(self, make: Callable[[], Dialog]) -> None:
        """One dialog of the window's own at a time."""
        if self._dialog is not None and self._dialog.winfo_exists():
            self._dialog.lift()
            return
        self._dialog = make()
        self._dialog.present()

    def save_settings(self) -> None:
        """Soon, and beside Tk's thread."""
        self._after("save", SAVE_AFTER_MS, lambda: self._file.save(self.settings))

    def _chores(self) -> None:
        self.failures.collect()
        problem = self._file.problem
        text = _("{path} can't be written ({detail}). Duplex works, but forgets its settings.").format(
            path=self._file.path, detail=problem.strerror or problem
        ) if problem is not None else ""  # fmt: skip
        if bool(text) != ("profile" in self.banners.texts) and (text or problem is None):
            self._tell_profile(text)
        self._after("chores", CHORES_MS, self._chores)

    def _tell_profile(self, text: str) -> None:
        """Once: whoever closed the banner has read it."""
        if text and self._profile_told:
            return
        self._profile_told = bool(text)
        self.banners.show("profile", text, "warn")

    _profile_told = False

    # --- The end ---

    def _close_pressed(self) -> bool:
        self.close()
        return False

    def close(self) -> None:
        """Stop the engine; the window goes when the engine's last event has come."""
        if self._closing:
            if self._impatient:
                self._destroy()
            return
        self._closing = True
        keep_place(self.app, self.settings.window)
        self._cancel("save")
        self._file.save_now(self.settings)
        if self.engine is None or self._engine_ended:
            self._destroy()
            return
        self._after("closing", CLOSING_SHOWN_AFTER_MS, self._show_closing)
        self._after("patience", PATIENCE_MS, self._lose_patience)
        self.engine.stop()

    def _show_closing(self) -> None:
        self.banners.show("closing", _("Closing: the last connections are being ended in order …"), "info")

    def _lose_patience(self) -> None:
        self._impatient = True
        self._cancel("closing")
        self.banners.show(
            "closing", _("Closing takes unusually long. Close the window again to end at once."), "warn"
        )

    def _stopped(self) -> None:
        self._engine_ended = True
        if self._closing:
            self._destroy()
        else:
            self.banners.show(
                "engine", _("The network engine has stopped. Please start Duplex again."), "error"
            )

    def _destroy(self) -> None:
        for name in list(self._timers):
            self._cancel(name)
        if self._pump is not None:
            self._pump.cancel()
        self._forget_language()
        self.failures.release()
        for number, old in self._old_signals.items():
            signal.signal(number, old)
        with contextlib.suppress(tk.TclError):
            self.app.update_idletasks()
            self.app.destroy()
        self._garbage.stop()

    def _catch_signals(self) -> dict[int, Any]:
        """Ctrl+C in the terminal, or the session's end, closes in order."""
        if threading.current_thread() is not threading.main_thread():
            return {}

        def close_soon(*_: object) -> None:
            # Not at once: whatever is going on in this thread may hold a lock.
            self.app.after(0, self.close)

        return {number: signal.signal(number, close_soon) for number in (signal.SIGINT, signal.SIGTERM)}

    def _after(self, name: str, milliseconds: int, call: Callable[[], object]) -> None:
        """One timer of each name; none outlives the window."""
        self._cancel(name)

        def due() -> None:
            self._timers.pop(name, None)
            call()

        self._timers[name] = self.app.after(milliseconds, due)

    def _cancel(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            self.app.after_cancel(timer)
