"""What a link did to many datagrams, and how far that is from what it was asked, in standard errors.

The tests and the bench use the same.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from net.protocol.impairment.datagrams import DatagramLink, Told
from net.protocol.impairment.fate import Fate
from net.protocol.impairment.settings import Impairment

DATAGRAMS = 100_000


class Measured(NamedTuple):
    """A mean over many datagrams. ``error``: its standard error if the link does what it was asked."""

    name: str
    asked: float
    found: float
    error: float

    @property
    def off(self) -> float:
        """How many standard errors lie between the two."""
        return abs(self.found - self.asked) / self.error


def fates(impairment: Impairment, seed: int, count: int = DATAGRAMS, gap: float = 0.001) -> list[Told[int]]:
    """Of datagrams numbered from 1 that come ``gap`` seconds apart."""
    link: DatagramLink[int] = DatagramLink(impairment, seed)
    told: list[Told[int]] = []
    for number in range(1, count + 1):
        now = number * gap
        told += link.leave(now)
        link.take(number, 100, now)
    return told + link.leave(count * gap + 1000.0)


def measure_all(seed: int) -> list[Measured]:
    """Every statistic that a link can be asked for, each over DATAGRAMS datagrams."""
    return [
        _share("loss", 0.2, fates(Impairment(loss=0.2), seed), Fate.LOST),
        _share("double", 0.1, fates(Impairment(double=0.1), seed), Fate.DOUBLED),
        _share("reorder", 0.05, fates(Impairment(reorder=0.05), seed), Fate.REORDERED),
        *_bursts(0.1, 5.0, seed),
        *_delays(0.05, 0.03, seed),
        _rate(400.0, seed),
    ]


def _share(name: str, asked: float, told: list[Told[int]], fate: Fate) -> Measured:
    found = sum(one.fate is fate for one in told) / DATAGRAMS
    return Measured(name, asked, found, math.sqrt(asked * (1 - asked) / DATAGRAMS))


def _bursts(loss: float, burst: float, seed: int) -> list[Measured]:
    told = fates(Impairment(loss=loss, burst=burst), seed)
    lost = [one.fate is Fate.LOST for one in sorted(told, key=lambda one: one.number)]
    # Neighbours are alike: the two-state chain's second eigenvalue says how much (Kemeny and Snell, 1960).
    alike = 1 - 1 / burst - loss / (burst * (1 - loss))
    spread = loss * (1 - loss) * (1 + alike) / (1 - alike)
    begun = sum(now and not before for before, now in zip([False, *lost], lost, strict=False))
    return [
        Measured("loss in bursts", loss, sum(lost) / DATAGRAMS, math.sqrt(spread / DATAGRAMS)),
        # The lengths are geometrically distributed: their variance is burst * (burst - 1).
        Measured("burst", burst, sum(lost) / begun, math.sqrt(burst * (burst - 1) / begun)),
    ]


def _delays(delay: float, jitter: float, seed: int) -> list[Measured]:
    kept = [one.delay for one in fates(Impairment(delay=delay, jitter=jitter), seed)]
    mean = sum(kept) / len(kept)
    deviation = sum(abs(each - delay) for each in kept) / len(kept)
    # Evenly distributed: the variance is jitter ** 2 / 3, the mean distance from the middle jitter / 2.
    return [
        Measured("delay", delay, mean, jitter / math.sqrt(3 * len(kept))),
        Measured("jitter", jitter / 2, deviation, jitter / math.sqrt(12 * len(kept))),
    ]


def _rate(rate: float, seed: int) -> Measured:
    """The share that a narrow place lets through: of 1,000 a second, ``rate`` and the queue's first fill."""
    told = fates(Impairment(rate=rate, queue=100), seed)
    passed = sum(one.fate is Fate.PASSED for one in told)
    seconds = DATAGRAMS * 0.001
    return Measured("rate", rate, (passed - 100) / seconds, 1 / seconds)
