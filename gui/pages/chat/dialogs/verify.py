"""Six digits that both people compare by voice: the same on both screens only where nobody is in between."""

from __future__ import annotations

from collections.abc import Mapping
from tkinter import font as tkfont

import ttkbootstrap as ttk

from gui.look.look import PROJECTOR_TYPE, S, look
from gui.pages.chat.context import ChatContext
from gui.pages.chat.dialogs.parts import ChatDialog
from gui.shared.dispatch import Takers
from gui.shared.i18n import N_, _
from gui.widgets.dialog import DialogButton
from gui.widgets.icon_label import IconLabel
from gui.widgets.wrapping_label import WrappingLabel
from net.chat.commands import BlockPerson, ConfirmDigits
from net.chat.events import DigitsCompared, PersonChanged, PersonForgotten, Trust

DIGITS_POINTS = 44


_STATES: Mapping[str, tuple[str, str, str]] = {
    # verdict: (icon, tone, sentence)
    "asking": ("ear", "accent", N_("Does {name} see the same six digits?")),
    "their_turn_over": ("ear", "accent", N_("{name} says that they are the same. And you?")),
    "waiting": ("hourglass-split", "info", N_("Now {name} has to say it too. This may wait.")),
    "verified": ("shield-check", "ok", N_("Verified: you talk with {name} and nobody in between.")),
    "differ": (
        "exclamation-triangle-fill",
        "error",
        N_(
            "The digits differ: somebody may be in between and read along. Send nothing private,"
            " block this person, and ask whoever looks after the network."
        ),
    ),
    "they_differ": (
        "exclamation-triangle-fill",
        "error",
        N_(
            "{name} says that the digits differ: somebody may be in between and read along. Compare"
            " them once more, and send nothing private until they are the same."
        ),
    ),
    "no_digits": (
        "info-circle",
        "info",
        N_("There are no digits yet: they come with the first connection. Wait until {name} is here."),
    ),
}


class VerifyDialog(ChatDialog):
    """Stays open until both people have compared, or one says that the digits differ."""

    def __init__(self, context: ChatContext, identity: str) -> None:
        self.identity = identity
        self.said: bool | None = None
        self._compared = ""
        self._changed = False
        self._large: tkfont.Font = look().font(15, bold=True, mono=True).copy()
        buttons = (
            # Return must not verify anybody by accident
            DialogButton("", "later", default=True),
            DialogButton("", "differ", "danger"),
            DialogButton("", "same", "primary"),
        )
        super().__init__(context, buttons, self._may_close, width=440)

    def build(self) -> None:
        self.how = WrappingLabel(self.content, "In.TLabel", wide=self.wide)
        self.how.pack(fill="x")
        tile = ttk.Frame(self.content, style="Tile.TFrame", padding=(S(16), S(10)))
        tile.pack(fill="x", pady=S(12))
        self.digits = ttk.Label(tile, style="SoftT.TLabel", anchor="center")
        self.digits.pack(fill="x")
        state = ttk.Frame(self.content, style="In.TFrame")
        state.pack(fill="x")
        self.sign = IconLabel(state)
        self.sign.pack(side="left", anchor="n", padx=(0, S(8)))
        self.state_text = WrappingLabel(state, "In.TLabel", wide=self.wide - 36)
        self.state_text.pack(side="left", fill="x")
        look().watch(self, self._restyle)

    def set_words(self) -> None:
        name = self.name_of(self.identity)
        self.set_title(
            _("Is this really {name}?").format(name=name),
            same=_("They are the same"),
            differ=_("They differ"),
        )
        self.how.show(
            _(
                "Read these six digits to {name}: beside them, or on the phone where you know the voice."
                " Do not compare them in this chat: who sits in between could change what is written."
            ).format(name=name)
        )
        self._restyle()
        self._show_state()

    def takers(self) -> Takers:
        return {
            DigitsCompared: lambda event: self._note(event.identity),
            PersonChanged: lambda event: self._note(event.person.identity),
            PersonForgotten: self._take_forgotten,
        }

    def after_batch(self) -> None:
        if self._changed:
            self._changed = False
            self._restyle()
            self._show_state()

    def _note(self, identity: str) -> None:
        self._changed = self._changed or identity == self.identity

    def _take_forgotten(self, event: PersonForgotten) -> None:
        if event.identity == self.identity:
            self.close("")

    @property
    def heard(self) -> bool | None:
        """What the other person said of these digits, even before this dialog was opened."""
        return self.model.digits_said(self.identity)

    @property
    def verdict(self) -> str:
        """ "verified", "differ", "they_differ", "waiting", "their_turn_over", "no_digits" or "asking"."""
        person = self.model.people.get(self.identity)
        if self.said is False:
            return "differ"
        if self.heard is False:
            return "they_differ"
        if person is None or not person.digits:
            return "no_digits"
        if person.trust is Trust.VERIFIED:
            return "verified"
        if self.said:
            return "waiting"
        return "their_turn_over" if self.heard else "asking"

    def _show_state(self) -> None:
        name, verdict = self.name_of(self.identity), self.verdict
        icon, tone, text = _STATES[verdict]
        self.sign.show(icon, tone)
        self.state_text.show(_(text).format(name=name))
        self._show_buttons(name, verdict)

    def _show_buttons(self, name: str, verdict: str) -> None:
        """Show the buttons that fit the verdict: both answers, Block if they differ, and one to close."""
        asking = verdict in ("asking", "their_turn_over")
        same, differ, later = (self.buttons[value] for value in ("same", "differ", "later"))
        for button in (same, differ):
            button.pack_forget()
        later.configure(text=_("Later") if asking or verdict == "no_digits" else _("Close"))
        if verdict in ("differ", "they_differ"):
            differ.configure(text=_("Block {name}").format(name=name))
            differ.pack(side="right", padx=(S(8), 0))
        if asking or verdict == "they_differ":
            same.pack(side="right", padx=(S(8), 0), before=later)
        if asking:
            differ.configure(text=_("They differ"))
            differ.pack(side="right", padx=(S(8), 0), before=later)

    def _may_close(self, value: str) -> bool:
        verdict = self.verdict
        if value == "same":
            self.said = True
            self.services.submit(ConfirmDigits(self.identity, True))
            self._show_state()
            return False
        if value == "differ" and verdict in ("differ", "they_differ"):
            self.services.submit(BlockPerson(self.identity, True))
            return True
        if value == "differ":
            self.said = False
            self.services.submit(ConfirmDigits(self.identity, False))
            self._show_state()
            return False
        return True

    def _restyle(self) -> None:
        self._large.configure(
            size=round(DIGITS_POINTS * (PROJECTOR_TYPE if look().projector else 1)), weight="bold"
        )
        person = self.model.people.get(self.identity)
        digits = person.digits if person is not None else ""
        if digits != self._compared:
            # an answer about other digits does not count for these
            self._compared, self.said = digits, None
        text = f"{digits[:3]} {digits[3:]}" if digits else "— — —"
        self.digits.configure(text=text, font=self._large, foreground=look().palette.acc)
