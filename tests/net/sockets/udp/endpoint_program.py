"""One endpoint as a program, for tests that run it on another PC (a network namespace).

    endpoint_program.py '{"address": "0.0.0.0:5000", "group": "239.1.2.3:0"}'

Each line of standard input is a JSON list: ["send", TEXT, ADDRESS or null], ["join", GROUP, INTERFACE],
["leave", GROUP, INTERFACE] or ["close"]. Each event is printed as a JSON line.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))

from net.address import Address
from net.events import Event
from net.loop.outlet import EventQueue, Outlet
from net.protocol.reply import parse_reply
from net.sockets.commands import UdpOpen
from net.sockets.events import (
    Closed,
    DatagramsReceived,
    FaultOccurred,
    FaultRepeated,
    GroupChanged,
    Opened,
    OpenFailed,
)
from net.sockets.network import Network
from net.sockets.udp.endpoint import Endpoint
from net.sockets.udp.opening import EndpointOpening


def as_json(event: Event) -> dict[str, Any] | None:
    name = type(event).__name__
    if isinstance(event, Opened):
        return {"event": name, "local": str(event.local_address)}
    if isinstance(event, FaultOccurred | FaultRepeated | OpenFailed):
        return {"event": name, "kind": event.fault.kind.value, "params": dict(event.fault.params)}
    if isinstance(event, DatagramsReceived):
        senders = [str(Address.from_socket(sender)) for sender in event.senders]
        return {"event": name, "data": [data.decode() for data in event.datagrams], "senders": senders}
    if isinstance(event, GroupChanged):
        return {"event": name, "joined": event.joined, "interface": event.interface}
    return {"event": name} if isinstance(event, Closed) else None


def main() -> None:
    options = json.loads(sys.argv[1])
    for name in ("address", "peer", "group"):
        if name in options:
            options[name] = Address.parse(options[name])
    if "reply_rules" in options:
        options["reply_rules"] = (parse_reply(options["reply_rules"]),)
    loop = asyncio.new_event_loop()
    events = EventQueue()
    network = Network(loop, Outlet(loop, events), lambda: 2, None)
    network.sessions[1] = EndpointOpening(network, UdpOpen(1, **options))

    def endpoint() -> Endpoint:
        session = network.sessions[1]
        assert isinstance(session, Endpoint)
        return session

    def send(message: bytes, to: Address | None) -> None:
        endpoint().send([message], to)

    def change(verb: str, group: Address, interface: str) -> None:
        (endpoint().join_group if verb == "join" else endpoint().leave_group)(group, interface)

    def obey() -> None:
        for line in sys.stdin:
            verb, *rest = json.loads(line)
            if verb == "send":
                to = Address.parse(rest[1]) if rest[1] else None
                loop.call_soon_threadsafe(send, rest[0].encode(), to)
            elif verb == "close":
                loop.call_soon_threadsafe(network.sessions[1].close)
            else:
                loop.call_soon_threadsafe(change, verb, Address.parse(rest[0], 0), rest[1])

    for function in (loop.run_forever, obey):
        threading.Thread(target=function, daemon=True).start()
    while True:
        for event in events.get():
            reported = as_json(event)
            if reported is not None:
                print(json.dumps(reported), flush=True)
            if isinstance(event, Closed | OpenFailed):
                return


if __name__ == "__main__":
    main()
