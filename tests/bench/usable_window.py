"""The windows of `tests.bench.usable`: ``python -m tests.bench.usable_window ours ARGUMENT ...`` or ``bare
WIDGETS``. Once at rest they print, as JSON, where field and button are, and what widgets they have.

The bare one imports nothing but what a bare window needs.
"""

from __future__ import annotations

import collections
import json
import socket
import sys
import tkinter
from collections.abc import Callable, Mapping
from typing import Any

SIZE = "1180x760"
COLUMNS = 12
LOOK_MS = 100
SETTLED_MS = 1500
PATIENCE = 60.0


def widget_counts(root: tkinter.Misc) -> dict[str, tuple[int, int]]:
    """How many widgets of each kind there are on the screen, and how many others. A kind is a class; that of
    a button that is only an icon is its class, the icon's name and size: it was counted as a button with a
    word before, but the icon has to be drawn, in the colour of each of its states."""
    shown: collections.Counter[str] = collections.Counter()
    hidden: collections.Counter[str] = collections.Counter()
    waiting = [root]
    while waiting:
        widget = waiting.pop()
        waiting += widget.winfo_children()
        kind, icon = widget.winfo_class(), getattr(widget, "_tb_icon", None)
        if icon and icon["icon_only"]:
            kind = f"{kind} {icon['name']} {icon['size']}"
        (shown if widget.winfo_viewable() else hidden)[kind] += 1
    return {kind: (shown[kind], hidden[kind]) for kind in {*shown, *hidden}}


def _tell_at_rest(root: tkinter.Tk, parts: Callable[[], tuple[tkinter.Misc, tkinter.Misc] | None]) -> None:
    """Tell once the field and the button that ``parts`` returns have been on the screen for a while."""

    def look() -> None:
        found = parts()
        if found is not None and all(each.winfo_viewable() for each in found):
            root.after(SETTLED_MS, _tell, root, *found)
        else:
            root.after(LOOK_MS, look)

    root.after(LOOK_MS, look)


def _tell(root: tkinter.Tk, field: tkinter.Misc, button: tkinter.Misc) -> None:
    places = {
        name: (each.winfo_rootx(), each.winfo_rooty(), each.winfo_width(), each.winfo_height())
        for name, each in (("field", field), ("button", button))
    }
    print(json.dumps({**places, "widgets": widget_counts(root)}), flush=True)


def ours(words: list[str]) -> None:
    """Our window; it tells once it has come to rest."""
    from gui.shared.arguments import parse_arguments
    from gui.window.app import Window
    from net.engine import Engine

    window: Window = Window(
        parse_arguments(words),
        lambda _settings, profile: Engine(data_folder=profile, transcript=profile / "transcript.sqlite3"),
    )

    def parts() -> tuple[tkinter.Misc, tkinter.Misc] | None:
        page: Any = window.contents.pages.built.get("sockets") if window.contents is not None else None
        return None if page is None else (page.setup.port.entry, page.setup.start)

    _tell_at_rest(window.app, parts)
    engine = window.run()
    if engine is not None:
        engine.join(PATIENCE)


def bare(counts: Mapping[str, tuple[int, int]]) -> None:
    """A ttkbootstrap window with these widgets and no more, and nothing behind them."""
    import ttkbootstrap as ttk

    app = ttk.App(title="Bare", theme="bootstrap-light")
    app.geometry(f"{SIZE}+0+0")
    kinds: dict[str, Callable[[tkinter.Misc], tkinter.Misc]] = {
        "Canvas": lambda master: ttk.Canvas(master, width=20, height=10),
        "Text": lambda master: ttk.Text(master, width=4, height=1),
        "Entry": lambda master: ttk.Entry(master, width=4),
        "Label": lambda master: ttk.Label(master, text="Label"),
        "Menu": lambda master: ttk.Menu(master),
        "TButton": lambda master: ttk.Button(master, text="Button"),
        "TCheckbutton": lambda master: ttk.Checkbutton(master, text="Check"),
        "TCombobox": lambda master: ttk.Combobox(master, width=4),
        "TEntry": lambda master: ttk.Entry(master, width=4),
        "TLabel": lambda master: ttk.Label(master, text="Label"),
        "TRadiobutton": lambda master: ttk.Radiobutton(master, text="Radio"),
        "TScrollbar": lambda master: ttk.Scrollbar(master),
        "TSeparator": lambda master: ttk.Separator(master),
        "TFrame": lambda master: ttk.Frame(master, width=20, height=10),
        "Frame": lambda master: ttk.Frame(master, width=20, height=10),
    }

    def make(kind: str) -> tkinter.Misc:
        name, *icon = kind.split()
        if icon:
            return ttk.Button(app, icon=icon[0], icon_size=int(icon[1]), icon_only=True)
        return kinds[name](app)

    field = ttk.Entry(app, width=8)
    field.insert(0, "12345")

    def listen() -> None:
        listeners.append(socket.create_server(("127.0.0.1", int(field.get()))))

    listeners: list[socket.socket] = []
    button = ttk.Button(app, text="Start", command=listen)
    placed: list[Any] = [field, button]
    for kind, (shown, hidden) in counts.items():
        if kind not in ("Tk", "Toplevel"):
            rest = shown - (kind in ("TEntry", "TButton"))
            placed += [make(kind) for _each in range(rest)]
            for _each in range(hidden):
                make(kind)
    for number, widget in enumerate(placed):
        widget.grid(row=number // COLUMNS, column=number % COLUMNS)
    _tell_at_rest(app, lambda: (field, button))
    app.mainloop()


def main(words: list[str]) -> None:
    if words[0] == "bare":
        bare(json.loads(words[1]))
    else:
        ours(words[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
