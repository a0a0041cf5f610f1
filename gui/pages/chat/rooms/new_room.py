"""Creating a room, or joining one: one that is in sight, or by the six characters that its host shows."""

from __future__ import annotations

import unicodedata

import ttkbootstrap as ttk

from gui.look.look import S
from gui.pages.chat import words
from gui.pages.chat.context import ChatContext
from gui.pages.chat.dialogs.parts import ChatDialog
from gui.pages.chat.rooms.room_choice import HEIGHT, RoomChoice, rooms_in_sight
from gui.shared.dispatch import Takers
from gui.shared.i18n import _
from gui.widgets.dialog import DialogButton
from gui.widgets.empty import EmptyState
from gui.widgets.field import FieldEntry
from gui.widgets.form import Switch
from gui.widgets.segmented import SegmentedControl
from gui.widgets.wrapping_label import WrappingLabel
from net.chat.commands import CreateRoom, JoinRoom
from net.chat.conversation import Conversation
from net.chat.events import ChatFault, PersonChanged, PersonForgotten, Room, RoomChanged, RoomEnded
from net.chat.ids import new_id
from net.chat.rooms.entries import CODE_LENGTH, clean_code
from net.protocol.chat.cleaning import clean_name

JOIN_ANSWER_MS = 35_000
"""The engine itself gives up a little earlier, and reports why."""

SHOWN_ROOMS = 4
"""How many lines of the list are shown without scrolling."""


def typed_code(text: str) -> str:
    """The code meant by what was typed: perhaps in lower case, in groups, or in full-width characters."""
    return "".join(unicodedata.normalize("NFKC", text).split()).replace("-", "").upper()


def code_problem(text: str) -> str | None:
    """What is wrong with the code typed so far; one that is only too short is not wrong yet."""
    code = typed_code(text)
    if len(code) > CODE_LENGTH:
        return _("A code has {count} characters; these are {typed}.").format(
            count=CODE_LENGTH, typed=len(code)
        )
    if code and not clean_code(code.ljust(CODE_LENGTH, "A")):
        return _("A code has only letters from A to Z and digits, never I, O, 0 or 1.")
    return None


class NewRoomDialog(ChatDialog):
    """Closes by itself once the room exists or was joined, and shows it."""

    def __init__(self, context: ChatContext) -> None:
        self.asked: CreateRoom | JoinRoom | None = None
        buttons = (DialogButton("", "close"), DialogButton("", "go", "primary", default=True))
        super().__init__(context, buttons, self._may_close, width=440)

    def build(self) -> None:
        self.ways = SegmentedControl(
            self.content, (("create", ""), ("join", "")), "create", command=lambda _way: self._show_way()
        )
        self.ways.pack(fill="x", pady=(0, S(12)))
        self.how = WrappingLabel(self.content, "InS.TLabel", wide=self.wide)
        self.how.pack(fill="x", pady=(0, S(6)))
        self.creating = ttk.Frame(self.content, style="In.TFrame")
        self.name = FieldEntry(
            self.creating, icon="people", validate=self._name_problem, on_change=self._changed,
            on_enter=lambda _text: self.close("go"),
        )  # fmt: skip
        self.name.pack(fill="x")
        self.locked = Switch(self.creating, lambda: None)
        self.locked.pack(anchor="w", pady=(S(12), 0))
        self.joining = ttk.Frame(self.content, style="In.TFrame")
        self.code = FieldEntry(
            self.joining, icon="key", validate=code_problem, on_change=self._changed, mono=True,
            on_enter=lambda _text: self.close("go"),
        )  # fmt: skip
        self.code.pack(fill="x")
        self.sight = WrappingLabel(self.joining, "InB.TLabel", wide=self.wide)
        self.sight.pack(fill="x", pady=(S(12), S(4)))
        self.rooms = RoomChoice(self.joining, self.join)
        self.rooms.canvas.configure(height=S(HEIGHT * SHOWN_ROOMS), width=S(self.wide - 20))
        self.rooms.pack(fill="both", expand=True)
        self.none = EmptyState(self.rooms, "people", "")
        self.result = WrappingLabel(self.content, "InS.TLabel", wide=self.wide)
        self.result.pack(side="bottom", fill="x", pady=(S(8), 0))

    def present(self) -> None:
        super().present()
        self._field.focus_set()

    def set_words(self) -> None:
        self.ways.retext((_("A new room"), _("Join a room")))
        self.name.retext(_("Name of the room"))
        self.code.retext(_("for example K7QX2M"))
        self.locked.configure(text=_("Locked: only who has the code gets in"))
        self.sight.show(_("Rooms in sight"))
        self.none.retext(
            _("No room in sight"), _("Rooms of people who are here appear by themselves; one click joins.")
        )
        if self.asked is None:
            self.result.show("", "InS.TLabel")
        self._show_way()

    def takers(self) -> Takers:
        return {
            RoomChanged: self._take_room,
            RoomEnded: self._take_ended,
            ChatFault: self._take_fault,
            # only for the names of the hosts of the rooms in sight
            PersonChanged: lambda _event: None,
            PersonForgotten: lambda _event: None,
        }

    def after_batch(self) -> None:
        if self.ways.value == "join":
            self._show_rooms()

    def _take_room(self, event: RoomChanged) -> None:
        if self._is_wanted(event):
            self._enter(event.room.room)

    def _take_fault(self, event: ChatFault) -> None:
        if self.asked is not None and not event.identity and event.conversation in self._about:
            self._fail(words.fault_text(event, self.model))

    @property
    def _about(self) -> tuple[Conversation | None, ...]:
        """The conversations that a fault may name if it answers what was asked."""
        room = self.asked.room if self.asked is not None else ""
        return (None, Conversation.room(room)) if room else (None,)

    def _take_ended(self, event: RoomEnded) -> None:
        """The room that was asked for did not let this PC in."""
        wish = self.asked
        if not isinstance(wish, JoinRoom) or (wish.room and event.room != wish.room):
            return
        if event.reason in ("refused:unknown", "refused:unanswered") and wish.code:
            self._fail(self._unanswered)
        elif event.reason.startswith("refused"):
            self._fail(words.ending_text(event.reason, ""))

    @property
    def _field(self) -> FieldEntry:
        return self.name if self.ways.value == "create" else self.code

    def _show_way(self) -> None:
        new = self.ways.value == "create"
        self.set_title(
            _("A new room") if new else _("Join a room"),
            close=_("Cancel"),
            go=_("Create the room") if new else _("Join"),
        )
        self.how.show(
            _("This PC is the room's host: it orders and keeps the messages. Leave Duplex open for it.")
            if new
            else _("Ask the host for the code, which stands on their screen; or choose a room below.")
        )
        for frame in (self.creating, self.joining):
            frame.pack_forget()
        (self.creating if new else self.joining).pack(fill="x")
        if not new:
            self._show_rooms()
        if self.focus_displayof() not in self.ways.winfo_children():
            self._field.focus_set()
        self._changed()

    def _name_problem(self, text: str) -> str | None:
        return None if clean_name(text, "") else _("A name is needed.")

    def _changed(self, _text: str = "") -> None:
        """The input changed: forget what was asked before."""
        self.asked = None
        self.answered()
        self.result.show("", "InS.TLabel")
        self.buttons["go"].state(["!disabled" if not self._field.value or self._field.valid else "disabled"])

    def _may_close(self, value: str) -> bool:
        if value != "go":
            return True
        if self.asked is not None or not self._field.check():
            return False
        if self.model.me is None:
            self._fail(_("The chat has not started yet."))
            return False
        if self.ways.value == "create":
            self.asked = CreateRoom(new_id(), clean_name(self.name.value, ""), self.locked.on)
        else:
            code = typed_code(self.code.value)
            if not clean_code(code):
                self.code.set_error(_("A code has {count} characters.").format(count=CODE_LENGTH))
                return False
            for room in self.model.rooms.values():
                if room.code == code and (room.joined or room.hosted_here):
                    self.context.open(Conversation.room(room.room))
                    return True
            self.asked = JoinRoom(code=code)
            self.result.show(_("Asking everybody who is here …"), "InS.TLabel")
        self._ask(self.asked)
        return False

    def join(self, room: Room) -> None:
        """Join a room in sight, or ask for its code if it is locked."""
        if room.locked:
            self._changed()
            text = _("{room} is locked: type the code that its host shows.").format(room=room.name)
            self.result.show(text, "InS.TLabel")
            self.code.focus_set()
            return
        self.asked = JoinRoom(room.room)
        self.result.show(_("Asking the host of {room} …").format(room=room.name), "InS.TLabel")
        self._ask(self.asked)

    def _ask(self, wish: CreateRoom | JoinRoom) -> None:
        self.expect_answer(self._too_late, JOIN_ANSWER_MS)
        self.buttons["go"].state(["disabled"])
        self.services.submit(wish)

    def _too_late(self) -> None:
        self._fail(
            self._unanswered
            if isinstance(self.asked, JoinRoom)
            else _("The room could not be opened: the chat does not answer.")
        )

    @property
    def _unanswered(self) -> str:
        if isinstance(self.asked, JoinRoom) and self.asked.code:
            return _("Nobody who is here knows a room with this code. Is it typed right, and its host here?")
        return _("The host of the room does not answer.")

    def _show_rooms(self) -> None:
        lines = rooms_in_sight(self.model.rooms.values(), self.model.people)
        self.rooms.set_rows(lines)
        if lines:
            self.none.place_forget()
        else:
            self.none.place(relx=0.5, rely=0.5, anchor="center", relwidth=0.95)

    def _is_wanted(self, event: RoomChanged) -> bool:
        room = event.room
        if isinstance(self.asked, CreateRoom):
            return room.room == self.asked.room
        if self.asked is None or not room.joined:
            return False
        return room.room == self.asked.room if self.asked.room else room.code == self.asked.code

    def _enter(self, room: str) -> None:
        self.asked = None
        self.answered()
        self.close("")
        self.context.open(Conversation.room(room))

    def _fail(self, text: str) -> None:
        self.asked = None
        self.answered()
        self.result.show(text, "InErr.TLabel")
        self.buttons["go"].state(["!disabled"])
        self._field.focus_set()
