"""The window's services for its pages: the engine's commands, the settings, and ways to notify a person."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from gui.services.shortcuts import Shortcuts
    from gui.shared.dispatch import WatchEvents
    from gui.shared.settings import Settings
    from net.chat.commands import ChatCommand
    from net.lab.commands import LabCommand
    from net.sockets.commands import SocketsCommand
    from net.transcript.commands import TranscriptCommand
    from net.transcript.reader import TranscriptReader

Tone = Literal["normal", "ok", "info", "warn", "error"]
Words = str | Callable[[], str]
"""What is given as a function follows the language."""
Action = tuple[Words, Callable[[], object]]
"""A button's label, and what it does."""
Buttons = tuple[tuple[str, str, str], ...]
"""The buttons of a question: (name, label, kind), kind "primary", "danger" or ""; the last is the default."""


class Services(Struct, frozen=True):
    """All callables are for the Tk thread."""

    # --- The engine ---

    submit: Callable[[SocketsCommand | TranscriptCommand | ChatCommand | LabCommand], None]
    """Never blocks; never raises for an error of the network."""
    new_session: Callable[[], int]
    new_job: Callable[[], int]
    """Fresh ids, for the commands that open sessions and for the jobs."""
    watch_events: WatchEvents
    """Hands what the network reports to the methods that take it: `gui.shared.dispatch.Dispatch.watch`."""
    reader: Callable[[], TranscriptReader | None]
    """A new read-only transcript reader for the caller, or None if there is no transcript."""

    # --- Settings ---

    settings: Settings
    """Change it in place, then call ``save_settings()``."""
    save_settings: Callable[[], None]
    on_settings_change: Callable[[Callable[[], None]], Callable[[], None]]
    """``on_settings_change(f)`` calls ``f`` after each change of a setting; returns a function that ends
    that."""
    shortcuts: Shortcuts
    open_urls: tuple[str, ...]
    """The ``--open`` URLs, already checked with `net.sockets.open_url.parse_open_url`."""
    lesson: str
    """The lesson of ``--lesson``, "" if none was named; it exists (`net.lab.lesson_files.load_lesson`)."""
    step: int
    """The step of ``--step``, from 1, which that lesson has; 0 if none was named."""
    profile: Path

    # --- Notifying a person ---

    toast: Callable[[str, Tone], object]
    """``toast(text, tone)``: a short message inside the window that disappears by itself."""
    banner: Callable[[str, Words, Tone, Action | None], None]
    """``banner(key, words, tone, action)``: a line above the page that stays until the person closes it, or
    until its words are set to "" under the same key."""
    status: Callable[[str, Tone], None]
    """``status(text, tone)``: this page's text at the left end of the status bar; "" clears it."""
    unread: Callable[[str, int], None]
    """``unread(page, count)``: the number on the page's item in the rail."""
    ask: Callable[[str, str, Buttons], str]
    """``ask(title, text, buttons)``: a modal question. Returns the name of the button pressed, or "" if it
    was dismissed."""

    # --- Other parts of the window ---

    show_page: Callable[[str], None]
    open_url: Callable[[str], None]
    """Show the Sockets page set up for a URL (see `net.sockets.open_url`); a person then starts it."""
    on_open_url: Callable[[Callable[[str], None]], None]
    """How the Sockets page takes these URLs."""
    full_screen: Callable[[bool], None]
    """Give the page the whole screen, without rail and status bar, or end that."""
    open_settings: Callable[[], None]
    show_shortcuts: Callable[[], None]
