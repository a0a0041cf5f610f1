"""Group memberships where the kernel has a limit of them: the real networks come first."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from net.chat.discovery.sockets import GROUP4, is_limit
from tests.net.chat.discovery.lan import virtual_networks
from tests.netns import two_pcs

pytestmark = pytest.mark.netns

ROOT = str(Path(__file__).resolve().parents[4])
PROGRAM = """
import json, subprocess, sys, time
sys.path.insert(0, sys.argv[1])
from net.chat.discovery.sockets import BeaconSockets
from net.system.interfaces import find_interface, interfaces

real = sys.argv[2]
sockets = BeaconSockets(lambda call: None, 45654, 45654, b"x" * 32, b"start")
def joined():
    sockets.update(interfaces())
    refused = {key: error.errno for key, error in sockets.errors.items() if ":" not in key}
    known = [name for family, index, name in sockets._memberships if family == 2]
    print(json.dumps([sorted(known), refused]), flush=True)
subprocess.run(["ip", "link", "set", real, sys.argv[3]], check=True)
joined()
subprocess.run(["ip", "link", "set", real, "up"], check=True)
deadline = time.monotonic() + 30
while not find_interface(real).is_up and time.monotonic() < deadline:
    pass
joined()
sockets.close()
"""


@pytest.mark.parametrize("at_first", ["up", "down"])
def test_real_interfaces_come_first_also_when_plugged_in_later(at_first: str) -> None:
    with two_pcs() as (a, _):
        virtual_networks(a)
        done = a.run([sys.executable, "-c", PROGRAM, ROOT, a.interface, at_first])
        before, after = map(json.loads, done.stdout.splitlines())
    for joined, refused in (before, after):
        assert len(joined) == 2
        assert all(is_limit(OSError(number, "")) for number in refused.values())
    assert (a.interface in before[0]) == (at_first == "up")
    joined, refused = after
    assert a.interface in joined
    left = {f"{GROUP4}%{name}" for name in ("veth1", "veth2", "veth3") if name not in joined}
    assert set(refused) == left and len(left) == 2
