"""The states of the Chat page that are looked at. Their people are played: see `ChatStage`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from gui.pages.chat import actions
from net.chat.commands import Search
from net.chat.conversation import Conversation
from net.chat.diagnosis.findings import FindingKind as K
from net.chat.events import (
    ChatFailed,
    ChatFault,
    Diagnosis,
    DigitsCompared,
    IdentityShared,
    KeyChanged,
    PersonChanged,
    PresenceState,
    RoomChanged,
    RoomEnded,
    SearchFound,
    Trust,
)
from net.events import Fault, FaultKind, StoreFaulted
from tests.gui.pages.chat.dialogs.choices import choose_segment
from tests.gui.pages.chat.stage import ME, ROOM, person
from tests.shots.chat_stage import (
    ANNA,
    BOB,
    LIN,
    NEW,
    OLD,
    OTHER_ROOM,
    WANG,
    ZHANG,
    ChatStage,
    clock,
    jpeg,
    painting,
)
from tests.shots.chat_talk import (
    IN_ROOM,
    WITH_BOB,
    WITH_LIN,
    absent,
    announcement,
    files,
    in_room,
    lively,
    long_messages,
    menu_of_message,
    message_states,
    new_below,
    proofs,
    to_room,
    transfers,
    typing,
)
from tests.shots.stage import Stage, State

Findings = tuple[tuple[K, dict[str, str]], ...]
Made = Callable[[ChatStage], Any]


def chat(make: Made, toasts: bool = False) -> Callable[[Stage], None]:
    """With everybody of the crowd there."""

    def made(stage: Stage) -> None:
        played = stage.chat = ChatStage(stage)
        played.crowd()
        make(played)
        if not toasts:
            played.read()
            played.hush()
        played.paint()

    return made


def alone(make: Made) -> Callable[[Stage], None]:
    """With nobody there."""

    def made(stage: Stage) -> None:
        played = stage.chat = ChatStage(stage)
        played.begin()
        make(played)
        played.paint()

    return made


def shown(conversation: Conversation, side: bool = False) -> Made:
    def make(chat: ChatStage) -> None:
        chat.context.open(conversation)
        if side:
            chat.page.side.toggle()
        chat.paint()

    return make


# --- Beginning ---


def first(stage: Stage) -> None:
    stage.chat = ChatStage(stage, "")
    stage.chat.page.naming.card.name.set(stage.say("Xu Wei", "徐薇"))


def first_picture(stage: Stage) -> None:
    first(stage)
    stage.chat.page.naming.card.set_picture(jpeg(painting(160, 160)))


def first_mistakes(stage: Stage) -> None:
    first(stage)
    card = stage.chat.page.naming.card
    card.name.set(" ")
    card.show_problem(stage.say("This is no picture that can be read.", "这不是能读取的图片。"))
    card.accept()


def not_started(stage: Stage) -> None:
    stage.chat = ChatStage(stage)
    path = str(stage.window.profile)
    stage.chat.play(ChatFailed(Fault(FaultKind.PROFILE_IN_USE, {"path": path})))


def identity_damaged(what: str, asked: bool = False) -> Callable[[Stage], None]:
    def made(stage: Stage) -> None:
        played = stage.chat = ChatStage(stage)
        path = str(stage.window.profile / "identity.pem")
        played.play(ChatFailed(Fault(FaultKind.IDENTITY_DAMAGED, {"path": path, "what": what})))
        if asked:
            played.asked(played.page.startup.mend_identity)

    return made


def broken_start(stage: Stage) -> None:
    stage.chat = ChatStage(stage)
    detail = "OperationalError: no such column: messages.proof"
    stage.chat.play(ChatFailed(Fault(FaultKind.INTERNAL, {"detail": detail})))


# --- Why can't I see them? ---

BAD: Findings = (
    (K.FIREWALL_BLOCKS, {"tool": "ufw", "what": "45654/udp"}),
    (K.DIFFERENT_NETWORKS, {"address": "10.0.0.5:45654", "network": "192.168.1.0/24"}),
    (K.BROADCAST_NOT_HEARD, {"interface": "eth0"}),
    (K.OTHER_PORT, {"port": "45655"}),
    (K.NOBODY_SEEN, {}),
    (K.LISTENING, {"port": "45655"}),
    (K.MULTICAST_HEARD, {"interface": "eth0"}),
    (K.INTERFACE, {"interface": "eth0", "addresses": "192.168.1.7/24, fe80::1c2d:3e4f:5a6b:7c8d/64"}),
    (K.INTERFACE, {"interface": "docker0", "addresses": "172.17.0.1/16", "virtual": "yes"}),
)
GOOD: Findings = (
    (K.PEOPLE_SEEN, {"count": "4"}),
    (K.LISTENING, {"port": "45654"}),
    (K.BROADCAST_HEARD, {"interface": "eth0"}),
    (K.MULTICAST_HEARD, {"interface": "eth0"}),
    (K.FIREWALL_OFF, {"tool": "ufw"}),
    (K.INTERFACE, {"interface": "eth0", "addresses": "192.168.1.7/24"}),
)


def why(findings: Findings, finished: bool = True) -> Made:
    def make(chat: ChatStage) -> None:
        actions.open_diagnosis(chat.context)
        chat.play(Diagnosis(tuple((kind.value, params) for kind, params in findings), finished))

    return make


# --- Trust ---


def key_changed(chat: ChatStage) -> None:
    name = chat.word("Lin Xiao", "林晓")
    chat.play(PersonChanged(person(NEW, name, trust=Trust.CHANGED)), KeyChanged(NEW, LIN, name))
    chat.context.open(Conversation.person(NEW))


def key_question(chat: ChatStage) -> None:
    key_changed(chat)
    actions.open_key_changed(chat.context, NEW)


def verify(*events: Any, says: str = "") -> Made:
    def make(chat: ChatStage) -> None:
        chat.context.open(WITH_BOB)
        dialog = actions.open_verify(chat.context, BOB)
        chat.play(*events)
        if says:
            dialog.buttons[says].invoke()

    return make


def verified(chat: ChatStage) -> None:
    verify()(chat)
    chat.play(PersonChanged(chat.change(BOB, trust=Trust.VERIFIED)))


# --- Rooms ---


def as_host(chat: ChatStage) -> None:
    chat.host()
    in_room(chat)
    chat.context.open(IN_ROOM)
    chat.page.side.toggle()
    chat.members()
    chat.paint()
    panel = chat.room_card
    panel.list.choose(BOB)
    panel._show_tools()


def with_rules(chat: ChatStage) -> None:
    as_host(chat)
    chat.host(locked=True, read_only=True, all_muted=True)


def as_member(chat: ChatStage) -> None:
    in_room(chat)
    chat.context.open(IN_ROOM)
    chat.page.side.toggle()
    chat.members(WANG, (ME,))


def host_away(chat: ChatStage) -> None:
    as_member(chat)
    room = chat.context.model.rooms[ROOM]
    chat.play(RoomChanged(replace(room, host_online=False)))


def code_window(chat: ChatStage) -> None:
    as_host(chat)
    chat.room_card.show_code()


def join(code: str = "", refused: bool = False) -> Made:
    def make(chat: ChatStage) -> None:
        dialog = actions.open_new_room(chat.context)
        choose_segment(dialog.ways, "join")
        dialog.code.set(code)
        if refused:
            dialog.buttons["go"].invoke()
            chat.play(RoomEnded("", "refused:code"))

    return make


# --- Dialogs ---


def add_failed(chat: ChatStage) -> None:
    actions.open_add_person(chat.context, "192.168.1.40").buttons["add"].invoke()
    chat.play(ChatFault(Fault(FaultKind.REFUSED, {"address": "192.168.1.40:45654"})))


def search(text: str = "", hits: bool = False, late: bool = False, here: bool = False) -> Made:
    def make(chat: ChatStage) -> None:
        lively(chat)
        dialog = actions.open_search(chat.context, WITH_LIN if here else None, text)
        chat.app.update()
        if late:
            dialog._too_late()
        elif text:
            job = chat.submitted(Search)[-1].job
            found = (
                (
                    WITH_LIN,
                    "00",
                    2,
                    chat.word("TCP round trip 1.8 ms, no loss.", "TCP 往返 1.8 ms，丢包率 0。"),
                ),
                (Conversation.person(ANNA), "01", 0, chat.word("Is TCP a stream? ", "TCP 是字节流吗？") * 9),
                (IN_ROOM, "02", 3, chat.word("Page 12: TCP and UDP.", "第 12 页：TCP 和 UDP。")),
            )
            shown = [(*hit, clock(9, 42, day)) for day, hit in enumerate(found * 4)] if hits else []
            chat.play(SearchFound(job, tuple(shown), True))

    return make


def emoji(wanted: str = "") -> Made:
    def make(chat: ChatStage) -> None:
        lively(chat)
        composer = chat.page.chat.composer
        composer.toggle_emoji()
        if wanted and composer.picker is not None:
            composer.picker.search.set(wanted)
            composer.picker._filter()

    return make


def settings(chat: ChatStage) -> None:
    chat.context.open(WITH_LIN)
    window = chat.stage.window
    window.dialogs.open_settings()
    dialog: Any = window.dialogs.current
    dialog.show_tab("chat")


def store(kind: FaultKind, **params: str) -> Made:
    def make(chat: ChatStage) -> None:
        lively(chat)
        path = str(chat.folder / "history.sqlite")
        fault = Fault(kind, {"path": path, **params})
        chat.stage.window.dispatch.deliver([StoreFaulted(fault, False, path)])

    return make


def shared(count: int) -> Made:
    def make(chat: ChatStage) -> None:
        lively(chat)
        chat.play(IdentityShared(tuple(f"192.168.1.{20 + number}:45654" for number in range(count))))

    return make


def copies(chat: ChatStage) -> None:
    lively(chat)
    name = chat.word("Pupil", "学生")
    told = tuple(f"{name} (192.168.1.{20 + number})" for number in range(3))
    chat.play(PersonChanged(chat.change(BOB, name=name, copies=told)))
    chat.context.open(WITH_BOB)


CHAT_STATES = (
    State("chat-first", first, True),
    State("chat-first-picture", first_picture),
    State("chat-first-mistakes", first_mistakes),
    State("chat-not-started", not_started),
    State("chat-start-broken", broken_start),
    State("chat-identity-empty", identity_damaged("empty"), True),
    State("chat-identity-question", identity_damaged("zeros", asked=True)),
    State("chat-nobody", alone(lambda chat: None), True),
    State("chat-why", alone(why(BAD)), True),
    State("chat-why-fine", alone(why(GOOD))),
    State("chat-why-looking", alone(why(GOOD[:2], False))),
    State("chat-people", chat(lambda chat: None), True),
    State("chat-people-none", chat(lambda chat: chat.page.people.search.set("zzz"))),
    State("chat-empty", chat(shown(Conversation.person(ZHANG))), True),
    State("chat-lively", chat(lively), True),
    State("chat-states", chat(message_states), True),
    State("chat-proofs", chat(proofs), True),
    State("chat-typing", chat(typing)),
    State("chat-absent", chat(absent)),
    State("chat-long", chat(long_messages), True),
    State("chat-new-below", chat(new_below)),
    State("chat-toasts", chat(in_room, toasts=True), True),
    State("chat-menu", chat(menu_of_message)),
    State("chat-announcement", chat(announcement)),
    State("chat-files", chat(files), True),
    State("chat-transfers", chat(transfers), True),
    State("chat-to-room", chat(to_room)),
    State("chat-no-files", chat(shown(WITH_BOB, side=True))),
    State("chat-key", chat(key_changed), True),
    State("chat-key-question", chat(key_question), True),
    State("chat-verify", chat(verify()), True),
    State("chat-verify-told", chat(verify(DigitsCompared(BOB, True)))),
    State("chat-verify-waiting", chat(verify(says="same"))),
    State("chat-verify-differ", chat(verify(DigitsCompared(BOB, False)))),
    State("chat-verified", chat(verified)),
    State("chat-blocked", chat(shown(Conversation.person(OLD)))),
    State("chat-room-host", chat(as_host), True),
    State("chat-room-rules", chat(with_rules)),
    State("chat-room-member", chat(as_member), True),
    State("chat-room-away", chat(host_away)),
    State("chat-room-outside", chat(shown(Conversation.room(OTHER_ROOM)))),
    State("chat-room-code", chat(code_window)),
    State("chat-new-room", chat(lambda chat: actions.open_new_room(chat.context)), True),
    State("chat-join", chat(join()), True),
    State("chat-join-refused", alone(join("K7QX2A", refused=True))),
    State("chat-add", alone(lambda chat: actions.open_add_person(chat.context)), True),
    State("chat-add-failed", alone(add_failed)),
    State("chat-search", chat(search())),
    State("chat-search-found", chat(search("TCP", hits=True)), True),
    State("chat-search-none", chat(search("UDP", here=True))),
    State("chat-search-late", chat(search("TCP", late=True))),
    State("chat-export", chat(lambda chat: actions.open_export(chat.context, WITH_BOB))),
    State("chat-delete", chat(lambda chat: chat.asked(lambda: actions.delete_all(chat.context, WITH_BOB)))),
    State("chat-forget", chat(lambda chat: chat.asked(lambda: actions.forget(chat.context, BOB)))),
    State("chat-emoji", chat(emoji()), True),
    State("chat-emoji-found", chat(emoji("heart"))),
    State("chat-settings", chat(settings), True),
    State("chat-presence", chat(lambda chat: chat.page.people.choose_presence())),
    State("chat-busy", chat(lambda chat: chat.context.own.presence.choose(PresenceState.BUSY))),
    State("chat-damaged", chat(store(FaultKind.STORE_DAMAGED, aside="history-1.damaged", store="history"))),
    State("chat-history-empty", chat(store(FaultKind.STORE_EMPTY, store="history"))),
    State("chat-in-memory", chat(store(FaultKind.STORE_IN_MEMORY, reason="folder", detail="")), True),
    State("chat-read-only", chat(store(FaultKind.STORE_IN_MEMORY, reason="read_only", detail=""))),
    State("chat-without-log", chat(store(FaultKind.STORE_WITHOUT_WAL))),
    State("chat-shared-identity", chat(shared(2)), True),
    State("chat-copies", chat(copies)),
    State("chat-disk-full", chat(store(FaultKind.STORE_FULL)), True),
)
