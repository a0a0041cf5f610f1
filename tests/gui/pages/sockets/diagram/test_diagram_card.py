"""The diagram's card: what a click shows, pausing, clearing, saving."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from gui.shared import i18n
from net.sockets.events import MessagesReceived
from tests.gui.pages.sockets.played import connected, toasted
from tests.gui.pages.sockets.stage import Stage


def test_a_picked_call_shows_its_bytes_and_a_picked_arrow_none(stage: Stage) -> None:
    connected(stage, messages=1)
    diagram = stage.page.side.diagram
    index = next(i for i in diagram.visible if (row := diagram.row(i)) is not None and row.kind == "bytes")
    diagram.selection.only(index)
    diagram.selected()
    side = stage.page.side
    assert side.detail.winfo_manager()
    assert "6d 65 73 73" in side.dump.get("1.0", "end")
    assert str(side.detail_title.cget("text")) == "Received"
    diagram.selection.only(index - 1)
    diagram.selected()
    assert "Derived" in str(side.detail_about.cget("text"))
    assert not side.dump.winfo_manager()
    diagram.selection.only(index)
    diagram.selected()
    i18n.set_language("zh_CN")
    try:
        assert str(side.detail_title.cget("text")) == "收到"
        assert "Derived" not in str(side.detail_about.cget("text"))
    finally:
        i18n.set_language("en")


def test_the_diagram_is_paused_cleared_and_saved(stage: Stage, tmp_path: Path) -> None:
    connected(stage, messages=2)
    side = stage.page.side
    side.recount()
    count = len(side.diagram.shown_rows())
    side.toggle_pause()
    stage.play(MessagesReceived(100, [b"later"], 1, 5))
    side.recount()
    assert len(side.diagram.shown_rows()) == count
    side.toggle_pause()
    stage.wait(lambda: len(side.diagram.shown_rows()) == count + 1, "the rest")
    for name in ("图.png", "图.svg"):
        side.save(tmp_path / name)
        stage.wait(partial(toasted, stage, name), name)
        assert (tmp_path / name).stat().st_size > 500
    side.save(tmp_path / "missing" / "x.png")
    stage.wait(lambda: "can't be written" in stage.toasts[-1], "the complaint")
    side.clear()
    assert side.diagram.shown_rows() == []
