"""A real Discovery on an asyncio loop, for a test on another PC: orders as JSON lines in, what it tells out.

python -m tests.net.chat.discovery.finder IDENTITY TCP_PORT NAME [OPTION=VALUE ...]
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from dataclasses import asdict
from typing import Any

from net.address import Address
from net.chat.diagnosis.diagnosis import diagnose
from net.chat.discovery import Discovery, Options, Sighting, Sightings
from net.protocol.chat.messages import DiagnoseReply

STOP_SECONDS = 20.0


def say(kind: str, **values: Any) -> None:
    print(json.dumps({"kind": kind, **values}), flush=True)


def tell_seen(seen: Sighting) -> None:
    say(
        "seen",
        identity=seen.identity,
        name=seen.name,
        colour=seen.colour,
        addresses=[str(address) for address in seen.addresses],
        ways=sorted(way.value for way in seen.ways),
        restarted=seen.restarted,
        copies=list(seen.copies),
    )


class Finder:
    def __init__(self, identity: str, port: int, name: str, options: Options) -> None:
        self.loop = asyncio.get_running_loop()
        self.over = self.loop.create_future()
        self.name = name
        self.discovery = Discovery(
            self.loop,
            identity,
            port,
            profile=lambda: (self.name, "#336699"),
            sightings=Sightings(),
            on_seen=tell_seen,
            on_gone=lambda gone: say("gone", identity=gone),
            on_twins=lambda twins: say("twins", addresses=[str(twin) for twin in twins]),
            options=options,
        )

    def obey(self, order: dict[str, Any]) -> None:
        kind = order.pop("do")
        discovery = self.discovery
        if kind == "start":
            discovery.start()
        elif kind == "set":
            say("refused", refused=discovery.set(**order))
        elif kind == "met":
            people = order["people"]
            discovery.met_before({i: [Address.parse(text) for text in people[i]] for i in people})
        elif kind == "rename":
            self.name = order["name"]
            discovery.profile_changed()
        elif kind == "again":
            discovery.find_again()
        elif kind == "heard":
            say("heard", heard=discovery.heard(order["host"]))
        elif kind == "count":
            say("count", count=len(discovery.sightings()))
        elif kind == "cpu":
            say("cpu", seconds=time.process_time())
        elif kind == "echo":
            self.echo = self.loop.create_task(self.tell_echoes())
        elif kind == "diagnose":
            self.diagnosis = self.loop.create_task(self.diagnose(**order))
        elif kind == "stop":
            self.over.set_result(None)

    async def tell_echoes(self) -> None:
        say("echoes", echoes=[asdict(echo) for echo in await self.discovery.hear_itself()])

    async def diagnose(
        self, port: int, address: str = "", reply: dict[str, Any] | None = None, **options: Any
    ) -> None:
        """``reply``: the other Duplex's, None where it refuses the connection."""

        async def ask(peer: Address) -> DiagnoseReply:
            if reply is None:
                raise ConnectionRefusedError
            return DiagnoseReply(version=1, **reply)

        peer = Address.parse(address) if address else None
        findings = await diagnose(self.discovery, port, address=peer, ask=ask, **options)
        say("findings", findings=findings)


async def main() -> None:
    identity, port, name, *rest = sys.argv[1:]
    options = Options(**{key: json.loads(value) for key, _, value in (text.partition("=") for text in rest)})
    finder = Finder(identity, int(port), name, options)

    def read() -> None:
        for line in sys.stdin:
            finder.loop.call_soon_threadsafe(finder.obey, json.loads(line))

    threading.Thread(target=read, daemon=True).start()
    say("ready")
    await finder.over
    await finder.discovery.stop()
    deadline = finder.loop.time() + STOP_SECONDS
    while threads_left() and finder.loop.time() < deadline:
        await asyncio.sleep(0.01)
    say("stopped", threads=threads_left())


def threads_left() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith(("Net", "zeroconf"))]


if __name__ == "__main__":
    asyncio.run(main())
