"""Where Tab goes: to what takes keys, in reading order.

Tk goes in the order in which widgets were created, so that buttons packed from the right were walked
backwards, and it stops wherever something is bound to a key or to the focus: at frames that show no sign of
it. Here, what is inside a widget is walked line by line as it stands on the screen, and only fields, buttons
and what was given ``takefocus`` are stops.
"""

from __future__ import annotations

import contextlib
import tkinter as tk
from collections.abc import Iterator, Sequence
from typing import TypeVar

from msgspec import Struct

FIELDS = frozenset({"Entry", "Text", "Spinbox", "Listbox", "Button", "Checkbutton", "Radiobutton", "Scale"})
"""Tk's own classes that take keys without being told so; the themed ones say it themselves."""

T = TypeVar("T")


class Box(Struct, frozen=True):
    """Pixels; ``x`` and ``y`` of the upper left corner within the parent."""

    x: int
    y: int
    width: int
    height: int


def reading_order(placed: Sequence[tuple[T, Box]]) -> list[T]:
    """Line by line from above, each line from left to right. What begins above the middle of a line's first
    (topmost) thing stands in that line, so a column beside others comes as a whole."""
    lines: list[tuple[float, list[tuple[T, Box]]]] = []
    for thing, box in sorted(placed, key=lambda pair: (pair[1].y, pair[1].x)):
        if lines and box.y < lines[-1][0]:
            lines[-1][1].append((thing, box))
        else:
            lines.append((box.y + box.height / 2, [(thing, box)]))
    return [thing for _middle, line in lines for thing, _box in sorted(line, key=lambda pair: pair[1].x)]


def teach_tab_order(root: tk.Tk) -> None:
    """Replace Tk's procedures that Tab and Shift+Tab ask, for all windows of this program."""
    with contextlib.suppress(tk.TclError):
        # What Tk loads later would replace ours again.
        root.tk.call("auto_load", "tk_focusNext")
    for name, step in (("tk_focusNext", 1), ("tk_focusPrev", -1)):
        root.tk.createcommand(name, lambda widget, by=step: _neighbour(root, widget, by))


def _neighbour(root: tk.Misc, widget: str, step: int) -> str:
    top = str(root.tk.call("winfo", "toplevel", widget))
    stops = list(_stops(root, top))
    if not stops:
        return widget
    if widget in stops:
        return stops[(stops.index(widget) + step) % len(stops)]
    # A widget that is no stop, such as a disabled button: go on from where it stands.
    everything = list(_walk(root, top))
    if widget not in everything:
        return stops[0 if step > 0 else -1]
    at = everything.index(widget)
    around = (
        everything[at + 1 :] + everything[:at] if step > 0 else everything[:at][::-1] + everything[at:][::-1]
    )
    known = set(stops)
    return next((name for name in around if name in known), widget)


def _stops(root: tk.Misc, top: str) -> Iterator[str]:
    return (name for name in _walk(root, top) if _takes_keys(root, name))


def _walk(root: tk.Misc, widget: str) -> Iterator[str]:
    """The widget and all that is visible inside, in reading order; not the windows that belong to it."""
    call = root.tk.call
    yield widget
    placed: list[tuple[str, Box]] = []
    for child in root.tk.splitlist(call("winfo", "children", widget)):
        if (
            not root.tk.getboolean(call("winfo", "ismapped", child))
            or str(call("winfo", "toplevel", child)) == child
        ):
            continue
        size, x, y = str(call("winfo", "geometry", child)).replace("+-", "+m").split("+")
        width, height = size.split("x")
        left, above = (int(part.replace("m", "-")) for part in (x, y))
        placed.append((child, Box(left, above, int(width), int(height))))
    for child in reading_order(placed):
        yield from _walk(root, child)


def _takes_keys(root: tk.Misc, widget: str) -> bool:
    call = root.tk.call
    try:
        wish = str(call(widget, "cget", "-takefocus"))
    except tk.TclError:
        return False
    if wish not in ("", "0", "1"):
        # A procedure's name: of a themed widget, which refuses while it is disabled.
        return str(call(wish, widget)) == "1"
    if not wish and str(call("winfo", "class", widget)) not in FIELDS:
        return False
    if wish == "0":
        return False
    try:
        return bool(wish) or str(call(widget, "cget", "-state")) != "disabled"
    except tk.TclError:
        return True
