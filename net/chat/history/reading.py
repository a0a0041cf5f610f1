"""A message as the database has it, made a row again: for the worker and the readers."""

from __future__ import annotations

from net.chat.history.proofs import PROOFS
from net.chat.history.records import MessageRow
from net.chat.history.schema import MESSAGE_COLUMNS, MESSAGE_TABLES, STATES

MESSAGE_QUERY = f"SELECT {MESSAGE_COLUMNS} FROM {MESSAGE_TABLES}"

# fmt: off
MessageValues = tuple[
    str, int, bytes, int, bytes, str, str, int, int, int, str, bytes, str, int, bytes, int, int, int, int,
    int | None,
]
# fmt: on


def message_row(values: MessageValues) -> MessageRow:
    """A result of `MESSAGE_QUERY`."""
    conversation, position, uid, incoming, author, name, text, when, sent, state, path = values[:11]
    reply_to, quote, announcement, transfer, number, recipients, delivered, displayed, proof = values[11:]
    return MessageRow(
        *(conversation, position, uid.hex(), bool(incoming), author.hex(), name, text, when, sent),
        *(STATES[state], path, reply_to.hex(), quote, bool(announcement), transfer.hex()),
        *(number, recipients, delivered, displayed, PROOFS[proof or 0]),
    )
