"""A conversation is exported, and told of when the dialog was closed too."""

from __future__ import annotations

from pathlib import Path

import pytest

from gui.pages.chat.dialogs.export import ExportDialog
from gui.shared.i18n import _
from net.chat.commands import ExportConversation
from net.chat.conversation import Conversation
from net.chat.events import Proof
from net.events import Exported, Fault, FaultKind
from tests.gui.pages.chat.dialogs.choices import Opens, words
from tests.gui.pages.chat.stage import BOB, LIN, Stage, person

WITH_LIN = Conversation.person(LIN)


def test_an_export_is_written_and_told(stage: Stage, opened: Opens, tmp_path: Path) -> None:
    stage.begin(person(LIN, "Lin Xiao"))
    dialog = opened(ExportDialog, Conversation.person(LIN))
    dialog.format.set("json")
    dialog.write(tmp_path / "x.json")
    (asked,) = stage.submitted(ExportConversation)
    assert (asked.conversation, asked.format) == (Conversation.person(LIN), "json")
    assert asked.marks == {Proof.UNSIGNED: _("not signed"), Proof.FORGED: _("not what the author signed")}
    full = Fault(FaultKind.STORE_FULL, {"path": "x.json"})
    stage.play(Exported(asked.job, "x.json", 0, full))
    assert dialog.winfo_exists() and "x.json" in words(dialog)
    dialog.write(tmp_path / "y.json")
    stage.play(Exported(stage.submitted(ExportConversation)[1].job, "y.json", 3, None))
    assert not dialog.winfo_exists() and "3" in stage.toasts[-1]


@pytest.mark.parametrize("fault", [None, Fault(FaultKind.STORE_FULL, {"path": "x.html"})])
def test_an_export_is_told_after_its_dialog_was_closed(
    stage: Stage, opened: Opens, tmp_path: Path, fault: Fault | None
) -> None:
    stage.begin(person(LIN, "林晓"), person(BOB, "Bob"))
    dialog = opened(ExportDialog, WITH_LIN)
    dialog.write(tmp_path / "x.html")
    dialog.close("")
    job = stage.submitted(ExportConversation)[0].job
    stage.play(Exported(job + 1, "other", 1, None))
    assert stage.toasts == []
    stage.play(Exported(job, "x.html", 0 if fault else 3, fault))
    stage.play(Exported(job, "x.html", 0 if fault else 3, fault))
    assert len(stage.toasts) == 1 and "x.html" in stage.toasts[0]
