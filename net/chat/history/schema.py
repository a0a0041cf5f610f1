"""The history's tables, and the columns that make a record.

``places`` leads from ``conversation << 32 | place`` to the message; the places of a conversation have no
gaps and begin at its ``first``, so that a page of it is one range of the primary key however long it is, and
forgetting the oldest moves nothing. ``grams`` holds the characters of each text and their pairs, which the
trigram index ``texts`` cannot find. Both indexes follow behind: ``indexed`` in ``facts`` is the last message
they have.

An outbox entry is a peer's number and a body, which it shares with the same message's other receivers.
"""

from __future__ import annotations

from net.chat.events import MessageState, Proof

SCHEMA_VERSION = 1
SCHEMA = """
CREATE TABLE facts(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE people(id INTEGER PRIMARY KEY, identity BLOB NOT NULL UNIQUE, certificate BLOB NOT NULL,
  name TEXT NOT NULL, colour TEXT NOT NULL, trust TEXT NOT NULL, digits TEXT NOT NULL,
  addresses TEXT NOT NULL, last_seen INTEGER NOT NULL);
CREATE TABLE authors(id INTEGER PRIMARY KEY, identity BLOB NOT NULL, name TEXT NOT NULL,
  UNIQUE(identity, name));
CREATE TABLE conversations(id INTEGER PRIMARY KEY, name TEXT UNIQUE, first INTEGER NOT NULL,
  count INTEGER NOT NULL, seen INTEGER NOT NULL, unread INTEGER NOT NULL);
CREATE TABLE messages(id INTEGER PRIMARY KEY, conversation INTEGER NOT NULL, place INTEGER NOT NULL,
  uid BLOB NOT NULL, author INTEGER NOT NULL, incoming INTEGER NOT NULL, time INTEGER NOT NULL,
  sent INTEGER NOT NULL, state INTEGER NOT NULL, path TEXT NOT NULL, text TEXT NOT NULL,
  reply_to BLOB NOT NULL, quote TEXT NOT NULL, announcement INTEGER NOT NULL, transfer BLOB NOT NULL,
  number INTEGER NOT NULL, recipients INTEGER NOT NULL, delivered INTEGER NOT NULL,
  displayed INTEGER NOT NULL);
CREATE INDEX messages_by_uid ON messages(uid);
CREATE INDEX messages_by_number ON messages(conversation, number) WHERE number > 0;
CREATE TABLE places(id INTEGER PRIMARY KEY, message INTEGER NOT NULL);
CREATE TABLE receipts(message INTEGER NOT NULL, identity BLOB NOT NULL, state INTEGER NOT NULL,
  PRIMARY KEY(message, identity)) WITHOUT ROWID;
CREATE TABLE peers(id INTEGER PRIMARY KEY, identity BLOB NOT NULL UNIQUE, stream BLOB NOT NULL,
  last INTEGER NOT NULL);
CREATE TABLE received(peer INTEGER NOT NULL, stream BLOB NOT NULL, number INTEGER NOT NULL,
  PRIMARY KEY(peer, stream)) WITHOUT ROWID;
CREATE TABLE bodies(id INTEGER PRIMARY KEY, uid BLOB NOT NULL, uses INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE outbox(peer INTEGER NOT NULL, number INTEGER NOT NULL, body INTEGER NOT NULL,
  PRIMARY KEY(peer, number)) WITHOUT ROWID;
CREATE TABLE rooms(id INTEGER PRIMARY KEY, room BLOB NOT NULL UNIQUE, name TEXT NOT NULL, host BLOB NOT NULL,
  hosted INTEGER NOT NULL, joined INTEGER NOT NULL, code TEXT NOT NULL, locked INTEGER NOT NULL,
  read_only INTEGER NOT NULL, all_muted INTEGER NOT NULL, last INTEGER NOT NULL, ended TEXT NOT NULL);
CREATE TABLE members(room BLOB NOT NULL, identity BLOB NOT NULL, name TEXT NOT NULL, colour TEXT NOT NULL,
  muted INTEGER NOT NULL, removed INTEGER NOT NULL, PRIMARY KEY(room, identity)) WITHOUT ROWID;
CREATE TABLE transfers(id INTEGER PRIMARY KEY, transfer BLOB NOT NULL UNIQUE, sending BLOB NOT NULL,
  conversation TEXT NOT NULL, identity BLOB NOT NULL, incoming INTEGER NOT NULL, title TEXT NOT NULL,
  count INTEGER NOT NULL, size INTEGER NOT NULL, stage TEXT NOT NULL, reason TEXT NOT NULL,
  folder BLOB NOT NULL, done INTEGER NOT NULL, picture INTEGER NOT NULL, preview BLOB NOT NULL,
  message BLOB NOT NULL, time INTEGER NOT NULL);
CREATE INDEX transfers_by_sending ON transfers(sending);
CREATE TABLE items(owner BLOB NOT NULL, item INTEGER NOT NULL, components TEXT NOT NULL,
  size INTEGER NOT NULL, modified INTEGER NOT NULL, folder INTEGER NOT NULL, source BLOB NOT NULL,
  PRIMARY KEY(owner, item)) WITHOUT ROWID;
CREATE TABLE progress(transfer BLOB NOT NULL, item INTEGER NOT NULL, done INTEGER NOT NULL,
  stage TEXT NOT NULL, reason TEXT NOT NULL, digest BLOB NOT NULL, target BLOB NOT NULL,
  PRIMARY KEY(transfer, item)) WITHOUT ROWID;
CREATE VIRTUAL TABLE texts USING fts5(text, scope, content='', detail=none, columnsize=0, tokenize='trigram');
CREATE VIRTUAL TABLE grams USING fts5(text, content='', detail=none, columnsize=0, tokenize='ascii');
INSERT INTO facts VALUES('stream', randomblob(16)), ('indexed', 0)
"""

PLACE_SHIFT = 32
PLACE_MASK = (1 << PLACE_SHIFT) - 1

STATES = (
    MessageState.QUEUED,
    MessageState.SENT,
    MessageState.DELIVERED,
    MessageState.DISPLAYED,
    MessageState.RECEIVED,
    MessageState.REFUSED,
)
"""Stored as their index here, in the order in which a message of ours passes through them."""

RANKS = {state: rank for rank, state in enumerate(STATES)}

PROOFS = (Proof.NONE, Proof.SIGNED, Proof.UNSIGNED, Proof.FORGED)
"""Stored as their index here; a message without a row in ``signatures`` has none."""

PERSON_COLUMNS = "identity, certificate, name, colour, trust, digits, addresses, last_seen"
ROOM_COLUMNS = "room, name, host, hosted, joined, code, locked, read_only, all_muted, last, ended"
MEMBER_COLUMNS = "identity, name, colour, muted, removed"
TRANSFER_COLUMNS = (
    "transfer, sending, conversation, identity, incoming, title, count, size, stage, reason, folder, done,"
    " picture, preview, message, time"
)
ITEM_COLUMNS = "item, components, size, modified, folder, source"
PROGRESS_COLUMNS = "item, done, stage, reason, digest, target"
"""What the records' ``of`` take, in this order; that of a transfer takes a row of `TRANSFER_QUERY`."""

TRANSFER_QUERY = (
    f"SELECT {TRANSFER_COLUMNS}, (SELECT names FROM left_out WHERE owner = sending) FROM transfers"
)

MESSAGE_COLUMNS = (
    "c.name, m.place - c.first, m.uid, m.incoming, a.identity, a.name, m.text, m.time, m.sent, m.state,"
    " m.path, m.reply_to, m.quote, m.announcement, m.transfer, m.number, m.recipients, m.delivered,"
    " m.displayed, (SELECT proof FROM signatures WHERE message = m.id)"
)
MESSAGE_QUERY = (
    f"SELECT {MESSAGE_COLUMNS} FROM messages m CROSS JOIN conversations c ON c.id = m.conversation"
    " CROSS JOIN authors a ON a.id = m.author"
)
"""Its rows are what `net.chat.history.records.MessageRow.of` takes."""
