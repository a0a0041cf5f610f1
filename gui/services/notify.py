"""Notifications of the desktop, for when the window is not looked at.

Sending one talks to the desktop and may take its time, so it happens beside the Tk thread. Where the system
has no notifications nothing happens, and `Notifications.works` says so after the first one.
"""

from __future__ import annotations

import logging
import queue
import threading

logger = logging.getLogger("duplex.notify")
MOST_WAITING = 20


class Notifications:
    """``works``: None before the first was sent, then whether the system took the last one."""

    def __init__(self, app_name: str = "Duplex") -> None:
        self.works: bool | None = None
        self._app_name = app_name
        self._waiting: queue.Queue[tuple[str, str]] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None

    def show(self, title: str, text: str) -> None:
        """Soon; never blocks, never raises. While many wait, further ones are left out."""
        if self.works is False:
            return
        try:
            self._waiting.put_nowait((title, text))
        except queue.Full:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="notifications", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        try:
            from desktop_notifier.sync import DesktopNotifierSync

            notifier = DesktopNotifierSync(app_name=self._app_name)
        except Exception as error:  # whatever a desktop's library raises, chatting goes on without
            self._fail(error)
            return
        # It writes what went wrong into its log and raises nothing: only what was shown is called back.
        logging.getLogger("desktop_notifier").setLevel(logging.CRITICAL)
        shown: list[bool] = []
        while True:
            title, text = self._waiting.get()
            shown.clear()
            try:
                notifier.send(title, text, on_dispatched=lambda: shown.append(True))
            except Exception as error:
                self._fail(error)
                return
            if not shown:
                self._fail("the desktop did not take it")
                return
            self.works = True

    def _fail(self, error: Exception | str) -> None:
        self.works = False
        logger.info("no system notifications: %s", error)
