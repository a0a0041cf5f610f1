"""Forged beacons: thousands of people who do not exist, while real ones come and are found."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest

from net.chat.discovery.discovery import JITTER, PERIOD
from net.chat.discovery.sightings import MAX_STRANGERS
from tests.net.chat.discovery.lan import ROOT, Person
from tests.netns import two_pcs

pytestmark = [pytest.mark.netns, pytest.mark.timeout(220)]


def memory(person: Person) -> int:
    return int(psutil.Process(person.process.pid).memory_info().rss)


def test_a_flood_is_bounded_and_a_person_met_before_is_found_meanwhile() -> None:
    with two_pcs() as (pc_a, pc_b):
        prefix = pc_b.address.rpartition(".")[0]
        for number in range(100, 150):
            pc_b.run(["ip", "address", "add", f"{prefix}.{number}/24", "dev", pc_b.interface])
        a = Person(pc_a, "a", dns_sd=False)
        a.order("met", people={"b" * 64: [f"{pc_b.address}:45654"]})
        a.start()
        a.ask("heard", "heard", host="10.0.0.1")
        before = memory(a)
        arguments = [sys.executable, "-m", "tests.net.chat.discovery.forger", pc_b.broadcast, prefix]
        forger = pc_b.popen([*arguments, "100", "149"], cwd=Path(ROOT))
        assert forger.stdout is not None and forger.stdout.readline() == "sent\n"
        b = Person(pc_b, "b", dns_sd=False)
        b.start()
        # Two rounds of beacons, in case that other programs leave none of the two any time to read.
        a.wait(lambda: a.sees(b), 2 * PERIOD * (1 + JITTER))
        real = {f"{pc_b.address}:45654", f"[fe80::99:2%{pc_a.interface}]:45654"}
        assert set(a.last(b)["addresses"]) <= real
        assert forger.poll() is None
        a.wait(lambda: a.ask("count", "count")["count"] > MAX_STRANGERS // 4)
        assert a.ask("count", "count")["count"] <= MAX_STRANGERS + 1
        assert not any("\u202e" in one["name"] for one in a.all("seen"))
        assert memory(a) - before < 30_000_000
        assert forger.stdin is not None
        forger.stdin.close()
