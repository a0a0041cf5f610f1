"""A Chat page in a window of its own: before played events and a real history, or before a real engine."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, TypeVar

import ttkbootstrap as ttk

from gui.pages.chat.context import ChatContext
from gui.pages.chat.files.transfer_card import TransferCard
from gui.pages.chat.page import ChatPage
from gui.pages.chat.rooms.room_card import RoomCard
from gui.shared.settings import Settings
from gui.widgets.dialog import Dialog
from net.chat.conversation import Conversation
from net.chat.events import (
    ChatStarted,
    ConversationChanged,
    MessageAdded,
    MessageState,
    MessageStateChanged,
    Person,
    PersonChanged,
    PresenceState,
    Room,
    RoomChanged,
    Trust,
)
from net.chat.history import NewMessage
from net.engine import Engine
from tests.gui.pages.page_stage import PageStage, shown_text
from tests.net.chat.history.stores import Opened, new_id
from tests.waiting import PATIENCE_SECONDS

T = TypeVar("T")
D = TypeVar("D", bound=Dialog)
ME = "aa" * 32
LIN, BOB, WANG, MIA, LAB = (digit * 64 for digit in "12345")
ROOM = "cc" * 16


def person(identity: str, name: str, presence: PresenceState = PresenceState.ONLINE, **more: Any) -> Person:
    number = int(identity[0], 16)
    given = {"trust": Trust.UNVERIFIED, "addresses": (f"192.168.1.{20 + number}:45654",), "digits": "123456"}
    given |= {"path": f"192.168.1.{20 + number}:45654"} if presence is not PresenceState.OFFLINE else {}
    return Person(identity, name, more.pop("colour", ""), **{**given, "presence": presence, **more})


class Stage(PageStage):
    """The page before a real history; `play` is what the engine would tell."""

    def __init__(self, app: ttk.App, folder: Path, name: str = "Me") -> None:
        settings = Settings()
        settings.chat = {"name": name, "sound": False, "notify": False} if name else {}
        super().__init__(app, folder, settings, "chat")
        self._begin()
        self.page: ChatPage = ChatPage(self.root, self.services)
        self.show_page()
        self.look_at()
        app.update()

    def _begin(self) -> None:
        self.history = Opened(self.folder)

    def submitted(self, kind: type[T]) -> list[T]:
        return [command for command in self.commands if isinstance(command, kind)]

    # What the engine would tell

    def play(self, *events: Any) -> None:
        self.look_at()
        self.dispatch.deliver(events)
        self.paint()

    def look_at(self) -> None:
        """The window has the focus, though the window manager may have other things to do, or be late."""
        if self.app.focus_displayof() is None and self.app.grab_current() is None:
            (self.app.focus_lastfor() or self.app).focus_force()

    def paint(self) -> None:
        self.app.update()
        self.page.chat.messages.bubbles.paint_now()
        self.page.people.list.paint_now()
        self.app.update()

    def begin(self, *people: Person) -> None:
        """The chat has started, and these people are known."""
        self.play(
            ChatStarted(ME, "Me", "", 45654, f"duplex://192.168.1.7:45654/{ME}"),
            *map(PersonChanged, people),
        )

    def hear(
        self, identity: str, name: str, text: str, conversation: Conversation | None = None, **more: Any
    ) -> str:
        """A message comes, and lies in the history."""
        return self._add(conversation or Conversation.person(identity), identity, name, text, True, more)

    def say(
        self, conversation: Conversation, text: str, state: MessageState = MessageState.QUEUED, **more: Any
    ) -> str:
        """One of ours goes."""
        message = self._add(conversation, ME, "Me", text, False, more)
        if state is not MessageState.QUEUED:
            self.progress(conversation, message, state)
        return message

    def progress(self, conversation: Conversation, message: str, state: MessageState) -> None:
        peer = conversation.id if conversation.is_person else LIN
        path = "192.168.1.21:45654"
        self.history.run(lambda store: store.messages.set_state([message], state, peer, path))
        self.play(MessageStateChanged(conversation, message, state))

    def _add(
        self,
        conversation: Conversation,
        author: str,
        name: str,
        text: str,
        incoming: bool,
        more: dict[str, Any],
    ) -> str:
        given = {"time": time.time_ns(), **more}
        new = NewMessage(new_id(), author, name, text, **given)
        peers = [conversation.id] if conversation.is_person and not incoming else ()
        row = self.history.run(lambda store: store.messages.add(conversation, new, incoming, peers))
        count = self.history.run(lambda store: store.messages.count(conversation))
        assert row is not None
        self.play(
            MessageAdded(
                *(conversation, new.message, row.position, incoming, author, name, text),
                *(new.announcement, new.transfer, row.time),
            ),
            ConversationChanged(conversation, count.count, count.unread),
        )
        return new.message

    def room(self, **more: Any) -> None:
        given = {
            "name": "Class 3", "host": LIN, "hosted_here": False, "joined": True, "code": "K7QX",
            "locked": False, "read_only": False, "all_muted": False, "host_online": True, "members": 40,
        }  # fmt: skip
        self.play(RoomChanged(Room(ROOM, **{**given, **more})))

    # For tests

    @property
    def context(self) -> ChatContext:
        return self.page.context

    def visible_text(self) -> str:
        """What the conversation shows at present, one row a line."""
        return shown_text(self.page.chat.messages.bubbles)

    @property
    def files_card(self) -> TransferCard:
        """The third card, where it shows the files."""
        card = self.page.side.shown
        assert isinstance(card, TransferCard)
        return card

    @property
    def room_card(self) -> RoomCard:
        """The third card, where it shows a room's members."""
        card = self.page.side.shown
        assert isinstance(card, RoomCard)
        return card

    def dialogs(self, kind: type[D]) -> list[D]:
        """Those of this kind that are open."""
        return [child for child in self.app.winfo_children() if isinstance(child, kind)]

    def pump(self) -> None:
        self.look_at()

    def list_text(self) -> list[str]:
        self.page.people.list.paint_now()
        return shown_text(self.page.people.list).split("\n")

    def end(self) -> None:
        self.history.close()

    def close(self) -> None:
        self.root.destroy()
        self.app.update_idletasks()
        self.end()


class Live(Stage):
    """The same page before a real engine."""

    def _begin(self) -> None:
        self.engine = Engine()

    def submit(self, command: Any) -> None:
        super().submit(command)
        self.engine.submit(command)

    def pump(self) -> None:
        super().pump()
        self.pump_from(self.engine)

    def end(self) -> None:
        self.engine.stop()
        assert self.engine.join(PATIENCE_SECONDS)
