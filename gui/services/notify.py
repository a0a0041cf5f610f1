"""Desktop notifications, for when nobody is looking at the window.

Sending one talks to the desktop and may take a while, so it happens off the Tk thread. If the system has no
notifications nothing happens, and `Notifications.works` is False after the first one.
"""

from __future__ import annotations

import logging
import queue
import threading

logger = logging.getLogger("duplex.notify")
MOST_WAITING = 20


class Notifications:
    """``works``: None before the first was sent, then whether the system accepted the last one."""

    def __init__(self, app_name: str = "Duplex") -> None:
        self.works: bool | None = None
        self._app_name = app_name
        self._waiting: queue.Queue[tuple[str, str]] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None

    def show(self, title: str, text: str) -> None:
        """Send a notification soon; never blocks, never raises. While many are queued, further ones are
        dropped."""
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
        except Exception as error:  # a desktop's library may raise anything; chatting goes on without it
            self._fail(error)
            return
        # The library logs its errors and raises nothing; it only calls back for a notification it showed.
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
