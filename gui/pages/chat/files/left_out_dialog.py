"""The list of what was left out of a sending, for a message whose transfer is over too."""

from __future__ import annotations

import tkinter as tk

import ttkbootstrap as ttk

from gui.look.look import S
from gui.pages.chat.context import ChatContext
from gui.pages.chat.files.transfer_rows import FileFacts
from gui.shared.chat_wording import left_out_reason, left_out_text
from gui.shared.i18n import _
from gui.widgets.dialog import Dialog, DialogButton
from gui.widgets.read_only_text import ReadOnlyText
from gui.widgets.text_fit import showable
from net.chat.events import LeftOut


class LeftOutDialog(Dialog):
    """Each name with its reason, to be read and copied."""

    def __init__(self, parent: tk.Misc, left_out: LeftOut) -> None:
        buttons = (DialogButton(_("Close"), "close", "primary", default=True),)
        super().__init__(parent, _("What was left out"), left_out_text(left_out), buttons, width=480)
        self.list = ReadOnlyText(
            self.content, 60, min(14, max(3, len(left_out.names) + 1)), 10, "char", hang=2
        )
        bar = ttk.Scrollbar(
            self.content, orient="vertical", style="Soft.Slim.Vertical.TScrollbar", command=self.list.yview
        )
        self.list.configure(yscrollcommand=bar.set)
        bar.pack(side="right", fill="y")
        self.list.pack(side="left", fill="both", expand=True, padx=(0, S(4)))
        lines = (f"{name}: {left_out_reason(reason)}" for name, reason in left_out.names)
        self.list.show("\n".join(showable(line.replace("\n", " ")) for line in lines))


def show_left_out(context: ChatContext, file: FileFacts) -> None:
    LeftOutDialog(context.frame, file.left_out).ask()
