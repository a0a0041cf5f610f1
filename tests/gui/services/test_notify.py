"""Desktop notifications: sent in the background, and given up quietly if there are none."""

from __future__ import annotations

import sys
import threading
import types
from collections.abc import Callable

import pytest

from gui.services.notify import Notifications
from tests.waiting import wait_until


class Desktop:
    def __init__(self, problem: Exception | None = None, shows: bool = True) -> None:
        self.shows = shows
        self.sent: list[tuple[str, str]] = []
        self.threads: set[int] = set()
        self.problem = problem

    def send(self, title: str, text: str, on_dispatched: Callable[[], None]) -> None:
        self.threads.add(threading.get_ident())
        if self.problem is not None:
            raise self.problem
        if self.shows:
            self.sent.append((title, text))
            on_dispatched()


def install(monkeypatch: pytest.MonkeyPatch, desktop: Desktop) -> None:
    module = types.ModuleType("desktop_notifier.sync")
    module.DesktopNotifierSync = lambda app_name: desktop  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "desktop_notifier.sync", module)


def test_a_notification_goes_out_beside_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    desktop = Desktop()
    install(monkeypatch, desktop)
    sending = Notifications()
    sending.show("Lin", "hello")
    sending.show("Lin", "again")
    wait_until(lambda: len(desktop.sent) == 2, what="both")
    assert desktop.sent == [("Lin", "hello"), ("Lin", "again")]
    assert threading.get_ident() not in desktop.threads
    wait_until(lambda: sending.works is True, what="known to work")


@pytest.mark.parametrize(
    "desktop", [Desktop(OSError("no bus")), Desktop(shows=False)], ids=["raises", "silent"]
)
def test_a_desktop_without_notifications_is_asked_once(
    monkeypatch: pytest.MonkeyPatch, desktop: Desktop
) -> None:
    install(monkeypatch, desktop)
    sending = Notifications()
    sending.show("Lin", "hello")
    wait_until(lambda: sending.works is False, what="given up")
    sending.show("Lin", "again")
    assert sending._waiting.empty() and desktop.sent == []
