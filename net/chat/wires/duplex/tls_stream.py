"""TLS over two memory BIOs: encrypted bytes in and out, plain bytes out and in. Sans-IO."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable
from typing import cast


class TlsStream:
    """One end of a TLS connection. What the peer sent is given to `receive`; what `take` gives is to be sent
    to it, after each of the other calls. `shake_hands`, `decrypt` and `encrypt` raise `ssl.SSLError` where
    the peer breaks TLS or one of the two certificates is not accepted."""

    def __init__(self, context: ssl.SSLContext, server: bool) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=server)
        # Bound once: both are called for each message.
        self.receive: Callable[[memoryview], object] = self._incoming.write
        self.take: Callable[[], bytes] = self._outgoing.read

    @property
    def peer_certificate(self) -> bytes:
        """The certificate the peer proved to have (DER); b"" where it showed none."""
        return self._tls.getpeercert(binary_form=True) or b""

    @property
    def has_input(self) -> bool:
        """Whether there is anything to decrypt: to learn it from an exception costs as much as the decryption
        of a short message."""
        return bool(self._incoming.pending or self._tls.pending())

    def shake_hands(self) -> bool:
        """Whether the handshake is over; more of the peer's bytes are needed before that."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def decrypt(self, into: memoryview) -> int:
        """At most one record, into the beginning of ``into``; how many bytes, 0 where the peer has ended the
        stream. Raises `ssl.SSLWantReadError` where no record is whole."""
        return cast(int, self._tls.read(len(into), into))

    def encrypt(self, data: bytes | bytearray | memoryview) -> None:
        sent = self._tls.write(data)
        if sent < len(data):
            view = memoryview(data)
            while sent < len(data):
                sent += self._tls.write(view[sent:])

    def end(self) -> None:
        """Tell the peer that nothing follows (close_notify). Its own end is not waited for."""
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()
