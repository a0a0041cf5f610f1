"""This PC's side of every connection: who it is, whom it knows, and who is called when a connection or a
pairing has come about."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from net.address import Address
from net.chat.identity import Identity
from net.chat.wires.duplex.link import Link
from net.chat.wires.duplex.pairing import Paired
from net.protocol.chat.messages import DiagnoseReply, Hello


class Directory(Protocol):
    """Whom this PC knows; asked on the loop's thread, answered at once."""

    def certificates(self) -> Mapping[bytes, bytes]:
        """Identity to certificate (DER) of everybody paired and not blocked; `Doors.people_changed` after a
        change."""

    def is_blocked(self, identity: bytes) -> bool: ...

    def hello(self, identity: bytes) -> Hello:
        """What to say to this person first: with ``received`` as it is on disk now."""

    def profile(self) -> tuple[str, str]:
        """Our name and colour."""

    def diagnosis(self, asker: Address) -> DiagnoseReply:
        """What we hear of the asker."""


@dataclass(frozen=True, slots=True)
class LocalSide:
    """``on_link(link)``: a talking connection stands, dialled by either side; its callbacks must be set in
    that call, before it returns. ``on_paired(paired, address, incoming)``: somebody proved a certificate;
    where it is known already only the digits are new. ``on_update(identity, name, ours)``: no version in
    common; ``ours``: this Duplex is the older one (identity b"" and name "" where not known)."""

    loop: asyncio.AbstractEventLoop
    identity: Identity
    directory: Directory
    on_link: Callable[[Link], object]
    on_paired: Callable[[Paired, Address, bool], object]
    on_update: Callable[[bytes, str, bool], object]
