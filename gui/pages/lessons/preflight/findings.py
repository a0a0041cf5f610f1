"""What the last pre-flight found on this PC, for its dialog and the shelf. No widget here."""

from __future__ import annotations

from collections.abc import Callable

from gui.shared.dispatch import Takers
from net.lab.events import ClassPortOpened, Knocked, MechanismsTried, MechanismTried, PreflightEnded


class Findings:
    """``works``: by mechanism, empty before the first pre-flight. ``tried``: with the values of their
    sentences; ``addresses``: where other PCs reach the class port; ``knocks``: the hosts that did, each once,
    the latest last. ``on_change`` is called after each event."""

    def __init__(self) -> None:
        self.preflight = 0
        self.works: dict[str, bool] = {}
        self.tried: dict[str, MechanismTried] = {}
        self.addresses: tuple[str, ...] = ()
        self.knocks: list[Knocked] = []
        self.seconds: float | None = None
        self.open = False
        self._watchers: list[Callable[[], None]] = []

    def watch(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Call ``on_change`` after each change; returns a function that ends that."""
        self._watchers.append(on_change)

        def forget() -> None:
            if on_change in self._watchers:
                self._watchers.remove(on_change)

        return forget

    def begin(self, preflight: int) -> None:
        """A new pre-flight, numbered ``preflight``. What the one before found stays known until it is tried
        again."""
        self.preflight = preflight
        self.tried = {}
        self.addresses, self.knocks, self.seconds, self.open = (), [], None, True
        self._changed()

    def takers(self) -> Takers:
        return {
            MechanismTried: self._take_tried,
            ClassPortOpened: self._take_port,
            Knocked: self._take_knock,
            MechanismsTried: self._take_all,
            PreflightEnded: self._take_end,
        }

    def _take_tried(self, event: MechanismTried) -> None:
        if event.preflight == self.preflight:
            self.works[event.name] = event.works
            self.tried[event.name] = event
            self._changed()

    def _take_port(self, event: ClassPortOpened) -> None:
        if event.preflight == self.preflight:
            self.addresses = event.addresses
            self._changed()

    def _take_knock(self, event: Knocked) -> None:
        if event.preflight == self.preflight:
            self.knocks = [one for one in self.knocks if one.host != event.host] + [event]
            self._changed()

    def _take_all(self, event: MechanismsTried) -> None:
        if event.preflight == self.preflight:
            self.seconds = event.seconds
            self._changed()

    def _take_end(self, event: PreflightEnded) -> None:
        if event.preflight == self.preflight:
            self.open = False
            self._changed()

    def _changed(self) -> None:
        for on_change in list(self._watchers):
            on_change()
