"""The model: events in, lines and counts out. No window."""

from __future__ import annotations

from gui.pages.chat.model import TYPING_SECONDS, Changes, ChatModel, Heading, Talk, name_order
from net.chat.conversation import EVERYBODY, Conversation
from net.chat.events import (
    ChatStarted,
    ConversationChanged,
    KeyChanged,
    MessageAdded,
    Person,
    PersonChanged,
    PersonForgotten,
    PresenceState,
    Room,
    RoomChanged,
    RoomEnded,
    Trust,
    TypingSeen,
)

LIN, BOB = "1" * 64, "2" * 64
ROOM = "cc" * 16


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def person(
    identity: str, name: str, presence: PresenceState = PresenceState.ONLINE, **more: object
) -> Person:
    given = {"trust": Trust.UNVERIFIED, "addresses": ("192.168.1.5:1",), **more}
    return Person(identity, name, "", presence=presence, **given)  # type: ignore[arg-type]


def added(
    conversation: Conversation, text: str, time: int, incoming: bool = True, author: str = LIN
) -> MessageAdded:
    return MessageAdded(conversation, "ab" * 16, 0, incoming, author, "Lin", text, False, "", time)


WITH_LIN = Conversation.person(LIN)


def names(model: ChatModel, wanted: str = "") -> list[str]:
    return [
        f"# {line.section}" if isinstance(line, Heading) else line.name or str(line.conversation)
        for line in model.lines(wanted)
    ]


def take(model: ChatModel, *events: object) -> Changes:
    takers = model.takers()
    for event in events:
        takers[type(event)](event)
    return model.take_changes()


def model_with(*events: object) -> ChatModel:
    model = ChatModel(Clock())
    take(model, *events)
    return model


def test_who_is_here_comes_first_and_whoever_wrote_last_above() -> None:
    model = model_with(
        PersonChanged(person(LIN, "Lin")),
        PersonChanged(person(BOB, "Bob")),
        PersonChanged(person("3" * 64, "Ann", PresenceState.OFFLINE)),
        RoomChanged(Room(ROOM, "Class", LIN, False, True, "", False, False, False, True, 3)),
    )
    order = ["# online", "Bob", "Lin", "# rooms", "all", "Class", "# offline", "Ann"]
    assert names(model) == order
    take(model, added(Conversation.person(LIN), "hi", 5))
    assert names(model)[:3] == ["# online", "Lin", "Bob"]


def test_numbers_in_names_sort_by_their_size() -> None:
    names = ["学生 10", "学生 2", "bob", "Ann", "7", "学生", "a" + "9" * 64, "٣", "学生 1"]
    assert sorted(names, key=name_order) == [
        *("٣", "7", "a" + "9" * 64, "Ann", "bob", "学生", "学生 1", "学生 2", "学生 10"),
    ]


def test_a_list_without_anybody_is_empty() -> None:
    model = model_with(ChatStarted("aa" * 32, "Me", "", 1, ""))
    assert model.lines() == []


def test_search_keeps_names_and_addresses_with_the_words() -> None:
    bob = person(BOB, "BOB", addresses=("::1",))
    model = model_with(PersonChanged(person(LIN, "Lin")), PersonChanged(bob))
    assert names(model, " bo") == ["# online", "BOB"]
    assert names(model, "192.168") == ["# online", "Lin"]
    assert names(model, "nobody") == []


def test_unread_follows_people_rooms_and_conversations() -> None:
    model = model_with(
        PersonChanged(person(LIN, "Lin", unread=2)),
        RoomChanged(Room(ROOM, "Class", LIN, False, True, "", False, False, False, True, 3, unread=4)),
        ConversationChanged(EVERYBODY, 1, 1),
    )
    assert model.total_unread == 7
    take(model, ConversationChanged(Conversation.person(LIN), 9, 0))
    assert model.total_unread == 5
    take(model, RoomEnded(ROOM, "closed"), PersonForgotten(LIN))
    assert model.total_unread == 1


def test_what_a_blocked_person_wrote_does_not_call() -> None:
    model = model_with(PersonChanged(person(LIN, "Lin", unread=2, trust=Trust.BLOCKED)))
    assert model.total_unread == 0


def test_typing_ends_by_itself_and_with_the_message() -> None:
    clock = Clock()
    model = ChatModel(clock)
    conversation = Conversation.person(LIN)
    take(model, TypingSeen(conversation, LIN, "Lin"))
    assert model.typing(conversation) == ["Lin"]
    clock.now = TYPING_SECONDS + 0.1
    assert model.typing(conversation) == []
    take(model, TypingSeen(conversation, LIN, "Lin"))
    changes = take(model, added(conversation, "done", 1))
    assert model.typing(conversation) == [] and conversation in changes.typing


def test_changes_say_what_to_look_at_again() -> None:
    model = ChatModel(Clock())
    changes = take(model, added(WITH_LIN, "one", 1), added(WITH_LIN, "mine", 2, incoming=False))
    assert changes.listed and changes.extended == {WITH_LIN} and not changes.rewritten
    assert [event.text for event in changes.arrived] == ["one"]
    changes = take(model, ConversationChanged(WITH_LIN, 0, 0))
    assert changes.rewritten == {WITH_LIN} and WITH_LIN not in model.last


def test_a_changed_key_stays_until_it_was_decided() -> None:
    model = model_with(
        PersonChanged(person(BOB, "Lin", trust=Trust.CHANGED)),
        KeyChanged(BOB, LIN, "Lin"),
    )
    assert BOB in model.key_changes
    take(model, PersonChanged(person(BOB, "Lin", trust=Trust.UNVERIFIED)))
    assert BOB not in model.key_changes


def test_who_is_only_seen_can_be_written_to() -> None:
    model = model_with(PersonChanged(person(LIN, "Lin", PresenceState.OFFLINE, trust=Trust.UNKNOWN)))
    talk = model.lines()[1]
    assert isinstance(talk, Talk) and talk.section == "online"
