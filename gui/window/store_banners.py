"""Banners about the stores: shown while they can't be written."""

from __future__ import annotations

from collections.abc import Sequence

from gui.shared.route import Route
from gui.shared.wording import fault_text
from gui.window.banners import Banners
from net.events import Event, FaultKind, StoreFaulted


class StoreBanners:
    """Receives the events (`gui.window.dispatch.EventView`)."""

    def __init__(self, banners: Banners) -> None:
        self._banners = banners
        self._route = Route({StoreFaulted: self._show})

    def on_event_batch(self, events: Sequence[Event]) -> None:
        self._route(events)

    def _show(self, event: StoreFaulted) -> None:
        key, fault = "stream" if event.stream else "transcript", event.fault
        if fault is None:
            self._banners.hide(key)
            return
        if fault.kind is FaultKind.STORE_DAMAGED:
            key = "damaged"  # the report of a file set aside stays, though writing works
        self._banners.show(key, lambda: fault_text(fault), "warn")
