"""The TLS handshake on a connected socket, as a client or as a listener."""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
from collections.abc import Callable
from typing import Any

from net.sockets.tcp.closing import TLS_LINGER


async def shake_hands(
    loop: asyncio.AbstractEventLoop,
    protocol: Callable[[], asyncio.Protocol],
    sock: socket.socket,
    context: ssl.SSLContext,
    timeout: float,
    server_name: str | None = None,
) -> None:
    """Connect the result of ``protocol`` to ``sock`` through TLS: as a client of ``server_name``, or as the
    server if that is None. Raises `OSError`, also for TLS errors, and after ``timeout`` seconds."""
    limits: dict[str, Any] = {"ssl_handshake_timeout": timeout}
    if sys.version_info >= (3, 11):
        limits["ssl_shutdown_timeout"] = TLS_LINGER
    if server_name is None:
        await loop.connect_accepted_socket(protocol, sock, ssl=context, **limits)
    else:
        await loop.create_connection(protocol, sock=sock, ssl=context, server_hostname=server_name, **limits)
