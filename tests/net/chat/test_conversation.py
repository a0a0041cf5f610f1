"""`Conversation`: what it is written as, and that it serves as the key of a dictionary."""

from __future__ import annotations

import pickle

import pytest

from net.chat.conversation import EVERYBODY, Conversation, ConversationKind

IDENTITY, ROOM = "a0" * 32, "0b" * 16
WRITTEN = (
    (Conversation.person(IDENTITY), f"p:{IDENTITY}"),
    (Conversation.room(ROOM), f"r:{ROOM}"),
    (EVERYBODY, "all"),
)


@pytest.mark.parametrize(("conversation", "text"), WRITTEN)
def test_it_is_written_and_read_back(conversation: Conversation, text: str) -> None:
    assert str(conversation) == f"{conversation}" == text
    assert Conversation.parse(text) == conversation


@pytest.mark.parametrize(
    "text",
    [
        "",
        "p",
        "p:",
        "r:",
        ":" + IDENTITY,
        IDENTITY,
        "q:" + IDENTITY,
        "P:" + IDENTITY,
        "p:" + IDENTITY.upper(),
        "p:" + IDENTITY[1:],
        "p:" + IDENTITY + "\n",
        " p:" + IDENTITY,
        "p:name",
        "r:p:" + ROOM,
        "p:" + IDENTITY + ":" + ROOM,
        "all:",
        "all:" + ROOM,
        "ALL",
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no conversation"):
        Conversation.parse(text)


def test_it_knows_what_it_is() -> None:
    person, room = Conversation.person(IDENTITY), Conversation.room(ROOM)
    assert (person.kind, person.id) == (ConversationKind.PERSON, IDENTITY)
    assert (room.kind, room.id) == (ConversationKind.ROOM, ROOM)
    assert (EVERYBODY.kind, EVERYBODY.id) == (ConversationKind.EVERYBODY, "")
    assert [(each.is_person, each.is_room) for each, _ in WRITTEN] == [
        (True, False),
        (False, True),
        (False, False),
    ]


def test_equal_ones_are_one_key() -> None:
    counts = {Conversation.person(IDENTITY): 1, Conversation.room(IDENTITY): 2, EVERYBODY: 3}
    assert len(counts) == 3
    assert counts[Conversation.parse(f"p:{IDENTITY}")] == 1
    assert counts[Conversation.parse(f"r:{IDENTITY}")] == 2
    assert counts[Conversation.parse("all")] == 3
    assert Conversation.person(ROOM) not in counts
    assert pickle.loads(pickle.dumps(EVERYBODY)) in counts


def test_it_never_changes() -> None:
    conversation = Conversation.room(ROOM)
    for name in ("id", "kind", "other"):
        with pytest.raises(AttributeError):
            setattr(conversation, name, IDENTITY)
    assert conversation == Conversation.room(ROOM)
