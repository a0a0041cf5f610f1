"""Starts the program ("ours") or a bare ttkbootstrap window ("bare"), prints when it was first painted
(`time.monotonic`, seconds) and ends: ``python -m tests.bench.first_paint SIDE [ARGUMENT ...]``."""

from __future__ import annotations

import os
import sys
import time
import tkinter
from typing import Any

made = tkinter.Tk.__init__


def make_and_watch(root: tkinter.Tk, *arguments: Any, **options: Any) -> None:
    made(root, *arguments, **options)
    root.bind_all("<Expose>", lambda _event: root.after_idle(painted, root), add="+")


def painted(root: tkinter.Tk) -> None:
    """All that the first exposure asked for has been drawn before; the server's answer says that it did."""
    root.winfo_pointerxy()
    print(time.monotonic(), flush=True)
    os._exit(0)


def bare() -> None:
    import ttkbootstrap as ttk

    app = ttk.App(title="Bare")
    app.geometry("1000x700")
    ttk.Label(app, text="Text").pack()
    ttk.Button(app, text="Button").pack()
    app.mainloop()


def ours(words: list[str]) -> None:
    import main

    main.main(words)


if __name__ == "__main__":
    tkinter.Tk.__init__ = make_and_watch  # type: ignore[method-assign,assignment]
    if sys.argv[1] == "bare":
        bare()
    else:
        ours(sys.argv[2:])
