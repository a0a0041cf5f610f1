"""Auto-reply over UDP: datagrams arrive on the receiving thread, and replies are sent from NetThread."""

from __future__ import annotations

from collections.abc import Sequence

from net.address import Address
from net.events import Fault, FaultKind
from net.protocol.reply import ReplyRule, ReplyRuleError
from net.sockets.events import ReplyRulesChanged
from net.sockets.jobs.replying import Replier
from net.sockets.network import Network
from net.sockets.session import Session
from net.sockets.udp.receiving import Sender

BACKLOG = 64
"""Batches waiting for replies; while there are as many, arriving ones get none."""


class DatagramReplier:
    """Replies for ``endpoint``. NetThread only, except `on_batch`."""

    def __init__(self, network: Network, endpoint: Session, codec: str) -> None:
        self._network = network
        self._endpoint = endpoint
        self._codec = codec
        self._replier: Replier | None = None
        self._backlog = 0

    @property
    def is_on(self) -> bool:
        """Whether there are rules."""
        return self._replier is not None

    def set_rules(self, rules: Sequence[ReplyRule]) -> None:
        """Reply by these rules from now on; their counts begin anew."""
        network = self._network
        replier: Replier | None = None
        if rules:
            try:
                replier = Replier(network.loop, self._endpoint, rules, self._codec, network.report_fault)
            except ReplyRuleError as error:
                fault = Fault(FaultKind.SYSTEM, {"detail": str(error), "errno": 0})
                network.report_fault(self._endpoint.session, fault)
                return
        self.close()
        self._replier = replier
        network.outlet.put(ReplyRulesChanged(self._endpoint.session, tuple(rules)))

    def on_batch(self, datagrams: list[bytes], senders: list[Sender]) -> None:
        """Called on the receiving thread."""
        if self._backlog < BACKLOG:
            self._backlog += 1
            self._network.soon(self._answer, datagrams, senders)

    def close(self) -> None:
        """Send no more replies. Idempotent."""
        if self._replier is not None:
            self._replier.close()

    def _answer(self, datagrams: list[bytes], senders: list[Sender]) -> None:
        # Unlocked, so the two threads may overwrite each other's change: being off by one does no harm, but
        # the error must not accumulate.
        self._backlog = max(0, self._backlog - 1)
        if self._replier is not None and self._endpoint.is_open:
            for data, sender in zip(datagrams, senders, strict=True):
                self._replier.on_message(data, Address.from_socket(sender))
