"""What a UDP relay and a TCP relay have in common as sessions."""

from __future__ import annotations

import abc
import asyncio
import time
from collections.abc import Sequence

from net.address import Address
from net.events import Fault, FaultKind
from net.protocol.impairment.settings import Impairment, StreamImpairment
from net.sockets.events import (
    CloseReason,
    Opened,
    Origin,
    RelayChanged,
    RelayClientChanged,
    RelayCounted,
    Role,
    State,
    Transport,
)
from net.sockets.network import Network
from net.sockets.session import Totals

COUNT_PERIOD = 0.25
"""Seconds between two `RelayCounted`."""

PIECE_OVERHEAD = 200
"""Bytes of memory per relayed piece besides its data."""


class RelaySession(abc.ABC):
    """Open from `start` until `_report_closed`. NetThread only."""

    message_limit = None
    _transport: Transport
    _open_state: State

    def __init__(self, network: Network, session: int, local: Address, target: Address, seed: int) -> None:
        self.session = session
        self.local_address = local
        self.target = target
        self.is_open = False
        self.untold = 0
        self._network = network
        self._seed = seed
        self._reason: CloseReason | None = None
        self._counted: RelayCounted | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    @abc.abstractmethod
    def queued(self) -> int:
        """Bytes under way."""

    @abc.abstractmethod
    def counters(self) -> Totals: ...

    @abc.abstractmethod
    def close(self, reason: CloseReason = CloseReason.BY_ME) -> None: ...

    @abc.abstractmethod
    def _counts(self) -> RelayCounted: ...

    @abc.abstractmethod
    def _settings(self) -> tuple[Impairment | StreamImpairment, Impairment | StreamImpairment]:
        """To the target, and back."""

    def send(
        self, messages: Sequence[bytes], to: Address | None = None, origin: Origin = "user"
    ) -> Fault | None:
        """A relay passes on what others send."""
        return self._network.report_fault(self.session, Fault(FaultKind.RELAY_SENDS_NOTHING))

    def abort(self) -> None:
        self.close(CloseReason.ABORTED)

    def _report_opened(self) -> None:
        self.is_open = True
        self._network.report_state(self.session, self._open_state)
        self._network.outlet.put(
            Opened(
                session=self.session,
                parent=None,
                transport=self._transport,
                role=Role.RELAY,
                local_address=self.local_address,
                remote_address=self.target,
                time=time.time_ns(),
            )
        )
        self._report_settings()
        self._network.clock.watch(self)
        self._timer = self._network.loop.call_later(COUNT_PERIOD, self._count)

    def _report_settings(self) -> None:
        there, back = self._settings()
        self._network.outlet.put(RelayChanged(self.session, there, back, self._seed, time.time_ns()))

    def _report_client(self, client: Address, state: str) -> None:
        self._network.outlet.put(RelayClientChanged(self.session, client, state, time.time_ns()))

    def _report_counts(self) -> None:
        counts = self._counts()
        if counts != self._counted:
            self._counted = counts
            self._network.outlet.put(counts)

    def _count(self) -> None:
        self._report_counts()
        self._timer = self._network.loop.call_later(COUNT_PERIOD, self._count)

    def _report_closed(self, fault: Fault | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._report_counts()
        self._network.forget(self)
        self._network.report_closed(self.session, self._reason or CloseReason.FAILED, fault)
