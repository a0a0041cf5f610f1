"""What can be done with the files of a message, depending on the stage of their transfer."""

from __future__ import annotations

import os
import subprocess
import sys
import tkinter as tk
from pathlib import Path
from tkinter import filedialog

from gui.pages.chat.context import ChatContext
from gui.pages.chat.files.left_out_dialog import show_left_out
from gui.pages.chat.files.transfer_rows import FileFacts
from gui.shared.i18n import _
from gui.widgets.menu import MenuEntry
from gui.widgets.tk_paths import path_of
from net.chat.commands import (
    AcceptTransfer,
    CancelTransfer,
    DeclineTransfer,
    PauseTransfer,
    ResumeTransfer,
)
from net.chat.events import TransferStage as Stage

_UNDER_WAY = (Stage.OFFERED, Stage.WAITING, Stage.RUNNING, Stage.PAUSED_HERE, Stage.PAUSED_THERE)


def file_entries(context: ChatContext, file: FileFacts) -> list[MenuEntry]:
    """The menu of a file bubble, with only what is possible now."""
    submit, id = context.services.submit, file.transfer
    entries: list[MenuEntry] = []
    if file.incoming and file.stage is Stage.OFFERED:
        entries += [
            (_("Accept"), lambda: submit(AcceptTransfer(id)), True),
            (_("Accept into a folder …"), lambda: _accept_into(context, id), True),
            (_("Decline"), lambda: submit(DeclineTransfer(id)), True),
        ]
    if file.stage is Stage.RUNNING:
        entries.append((_("Pause"), lambda: submit(PauseTransfer(id)), True))
    if file.stage is Stage.PAUSED_HERE:
        entries.append((_("Continue"), lambda: submit(ResumeTransfer(id)), True))
    if file.stage is Stage.FAILED:
        entries.append((_("Try again what failed"), lambda: submit(ResumeTransfer(id)), True))
    if file.stage in _UNDER_WAY and not (file.incoming and file.stage is Stage.OFFERED):
        entries.append((_("Cancel"), lambda: submit(CancelTransfer(id)), True))
    if file.left_out.names:
        entries.append((_("What was left out …"), lambda: show_left_out(context, file), True))
    place = place_of(context, id)
    entries.append((_("Show in its folder"), lambda: open_folder(place), place is not None))
    return entries


def place_of(context: ChatContext, transfer: str) -> Path | None:
    """The folder with the files of a transfer on this PC; None while there is none."""
    reader = context.history
    if reader is None:
        return None
    file = reader.picture(transfer)
    if file is not None and file.parent.is_dir():
        return file.parent
    stored = reader.transfer(transfer)
    if stored is not None and stored.folder and Path(stored.folder).is_dir():
        return Path(stored.folder)
    return None


def open_folder(folder: Path | None) -> None:
    """Open the folder in the system's file browser. Files are never opened: they came from others."""
    if folder is None:
        return
    if sys.platform == "win32":
        os.startfile(folder)
        return
    tool = "open" if sys.platform == "darwin" else "xdg-open"
    try:
        subprocess.Popen([tool, str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError:
        return


def _accept_into(context: ChatContext, transfer: str) -> None:
    folder = ask_folder(context.frame)
    if folder is not None:
        context.services.submit(AcceptTransfer(transfer, folder))


def ask_folder(parent: tk.Misc) -> Path | None:
    """Ask for a folder to receive files into; None if the person chose none."""
    chosen = filedialog.askdirectory(parent=parent.winfo_toplevel(), title=_("Where to?"), mustexist=True)
    return path_of(chosen) if chosen else None
