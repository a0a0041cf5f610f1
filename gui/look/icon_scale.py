"""The icons of buttons in projector mode: ttkbootstrap knows the screen's scale, but not ours."""

from __future__ import annotations

import tkinter as tk
from typing import Any
from weakref import WeakKeyDictionary


class IconScale:
    """Scales the icon of every button to ``factor`` times its original size: existing ones in `use`, later
    ones when they are first mapped."""

    def __init__(self, root: tk.Misc) -> None:
        self._root = root
        self._factor = 1.0
        self._made: WeakKeyDictionary[tk.Misc, tuple[float, int]] = WeakKeyDictionary()
        root.bind_class("TButton", "<Map>", lambda event: self._fit(event.widget), add="+")

    def use(self, factor: float) -> None:
        """Set the factor and scale all existing buttons."""
        if factor == self._factor:
            return
        self._factor = factor
        waiting: list[tk.Misc] = [self._root]
        while waiting:
            widget = waiting.pop()
            waiting += widget.children.values()
            self._fit(widget)

    def _fit(self, widget: Any) -> None:
        # an icon's original size cannot be read by cget
        spec = getattr(widget, "_tb_icon", None)
        if not spec or not spec.get("size"):
            return
        size, shown = self._made.get(widget, (spec["size"], spec["size"]))
        if spec["size"] != shown:  # the icon was replaced meanwhile
            size = spec["size"]
        wanted = round(size * self._factor)
        if wanted != spec["size"]:
            widget.configure(icon_size=wanted)
        self._made[widget] = (size, wanted)
