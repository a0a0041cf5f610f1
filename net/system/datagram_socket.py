"""`DatagramSocket`: a bound UDP socket that answers from the address that was asked.

A PC has several addresses, and a socket bound to all of them sends from the one that its routes choose.
Whoever asked another one, and has connected its socket, never hears such an answer. So the system is asked
to tell with each datagram which address it came to (IP_PKTINFO, ip(7); IPV6_RECVPKTINFO, RFC 3542 section
6), and an answer leaves from there. Windows has both, but they are reached by WSARecvMsg, which Python
does not have: there the routes choose.

The same structure chooses an interface for one datagram: 255.255.255.255 leads nowhere on a PC without a
default route, such as on a LAN by itself, unless somebody chooses for the system.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable

from net.address import SocketAddress
from net.system.interfaces import Interface, find_interface, interfaces
from net.system.multicast import choose_interface

_LINUX = sys.platform.startswith("linux")
_IP_PKTINFO = 8 if _LINUX else 26  # linux/in.h and netinet/in.h of macOS; Python names it since 3.14
_IPV6_PKTINFO = getattr(socket, "IPV6_PKTINFO", 50)
_IPV6_RECVPKTINFO = getattr(socket, "IPV6_RECVPKTINFO", 49)
_IPV4 = struct.Struct("@i4s4s")  # in_pktinfo: interface, local address, destination in the header
_IPV6 = struct.Struct("@16si")  # in6_pktinfo: address, interface
_MAPPED = b"\0" * 10 + b"\xff\xff"
_NOWHERE = b"\0\0\0\0"
_ROOM = 64
"""Bytes for what the system tells beside a datagram: one header and one of the structures."""

SENDERS_REMEMBERED = 4096

EVERYBODY = "255.255.255.255"
_EVERYBODY_HOSTS = (EVERYBODY, f"::ffff:{EVERYBODY}")
_NO_ROUTE = (errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EHOSTUNREACH)
_NOT_FROM_THERE = (errno.EINVAL, errno.EADDRNOTAVAIL, errno.ENETUNREACH, errno.ENODEV)

can_tell = sys.platform != "win32"
"""Whether this system tells, through Python, which address was asked."""


LOOK_AGAIN = 5.0
"""Seconds after which it is looked again whether this PC has several addresses: reading what
the system tells costs up to half of what can be received a second, so it is read where there is a choice."""

Receive = Callable[[int], tuple[bytes, SocketAddress]]


class DatagramSocket:
    """``sock``: bound; ``interface``: by which 255.255.255.255 leaves, "" for the one that leads to others.
    One thread receives and one sends; they may be two."""

    def __init__(self, sock: socket.socket, interface: str = "") -> None:
        self._sock = sock
        self._is_ipv6 = sock.family == socket.AF_INET6
        self._interface = interface
        self._asked: dict[SocketAddress, bytes] = {}
        self._last: tuple[SocketAddress | None, bytes] = (None, b"")
        self._way: bytes | None = None  # to everybody
        # Asked for from the beginning: a datagram that came before would carry nothing.
        self._may_tell = can_tell and _is_any(sock.getsockname()[0]) and self._ask_the_system()
        self._tells = True
        self._looked = 0.0

    @property
    def receive(self) -> Receive:
        """What takes a size and reads, as `socket.recvfrom` does: to be got anew before each batch."""
        if not self._may_tell:
            return self._sock.recvfrom
        now = time.monotonic()
        if now - self._looked > LOOK_AGAIN or not self._looked:
            self._looked = now
            # On another thread: what arrives meanwhile is not to fill the kernel's buffer.
            threading.Thread(target=self._look, name="Addresses", daemon=True).start()
        return self._receive_told if self._tells else self._sock.recvfrom

    def _look(self) -> None:
        self._tells = has_several_addresses(self._is_ipv6)

    def _receive_told(self, size: int) -> tuple[bytes, SocketAddress]:
        data, told, _flags, sender = self._sock.recvmsg(size, _ROOM)
        if told:
            info = told[0][2]
            # The same peer mostly asks the same address again.
            if self._last != (sender, info):
                self._last = (sender, info)
                self._remember(sender, info)
        return data, sender

    def send_to(self, data: bytes, target: SocketAddress) -> None:
        """As `socket.sendto`, from the address that ``target`` has asked. Raises `OSError`."""
        asked = self._asked.get(target)
        if asked is not None:
            try:
                self._send_with(data, asked, target)
            except OSError as error:
                if error.errno not in _NOT_FROM_THERE:
                    raise
                del self._asked[target]  # this PC has that address no longer
            else:
                return
        if target[0] in _EVERYBODY_HOSTS and can_tell:
            self._send_to_everybody(data, target)
        else:
            self._sock.sendto(data, target)

    # --- The asked address ---

    def _ask_the_system(self) -> bool:
        """Whether the system tells the asked address from now on."""
        try:
            if self._is_ipv6:
                self._sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVPKTINFO, 1)
            else:
                self._sock.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        except OSError:
            return False
        return True

    def _remember(self, sender: SocketAddress, info: bytes) -> None:
        answer = _answer_v6(info) if self._is_ipv6 else _answer_v4(info)
        if len(sender) == 4 and sender[2]:
            sender = (sender[0], sender[1], 0, sender[3])  # its flow label is not part of its address
        if answer is None:
            self._asked.pop(sender, None)
            return
        if len(self._asked) >= SENDERS_REMEMBERED and sender not in self._asked:
            del self._asked[next(iter(self._asked))]
        self._asked[sender] = answer

    def _send_with(self, data: bytes, info: bytes, target: SocketAddress) -> None:
        if self._is_ipv6:
            control = (socket.IPPROTO_IPV6, _IPV6_PKTINFO, info)
        else:
            control = (socket.IPPROTO_IP, _IP_PKTINFO, info)
        self._sock.sendmsg([data], [control], 0, target)

    # --- Everybody ---

    def _send_to_everybody(self, data: bytes, target: SocketAddress) -> None:
        if not self._interface and self._way is None:
            try:
                self._sock.sendto(data, target)
                return
            except OSError as error:
                if error.errno not in _NO_ROUTE:
                    raise
        if self._way is not None:
            try:
                self._send_with(data, self._way, target)
                return
            except OSError:
                self._way = None  # that interface may have gone, and another may lead on
        self._send_with(data, self._find_way(), target)

    def _find_way(self) -> bytes:
        chosen = self._interface
        interface = find_interface(chosen) if chosen else choose_interface(socket.AF_INET)
        if interface is None and chosen:
            raise OSError(errno.ENODEV, "no such interface")
        if interface is None or interface.is_loopback or not interface.is_up:
            raise OSError(errno.ENETUNREACH, "no interface leads to others")
        self._way = _through(interface, self._is_ipv6)
        return self._way


def has_several_addresses(ipv6_socket: bool) -> bool:
    """Whether this PC has more than one address, loopback's aside, of the kinds that such a socket serves.
    Takes a millisecond."""
    found = [
        address.version
        for interface in interfaces()
        if interface.is_up and not interface.is_loopback
        for address in interface.addresses
    ]
    return any(found.count(version) > 1 for version in ((4, 6) if ipv6_socket else (4,)))


def _through(interface: Interface, ipv6_socket: bool) -> bytes:
    if ipv6_socket:
        return _IPV6.pack(_MAPPED + _NOWHERE, interface.index)
    return _IPV4.pack(interface.index, _NOWHERE, _NOWHERE)


def _answer_v4(info: bytes) -> bytes | None:
    """What the system told, as it is to be given for an answer: the local address alone, because routes
    choose the interface. For a broadcast the system itself names the address of its interface."""
    if len(info) != _IPV4.size:
        return None
    _interface, local, _destination = _IPV4.unpack(info)
    return None if local == _NOWHERE else _IPV4.pack(0, local, _NOWHERE)


def _answer_v6(info: bytes) -> bytes | None:
    """As `_answer_v4`. A group's address can't be answered from, nor (on a socket of both kinds) IPv4's
    group or broadcast address; which addresses are broadcast ones the system says when one is used."""
    if len(info) != _IPV6.size:
        return None
    asked, interface = _IPV6.unpack(info)
    if asked[0] == 0xFF or (asked.startswith(_MAPPED) and (asked[12] >= 224 or asked[12:] == _NOWHERE)):
        return None
    link_local = ipaddress.IPv6Address(asked).is_link_local
    return _IPV6.pack(asked, interface if link_local else 0)


def _is_any(host: str) -> bool:
    return host in ("0.0.0.0", "::")
