"""The beacon's UDP sockets: heard on a thread of their own, sent from NetThread.

Every Duplex on a PC hears broadcast and multicast. A datagram to one address goes to one socket only, so on
Linux just the first Duplex has the wildcard address on the beacon's port; the others listen at the broadcast
and multicast addresses themselves and talk from their own TCP port's number.
"""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from net.address import Address, SocketAddress
from net.chat.limits import RateLimit
from net.protocol.chat.beacon import MAX_BEACON, PROBE, Beacon, BeaconError, decode
from net.system import multicast
from net.system.interfaces import Interface
from net.system.kernel import ignore_unreachable_ports

GROUP4 = "239.255.68.88"
"""Administratively scoped (RFC 2365): only used to test whether multicast is heard; DNS-SD has its own."""

GROUP6 = "ff02::4475:706c:6578"
"""Link-local scope (RFC 4291 section 2.7); the rest spells Duplex."""

LOOPBACK_BROADCAST = "127.255.255.255"

PER_SENDER = 20.0
PER_SENDER_BURST = 200.0
PER_SECOND = 2000
MAX_PENDING = 2000
"""Beacons a second from one address, of all, and waiting for NetThread; what is above is dropped unread."""

READS_PER_SECOND = 20_000
"""Above, the thread naps: a flood must not cost the others the interpreter's lock."""

RECEIVE_BUFFER = 512 * 1024

MAX_ERRORS = 100

_LINUX = sys.platform.startswith("linux")
Target = tuple[int, SocketAddress]
Heard = tuple[Beacon, Address, SocketAddress]
"""A beacon, its sender's address, and that as ``sendto`` takes it."""


class BeaconSockets:
    """What is heard above the limits is dropped. Nothing is opened before `update`. All methods: NetThread
    only; none blocks."""

    def __init__(
        self,
        post: Callable[[Callable[[], None]], None],
        port: int,
        tcp_port: int,
        identity: bytes,
        start: bytes,
    ) -> None:
        self.errors: dict[str, OSError] = {}
        """What the system last said about a target, or about "bind"; for the diagnosis."""
        self._post = post
        self._port = port
        self._tcp_port = tcp_port
        self._identity = identity
        self._start = start
        self._on_heard: Callable[[list[Heard]], None] = lambda heard: None
        self._ears: dict[Target, socket.socket] = {}
        self._speakers: dict[int, socket.socket] = {}
        self._memberships: set[tuple[int, int, str]] = set()
        self._wildcard: set[int] = set()
        self._orders: deque[tuple[bool, socket.socket]] = deque()
        self._pending: list[Heard] = []
        self._door = threading.Lock()
        self._stopping = False
        self._passed = 0
        self._limit = RateLimit(PER_SENDER, PER_SENDER_BURST)
        self._wake, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        self._wake.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="NetBeacon", daemon=True)

    def start(self, on_heard: Callable[[list[Heard]], None]) -> None:
        """Begin to hear; once. ``on_heard`` gets batches on NetThread: beacons of others, and our own
        probes."""
        self._on_heard = on_heard
        self._thread.start()

    # --- Opening ---

    def update(self, interfaces: Sequence[Interface]) -> None:
        """Open what the interfaces that are up need, leave what is gone."""
        usable = [interface for interface in interfaces if interface.is_up]
        self._open_wildcard(socket.AF_INET, "0.0.0.0")
        if socket.has_ipv6 and any(":" in a.host for interface in usable for a in interface.addresses):
            self._open_wildcard(socket.AF_INET6, "::")
        wanted = self._wanted_ears(usable)
        for key in [key for key in self._ears if key not in wanted]:
            self._forget(self._ears.pop(key))
        for family, address in wanted:
            if (family, address) not in self._ears:
                ear = self._open(family, address, shared=True)
                if ear is not None:
                    self._ears[family, address] = ear
        for family in (socket.AF_INET, socket.AF_INET6):
            if family not in self._speakers:
                self._open_speaker(family)
        self._join(usable)

    def _open_wildcard(self, family: int, host: str) -> None:
        key: Target = (family, _socket_address(family, host, self._port))
        if family in self._wildcard or key in self._ears:
            return
        # Whoever has the documented TCP port has the documented UDP port too; another only if it is free.
        shared = not _LINUX or self._tcp_port == self._port
        ear = self._open(family, key[1], shared=shared, quiet=not shared)
        if ear is not None:
            if not shared:
                for option in multicast.sharing(group=False):
                    option.set(ear)
            self._wildcard.add(family)
            self._ears[key] = ear
            if _LINUX or self._tcp_port == self._port:
                self._speakers[family] = ear

    def _open_speaker(self, family: int) -> None:
        host = "::" if family == socket.AF_INET6 else "0.0.0.0"
        if family == socket.AF_INET6 and not any(key[0] == family for key in self._ears):
            return
        for port in (self._tcp_port, 0):
            speaker = self._open(family, _socket_address(family, host, port), shared=False, quiet=port != 0)
            if speaker is not None:
                self._speakers[family] = speaker
                return

    def _wanted_ears(self, interfaces: Sequence[Interface]) -> set[Target]:
        wanted = {key for key in self._ears if key[0] in self._wildcard}
        if socket.AF_INET not in self._wildcard:
            hosts = {host for interface in interfaces for host in interface.broadcast_addresses}
            for host in {GROUP4, LOOPBACK_BROADCAST, *hosts}:
                wanted.add((int(socket.AF_INET), (host, self._port)))
        if socket.AF_INET6 not in self._wildcard:
            for interface in interfaces:
                if interface.index and _link_local(interface):
                    wanted.add((int(socket.AF_INET6), (GROUP6, self._port, 0, interface.index)))
        return wanted

    def _open(
        self, family: int, address: SocketAddress, *, shared: bool, quiet: bool = False
    ) -> socket.socket | None:
        sock: socket.socket | None = None
        try:
            sock = socket.socket(family, socket.SOCK_DGRAM)
            sock.setblocking(False)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                multicast.hops(family, 1).set(sock)
            else:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
                multicast.hops(family, 1).set(sock)
            if shared:
                for option in multicast.sharing(group=False):
                    option.set(sock)
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            sock.bind(address)
        except OSError as error:
            if not quiet:
                self.errors["bind"] = error
            if sock is not None:
                sock.close()
            return None
        ignore_unreachable_ports(sock)
        self._order(True, sock)
        return sock

    def _join(self, interfaces: Sequence[Interface]) -> None:
        wanted: set[tuple[int, int, str]] = set()
        by_name = {interface.name: interface for interface in interfaces}
        for interface in interfaces:
            if interface.is_loopback:
                continue
            if interface.ipv4:
                wanted.add((int(socket.AF_INET), interface.index, interface.name))
            if interface.index and _link_local(interface):
                wanted.add((int(socket.AF_INET6), interface.index, interface.name))
        # An interface that went took its memberships with it.
        self._memberships &= wanted
        for key in [key for key in self.errors if "%" in key and key.partition("%")[2] not in by_name]:
            del self.errors[key]
        # The kernel has a limit for each socket (Linux: 20 groups): those to others first, containers' last.
        for family, index, name in sorted(wanted, key=lambda one: (by_name[one[2]].is_virtual, one)):
            interface = by_name[name]
            ear = self._group_ear(family, index)
            if ear is None or (family, index, name) in self._memberships:
                continue
            error = _join_at(ear, family, interface)
            if error is not None and is_limit(error) and not interface.is_virtual:
                error = self._join_instead(ear, family, interface, by_name)
            if error is None:
                self._memberships.add((family, index, name))
                self.errors.pop(membership_key(family, name), None)
            else:
                self.errors[membership_key(family, name)] = error

    def _join_instead(
        self, ear: socket.socket, family: int, interface: Interface, by_name: Mapping[str, Interface]
    ) -> OSError | None:
        """Join on a real interface in place of a virtual one, which came first because this one was
        plugged in later."""
        limit = OSError(errno.ENOBUFS, "too many groups")
        for kind, index, name in sorted(self._memberships):
            if kind != family or not by_name[name].is_virtual or self._group_ear(kind, index) is not ear:
                continue
            with contextlib.suppress(OSError):
                multicast.membership(family, _group(family), by_name[name], join=False).set(ear)
            self._memberships.discard((kind, index, name))
            self.errors[membership_key(family, name)] = limit
            return _join_at(ear, family, interface)
        return limit

    def _group_ear(self, family: int, index: int) -> socket.socket | None:
        for (kind, address), ear in self._ears.items():
            if kind != family:
                continue
            if family in self._wildcard or (
                address[0] == GROUP4 or (len(address) == 4 and address[0] == GROUP6 and address[3] == index)
            ):
                return ear
        return None

    # --- Sending ---

    def send(self, data: bytes, family: int, target: SocketAddress) -> OSError | None:
        """One datagram; what the system refuses is given back, and dropped."""
        speaker = self._speakers.get(family)
        if speaker is None:
            return OSError(errno.EAFNOSUPPORT, "no socket")
        try:
            speaker.sendto(data, target)
        except BlockingIOError:
            return None
        except OSError as error:
            if len(self.errors) < MAX_ERRORS:
                self.errors[target[0]] = error
            return error
        self.errors.pop(target[0], None)
        return None

    def send_multicast4(self, data: bytes, interface: Interface) -> OSError | None:
        """One datagram to GROUP4 out of ``interface``."""
        speaker = self._speakers.get(socket.AF_INET)
        if speaker is None:
            return OSError(errno.EAFNOSUPPORT, "no socket")
        try:
            multicast.outgoing(socket.AF_INET, interface).set(speaker)
        except OSError as error:
            return error
        return self.send(data, socket.AF_INET, (GROUP4, self._port))

    def close(self) -> None:
        """Idempotent, also where it was not started; the thread ends by itself, see `join`."""
        self._stopping = True
        if self._thread.ident is None:
            self._release(set())
        else:
            self._ring()

    def join(self, timeout: float | None = None) -> None:
        """Wait for the thread of what was started and closed."""
        self._thread.join(timeout)

    # --- Hearing, on the thread ---

    def _order(self, add: bool, sock: socket.socket) -> None:
        self._orders.append((add, sock))
        self._ring()

    def _forget(self, sock: socket.socket) -> None:
        if sock not in self._speakers.values():
            self._order(False, sock)

    def _ring(self) -> None:
        with contextlib.suppress(OSError):
            self._waker.send(b"\0")

    def _run(self) -> None:
        sockets: set[socket.socket] = set()
        second = 0.0
        count = 0
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake, selectors.EVENT_READ)
            while not self._stopping:
                for key, _ in selector.select():
                    if key.fileobj is self._wake:
                        with contextlib.suppress(OSError):
                            self._wake.recv(4096)
                        self._take_orders(selector, sockets)
                        continue
                    now = time.monotonic()
                    if now - second >= 1.0:
                        second, count, self._passed = now, 0, 0
                    count += self._read(cast(socket.socket, key.fileobj), now, count)
        self._release(sockets)

    def _release(self, sockets: set[socket.socket]) -> None:
        for sock in {*sockets, *(sock for _, sock in self._orders)}:
            sock.close()
        self._wake.close()
        self._waker.close()

    def _take_orders(self, selector: selectors.BaseSelector, sockets: set[socket.socket]) -> None:
        while self._orders:
            add, sock = self._orders.popleft()
            if add:
                selector.register(sock, selectors.EVENT_READ)
                sockets.add(sock)
            elif sock in sockets:
                selector.unregister(sock)
                sockets.discard(sock)
                sock.close()

    def _read(self, ear: socket.socket, now: float, count: int) -> int:
        heard: list[Heard] = []
        read = 0
        for _ in range(256):
            try:
                data, sender = ear.recvfrom(MAX_BEACON + 1)
            except BlockingIOError:
                break
            except OSError:  # Windows: a longer datagram, or an earlier one met a closed port
                read += 1
                continue
            read += 1
            one = self._decode(data, sender, now)
            if one is not None:
                heard.append(one)
        if count + read > READS_PER_SECOND:
            time.sleep(0.01)
        if heard:
            self._hand_over(heard)
        return read

    def _decode(self, data: bytes, sender: SocketAddress, now: float) -> Heard | None:
        # The limit of each sender first, so that one that floods uses up nobody else's share.
        if not self._limit.allows(sender[0], now) or self._passed >= PER_SECOND:
            return None
        self._passed += 1
        try:
            beacon = decode(data)
        except BeaconError:
            return None
        if beacon.identity == self._identity and beacon.start == self._start:
            return None
        if beacon.flags & PROBE and beacon.identity != self._identity:
            return None
        return beacon, Address.from_socket(sender), sender

    def _hand_over(self, heard: list[Heard]) -> None:
        with self._door:
            first = not self._pending
            room = MAX_PENDING - len(self._pending)
            self._pending += heard[:room]
        if first:
            self._post(self._deliver)

    def _deliver(self) -> None:
        with self._door:
            heard, self._pending = self._pending, []
        if not self._stopping:
            self._on_heard(heard)


def membership_key(family: int, interface: str) -> str:
    """The key of `BeaconSockets.errors` for the group on this interface."""
    return f"{_group(family)}%{interface}"


def is_limit(error: OSError) -> bool:
    """Whether the kernel has no room for one more membership (Linux: net.ipv4.igmp_max_memberships)."""
    return error.errno in (errno.ENOBUFS, errno.ENOMEM) or getattr(error, "winerror", 0) == 10055


def _group(family: int) -> str:
    return GROUP6 if family == socket.AF_INET6 else GROUP4


def _join_at(ear: socket.socket, family: int, interface: Interface) -> OSError | None:
    try:
        multicast.membership(family, _group(family), interface, join=True).set(ear)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:  # joined already
            return error
    return None


def _socket_address(family: int, host: str, port: int) -> SocketAddress:
    return (host, port, 0, 0) if family == socket.AF_INET6 else (host, port)


def _link_local(interface: Interface) -> bool:
    return any(address.version == 6 and address.is_link_local for address in interface.addresses)
