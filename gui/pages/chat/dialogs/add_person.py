"""Add a person by hand: their address or link typed here, or this PC's own shown to them."""

from __future__ import annotations

from typing import Any

import ttkbootstrap as ttk
from PIL import ImageTk

from gui.look.look import S, look
from gui.pages.chat import words
from gui.pages.chat.context import ChatContext
from gui.pages.chat.dialogs.parts import ChatDialog
from gui.shared import wording
from gui.shared.dispatch import Takers
from gui.shared.i18n import _
from gui.shared.links import parse_person, problem_text
from gui.widgets.dialog import DialogButton
from gui.widgets.field import FieldEntry
from gui.widgets.qr import qr_image
from gui.widgets.wrapping_label import WrappingLabel
from net.chat.commands import AddPerson
from net.chat.conversation import Conversation
from net.chat.events import ChatFault, ChatStarted, PersonChanged

QR_SIDE = 230


class AddPersonDialog(ChatDialog):
    """``text``: what the field holds at first. Nobody is contacted before the person presses Add."""

    def __init__(self, context: ChatContext, text: str = "") -> None:
        self._first = text
        self.asked = ""
        self.expected = ""
        self._digits: dict[str, str] = {}
        self._image: Any = None
        buttons = (DialogButton("", "close"), DialogButton("", "add", "primary", default=True))
        super().__init__(context, buttons, self._may_close, width=460)

    def build(self) -> None:
        self.how = WrappingLabel(self.content, "In.TLabel", wide=self.wide)
        self.how.pack(fill="x", pady=(0, S(6)))
        self.field = FieldEntry(
            self.content, icon="person-plus", mono=True, validate=self._problem, on_change=self._changed,
            on_enter=lambda _text: self.close("add"), value=self._first,
        )  # fmt: skip
        self.field.pack(fill="x")
        self.result = WrappingLabel(self.content, "InS.TLabel", wide=self.wide)
        self.result.pack(fill="x", pady=(S(6), 0))
        ttk.Separator(self.content).pack(fill="x", pady=S(10))
        self.own = WrappingLabel(self.content, "In.TLabel", wide=self.wide)
        self.own.pack(fill="x")
        self.code = ttk.Label(self.content, style="In.TLabel", anchor="center")
        self.code.pack(pady=(S(8), S(4)))
        self.link = WrappingLabel(
            self.content, "InM.TLabel", wide=self.wide, anchor="center", justify="center"
        )
        self.link.pack(fill="x")
        self.copy = ttk.Button(self.content, style="Link.TButton", command=self.context.copy_link)
        self.copy.pack(pady=(S(4), 0))
        look().watch(self, self._draw)

    def present(self) -> None:
        super().present()
        self.field.focus_set()

    def set_words(self) -> None:
        self.set_title(_("Add a person"), close=_("Close"), add=_("Add"))
        self.how.show(_("Their address, their PC's name, or the link their Duplex shows:"))
        self.field.retext(_("192.168.1.23 or duplex://…"))
        self.own.show(_("Or let them add you: they scan this code or type this link."))
        self.copy.configure(text=_("Copy my link"))
        self._allow()
        self._draw()

    def takers(self) -> Takers:
        return {
            ChatStarted: lambda _event: self._draw(),
            ChatFault: self._take_fault,
            PersonChanged: self._take_person,
        }

    def _problem(self, text: str) -> str | None:
        problem = problem_text(text)
        if problem:
            return problem
        me = self.model.me
        if me is not None and parse_person(text)[1] == me.identity:
            return _("This is your own link. Give it to others, and type theirs here.")
        return None

    def _changed(self, _text: str) -> None:
        """The text changed: forget the address that was asked before."""
        self.asked = ""
        self.answered()
        self.result.show("", "InS.TLabel")
        self._allow()

    def _allow(self) -> None:
        ready = not self.asked and (not self.field.value or self.field.valid)
        self.buttons["add"].state(["!disabled" if ready else "disabled"])

    def _may_close(self, value: str) -> bool:
        if value != "add":
            return True
        if self.asked or not self.field.check():
            return False
        if self.model.me is None:
            self.result.show(_("The chat has not started yet."), "InErr.TLabel")
            return False
        address, identity = parse_person(self.field.value)
        person = self.model.people.get(identity)
        if person is not None and person.path:
            self.context.open(Conversation.person(identity))
            return True
        self.expected = identity
        self.asked = str(address)
        self._digits = {one.identity: one.digits for one in self.model.people.values()}
        self.services.submit(AddPerson(address, identity))
        self.result.show(_("Asking {address} …").format(address=self.asked), "InS.TLabel")
        self.expect_answer(self._too_late)
        self._allow()
        return False

    def _too_late(self) -> None:
        text = _(
            "{address} does not answer. Is Duplex open there, on the same network? If the address is right, a"
            " firewall may be in between."
        )
        self._refuse(text.format(address=self.asked))

    def _take_person(self, event: PersonChanged) -> None:
        """Close if this is the person who was asked for."""
        if not self.asked:
            return
        person = event.person
        if self.expected:
            met = person.identity == self.expected and bool(person.path)
        else:
            # Pairing gives new digits each time: new ones mean that this person answered just now.
            met = bool(person.digits) and person.digits != self._digits.get(person.identity, "")
        if met:
            self.services.toast(_("{name} is there.").format(name=person.name), "ok")
            self.asked = ""
            self.context.open(Conversation.person(person.identity))
            self.close("")

    def _take_fault(self, event: ChatFault) -> None:
        if not self.asked or event.conversation is not None:
            return
        if self.expected and event.identity not in ("", self.expected):
            return
        reason = event.details.get("reason", "")
        text = words.fault_text(event, self.model) if reason else wording.fault_text(event.fault)
        self._refuse(text)

    def _refuse(self, text: str) -> None:
        self.asked = ""
        self.answered()
        self.result.show(text, "InErr.TLabel")
        self._allow()
        self.field.focus_set()

    def _draw(self) -> None:
        me = self.model.me
        if me is None:
            self.link.show(_("The chat has not started yet."))
            return
        self.link.show(me.link)
        side = min(S(QR_SIDE), self.winfo_screenheight() // 4)
        self._image = ImageTk.PhotoImage(qr_image(me.link, side, look().palette.me), master=self)
        self.code.configure(image=str(self._image))
