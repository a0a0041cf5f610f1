"""Unexpected errors: written to a log in the profile and shown on the screen, never swallowed."""

from __future__ import annotations

import logging
import sys
import threading
import tkinter as tk
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from gui.shared.i18n import _

LOG_FOLDER = "log"
LOG_FILE = "duplex.log"
LOG_BYTES = 512 * 1024
LOG_FILES = 3
SAME_ERROR_LIMIT = 20
"""How often the same error is logged at most: a failing paint fails sixty times a second."""

log = logging.getLogger("duplex")


def open_log(profile: Path) -> Path | None:
    """Write the log to ``profile/log/duplex.log``, rotating; None if that can't be written (then it goes to
    stderr)."""
    import logging.handlers

    path = profile / LOG_FOLDER / LOG_FILE
    log.setLevel(logging.INFO)
    log.propagate = False
    for old in list(log.handlers):
        log.removeHandler(old)
        old.close()
    target: logging.Handler
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        target = logging.handlers.RotatingFileHandler(
            path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8", errors="backslashreplace"
        )
    except OSError:
        target = logging.StreamHandler() if sys.stderr is not None else logging.NullHandler()
        path = Path()
    target.setFormatter(logging.Formatter("%(asctime)s %(process)d %(threadName)s %(levelname)s %(message)s"))
    log.addHandler(target)
    return path if path.name else None


class Failures:
    """Catches exceptions of Tk callbacks and of threads. ``show(words)`` is called on the Tk thread; the
    words follow the language."""

    def __init__(self, root: tk.Tk, show: Callable[[Callable[[], str]], None]) -> None:
        self._root = root
        self._show = show
        self._seen: dict[str, int] = {}
        self._waiting: list[BaseException] = []
        # The class's own report still runs: it writes to a terminal, and tests collect errors there.
        self._report_too = root.report_callback_exception
        root.report_callback_exception = self._from_callback
        threading.excepthook = self._from_thread

    def report(self, error: BaseException) -> None:
        """Log ``error`` and show it."""
        self._write(error)
        self._report_too(type(error), error, error.__traceback__)
        name = type(error).__name__
        self._show(
            lambda: _(
                "Something went wrong inside Duplex ({error}). The details are in the log; please report it."
            ).format(error=name)
        )

    def collect(self) -> None:
        """Show the exceptions of threads since the last call. Tk thread."""
        while self._waiting:
            self.report(self._waiting.pop(0))

    def release(self) -> None:
        """Restore Python's handling of thread exceptions, and log the pending ones: the window is closing."""
        threading.excepthook = threading.__excepthook__
        while self._waiting:
            self._write(self._waiting.pop(0))

    def _from_callback(
        self, _kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        self.report(error.with_traceback(trace))

    def _from_thread(self, failed: threading.ExceptHookArgs) -> None:
        if failed.exc_value is not None and not isinstance(failed.exc_value, SystemExit):
            self._waiting.append(failed.exc_value)

    def _write(self, error: BaseException) -> None:
        last = traceback.extract_tb(error.__traceback__)[-1:]
        key = f"{type(error).__name__} {last[0].filename}:{last[0].lineno}" if last else repr(error)
        count = self._seen[key] = self._seen.get(key, 0) + 1
        if count <= SAME_ERROR_LIMIT:
            log.error("%s", key, exc_info=(type(error), error, error.__traceback__))


def show_fatal(error: BaseException, profile: Path) -> None:
    """Report an error before there is a window: in a message box if there is a screen and no terminal, and on
    stderr if there is one."""
    if sys.stderr is not None:
        traceback.print_exception(type(error), error, error.__traceback__)
    if not log.handlers:
        open_log(profile)
    log.error("could not start", exc_info=(type(error), error, error.__traceback__))
    if isinstance(error, tk.TclError) and "display" in str(error):
        if sys.stderr is not None:
            advice = _("There is no screen. In a terminal, use --headless.")
            print(f"\n{advice}", file=sys.stderr)
        return
    if sys.stderr is None or not sys.stderr.isatty():
        show_box(_("Duplex could not start: {error}").format(error=f"{type(error).__name__}: {error}"))


def show_box(text: str) -> None:
    """A message box without a window of ours; if even that is impossible, nothing."""
    try:
        from tkinter import messagebox

        existing: tk.Misc | None = tk._default_root  # type: ignore[attr-defined]
        if existing is not None:
            messagebox.showerror("Duplex", text, parent=existing)
            return
        root = tk.Tk()
        root.withdraw()
        messagebox.showerror("Duplex", text)
        root.destroy()
    except tk.TclError:
        return
