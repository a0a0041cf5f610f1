"""Converts the choice in the fields to programs that do the same, and that talk to it. No tkinter here."""

from __future__ import annotations

from dataclasses import replace

from gui.pages.sockets.choice import Choice
from gui.pages.sockets.code.example_answers import rules_expressed, rules_left_out
from gui.pages.sockets.code.example_parts import Example, OwnOptions
from net.address import Address, parse_host
from net.protocol.codec import parse_codec
from net.sockets.commands import TcpConnect, TcpListen, TlsOptions, UdpOpen
from net.sockets.events import Role
from net.system.interfaces import everybody_on, find_interface, is_local, local_addresses


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
        if destination is not None and destination.is_limited_broadcast:
            destination = Address(everybody_on(choice.interface.strip()), destination.port)
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
        reach=_reach(choice, aim, own),
        own=_own_options(choice),
    )


def _own_options(choice: Choice) -> OwnOptions:
    """What the session sets besides what every program does."""
    command = choice.command(0)
    if isinstance(command, UdpOpen):
        return OwnOptions(
            receive_buffer=command.receive_buffer, connected=command.peer is not None, loop=command.loop
        )
    if not isinstance(command, TcpListen | TcpConnect):
        return OwnOptions()
    options, tls = command.options, command.tls or TlsOptions()
    shared = OwnOptions(
        reuse_address=options.reuse_address,
        no_delay=options.no_delay,
        keep_alive=options.keep_alive,
        receive_buffer=options.receive_buffer,
        send_buffer=options.send_buffer,
        verify=tls.verify,
        tls_name=tls.server_name,
        authority=tls.authority,
        certificate=tls.certificate,
        key=tls.key,
    )
    if isinstance(command, TcpListen):
        every = command.address.host == "::"
        return replace(shared, backlog=command.backlog, dual_stack=options.dual_stack if every else None)
    local = command.local_address
    return replace(
        shared,
        timeout=command.timeout,
        local_host=_host(local) if local is not None else "",
        local_port=local.port if local is not None else 0,
    )


def _reach(choice: Choice, aim: Address, own: Address) -> str:
    """An address of this PC that leads here from this and from other PCs, where the programs need one: the
    session listens on every address, or others are to find the way to its group. "" if there is none."""
    multicast = choice.role_kind is Role.MULTICAST
    if not multicast and not (aim is own and own.is_any):
        return ""
    six = own.version == 6 and not choice.dual_stack
    for local in local_addresses():
        if ((":" in local.host) == six and not multicast) or (multicast and ":" not in local.host):
            return _host(local.with_port(0))
    return ""


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
    return found.name if choice.address.version == 6 else found.ipv4
