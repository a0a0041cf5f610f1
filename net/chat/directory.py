"""Directory: what the doors ask: whom we know, and what to say of ourselves. NetThread only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from net.address import Address
from net.chat.discovery import Sightings
from net.chat.events import Trust
from net.chat.people import People
from net.chat.pictures import Pictures
from net.chat.profile import OwnProfile
from net.protocol.chat.messages import MIN_VERSION, VERSION, DiagnoseReply, Hello
from net.system.interfaces import interfaces


class Directory:
    """`net.chat.wires.duplex.local_side.Directory`. ``received(identity)``: (stream, received_stream,
    received) of a `Hello` to this person; ``sightings``: what discovery has heard."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        profile: OwnProfile,
        people: People,
        pictures: Pictures,
        sightings: Sightings,
        received: Callable[[str], tuple[bytes, bytes, int]],
    ) -> None:
        self._loop = loop
        self._profile = profile
        self._people = people
        self._pictures = pictures
        self._sightings = sightings
        self._received = received

    def certificates(self) -> Mapping[bytes, bytes]:
        return self._people.certificates()

    def is_blocked(self, identity: bytes) -> bool:
        contact = self._people.get(identity.hex())
        return contact is not None and contact.trust is Trust.BLOCKED

    def profile(self) -> tuple[str, str]:
        return self._profile.name_and_colour()

    def hello(self, identity: bytes) -> Hello:
        profile = self._profile
        stream, received_stream, received = self._received(identity.hex())
        return Hello(
            version=VERSION,
            min_version=MIN_VERSION,
            name=profile.name,
            colour=profile.colour,
            status=profile.status.value,
            picture=self._pictures.digest,
            port=profile.port,
            stream=stream,
            received_stream=received_stream,
            received=received,
        )

    def diagnosis(self, asker: Address) -> DiagnoseReply:
        beacon, dns_sd = self._sightings.heard(asker.host, self._loop.time())
        names = [f"{one.name} {one.ipv4}"[:64] for one in interfaces() if one.is_up and not one.is_loopback]
        return DiagnoseReply(
            version=VERSION,
            heard_beacon=beacon,
            heard_dns_sd=dns_sd,
            seen_address=str(asker)[:64],
            interfaces=names[:32],
        )
