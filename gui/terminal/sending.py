"""Sends typed or piped input to all conversations."""

from __future__ import annotations

from collections.abc import Callable

from gui.terminal.conversations import Conversation, Conversations
from gui.terminal.standard_input import decoded
from net.protocol.codec import CodecError, encode_text
from net.protocol.framing import FramingKind
from net.sockets.commands import Close, Send, SocketsCommand, TcpConnect, TcpListen, UdpOpen
from net.sockets.open_url import OpenCommand

EXIT_WORD = "exit"
"""Sent alone, it ends a TCP client's conversation, as in the tutorial."""


class InputSender:
    """`take` accepts the content of standard input and waits until it can be sent. ``quiet``: the bytes are
    sent unchanged."""

    def __init__(
        self, conversations: Conversations, submit: Callable[[SocketsCommand], object], quiet: bool
    ) -> None:
        self._conversations = conversations
        self._submit = submit
        self._quiet = quiet
        self._rest = b""

    def take(self, data: bytes) -> None:
        """Send ``data``; b"" is the end, when an incomplete line is sent too."""
        if not (data or self._rest) or not self._conversations.wait_for_somebody():
            return
        if not data:
            self._send_rest()
        elif self._quiet:
            self._rest = self._send_through(self._rest + data)
        else:
            *lines, self._rest = (self._rest + data).split(b"\n")
            for line in lines:
                self._send_line(line)

    def _send_rest(self) -> None:
        if self._quiet:
            for one in self._conversations.receivers():
                self._send(one, self._rest)
        else:
            self._send_line(self._rest)

    def _send_through(self, data: bytes) -> bytes:
        """Send ``data``; if the framing has messages, one for each line. Returns an incomplete last line."""
        receivers = self._conversations.receivers()
        if all(is_stream(one.command) or isinstance(one.command, UdpOpen) for one in receivers):
            for one in receivers:
                self._send(one, data)
            return b""
        *lines, rest = data.split(b"\n")
        for line in lines:
            for one in receivers:
                self._send(one, line)
        return rest

    def _send_line(self, line: bytes) -> None:
        text = decoded(line, "surrogateescape")
        for one in self._conversations.receivers():
            if text == EXIT_WORD and one.is_client:
                self._submit(Close(one.session))
                continue
            try:
                data = encode_text(text, one.command.codec)
            except CodecError:
                # Bytes that are no text, or text that the codec lacks, are sent unchanged: a pipe must lose
                # nothing.
                data = line.rstrip(b"\r")
            self._send(one, data)

    def _send(self, one: Conversation, data: bytes) -> None:
        is_udp = isinstance(one.command, UdpOpen)
        if not is_udp:
            one.sent += len(data)
        to = one.remote if is_udp and not one.has_fixed_peer else None
        self._submit(Send(one.session, (data,), to))


def is_stream(command: OpenCommand) -> bool:
    """TCP without messages, whose bytes are passed on as they arrive."""
    return isinstance(command, TcpConnect | TcpListen) and command.framing.kind is FramingKind.RAW
