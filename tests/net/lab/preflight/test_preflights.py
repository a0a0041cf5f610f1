"""A pre-flight on this PC: each mechanism is told once, soon, and nothing is left behind."""

from __future__ import annotations

import sys
import urllib.request
from collections.abc import Iterator

import psutil
import pytest

from net.engine import Engine
from net.events import Event
from net.lab.commands import StopPreflight, TryPreflight
from net.lab.events import ClassPortOpened, Knocked, MechanismsTried, MechanismTried, PreflightEnded
from net.lab.preflight import preflights
from net.lab.preflight.mechanisms import names
from tests.waiting import wait_until

LINUX = {
    "hook", "tcp-info", "unread", "unacked", "accept-queue", "time-wait", "time-wait-countdown", "udp-drops",
    "second-loopback", "lan-port", "python",
}  # fmt: skip
"""What an ordinary user's program is told on every Linux."""

PATIENCE = 60.0
"""A pre-flight takes a second or two, on a PC that does nothing else."""


class Told:
    def __init__(self) -> None:
        self.engine = Engine()
        self.events: list[Event] = []

    def look(self) -> None:
        while not self.engine.events.empty():
            self.events += self.engine.events.get()

    def all(self, kind: type[Event]) -> list[Event]:
        self.look()
        return [event for event in self.events if isinstance(event, kind)]

    def wait(self, kind: type[Event], count: int = 1) -> list[Event]:
        wait_until(lambda: len(self.all(kind)) >= count, PATIENCE, what=kind.__name__)
        return self.all(kind)


@pytest.fixture
def told() -> Iterator[Told]:
    made = Told()
    yield made
    made.engine.stop()
    assert made.engine.join(20)


def tried(told: Told) -> dict[str, bool]:
    return {
        event.name: event.works for event in told.all(MechanismTried) if isinstance(event, MechanismTried)
    }


@pytest.mark.skipif(sys.platform != "linux", reason="what other systems tell differs")
def test_every_mechanism_is_told_once(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflights, "LIMIT", PATIENCE)
    told.engine.submit(TryPreflight(7, 0))
    (over,) = told.wait(MechanismsTried)
    assert isinstance(over, MechanismsTried) and over.preflight == 7 and over.seconds > 0
    assert sorted(event.name for event in told.all(MechanismTried)) == sorted(names())  # type: ignore[attr-defined]
    works = tried(told)
    assert {name for name in LINUX if not works[name]} == set()
    python = next(event for event in told.all(MechanismTried) if event.name == "python")  # type: ignore[attr-defined]
    assert isinstance(python, MechanismTried) and python.values["python"].startswith("3.")


def test_a_visitor_is_told_and_ends_with_the_preflight(told: Told) -> None:
    told.engine.submit(TryPreflight(1, 0))
    (opened,) = told.wait(ClassPortOpened)
    assert isinstance(opened, ClassPortOpened) and opened.fault is None
    port = int(opened.addresses[0].rpartition(":")[2])
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as page:
        assert "Duplex" in page.read().decode()
    assert told.wait(Knocked) == [Knocked(1, "127.0.0.1", True)]
    told.engine.submit(StopPreflight(1))
    assert told.wait(PreflightEnded) == [PreflightEnded(1)]
    with pytest.raises(OSError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10)


def test_stopping_in_the_middle_leaves_no_process(told: Told) -> None:
    before = psutil.Process().children(recursive=True)
    told.engine.submit(TryPreflight(1, 0))
    told.wait(ClassPortOpened)
    told.engine.submit(StopPreflight(1))
    assert told.wait(PreflightEnded) == [PreflightEnded(1)]
    own = psutil.Process()
    wait_until(lambda: own.children(recursive=True) == before, PATIENCE, what="no process is left")
    told.engine.submit(StopPreflight(1))
    told.engine.submit(TryPreflight(2, 0))
    told.wait(MechanismsTried)
    assert len(told.all(PreflightEnded)) == 1


def test_what_does_not_answer_counts_as_not_working(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflights, "LIMIT", 0.01)
    told.engine.submit(TryPreflight(1, 0))
    told.wait(MechanismsTried)
    assert not tried(told)["hook"] and tried(told)["lan-port"]
    assert len(told.all(MechanismTried)) == len(names())
