"""A room's log on the wire: entries packed into messages that fit a frame. Sans-IO."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator

from net.chat.history.records import LogEntry, MemberRecord
from net.protocol.chat.cleaning import clean_message, clean_name
from net.protocol.chat.messages import MAX_ITEMS, Member, RoomEntry, RoomLog

MAX_LOG_BYTES = 56_000
"""Bytes of the entries of one RoomLog, unless it holds only one."""

_ENTRY_BYTES = 200
_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 6


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
    size = 0
    for entry in entries:
        weight = _ENTRY_BYTES + len(entry.text.encode()) + len(entry.quote.encode())
        if some and (size + weight > MAX_LOG_BYTES or len(some) == MAX_ITEMS):
            yield RoomLog(room=key, entries=some)
            some, size = [], 0
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
            )
        )
        size += weight
    if some:
        yield RoomLog(room=key, entries=some)


def unpacked(message: RoomLog) -> list[LogEntry]:
    """Cleaned, as it is kept."""
    return [
        LogEntry(
            *(entry.number, entry.id.hex(), entry.author.hex(), clean_name(entry.name), entry.time),
            *(clean_message(entry.text), entry.reply_to.hex(), clean_message(entry.quote)),
        )
        for entry in message.entries
    ]


def wire_member(member: MemberRecord, state: str) -> Member:
    return Member(
        identity=bytes.fromhex(member.identity),
        name=member.name,
        colour=member.colour,
        state=state,
        muted=member.muted,
    )
