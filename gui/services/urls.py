"""URLs on their way from any page to the Sockets page, which the two know nothing of each other for."""

from __future__ import annotations

from collections.abc import Callable


class UrlRequests:
    """The window's. The Sockets page listens from its construction on; ``show_page`` constructs it."""

    def __init__(self, show_page: Callable[[str], None]) -> None:
        self._show_page = show_page
        self._listeners: list[Callable[[str], None]] = []

    def listen(self, listener: Callable[[str], None]) -> None:
        self._listeners.append(listener)

    def open(self, url: str) -> None:
        """Show the Sockets page and hand it the URL."""
        self._show_page("sockets")
        for listener in list(self._listeners):
            listener(url)
