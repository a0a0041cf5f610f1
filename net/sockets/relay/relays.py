"""`Relays`: opens, changes and breaks up the relays among the sessions."""

from __future__ import annotations

from net.sockets.commands import BreakRelayed, ChangeRelay, RelayDatagrams, RelayStreams
from net.sockets.network import Network
from net.sockets.relay.datagram_relay import DatagramRelay, DatagramRelayOpening
from net.sockets.relay.stream_relay import StreamRelay, StreamRelayOpening


class Relays:
    """NetThread only."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def open_datagrams(self, command: RelayDatagrams) -> None:
        self._network.sessions[command.session] = DatagramRelayOpening(self._network, command)

    def open_streams(self, command: RelayStreams) -> None:
        self._network.sessions[command.session] = StreamRelayOpening(self._network, command)

    def change(self, command: ChangeRelay) -> bool:
        """False if there is no such relay."""
        relay = self._network.sessions.get(command.session)
        if not isinstance(relay, DatagramRelay | StreamRelay):
            return False
        relay.change(command.to_target, command.to_client)
        return True

    def break_up(self, command: BreakRelayed) -> bool:
        """False if there is no such TCP relay."""
        relay = self._network.sessions.get(command.session)
        if not isinstance(relay, StreamRelay):
            return False
        relay.break_up(command.how, command.client)
        return True
