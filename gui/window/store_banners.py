"""Banners about the stores: shown while they can't be written."""

from __future__ import annotations

from gui.shared.dispatch import Takers
from gui.shared.wording import fault_text
from gui.window.banners import Banners
from net.events import LASTING, StoreFaulted


class StoreBanners:
    def __init__(self, banners: Banners) -> None:
        self._banners = banners

    def takers(self) -> Takers:
        """What takes which events."""
        return {StoreFaulted: self._show}

    def _show(self, event: StoreFaulted) -> None:
        fault = event.fault
        # The transcript's recovery says nothing of the history.
        key = f"store {event.path}" if event.path else "stream" if event.stream else "transcript"
        if fault is None:
            self._banners.hide(key)
            return
        if fault.kind in LASTING:
            key = f"{fault.kind.value} {fault.params['path']}"  # stays, though writing works
        self._banners.show(key, lambda: fault_text(fault), "warn")
