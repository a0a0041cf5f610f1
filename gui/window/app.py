"""Composes the window: first the parts of the first paint, then the engine, the pages and the status bar."""

from __future__ import annotations

import contextlib
import sys
import tkinter as tk
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import ttkbootstrap as ttk
from msgspec import Struct

from gui.look.apply import apply_theme, first_theme, register
from gui.look.look import Mode
from gui.look.screen_scale import screen_scaling, use_first_font
from gui.pages import PAGES
from gui.services.services import Services
from gui.services.shortcuts import Shortcuts
from gui.services.urls import UrlRequests
from gui.shared import i18n
from gui.shared.arguments import Arguments
from gui.shared.dispatch import Dispatch
from gui.shared.i18n import _
from gui.shared.settings import Settings, SettingsFile, profile_folder
from gui.window.banners import ask
from gui.window.closing import WindowCloser
from gui.window.dialogs import WindowDialogs
from gui.window.failures import Failures, open_log, show_fatal
from gui.window.field_menu import teach_field_menu
from gui.window.first_paint import FirstPaint
from gui.window.font_banner import FontBanner
from gui.window.full_screen import FullScreen
from gui.window.garbage import GarbageCollection
from gui.window.layout import WindowLayout
from gui.window.place import first_place, keep_place
from gui.window.preferences import Preferences
from gui.window.settings_banners import SettingsBanners
from gui.window.signals import close_on_signals
from gui.window.tab_order import teach_tab_order
from gui.window.text_keys import teach_text_keys
from gui.window.timers import Timers
from gui.window.tk_words import teach_tk

if TYPE_CHECKING:
    from gui.window.page_area import PageArea
    from gui.window.pump import Pump
    from gui.window.status_bar import StatusBar
    from net.engine import Engine

ICON = Path(__file__).resolve().parents[2] / "assets" / "icons" / (
    "duplex.ico" if sys.platform == "win32" else "duplex-128.png"
)  # fmt: skip
CHORES_MS = 500


class Contents(Struct, frozen=True):
    """The parts of the window that exist once the engine runs."""

    services: Services
    status_bar: StatusBar
    pages: PageArea
    pump: Pump


class Window:
    """The program's one window. It is painted first; the engine and the page follow on the first turn of Tk's
    loop.

    ``start_engine(settings, profile)`` creates the engine. `run` returns when the window is gone.
    ``contents`` is None before the engine runs. ``failed``: whether the window ended because it could not
    start; that has been reported.
    """

    def __init__(self, arguments: Arguments, start_engine: Callable[[Settings, Path], Engine]) -> None:
        self.arguments = arguments
        self._start_engine = start_engine
        self.engine: Engine | None = None
        self.contents: Contents | None = None
        self.failed = False
        self.profile = profile_folder(arguments.profile)
        file = SettingsFile(self.profile)
        self.settings = file.load()
        i18n.set_language(arguments.lang or self.settings.language)
        mode: Mode = arguments.theme or self.settings.theme  # type: ignore[assignment]  # both are checked
        dark = mode == "dark" or (mode == "system" and self.settings.system_dark)
        at_first: Mode = "dark" if dark else "light"
        register()
        with screen_scaling() as scaling:
            self.app = ttk.App(
                title="Duplex",
                theme=first_theme(at_first),
                iconphoto=str(ICON),
                on_close=self._close_pressed,
                scaling=scaling,
            )
            use_first_font(self.app)
        self._garbage = GarbageCollection()
        self._garbage.start()
        self.app.geometry(first_place(self.app, self.settings.window))
        self.look = apply_theme(self.app, at_first, self.settings.projector, complete=False)
        # Before all other language listeners, whose texts may contain words of Tk's own.
        self._forget_language = i18n.on_language_change(partial(teach_tk, self.app))
        self.timers = Timers(self.app)
        self.preferences = Preferences(self.settings, file, self.look, mode, self.timers)
        self.shortcuts = Shortcuts(self.app, lambda: self.page)
        self.dialogs = WindowDialogs(
            self.app, self.preferences, self.shortcuts, self.profile, self.timers, self._expiring
        )
        actions: dict[str, Callable[[], object]] = {
            "language": self.preferences.switch_language,
            "theme": self.preferences.switch_theme,
            "projector": self.preferences.switch_projector,
            "help": self.dialogs.show_shortcuts,
            "settings": self.dialogs.open_settings,
        }
        self.layout = WindowLayout(self.app, PAGES, self.show_page, actions, self.shortcuts)
        self.layout.rail.choose(self._first_page)
        self.look.watch(self.app, self.preferences.note_system_mode)
        self._register_keys(actions)
        self.failures = Failures(self.app, lambda words: self.layout.banners.show("failure", words, "error"))
        self._settings_banners = SettingsBanners(self.layout.banners, file)
        self._font_banner = FontBanner(self.layout.banners, self.preferences.speak_english)
        self.dispatch = Dispatch(self.failures.report)
        self.closing = WindowCloser(
            self.layout.banners,
            self.timers,
            prepare=self._keep_settings,
            stop_engine=self._stop_engine,
            destroy=self._destroy,
        )
        self._release_signals = close_on_signals(self.app, self.closing.close)
        FirstPaint(self.app, self.timers, self._finish)

    def run(self) -> Engine | None:
        """Run Tk's loop. Returns the engine, which has stopped unless the user forced the window to close;
        None if none was started."""
        self.app.mainloop()
        return self.engine

    # --- Pages ---

    @property
    def page(self) -> str:
        """The name of the visible page; "" before there is one."""
        return self.contents.pages.current if self.contents is not None else ""

    @property
    def _first_page(self) -> str:
        arguments = self.arguments
        if arguments.page:
            return arguments.page
        return "lessons" if arguments.lesson else "sockets" if arguments.open else self.settings.page

    def show_page(self, name: str) -> None:
        """Show a page, as soon as there are pages."""
        if self.contents is None:
            self.layout.rail.choose(name)
        else:
            self.contents.pages.show(name)

    def _page_shown(self, status_bar: StatusBar, name: str) -> None:
        """Clear the status bar for the page to fill, and begin the next start with this page."""
        status_bar.set_status("", "normal")
        if self.settings.page != name:
            self.settings.page = name
            self.preferences.save()

    # --- Keys ---

    def _register_keys(self, actions: dict[str, Callable[[], object]]) -> None:
        for number, page in enumerate(PAGES, start=1):
            self.shortcuts.add(
                f"page-{page.name}", f"Mod+{number}", page.title, partial(self.show_page, page.name)
            )
        for name, keys, text in (
            ("settings", "Mod+comma", lambda: _("Settings")),
            ("theme", "Mod+Shift+T", lambda: _("Light or dark colours")),
            ("language", "Mod+L", lambda: _("Other language")),
            ("projector", "Mod+Shift+P", lambda: _("Projector mode")),
            ("help", "F1", lambda: _("This sheet")),
        ):
            self.shortcuts.add(name, keys, text, actions[name])
        self.shortcuts.add("quit", "Mod+Q", lambda: _("Quit"), self.close)

    # --- After the first paint ---

    def _finish(self) -> None:
        """Create everything that the first paint does not need."""
        self.look.complete()
        self.app.update_idletasks()
        try:
            open_log(self.profile)
            self.engine = self._start_engine(self.settings, self.profile)
            contents = self.contents = self._make_contents(self.engine)
        except Exception as error:
            self._give_up(error)
            return
        contents.pump.start()
        teach_tk(self.app)
        teach_text_keys(self.app)
        teach_field_menu(self.app)
        teach_tab_order(self.app)
        if self.arguments.open:
            contents.pages.build("sockets")
        self.show_page(self._first_page)
        self.preferences.follow_system()
        self._settings_banners.show_set_aside()
        self._font_banner.look()
        self.preferences.listen(lambda name: self._font_banner.look() if name == "language" else None)
        self.preferences.save()
        self._chores()
        self._garbage.settle()

    def _make_contents(self, engine: Engine) -> Contents:
        """Imports are late on purpose: the window was painted without these modules."""
        from gui.window.page_area import PageArea
        from gui.window.pump import Pump
        from gui.window.status_bar import StatusBar
        from gui.window.store_banners import StoreBanners

        status_bar = StatusBar(self.layout.root)
        self.layout.place_status_bar(status_bar)
        services = self._make_services(engine, status_bar)
        self.dispatch.watch(status_bar.takers(), after=status_bar.show_totals)
        self.dispatch.watch(StoreBanners(self.layout.banners).takers())
        pages = PageArea(self.layout, services, partial(self._page_shown, status_bar))
        pump = Pump(
            self.app,
            engine.events,
            self.dispatch.deliver,
            self.closing.engine_stopped,
            after_frame=self._garbage.look,
        )
        self.preferences.listen(partial(self._keep_transcripts, engine))
        return Contents(services, status_bar, pages, pump)

    def _make_services(self, engine: Engine, status_bar: StatusBar) -> Services:
        layout, urls = self.layout, UrlRequests(self.show_page)
        return Services(
            submit=engine.submit,
            new_session=engine.new_session,
            new_job=engine.new_job,
            watch_events=self.dispatch.watch,
            reader=engine.reader,
            settings=self.settings,
            save_settings=self.preferences.save,
            on_settings_change=lambda listener: self.preferences.listen(lambda _name: listener()),
            shortcuts=self.shortcuts,
            open_urls=self.arguments.open,
            lesson=self.arguments.lesson,
            step=self.arguments.step,
            profile=self.profile,
            toast=lambda text, tone: layout.toasts.show(text, "info" if tone == "normal" else tone),
            banner=layout.banners.show,
            status=status_bar.set_status,
            unread=layout.rail.set_unread,
            ask=partial(ask, self.app),
            show_page=self.show_page,
            open_url=urls.open,
            on_open_url=urls.listen,
            full_screen=FullScreen(self.app, layout).set,
            open_settings=self.dialogs.open_settings,
            show_shortcuts=self.dialogs.show_shortcuts,
        )

    def _give_up(self, error: Exception) -> None:
        if self.engine is not None:
            self.engine.stop()
        self.failed = True
        show_fatal(error, self.profile)
        self._destroy()

    def _keep_transcripts(self, engine: Engine, changed: str) -> None:
        if changed == "retention":
            from net.transcript.commands import KeepTranscripts

            engine.submit(KeepTranscripts(self.settings.transcript_days))

    def _expiring(self, days: int | None) -> int:
        return self.engine.expiring(days) if self.engine is not None else 0

    def _chores(self) -> None:
        """Check now and then for reports of threads, which cannot notify Tk themselves."""
        self.failures.collect()
        self._settings_banners.look()
        self.timers.start("chores", CHORES_MS, self._chores)

    # --- The end ---

    def close(self) -> None:
        """Stop the engine; the window is destroyed after the engine's last event."""
        self.closing.close()

    def _close_pressed(self) -> bool:
        self.close()
        return False

    def _keep_settings(self) -> None:
        keep_place(self.app, self.settings.window)
        self.preferences.save_now()

    def _stop_engine(self) -> bool:
        if self.engine is None:
            return False
        self.engine.stop()
        return True

    def _destroy(self) -> None:
        self.timers.cancel_all()
        if self.contents is not None:
            self.contents.pump.cancel()
        self._forget_language()
        self.failures.release()
        self._release_signals()
        with contextlib.suppress(tk.TclError):
            self.app.update_idletasks()
            self.app.withdraw()
            from gui.services.copied_text import keep_copied_text

            keep_copied_text(self.app)
            self.app.destroy()
        self._garbage.stop()
