"""Somebody uses a known name with another key: why nothing is sent to them, and what to do."""

from __future__ import annotations

import ttkbootstrap as ttk

from gui.look.look import S
from gui.pages.chat.context import ChatContext
from gui.pages.chat.dialogs.parts import ChatDialog
from gui.shared.dispatch import Takers
from gui.shared.i18n import _
from gui.widgets.dialog import DialogButton
from gui.widgets.icon_label import IconLabel
from gui.widgets.wrapping_label import WrappingLabel
from net.chat.commands import BlockPerson, TrustNewKey
from net.chat.events import PersonChanged, PersonForgotten, Trust

GROUP = 4


def fingerprint_text(identity: str) -> str:
    """The first 32 of an identity's 64 digits, in groups that can be read aloud."""
    return " ".join(identity[start : start + GROUP] for start in range(0, 32, GROUP))


class KeyChangedDialog(ChatDialog):
    def __init__(self, context: ChatContext, identity: str) -> None:
        self.identity = identity
        buttons = (
            DialogButton("", "later", default=True),
            DialogButton("", "block", "danger"),
            DialogButton("", "trust"),
        )
        super().__init__(context, buttons, self._may_close, width=480)

    def build(self) -> None:
        top = ttk.Frame(self.content, style="In.TFrame")
        top.pack(fill="x")
        IconLabel(top, "shield-exclamation", "error", 28).pack(side="left", anchor="n", padx=(0, S(12)))
        self.what = WrappingLabel(top, "In.TLabel", wide=self.wide - 48)
        self.what.pack(side="left", fill="x")
        self.paragraphs = [WrappingLabel(self.content, "In.TLabel", wide=self.wide) for _number in range(2)]
        for paragraph in self.paragraphs:
            paragraph.pack(fill="x", pady=(S(10), 0))
        self.key = WrappingLabel(self.content, "InM.TLabel", wide=self.wide)
        self.key.pack(fill="x", pady=(S(10), 0))

    def set_words(self) -> None:
        name = self.name_of(self.identity)
        self.set_title(
            _("{name} has another key").format(name=name),
            later=_("Decide later"),
            block=_("Block"),
            trust=_("Trust the new key"),
        )
        self.what.show(
            _(
                "Somebody on the network is called {name}, as a person you know, but has another key. Until"
                " you decide, nothing is sent to them and nothing is taken from them."
            ).format(name=name)
        )
        self.paragraphs[0].show(
            _(
                "This is harmless if {name} has a new PC or installed Duplex anew, or if two people have the"
                " same name. It is an attack if somebody pretends to be {name}."
            ).format(name=name)
        )
        self.paragraphs[1].show(
            _(
                "Ask {name} in person or on the phone. If it is really them, trust the new key, then compare"
                " the six digits. If they know nothing of it, block it. Your old conversation stays as it is."
            ).format(name=name)
        )
        known = self.model.key_changes.get(self.identity)
        lines = [_("The new key: {key}").format(key=fingerprint_text(self.identity))]
        if known is not None:
            lines.append(_("The known key: {key}").format(key=fingerprint_text(known.known)))
        self.key.show("\n".join(lines))

    def takers(self) -> Takers:
        return {PersonChanged: self._take_person, PersonForgotten: self._take_forgotten}

    def _take_person(self, event: PersonChanged) -> None:
        if event.person.identity == self.identity and event.person.trust is not Trust.CHANGED:
            self.close("")  # somebody decided elsewhere

    def _take_forgotten(self, event: PersonForgotten) -> None:
        if event.identity == self.identity:
            self.close("")

    def _may_close(self, value: str) -> bool:
        if value == "trust":
            self.services.submit(TrustNewKey(self.identity))
        elif value == "block":
            self.services.submit(BlockPerson(self.identity, True))
        return True
