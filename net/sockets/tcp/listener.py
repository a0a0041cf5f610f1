"""`Listener`: the session of a TCP listener, which can send to all its connections at once.

It starts to listen in `net.sockets.tcp.binding` and accepts in `net.sockets.tcp.accepting`.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Sequence

from net.address import Address
from net.events import Fault, FaultKind
from net.faults import fault_from_framing, fault_from_oserror
from net.protocol.framing import Framing, FramingError, frame_many
from net.protocol.reply import ReplyRule
from net.sockets.commands import TcpListen
from net.sockets.events import CloseReason, Opened, Origin, ReplyRulesChanged, Role, State, Transport
from net.sockets.network import Network
from net.sockets.opening import fault_of
from net.sockets.session import Totals
from net.sockets.tcp.accepting import Acceptor
from net.sockets.tcp.binding import bind_and_listen
from net.sockets.tcp.connection import Connection
from net.sockets.tls import server_context
from net.system.holders import with_holder
from net.system.resolve import in_thread


class Listener:
    """Open from `Opened`, when it listens, until all its connections have ended."""

    def __init__(self, network: Network, command: TcpListen) -> None:
        self.session = command.session
        self.framing = command.framing
        self.codec = command.codec
        self.rules: Sequence[ReplyRule] = command.reply_rules
        self._network = network
        self._command = command
        self._acceptor: Acceptor | None = None  # while it listens
        self._children: dict[int, Connection] = {}
        self._past = Totals()
        self._started = False
        self._over = False
        self._reason: CloseReason | None = None
        self._fault: Fault | None = None
        self._task = network.loop.create_task(self._run())

    @property
    def is_open(self) -> bool:
        return self._acceptor is not None and self._reason is None

    @property
    def local_address(self) -> Address | None:
        """The address it listens on, once it does; of several the first."""
        return self._acceptor.addresses[0] if self._acceptor is not None else None

    @property
    def message_limit(self) -> None:
        return None

    @property
    def queued(self) -> int:
        """Bytes in the fullest send buffer of its connections: a file is sent at the slowest client's
        pace."""
        return max((connection.queued for connection in self._children.values()), default=0)

    def send(
        self, messages: Sequence[bytes], to: Address | None = None, origin: Origin = "user"
    ) -> Fault | None:
        """To every connection; with ``to``, to the one with that remote address."""
        if not self.is_open:
            return self._network.report_fault(self.session, Fault(FaultKind.NOT_OPEN))
        messages = list(messages)
        try:
            data = frame_many(self.framing, messages, self.codec)
        except FramingError as error:
            return self._network.report_fault(self.session, fault_from_framing(error))
        reached = False
        written: list[tuple[Connection, int]] = []
        framing, codec, clock = self.framing, self.codec, time.time_ns
        for connection in list(self._children.values()):
            if not connection.is_open or (to is not None and connection.remote != to):
                continue
            reached = True
            if connection.framing is not framing or connection.codec != codec:
                connection.send(messages, None, origin)
            elif connection.write_framed(data) is None and data:
                written.append((connection, clock()))
        # Reported only now, so that the last client need not wait for the events of all the others.
        size = len(data)
        for connection, now in written:
            connection.report_sent(messages, size, origin, now)
        return None if reached else self._network.report_fault(self.session, Fault(FaultKind.NOT_CONNECTED))

    def set_framing(self, framing: Framing, codec: str) -> None:
        self.framing = framing
        self.codec = codec
        for connection in self._children.values():
            connection.set_framing(framing, codec)

    def set_reply_rules(self, rules: Sequence[ReplyRule]) -> None:
        self.rules = tuple(rules)
        for connection in self._children.values():
            connection.set_reply_rules(rules)
        self._network.outlet.put(ReplyRulesChanged(self.session, tuple(rules)))

    def counters(self) -> Totals:
        return Totals.sum([self._past, *(one.counters() for one in self._children.values())])

    def close(self, reason: CloseReason = CloseReason.BY_ME) -> None:
        if self._reason is not None:
            return
        self._reason = reason
        if self._acceptor is not None:
            self._network.report_state(self.session, State.CLOSING)
            self._acceptor.stop()
        # A task cancelled before its first step never runs, and would report nothing.
        if self._started:
            self._task.cancel()
        for connection in list(self._children.values()):
            connection.close(reason)

    def abort(self) -> None:
        """Reset all connections and stop listening; also ends a close that is waiting for peers."""
        self.close(CloseReason.ABORTED)
        for connection in list(self._children.values()):
            connection.abort()

    # --- Its connections ---

    def _new_connection(self, sock: socket.socket, local: Address, remote: Address) -> Connection:
        return Connection(
            self._network,
            self._network.new_session(),
            Role.ACCEPTED,
            sock,
            local=local,
            remote=remote,
            framing=self.framing,
            codec=self.codec,
            listener=self,
            keep_half_open=self._command.options.keep_half_open,
            rules=self.rules,
            no_delay=self._command.options.no_delay,
        )

    def child_opened(self, connection: Connection) -> None:
        self._children[connection.session] = connection
        if self._reason is not None:
            self._network.loop.call_soon(connection.close, self._reason)

    def child_ended(self, connection: Connection) -> None:
        """A connection of this listener is about to emit `Closed`."""
        if self._children.pop(connection.session, None) is not None:
            self._past = Totals.sum((self._past, connection.counters()._replace(queued=0)))
            self._network.loop.call_soon(self._end_if_over)

    # --- Listening and ending ---

    async def _run(self) -> None:
        self._started = True
        fault: Fault | None = Fault(FaultKind.CANCELLED)
        if self._reason is None:
            fault = await fault_of(self._serve(), self._explain)
        acceptor = self._acceptor
        if acceptor is None:
            self._network.forget(self)
            self._network.report_open_failed(self.session, fault or Fault(FaultKind.CANCELLED))
            return
        acceptor.close()
        if self._reason is None:
            # accept itself failed: the interface or the socket has gone.
            self._fault = fault
            self.close(CloseReason.FAILED)
        self._over = True
        self._end_if_over()

    async def _serve(self) -> None:
        command, network = self._command, self._network
        context: ssl.SSLContext | None = None
        news: list[Fault] = []
        if command.tls is not None:
            folder = network.data_folder
            context = await network.loop.run_in_executor(
                None, server_context, command.tls, folder, news.append
            )
        acceptor = Acceptor(
            network,
            self.session,
            await bind_and_listen(network, command),
            context,
            verify=command.tls is not None and command.tls.verify,
            new_connection=self._new_connection,
            on_arrived=self._end_if_over,
        )
        self._acceptor = acceptor
        network.outlet.put(
            Opened(
                session=self.session,
                parent=None,
                transport=Transport.TCP if context is None else Transport.TLS,
                role=Role.SERVER,
                local_address=acceptor.addresses[0],
                remote_address=None,
                time=time.time_ns(),
                other_addresses=acceptor.addresses[1:],
            )
        )
        network.report_state(self.session, State.LISTENING)
        for fault in news:
            network.report_fault(self.session, fault)
        if self.rules:
            network.outlet.put(ReplyRulesChanged(self.session, tuple(self.rules)))
        await acceptor.run()

    async def _explain(self, error: OSError) -> Fault:
        fault = fault_from_oserror(error, self._command.address)
        if self._acceptor is not None:
            return fault
        return await in_thread(with_holder, fault, self._command.address)

    def _end_if_over(self) -> None:
        acceptor = self._acceptor
        if not self._over or self._reason is None or self._children:
            return
        if acceptor is not None and acceptor.is_over and self.session in self._network.sessions:
            self._network.forget(self)
            self._network.report_closed(self.session, self._reason, self._fault)
