"""Earlier choices: the last one, and the addresses that the setup's field offers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gui.pages.sockets.choice import Choice

OFFERED = 12
"""Addresses offered for one role."""

KEPT = OFFERED * 5
"""Addresses kept for the five roles together."""


class RecentChoices:
    """``kept``: the page's own part of the settings, changed in place; ``save()`` writes it."""

    def __init__(self, kept: dict[str, Any], save: Callable[[], None]) -> None:
        self._kept = kept
        self._save = save
        # One entry: role, host and port, separated by spaces.
        self._addresses = [str(entry) for entry in kept.get("history", []) if isinstance(entry, str)]

    def last(self) -> Choice:
        """The last choice opened; if there is none, or none that can be read, the default."""
        try:
            return Choice.from_dict(self._kept.get("choice", {}))
        except (ValueError, AttributeError, TypeError):
            return Choice()

    def remember(self, choice: Choice) -> None:
        entry = f"{choice.role} {choice.host.strip()} {choice.port.strip()}"
        self._addresses = [entry, *(old for old in self._addresses if old != entry)][:KEPT]
        self._kept["choice"] = choice.as_dict()
        self._kept["history"] = self._addresses
        self._save()

    def addresses(self, role: str) -> list[str]:
        """``host:port`` of the sessions opened in this role, the latest first, at most `OFFERED`."""
        offered = []
        for entry in self._addresses:
            kind, _space, rest = entry.partition(" ")
            host, _space, port = rest.rpartition(" ")
            if kind == role:
                offered.append(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
        return offered[:OFFERED]
