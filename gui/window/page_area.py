"""Shows one page at a time: each is built when it is first needed, and receives events from then on."""

from __future__ import annotations

from collections.abc import Callable

from gui.pages import PAGES, Page
from gui.services.services import Services
from gui.window.layout import WindowLayout


class PageArea:
    """``built``: the existing pages, by name; ``current``: the name of the visible one, "" before the first.
    ``shown(name)`` is called between placing the page and its own `Page.shown`."""

    def __init__(self, layout: WindowLayout, services: Services, shown: Callable[[str], None]) -> None:
        self.built: dict[str, Page] = {}
        self.current = ""
        self._layout = layout
        self._services = services
        self._shown = shown

    def build(self, name: str) -> Page:
        """The page ``name``, built now if it does not exist yet."""
        page = self.built.get(name)
        if page is None:
            entry = next(each for each in PAGES if each.name == name)
            page = self.built[name] = entry.build(self._layout.area, self._services)
        return page

    def show(self, name: str) -> None:
        """Show the page ``name``, built now if it does not exist yet."""
        if name == self.current:
            self._layout.rail.choose(name)
            return
        page = self.build(name)
        before = self.built.get(self.current)
        if before is not None:
            before.hidden()
            before.frame.grid_remove()
        self.current = name
        page.frame.grid(row=0, column=0, sticky="nsew")
        self._layout.rail.choose(name)
        self._shown(name)
        page.shown()
        page.focus_default()
