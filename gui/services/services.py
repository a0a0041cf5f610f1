"""What a page may ask of the window: the engine's commands, the settings, and ways to reach a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from gui.services.shortcuts import Shortcuts
    from gui.shared.settings import Settings
    from net.chat.commands import ChatCommand
    from net.sockets.commands import Command
    from net.transcript.reader import TranscriptReader

Tone = Literal["normal", "ok", "info", "warn", "error"]
Words = str | Callable[[], str]
"""What is given as a function follows the language."""
Action = tuple[Words, Callable[[], object]]
"""A button's label, and what it does."""
Buttons = tuple[tuple[str, str, str], ...]
"""Of a question: (name, label, kind) with kind "primary", "danger" or ""; the last one is the default."""


@dataclass(frozen=True, slots=True)
class Services:
    """All callables belong to the Tk thread."""

    # --- The engine ---

    submit: Callable[[Command | ChatCommand], None]
    """Never blocks, never raises for what the network does."""
    new_session: Callable[[], int]
    new_job: Callable[[], int]
    """Fresh ids, for the commands that open sessions and for the jobs."""
    reader: Callable[[], TranscriptReader | None]
    """A new read-only transcript reader for the caller, or None where nothing is kept."""

    # --- Settings ---

    settings: Settings
    """Change it in place, then call ``save_settings()``."""
    save_settings: Callable[[], None]
    on_settings_change: Callable[[Callable[[], None]], Callable[[], None]]
    """``on_settings_change(f)`` calls ``f`` after each change of a setting; returns what ends that."""
    shortcuts: Shortcuts
    open_urls: tuple[str, ...]
    """The ``--open`` URLs, checked already: `net.sockets.open_url.parse_open_url` takes them."""
    profile: Path

    # --- Reaching a person ---

    toast: Callable[[str, Tone], object]
    """``toast(text, tone)``: a short word inside the window that goes by itself."""
    banner: Callable[[str, Words, Tone, Action | None], None]
    """``banner(key, words, tone, action)``: a line above the page that stays until ``words`` are "" for the
    same key or the person closes it."""
    status: Callable[[str, Tone], None]
    """``status(text, tone)``: what the status bar's left end says about this page; "" clears."""
    unread: Callable[[str, int], None]
    """``unread(page, count)``: the number on the page's item in the rail."""
    ask: Callable[[str, str, Buttons], str]
    """``ask(title, text, buttons)``: a modal question. Returns the pressed button's name, or "" when it was
    dismissed."""

    # --- Elsewhere in the window ---

    show_page: Callable[[str], None]
    open_settings: Callable[[], None]
    show_shortcuts: Callable[[], None]
