"""Directory: what the doors ask: whom we know, and what to say of ourselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from net.address import Address
from net.chat.context import ChatContext
from net.chat.discovery import Discovery
from net.chat.events import Trust
from net.protocol.chat.messages import MIN_VERSION, VERSION, DiagnoseReply, Hello
from net.system.interfaces import interfaces


class Directory:
    """`doors.Directory`. ``port``: our listener's; ``picture()``: our picture's digest."""

    def __init__(
        self,
        context: ChatContext,
        discovery: Callable[[], Discovery | None],
        picture: Callable[[], bytes] = bytes,
    ) -> None:
        self._context = context
        self._discovery = discovery
        self._picture = picture
        self.port = 0

    def certificates(self) -> Mapping[bytes, bytes]:
        return self._context.people.certificates()

    def is_blocked(self, identity: bytes) -> bool:
        contact = self._context.people.get(identity.hex())
        return contact is not None and contact.trust is Trust.BLOCKED

    def profile(self) -> tuple[str, str]:
        return self._context.name, self._context.colour

    def hello(self, identity: bytes) -> Hello:
        context = self._context
        stream, received_stream, received = context.delivery.hello_fields(identity.hex())
        return Hello(
            version=VERSION,
            min_version=MIN_VERSION,
            name=context.name,
            colour=context.colour,
            status=context.status,
            picture=self._picture(),
            port=self.port,
            stream=stream,
            received_stream=received_stream,
            received=received,
        )

    def diagnosis(self, asker: Address) -> DiagnoseReply:
        discovery = self._discovery()
        beacon, dns_sd = discovery.heard(asker.host) if discovery is not None else (False, False)
        names = [f"{one.name} {one.ipv4}"[:64] for one in interfaces() if one.is_up and not one.is_loopback]
        return DiagnoseReply(
            version=VERSION,
            heard_beacon=beacon,
            heard_dns_sd=dns_sd,
            seen_address=str(asker)[:64],
            interfaces=names[:32],
        )
