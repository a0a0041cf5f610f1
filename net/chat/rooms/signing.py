"""Signing: each author signs what they say in a room, so that the host can hand it on and not alter it."""

from __future__ import annotations

from typing import Protocol

from net.chat.events import Proof
from net.chat.history import LogEntry
from net.chat.identity import Identity, identity_of, verify
from net.protocol.chat.room_messages import signed_words


class Said(Protocol):
    """A message on its way, a row of the history or an entry of the log."""

    @property
    def message(self) -> str: ...
    @property
    def author(self) -> str: ...
    @property
    def sent(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def reply_to(self) -> str: ...
    @property
    def quote(self) -> str: ...


def signature_of(room: str, said: Said, own: Identity) -> bytes:
    """Ours, over something of ours."""
    return own.sign(_words(room, said))


def proof_of(room: str, entry: LogEntry) -> Proof:
    """Whether the author has signed this. It takes a tenth of a millisecond: call it off the loop."""
    if not entry.signature or not entry.certificate:
        return Proof.UNSIGNED
    if identity_of(entry.certificate).hex() != entry.author:
        return Proof.FORGED
    try:
        right = verify(entry.certificate, entry.signature, _words(room, entry))
    except UnicodeEncodeError:
        return Proof.FORGED
    return Proof.SIGNED if right else Proof.FORGED


def _words(room: str, said: Said) -> bytes:
    return signed_words(
        room=bytes.fromhex(room),
        author=bytes.fromhex(said.author),
        id=bytes.fromhex(said.message),
        time=said.sent,
        text=said.text,
        reply_to=bytes.fromhex(said.reply_to),
        quote=said.quote,
    )
