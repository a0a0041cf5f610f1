"""The chat's memory: one sqlite file per profile, written by one worker thread, read by any number of
readers.

    history = History(folder, call, emit)           # raises ProfileInUse, OSError
    history.submit(lambda store: store.messages.add(...), done)
    reader = HistoryReader(history.path)            # one for each thread that reads

An action given to `submit` gets the `HistoryStore`: ``people``, ``messages``, ``log``, ``outbox``,
``rooms`` and ``transfers``. All it does is one unit: after a crash it happened whole or not at all. ``done``
is called with what it returned once that is on the disk, in the order of submission, and never before.
"""

from __future__ import annotations

from net.chat.history.history import History, ProfileInUse
from net.chat.history.reader import HistoryReader
from net.chat.history.records import (
    ConversationCount,
    ConversationRow,
    Envelope,
    ItemProgress,
    ItemRecord,
    LogEntry,
    MemberRecord,
    MessageRow,
    NewMessage,
    PersonRecord,
    RoomRecord,
    Seen,
    StateChange,
    TransferRecord,
)
from net.chat.history.search import SearchHit
from net.chat.history.store import FollowUp, HistoryStore, StoreAction

__all__ = [
    "ConversationCount",
    "ConversationRow",
    "Envelope",
    "FollowUp",
    "History",
    "HistoryReader",
    "HistoryStore",
    "ItemProgress",
    "ItemRecord",
    "LogEntry",
    "MemberRecord",
    "MessageRow",
    "NewMessage",
    "PersonRecord",
    "ProfileInUse",
    "RoomRecord",
    "SearchHit",
    "Seen",
    "StateChange",
    "StoreAction",
    "TransferRecord",
]
