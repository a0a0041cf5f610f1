"""Sessions of the transcript in the form that the list and the conversation show. No tkinter here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gui.pages.sockets.model import SessionInfo
from net.address import Address, AddressError
from net.sockets.events import CloseReason, Role, State, Transport

if TYPE_CHECKING:
    from net.transcript.reader import StoredSession


def recalled(stored: StoredSession, connections: Sequence[StoredSession] = ()) -> SessionInfo:
    """The `SessionInfo` of a stored session that has ended; ``connections``: a listener's."""
    transport = Transport(stored.transport)
    reason = next((reason for reason in CloseReason if reason.value == stored.reason), None)
    return SessionInfo(
        session=stored.session,
        parent=stored.parent,
        transport=transport,
        role=_role(stored, transport),
        local=_address(stored.local),
        remote=_address(stored.remote),
        state=State.CLOSED,
        reason=reason,
        open_failed=stored.reason == "open_failed",
        opened_at=stored.opened,
        rows=stored.rows,
        children=[connection.session for connection in connections],
        codec=stored.codec,
        earlier=True,
    )


def _role(stored: StoredSession, transport: Transport) -> Role:
    """A session that never opened has no role: it was a client if it tried to connect."""
    if stored.role:
        return Role(stored.role)
    if transport is Transport.UDP:
        return Role.UNICAST
    return Role.CLIENT if stored.remote else Role.SERVER


def _address(text: str) -> Address | None:
    try:
        return Address.parse(text) if text else None
    except AddressError:
        return None
