"""The steps until a TCP listener listens: resolve, bind, listen.

A name may stand for several addresses: ``localhost`` does for ``127.0.0.1`` and ``::1``, and which of them
a client's program tries is its own affair. So a listener on a name listens on all of its addresses that
this PC has, with one port number.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import socket
from collections.abc import Sequence

from net.address import SocketAddress
from net.sockets.commands import TcpListen
from net.sockets.events import State
from net.sockets.network import Network
from net.sockets.socket_options import keep_urgent_in_line, new_socket, set_option, set_options, set_reuse
from net.system.resolve import Candidate, resolve

PORT_TRIES = 20
"""Ports that the system may choose for a name's first address before one is free at the others, too."""

_NOT_OURS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, 10049, 10047)
"""Errors of an address that this PC does not have: not all addresses of a name need be its own."""


async def bind_and_listen(network: Network, command: TcpListen) -> list[socket.socket]:
    """Listening sockets at the command's address, at least one. Raises `AddressError` or `OSError`."""
    if command.address.is_name and command.address.host:
        network.report_state(command.session, State.RESOLVING)
    candidates = await resolve(command.address, passive=True)
    socks = _bind_all(network, command, candidates)
    try:
        for sock in socks:
            listen = functools.partial(sock.listen, command.backlog)
            network.call(command.session, "listen", str(command.backlog), listen)
    except OSError:
        _close(network, command, socks)
        raise
    return socks


def _bind_all(network: Network, command: TcpListen, candidates: Sequence[Candidate]) -> list[socket.socket]:
    """Bind to every candidate that is ours."""
    for tries_left in reversed(range(PORT_TRIES)):
        try:
            return _bind_to_one_port(network, command, candidates)
        except OSError as error:
            chosen = command.address.port == 0 and len(candidates) > 1
            if not chosen or error.errno != errno.EADDRINUSE or not tries_left:
                raise
    raise OSError(errno.EADDRNOTAVAIL, "no address")


def _bind_to_one_port(
    network: Network, command: TcpListen, candidates: Sequence[Candidate]
) -> list[socket.socket]:
    """Bind to every candidate that is ours; where the system is to choose the port, to the one that it chose
    for the first."""
    socks: list[socket.socket] = []
    first: OSError | None = None
    for family, address in candidates:
        if socks and _is_covered(command, family, socks):
            continue
        if socks and not address[1]:
            port = socks[0].getsockname()[1]
            address = (address[0], port, *address[2:])
        try:
            socks.append(_bind(network, command, family, address))
        except OSError as error:
            if error.errno not in _NOT_OURS and getattr(error, "winerror", 0) not in _NOT_OURS:
                _close(network, command, socks)
                raise
            first = first or error
    if not socks:
        raise first or OSError(errno.EADDRNOTAVAIL, "no address")
    return socks


def _is_covered(command: TcpListen, family: int, socks: Sequence[socket.socket]) -> bool:
    """Whether a socket bound to ``::`` takes the IPv4 clients already."""
    if family != socket.AF_INET or not command.options.dual_stack:
        return False
    return any(sock.family == socket.AF_INET6 and sock.getsockname()[0] == "::" for sock in socks)


def _bind(network: Network, command: TcpListen, family: int, address: SocketAddress) -> socket.socket:
    session, options = command.session, command.options
    with new_socket(network, session, family, socket.SOCK_STREAM) as sock:
        set_reuse(network, session, sock, options)
        if family == socket.AF_INET6:
            only = 0 if options.dual_stack and address[0] == "::" else 1
            name = "IPPROTO_IPV6, IPV6_V6ONLY"
            set_option(network, session, sock, name, socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
        set_options(network, session, sock, options)
        if command.tls is None:
            keep_urgent_in_line(network, session, sock)
        network.call(session, "bind", repr(address[:2]), functools.partial(sock.bind, address))
        return sock


def _close(network: Network, command: TcpListen, socks: Sequence[socket.socket]) -> None:
    for sock in socks:
        with contextlib.suppress(OSError):
            network.call(command.session, "close", "", sock.close)
