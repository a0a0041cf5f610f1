"""What the experiments with a relay share: its thread, its time on the recording's clock, its end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any

from net.address import SocketAddress
from net.protocol.impairment.datagrams import Told
from net.protocol.impairment.settings import (
    DATAGRAM_SETTINGS,
    Impairment,
    ImpairmentError,
    read_settings,
)
from net.sockets.events import RelayedPiece
from net.sockets.relay.datagrams import RelayThread

HOST = "127.0.0.1"
BACK = "-back"
"""What stands behind a setting that is for the answers alone."""

OTHER_NAMES = {"doubled": "double", "double": "twice"}
"""In a lesson ``double`` names single datagrams, as ``lose`` and ``late`` do; ``doubled`` is the share."""

Relayed = Callable[[list[Told[Any]], list[RelayedPiece]], None]


class SettingError(OSError):
    """A scene's settings can't be used: a mistake in the lesson."""

    def __init__(self, error: ImpairmentError) -> None:
        super().__init__(f"scene settings: {error}")


def impairments_of(settings: Mapping[str, Any]) -> tuple[Impairment, Impairment]:
    """What a scene's settings ask for, to the target and back. Raises `SettingError`."""
    there: dict[str, str] = {}
    back: dict[str, str] = {}
    for name, value in settings.items():
        plain, _dash, way = name.partition(BACK)
        known = OTHER_NAMES.get(plain, plain)
        if known in DATAGRAM_SETTINGS and not way:
            # TOML's whole numbers come as floats.
            whole = isinstance(value, float) and value.is_integer()
            (back if name.endswith(BACK) else there)[known] = str(int(value) if whole else value)
    try:
        return read_settings(Impairment, there.items()), read_settings(Impairment, back.items())
    except ImpairmentError as error:
        raise SettingError(error) from error


def bound_socket(port: int) -> socket.socket:
    """A UDP socket on loopback at this port, or at a free one if another program has it."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
        if exclusive is not None:
            sock.setsockopt(socket.SOL_SOCKET, exclusive, 1)
        try:
            sock.bind((HOST, port))
        except OSError:
            sock.bind((HOST, 0))
    except BaseException:
        sock.close()
        raise
    return sock


class LabRelay:
    """A relay between a lesson's programs. NetThread only, except what the thread calls. ``relayed`` is
    called on the relay's thread."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        target: SocketAddress,
        to_target: Impairment,
        to_client: Impairment,
        seed: int,
        relayed: Relayed,
    ) -> None:
        self.relayed = relayed
        self._loop = loop
        self._over = loop.create_future()
        self.thread = RelayThread(
            sock, socket.AF_INET, target, to_target, to_client, seed, self, name="lab-relay"
        )
        self.thread.start()

    async def close(self) -> None:
        """End its thread. Idempotent."""
        self.thread.stop()
        await self._over

    def client_changed(self, client: SocketAddress, state: str) -> None:
        """Each program of a lesson is known already."""

    def failed(self, error: OSError, address: SocketAddress, size: int) -> None:
        """The target is not there (any more): the programs find that out by themselves, as over a real
        road."""

    def ended(self, error: OSError | None) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._over.set_result, None)


def clock_offset(now: float) -> float:
    """What to add to `time.monotonic` for the recording's time, which is ``now``."""
    return now - time.monotonic()
