"""Banners about the stores: that what happens can't be written, until it can again."""

from __future__ import annotations

from gui.shared.dispatch import Takers
from gui.shared.wording import fault_text
from gui.window.notices import Banners
from net.events import FaultKind, StoreFaulted


class StoreBanners:
    def __init__(self, banners: Banners) -> None:
        self._banners = banners

    def takers(self) -> Takers:
        """What takes which events."""
        return {StoreFaulted: self._show}

    def _show(self, event: StoreFaulted) -> None:
        key, fault = "stream" if event.stream else "transcript", event.fault
        if fault is None:
            self._banners.hide(key)
            return
        if fault.kind is FaultKind.STORE_DAMAGED:
            key = "damaged"  # what was set aside stays reported, though writing goes on
        self._banners.show(key, lambda: fault_text(fault), "warn")
