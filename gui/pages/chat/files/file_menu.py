"""What can be done with the files of a message, by where their transfer stands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tkinter import filedialog
from typing import TYPE_CHECKING

from gui.pages.chat.conversation.rows import FileFacts
from gui.shared.i18n import _
from gui.widgets.menu import MenuEntry
from net.chat.commands import (
    AcceptTransfer,
    CancelTransfer,
    DeclineTransfer,
    PauseTransfer,
    ResumeTransfer,
)
from net.chat.events import TransferStage as Stage

if TYPE_CHECKING:
    from gui.pages.chat.page import ChatPage

_UNDER_WAY = (Stage.OFFERED, Stage.WAITING, Stage.RUNNING, Stage.PAUSED_HERE, Stage.PAUSED_THERE)


def file_entries(page: ChatPage, file: FileFacts) -> list[MenuEntry]:
    """The menu of a file bubble: only what is possible now."""
    submit, id = page.services.submit, file.transfer
    entries: list[MenuEntry] = []
    if file.incoming and file.stage is Stage.OFFERED:
        entries += [
            (_("Accept"), lambda: submit(AcceptTransfer(id)), True),
            (_("Accept into a folder …"), lambda: _accept_into(page, id), True),
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
    place = place_of(page, id)
    entries.append((_("Show in its folder"), lambda: open_folder(place), place is not None))
    return entries


def place_of(page: ChatPage, transfer: str) -> Path | None:
    """The folder where the files of a transfer lie on this PC; None while there is none."""
    reader = page.history()
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
    """In the system's file browser. A file itself is never opened from here: it came from somebody else."""
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


def _accept_into(page: ChatPage, transfer: str) -> None:
    folder = filedialog.askdirectory(parent=page.frame.winfo_toplevel(), title=_("Where to?"), mustexist=True)
    if folder:
        page.services.submit(AcceptTransfer(transfer, Path(str(folder))))
