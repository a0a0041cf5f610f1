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
import json, sys, time
sys.path.insert(0, sys.argv[1])
from net.chat.discovery.sockets import BeaconSockets
from net.system.interfaces import find_interface, interfaces

sockets = BeaconSockets(lambda call: None, 45654, 45654, b"x" * 32, b"start")
for line in sys.stdin:
    deadline = time.monotonic() + 30
    while find_interface(sys.argv[2]).is_up != (line == "up\\n") and time.monotonic() < deadline:
        pass
    sockets.update(interfaces())
    refused = {key: error.errno for key, error in sockets.errors.items() if ":" not in key}
    known = [name for family, index, name in sockets._memberships if family == 2]
    print(json.dumps([sorted(known), refused]), flush=True)
sockets.close()
"""


@pytest.mark.parametrize("at_first", ["up", "down"])
def test_real_interfaces_come_first_also_when_plugged_in_later(at_first: str) -> None:
    with two_pcs() as (a, _):
        virtual_networks(a)
        program = a.popen([sys.executable, "-c", PROGRAM, ROOT, a.interface])
        assert program.stdin is not None and program.stdout is not None
        answers = []
        for state in (at_first, "up"):
            a.set_link(up=state == "up")
            program.stdin.write(f"{state}\n")
            program.stdin.flush()
            answers.append(json.loads(program.stdout.readline()))
    before, after = answers
    for joined, refused in (before, after):
        assert len(joined) == 2
        assert all(is_limit(OSError(number, "")) for number in refused.values())
    assert (a.interface in before[0]) == (at_first == "up")
    joined, refused = after
    assert a.interface in joined
    left = {f"{GROUP4}%{name}" for name in ("veth1", "veth2", "veth3") if name not in joined}
    assert set(refused) == left and len(left) == 2
