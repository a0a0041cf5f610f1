"""Watches the kernel's data of the shown connection, and of no other."""

from __future__ import annotations

from gui.pages.sockets.model import SessionModel
from gui.services.services import Services
from net.sockets.commands import WatchKernel


class KernelWatch:
    def __init__(self, services: Services, model: SessionModel) -> None:
        self._services = services
        self._model = model
        self._watched: int | None = None

    def follow(self) -> None:
        """The shown session changed, or another one is shown."""
        known = self._model.get(self._model.shown)
        wanted = known.session if known is not None and known.is_connection and known.is_live else None
        if wanted == self._watched:
            return
        before = self._model.get(self._watched)
        if self._watched is not None and before is not None and not before.closed:
            self._services.submit(WatchKernel(self._watched, False))
        self._watched = wanted
        if wanted is not None:
            self._services.submit(WatchKernel(wanted, True))
