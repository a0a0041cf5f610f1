"""Converts the choice in the fields to programs that do the same, and that talk to it. No tkinter here."""

from __future__ import annotations

from gui.pages.sockets.choice import Choice
from gui.pages.sockets.code.example_answers import rules_expressed, rules_left_out
from gui.pages.sockets.code.example_parts import Example
from net.address import Address, parse_host
from net.protocol.codec import parse_codec
from net.sockets.events import Role
from net.system.interfaces import find_interface, is_local


def example_of(choice: Choice, local: Address | None = None) -> Example | None:
    """The programs for ``choice``; None while it has errors.

    ``local``: the actual address of its session once it is open: with port 0 the system chose the port.
    """
    if choice.problems():
        return None
    role = choice.role_kind
    own = choice.address
    if local is not None and role in (Role.SERVER, Role.UNICAST, Role.BROADCAST):
        own = own.with_port(local.port)
    aim, peer, interface = own, "client", ""
    if role is Role.CLIENT:
        peer = "server"
    elif role is Role.MULTICAST:
        peer, interface = "server", _interface(choice)
    elif not choice.is_tcp:
        destination = choice.destination
        if destination is not None:
            # Two programs on this PC can't both receive on one port: the other program then sends to it.
            same_port = destination.port == own.port
            aim, peer = destination, "client" if same_port and role is Role.BROADCAST else "server"
    sends_from_own = not choice.is_tcp and aim != own and role is Role.UNICAST
    return Example(
        transport="tcp" if choice.is_tcp else "udp",
        role=role.value,
        host=_host(aim),
        port=aim.port,
        framing=choice.framing_choice,
        codec=parse_codec(choice.codec),
        tls=choice.is_tcp and choice.tls,
        group=_host(aim) if role is Role.MULTICAST else "",
        ttl=int(choice.command(0).ttl) if role is Role.MULTICAST else 1,  # type: ignore[union-attr]
        peer=peer,
        own_host=_host(own) if sends_from_own else "",
        own_port=own.port if sends_from_own else 0,
        interface=interface,
        rules=rules_expressed(choice.reply_rules, parse_codec(choice.codec)),
        left_out=rules_left_out(choice.reply_rules, parse_codec(choice.codec)),
    )


def belongs_elsewhere(example: Example, side: str) -> bool:
    """Whether this program binds an address of another PC, and so can't run on this one."""
    if side != "server" or example.role in ("broadcast", "multicast"):
        return False
    host, _scope = parse_host(example.host)
    address = Address(host, 0)
    return not (address.is_name or address.is_any or is_local(host))


def _host(address: Address) -> str:
    return f"{address.host}%{address.scope}" if address.scope else address.host


def _interface(choice: Choice) -> str:
    """The interface for `Example.interface`; "" if the system chooses, or it was not found."""
    found = find_interface(choice.interface) if choice.interface.strip() else None
    if found is None:
        return ""
    return str(found.index) if choice.address.version == 6 else found.ipv4
