"""A conversation written to a file: HTML with its pictures beside it, text, or JSON."""

from __future__ import annotations

import re
from pathlib import Path
from tkinter import filedialog

from gui.look.look import S
from gui.pages.chat import words
from gui.pages.chat.context import ChatContext
from gui.pages.chat.dialogs.parts import ChatDialog
from gui.shared import wording
from gui.shared.dispatch import Takers
from gui.shared.i18n import _, ngettext
from gui.widgets.dialog import DialogButton
from gui.widgets.segmented import SegmentedControl
from gui.widgets.tk_paths import path_of
from gui.widgets.wrapping_label import WrappingLabel
from net.chat.commands import ExportConversation, ExportFormat
from net.chat.conversation import Conversation
from net.events import Exported

ENDINGS = {"html": ".html", "text": ".txt", "json": ".json"}


class _Outcome:
    """Reports how an export ended whose dialog was closed before."""

    def __init__(self, context: ChatContext, job: int) -> None:
        self._services = context.services
        self._job = job
        self._unwatch = context.services.watch_events({Exported: self._take_exported})

    def _take_exported(self, event: Exported) -> None:
        if event.job == self._job:
            self._unwatch()
            failed = event.fault is not None
            self._services.toast(outcome_text(event), "error" if failed else "ok")


def outcome_text(event: Exported) -> str:
    """How many messages were saved to which file, or why none were."""
    if event.fault is not None:
        return wording.fault_text(event.fault)
    text = ngettext("{count} message saved: {path}", "{count} messages saved: {path}", event.rows)
    return text.format(count=wording.count_text(event.rows), path=wording.clean(event.path))


class ExportDialog(ChatDialog):
    def __init__(self, context: ChatContext, conversation: Conversation) -> None:
        self.conversation = conversation
        self.job = 0
        buttons = (DialogButton("", "close"), DialogButton("", "save", "primary", default=True))
        super().__init__(context, buttons, self._may_close, width=420)

    def build(self) -> None:
        self.format = SegmentedControl(
            self.content,
            [("html", "HTML"), ("text", ""), ("json", "JSON")],
            "html",
            lambda _value: self._explain(),
        )
        self.format.pack(fill="x")
        self.meaning = WrappingLabel(self.content, "InS.TLabel", wide=self.wide)
        self.meaning.pack(fill="x", pady=(S(8), 0))
        self.result = WrappingLabel(self.content, "InErr.TLabel", wide=self.wide)
        self.result.pack(fill="x", pady=(S(6), 0))

    def set_words(self) -> None:
        title = words.title_of(self.model, self.conversation)
        self.set_title(_("Export “{name}”").format(name=title), close=_("Close"), save=_("Save as …"))
        self.format.retext(["HTML", _("Text"), "JSON"])
        self._explain()

    def takers(self) -> Takers:
        return {Exported: self._take_exported}

    def write(self, path: Path) -> None:
        """Export the conversation to ``path``."""
        self.job = self.services.new_job()
        self.result.show(_("Writing …"), "InS.TLabel")
        self.buttons["save"].state(["disabled"])
        marks = words.proof_marks()
        chosen = ExportFormat(self.format.value)
        command = ExportConversation(self.job, self.conversation, path, chosen, marks)
        self.services.submit(command)

    def _may_close(self, value: str) -> bool:
        if value != "save":
            return True
        ending = ENDINGS[self.format.value]
        name = re.sub(r'[\\/:*?"<>|\s]+', "_", words.title_of(self.model, self.conversation))[:60]
        chosen = filedialog.asksaveasfilename(
            parent=self, defaultextension=ending, initialfile=f"{name}{ending}", title=_("Export")
        )
        if chosen:
            self.write(path_of(chosen))
        return False

    def _take_exported(self, event: Exported) -> None:
        if not self.job or event.job != self.job:
            return
        self.job = 0
        if event.fault is not None:
            self.result.show(outcome_text(event), "InErr.TLabel")
            self.buttons["save"].state(["!disabled"])
            return
        self.services.toast(outcome_text(event), "ok")
        self.close("")

    def _gone(self) -> None:
        super()._gone()
        if self.job:
            _Outcome(self.context, self.job)

    def _explain(self) -> None:
        texts = {
            "html": _("To read in any browser; the pictures lie in a folder beside it."),
            "text": _("One line for each message, to read and search anywhere."),
            "json": _("For programs: everything that is known of each message."),
        }
        self.meaning.show(texts[self.format.value])
