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


@dataclass(frozen=True, slots=True)
class Services:
    """All callables belong to the Tk thread.

    - ``submit``: a command to the engine; never blocks, never raises for what the network does
    - ``new_session``, ``new_job``: fresh ids for the opening commands and the jobs
    - ``reader``: a new read-only transcript reader for the caller, or None where nothing is kept
    - ``settings``: change it in place, then ``save_settings()``; ``on_settings_change(f)`` calls ``f`` when
      the dialog changed some (returns what ends that)
    - ``open_urls``: the ``--open`` URLs, checked already: `net.sockets.open_url.parse_open_url` takes them
    - ``toast(text, tone)``: a short word that goes by itself, inside the window
    - ``banner(key, text, tone, action)``: a line above the page that stays until ``text`` is "" for the
      same key or the person closes it; ``action``: a button's label and what it does
    - ``status(text, tone)``: what the status bar's left end says about this page; "" clears
    - ``unread(page, count)``: the number on the page's item in the rail
    - ``ask(title, text, buttons)``: a modal question; ``buttons`` as (name, label, kind) with kind
      "primary", "danger" or ""; returns the pressed one's name, or "" when it was dismissed
    - ``show_page(name)``, ``open_settings()``, ``show_shortcuts()``
    """

    submit: Callable[[Command | ChatCommand], None]
    new_session: Callable[[], int]
    new_job: Callable[[], int]
    reader: Callable[[], TranscriptReader | None]
    settings: Settings
    save_settings: Callable[[], None]
    on_settings_change: Callable[[Callable[[], None]], Callable[[], None]]
    shortcuts: Shortcuts
    open_urls: tuple[str, ...]
    profile: Path
    toast: Callable[[str, Tone], object]
    banner: Callable[[str, str, Tone, tuple[str, Callable[[], object]] | None], None]
    status: Callable[[str, Tone], None]
    unread: Callable[[str, int], None]
    ask: Callable[[str, str, tuple[tuple[str, str, str], ...]], str]
    show_page: Callable[[str], None]
    open_settings: Callable[[], None]
    show_shortcuts: Callable[[], None]
