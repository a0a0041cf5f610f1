"""The steps until a TCP listener listens: resolve, bind, listen."""

from __future__ import annotations

import errno
import functools
import socket
from collections.abc import Sequence

from net.address import SocketAddress
from net.sockets.commands import TcpListen
from net.sockets.events import State
from net.sockets.network import Network
from net.sockets.socket_options import new_socket, set_option, set_options, set_reuse
from net.system.resolve import Candidate, resolve


async def bind_and_listen(network: Network, command: TcpListen) -> socket.socket:
    """A listening socket at the command's address. Raises `AddressError` or `OSError`."""
    if command.address.is_name and command.address.host:
        network.report_state(command.session, State.RESOLVING)
    candidates = await resolve(command.address, passive=True)
    sock = _bind_first(network, command, candidates)
    try:
        listen = functools.partial(sock.listen, command.backlog)
        network.call(command.session, "listen", str(command.backlog), listen)
    except OSError:
        network.call(command.session, "close", "", sock.close)
        raise
    return sock


def _bind_first(network: Network, command: TcpListen, candidates: Sequence[Candidate]) -> socket.socket:
    """Bind to the first candidate that is ours: not all addresses of a name need be."""
    first: OSError | None = None
    for family, address in candidates:
        try:
            return _bind(network, command, family, address)
        except OSError as error:
            first = first or error
    raise first or OSError(errno.EADDRNOTAVAIL, "no address")


def _bind(network: Network, command: TcpListen, family: int, address: SocketAddress) -> socket.socket:
    session, options = command.session, command.options
    with new_socket(network, session, family, socket.SOCK_STREAM) as sock:
        set_reuse(network, session, sock, options)
        if family == socket.AF_INET6:
            only = 0 if options.dual_stack and address[0] == "::" else 1
            name = "IPPROTO_IPV6, IPV6_V6ONLY"
            set_option(network, session, sock, name, socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
        set_options(network, session, sock, options)
        network.call(session, "bind", repr(address[:2]), functools.partial(sock.bind, address))
        return sock
