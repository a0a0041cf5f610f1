"""What the last pre-flight found on this PC, for its dialog and the shelf. No widget here."""

from __future__ import annotations

from collections.abc import Callable

from gui.shared.dispatch import Takers
from net.lab.events import ClassPortOpened, Knocked, MechanismsTried, MechanismTried, PreflightEnded
from net.lab.preflight.mechanisms import names


class Findings:
    """``tried``: by mechanism, empty before the first pre-flight; ``waiting``: those that the present one has
    not tried yet. ``addresses``: where other PCs reach the class port; ``knocks``: the hosts that did, each
    once, the latest last. ``seconds``: how long the trials took, None until they are over."""

    def __init__(self) -> None:
        self.preflight = 0
        self.tried: dict[str, MechanismTried] = {}
        self.waiting: set[str] = set()
        self.addresses: tuple[str, ...] = ()
        self.knocks: list[Knocked] = []
        self.seconds: float | None = None
        self.open = False
        self._watchers: list[Callable[[], None]] = []

    @property
    def works(self) -> dict[str, bool]:
        return {name: tried.works for name, tried in self.tried.items()}

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
        self.waiting = set(names())
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
            self.waiting.discard(event.name)
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
