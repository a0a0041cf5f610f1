"""A room's log on the wire: entries packed into messages that fit a frame, with the certificates of those who
signed them. Sans-IO."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import replace

from net.chat.events import Proof
from net.chat.history.records import LogEntry, MemberRecord
from net.chat.identity import identity_of
from net.protocol.chat.cleaning import clean_message, clean_name
from net.protocol.chat.messages import MAX_ITEMS
from net.protocol.chat.room_messages import MAX_AUTHOR_CERTIFICATE, Member, RoomEntry, RoomLog

MAX_LOG_BYTES = 56_000
"""Bytes of the entries of one RoomLog, unless it holds only one."""

_ENTRY_BYTES = 200
_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 6

MAX_MEMBERS = 2000
"""Members of one room."""


def new_code() -> str:
    """Six letters and digits that can't be confused when read aloud."""
    return "".join(secrets.choice(_CODE_LETTERS) for _ in range(CODE_LENGTH))


def clean_code(code: str) -> str:
    """A room's code from another; "" where it can be none."""
    return code if len(code) == CODE_LENGTH and not set(code) - set(_CODE_LETTERS) else ""


def packed(room: str, entries: Iterable[LogEntry]) -> Iterator[RoomLog]:
    """In order, each small enough for a frame or an envelope."""
    key = bytes.fromhex(room)
    some: list[RoomEntry] = []
    certificates: dict[str, bytes] = {}
    size = 0
    for entry in entries:
        certificate = entry.certificate if len(entry.certificate) <= MAX_AUTHOR_CERTIFICATE else b""
        weight = _ENTRY_BYTES + len(entry.text.encode()) + len(entry.quote.encode()) + len(entry.signature)
        new = 0 if entry.author in certificates else len(certificate)
        if some and (size + weight + new > MAX_LOG_BYTES or len(some) == MAX_ITEMS):
            yield RoomLog(room=key, entries=some, certificates=list(certificates.values()))
            some, certificates, size = [], {}, 0
            new = len(certificate)
        if entry.signature and certificate:
            certificates[entry.author] = certificate
        some.append(
            RoomEntry(
                number=entry.number,
                id=bytes.fromhex(entry.message),
                author=bytes.fromhex(entry.author),
                name=entry.name,
                time=entry.sent,
                text=entry.text,
                reply_to=bytes.fromhex(entry.reply_to),
                quote=entry.quote,
                signature=entry.signature,
            )
        )
        size += weight + new
    if some:
        yield RoomLog(room=key, entries=some, certificates=list(certificates.values()))


def unpacked(message: RoomLog) -> list[LogEntry]:
    """As it came: to be checked, then `cleaned`. A certificate proves its owner's words only."""
    certificates = {identity_of(one): one for one in message.certificates}
    return [
        LogEntry(
            number=entry.number,
            message=entry.id.hex(),
            author=entry.author.hex(),
            name=clean_name(entry.name),
            sent=entry.time,
            text=entry.text,
            reply_to=entry.reply_to.hex(),
            quote=entry.quote,
            signature=entry.signature,
            certificate=certificates.get(entry.author, b""),
        )
        for entry in message.entries
    ]


def cleaned(entry: LogEntry, proof: Proof) -> LogEntry:
    """As it is kept. A signature over what cleaning took away proves nothing to others: it is let go."""
    text, quote = clean_message(entry.text), clean_message(entry.quote)
    same = (text, quote) == (entry.text, entry.quote)
    return replace(entry, text=text, quote=quote, signature=entry.signature if same else b"", proof=proof)


def wire_member(member: MemberRecord, state: str) -> Member:
    return Member(
        identity=bytes.fromhex(member.identity),
        name=member.name,
        colour=member.colour,
        state=state,
        muted=member.muted,
    )
