"""Why can't I see them? The findings of a diagnosis in plain words, the worst first."""

from __future__ import annotations

import ttkbootstrap as ttk

from gui.look.look import S
from gui.pages.chat.context import ChatContext
from gui.pages.chat.dialogs.finding_words import ICONS, finding_text, finding_tone, summary_text
from gui.pages.chat.dialogs.parts import ChatDialog
from gui.shared import wording
from gui.shared.dispatch import Takers
from gui.shared.i18n import _
from gui.widgets.dialog import DialogButton
from gui.widgets.field import FieldEntry
from gui.widgets.icon_label import IconLabel
from gui.widgets.scroll_area import ScrollArea
from gui.widgets.wrapping_label import WrappingLabel
from net.address import Address, AddressError
from net.chat.commands import PORT, Diagnose, FindAgain
from net.chat.diagnosis.findings import Finding
from net.chat.events import Diagnosis


class DiagnosisDialog(ChatDialog):
    """Starts a diagnosis at once. Started again with an address, it also asks the Duplex there."""

    def __init__(self, context: ChatContext) -> None:
        self.found = Diagnosis((), False)
        buttons = (
            DialogButton("", "copy"),
            DialogButton("", "close"),
            DialogButton("", "again", "primary", default=True),
        )
        super().__init__(context, buttons, self._may_close, width=540)
        self.ask_again()

    def build(self) -> None:
        self.summary = WrappingLabel(self.content, "In.TLabel", wide=self.wide)
        self.summary.pack(fill="x")
        self.progress = ttk.Progressbar(self.content, mode="indeterminate")
        self.fold = ScrollArea(self.content)
        self.fold.canvas.configure(height=S(300), width=S(self.wide))
        self.fold.pack(fill="both", expand=True, pady=S(8))
        self.elastic = self.fold.canvas
        self.ask_label = ttk.Label(self.content, style="InS.TLabel")
        self.ask_label.pack(anchor="w")
        self.field = FieldEntry(
            self.content, icon="pc-display", mono=True, on_enter=lambda _text: self.close("again")
        )
        self.field.pack(fill="x")

    def set_words(self) -> None:
        self.set_title(
            _("Why can't I see them?"), close=_("Close"), copy=_("Copy as text"), again=_("Look again")
        )
        self.ask_label.configure(text=_("The address of the PC that is missing, to ask it too:"))
        self.field.retext(_("192.168.1.23, or empty"))
        self._show()

    def takers(self) -> Takers:
        return {Diagnosis: self._take_diagnosis}

    def _take_diagnosis(self, event: Diagnosis) -> None:
        self.found = event
        self._show()

    def ask_again(self) -> bool:
        """Start a diagnosis; False if the address typed is not valid."""
        text, address = self.field.value.strip(), None
        if text:
            try:
                address = Address.parse(text, PORT)
            except AddressError as error:
                self.field.set_error(wording.address_error_text(error))
                return False
        self.field.set_error(None)
        self.found = Diagnosis((), False)
        self._show()
        self.services.submit(FindAgain())
        self.services.submit(Diagnose(address))
        return True

    def texts(self) -> list[str]:
        """Each finding as plain text."""
        return ["\n".join(finding_text(finding)).strip() for finding in self.found.findings]

    def copied(self) -> str:
        """All findings as text, to be sent to whoever looks after the network."""
        return "\n\n".join([self.heading.cget("text"), self.summary.text, *self.texts()])

    def _may_close(self, value: str) -> bool:
        if value == "again":
            self.ask_again()
        elif value == "copy":
            self.context.copy_quietly(self.copied())
            self.services.toast(_("The findings are copied."), "ok")
        return value not in ("again", "copy")

    def _show_progress(self, finished: bool) -> None:
        if finished:
            self.progress.stop()
            self.progress.pack_forget()
        elif not self.progress.winfo_manager():
            self.progress.pack(fill="x", pady=(S(8), 0), before=self.fold)
            self.progress.start()

    def _show(self) -> None:
        findings, finished = self.found.findings, self.found.finished
        self.summary.show(summary_text(findings, finished))
        self._show_progress(finished)
        self.buttons["again"].state(["!disabled" if finished else "disabled"])
        self.buttons["copy"].state(["!disabled" if findings else "disabled"])
        for child in self.fold.inside.winfo_children():
            child.destroy()
        for finding in findings:
            self._add_finding(finding)
        self.fold.bind_wheel()
        self.fold.canvas.yview_moveto(0)

    def _add_finding(self, finding: Finding) -> None:
        """Add an icon, what was found, and below it what to do."""
        what, advice = finding_text(finding)
        tone = finding_tone(finding)
        row = ttk.Frame(self.fold.inside, style="In.TFrame")
        row.pack(fill="x", pady=(0, S(8)))
        IconLabel(row, ICONS[tone], tone, 15).pack(side="left", anchor="n", padx=(0, S(10)), pady=S(2))
        texts = ttk.Frame(row, style="In.TFrame")
        texts.pack(side="left", fill="x")
        head = WrappingLabel(texts, "InB.TLabel" if tone == "error" else "In.TLabel", wide=self.wide - 40)
        head.show(what)
        head.pack(anchor="w")
        if advice:
            below = WrappingLabel(texts, "InS.TLabel", wide=self.wide - 40)
            below.show(advice)
            below.pack(anchor="w")
