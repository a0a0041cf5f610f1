"""Log, sequence diagram and session list."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
import ttkbootstrap as ttk
from PIL import Image

from gui.widgets import sequence_drawing
from gui.widgets.log_list import LogList, LogMode, LogRow, hex_dump
from gui.widgets.sequence import SequenceDiagram, SequenceRow, SequenceWords
from gui.widgets.session_list import SessionItem, SessionList
from gui.widgets.virtual_list import ListSource, VirtualList
from tests.gui.keyboard import press

NOON = datetime(2026, 3, 2, 12, 0, 1, 234_000)


def texts(shown: VirtualList[object]) -> list[str]:
    c = shown.canvas
    return [c.itemcget(i, "text") for i in c.find_withtag("row") if str(c.type(i)) == "text"]


def test_hex_dump_has_sixteen_bytes_a_line() -> None:
    offsets, digits, characters = hex_dump(b"Hello, Server!\r\n\x00")
    assert offsets == "000000\n000010"
    assert digits == "48 65 6c 6c 6f 2c 20 53  65 72 76 65 72 21 0d 0a\n00"
    assert characters == "Hello, Server!..\n."


@pytest.mark.parametrize(("mode", "text", "dump"), [("text", 1, 0), ("hex", 0, 1), ("both", 1, 1)])
def test_the_log_shows_text_and_dump_as_asked(app: ttk.App, mode: LogMode, text: int, dump: int) -> None:
    log = LogList(app, ListSource([LogRow(1, NOON, "in", "[::1]:5", "hi there", b"hi there")]), mode=mode)
    log.pack(fill="both", expand=True)
    app.update()
    log.paint_now()
    shown = texts(log)  # type: ignore[arg-type]
    assert "12:00:01.234" in shown
    assert shown.count("000000") == dump
    assert shown.count("hi there") == text + dump
    log.show_dates(True)
    log.paint_now()
    assert "2026-03-02 12:00:01.234" in texts(log)  # type: ignore[arg-type]


def test_a_huge_read_is_dumped_in_part_and_says_how_much_there_is(app: ttk.App) -> None:
    log = LogList(
        app, ListSource([LogRow(1, NOON, "in", "x", "y" * 100_000, b"y" * 100_000, size=100_000)]), mode="hex"
    )
    log.pack(fill="both", expand=True)
    app.update()
    log.paint_now()
    assert "… 100,000 B in all" in texts(log)  # type: ignore[arg-type]


def arrows(count: int) -> list[SequenceRow]:
    return [
        SequenceRow(n, f"{n}.0", "arrow", "out" if n % 2 else "in", f"DATA {n}", "8 B") for n in range(count)
    ]


def diagram(app: ttk.App, rows: list[SequenceRow]) -> tuple[SequenceDiagram, ListSource[SequenceRow]]:
    source = ListSource(rows)
    shown = SequenceDiagram(app, source, SequenceWords("me", "you", "seen", "inferred", "made up"))
    shown.pack(fill="both", expand=True)
    app.update()
    shown.paint_now()
    return shown, source


@pytest.mark.parametrize("width", [330, 700])
def test_the_log_says_whose_each_row_is_however_narrow_it_is(app: ttk.App, width: int) -> None:
    rows = [
        LogRow(1, NOON, "in", "192.168.1.23:50312", "hi", b"hi"),
        LogRow(2, NOON, "note", "192.168.1.24:50313", "Closed by the peer"),
        LogRow(3, NOON, "note", "", "Listening"),
    ]
    app.geometry(f"{width}x300")
    log = LogList(app, ListSource(rows))
    log.pack(fill="both", expand=True)
    app.update()

    def shown() -> list[str]:
        log.paint_now()
        c = log.canvas
        return [str(c.itemcget(i, "text")) for i in c.find_all() if str(c.type(i)) == "text"]

    log.show_peers(True)
    told = ["192.168.1.23:50312", "192.168.1.24:50313"] if width > 520 else [".23:50312", ".24:50313"]
    assert [peer for peer in told if not any(text.endswith(peer) for text in shown())] == []
    log.show_peers(False)
    assert not any(text.endswith(told[1]) for text in shown()), "one peer needs no name"


def test_a_click_tells_which_row(app: ttk.App) -> None:
    shown, _source = diagram(app, arrows(100))
    picked: list[int] = []
    shown.on_pick = picked.append
    placed = shown.placed(97)
    assert placed is not None
    shown.canvas.event_generate("<Button-1>", x=20, y=placed.y + 5)
    assert picked == [97]


def test_pausing_holds_the_page_and_clearing_begins_anew(app: ttk.App) -> None:
    shown, source = diagram(app, arrows(5))
    shown.pause(True)
    source.rows += arrows(8)[5:]
    shown.refresh()
    shown.paint_now()
    assert len(shown.visible) == 5
    shown.pause(False)
    shown.paint_now()
    assert len(shown.visible) == 8
    shown.clear()
    shown.paint_now()
    assert len(shown.visible) == 0
    source.rows.append(arrows(9)[8])
    shown.refresh()
    shown.paint_now()
    assert [row.key for row in shown.shown_rows()] == [8]


def test_the_legend_names_all_three_marks(app: ttk.App) -> None:
    shown, _source = diagram(app, arrows(3))
    c = shown.legend
    assert [c.itemcget(i, "text") for i in c.find_all() if str(c.type(i)) == "text"] == [
        "seen",
        "inferred",
        "made up",
    ]


def test_pictures_hold_rows_names_and_legend(app: ttk.App, tmp_path: Path) -> None:
    rows = [
        SequenceRow(0, "0.0", "call", "", "bind(('', 5))", "<&>"),
        SequenceRow(1, "0.1", "arrow", "out", "你好 \x00", "6 B"),
        SequenceRow(2, "0.2", "arrow", "in", "ACK", mark="derived"),
        SequenceRow(3, "0.3", "arrow", "in", "lost", mark="simulated"),
    ]
    shown, _source = diagram(app, rows)
    shown.saving(tmp_path / "d.svg")()
    written = [e.text or "" for e in ElementTree.parse(tmp_path / "d.svg").iter() if e.tag.endswith("text")]
    assert {"me", "you", "seen", "inferred", "made up", "ACK", "bind(('', 5))  <&>"} <= set(written)
    svg = (tmp_path / "d.svg").read_text(encoding="utf-8")
    dashes = {
        line.split('stroke-dasharray="')[1].split('"')[0]
        for line in svg.splitlines()
        if "stroke-width" in line and "dasharray" in line
    }
    assert len(dashes) == 2
    shown.saving(tmp_path / "d.png")()
    with Image.open(tmp_path / "d.png") as picture:
        colours = picture.convert("RGB").getcolors(1 << 24)
    assert colours is not None and len(colours) > 20


BYTES = [
    SequenceRow(0, "0", "bytes", "in", "recv 24 B", parts=("one", "two"), messages=5, peer="10.0.0.7:50312"),
    SequenceRow(
        1, "1", "bytes", "out", "send 3 B", "not acknowledged", parts=("yes",), messages=1, arrives=False
    ),
    SequenceRow(2, "2", "bytes", "in", "held back", parts=("rest",), messages=1, flies=False),
    SequenceRow(3, "3", "note", "", "Closed by me", peer="10.0.0.7:50312"),
]


def test_a_call_has_its_messages_in_it_and_says_whose_it_is(app: ttk.App, tmp_path: Path) -> None:
    shown, _source = diagram(app, BYTES)
    app.update()
    shown.paint_now()
    c = shown.canvas
    texts = [str(c.itemcget(i, "text")) for i in c.find_all() if str(c.type(i)) == "text"]
    assert {"recv 24 B", "one", "two", "+3", "…0.7:50312", "not acknowledged", "rest"} <= set(texts)
    assert any("0.7:50312" in text and "Closed by me" in text for text in texts)
    assert shown.text_of(BYTES[0]) == "0  10.0.0.7:50312  <-  recv 24 B  one | two +3  observed"
    shown.saving(tmp_path / "d.svg")()
    tree = ElementTree.parse(tmp_path / "d.svg")
    written = {e.text or "" for e in tree.iter() if e.tag.endswith("text")}
    assert {"recv 24 B", "one", "+3", "10.0.0.7:50312", "not acknowledged"} <= written
    # Two arrows of bytes, of which one arrives, and three in the legend.
    assert len([e for e in tree.iter() if e.tag.endswith("polygon")]) == 4
    shown.saving(tmp_path / "d.png")()
    with Image.open(tmp_path / "d.png") as picture:
        assert picture.height > 4 * 34


def test_cells_show_as_many_messages_as_there_is_room_for() -> None:
    def inside(room: float, messages: int = 3) -> list[str]:
        return sequence_drawing.inside(("aaa", "bbb", "ccc"), messages, room, len, 1)

    assert inside(12) == ["aaa", "bbb", "ccc"]
    assert inside(11) == ["aaa", "bbb", "+1"]
    assert inside(7) == ["aaa", "+2"]
    assert inside(6) == ["a…", "+2"]
    assert inside(3) == ["+3"]
    assert inside(16, 100) == ["aaa", "bbb", "ccc", "+97"]
    assert inside(4, 1)[0] == "aaa"


def test_a_picture_that_cannot_be_written_says_so(app: ttk.App, tmp_path: Path) -> None:
    shown, _source = diagram(app, arrows(2))
    with pytest.raises(OSError):
        shown.saving(tmp_path / "missing" / "d.svg")()
    with pytest.raises(OSError):
        shown.saving(tmp_path / "missing" / "d.png")()


def tree(app: ttk.App, children: int) -> SessionList:
    items = [
        SessionItem(1, "server"),
        *(SessionItem(10 + n, f"client {n}", parent=1) for n in range(children)),
    ]
    shown = SessionList(app)
    shown.pack(fill="both", expand=True)
    app.update()
    shown.set_items([*items, SessionItem(2, "other", unread=3)])
    shown.paint_now()
    return shown


def test_children_stand_below_their_listener_and_fold(app: ttk.App) -> None:
    shown = tree(app, 2)
    names = [text for text in texts(shown) if text.startswith(("server", "client", "other"))]  # type: ignore[arg-type]
    assert names == ["server", "client 0", "client 1", "other"]
    shown.set_open(1, False)
    shown.paint_now()
    assert not any(text.startswith("client") for text in texts(shown))  # type: ignore[arg-type]


def test_a_thousand_clients_draw_only_those_in_view(app: ttk.App) -> None:
    shown = tree(app, 1_000)
    assert 3 < len(shown.visible) < 30


def test_keys_choose_and_updates_keep_the_choice(app: ttk.App) -> None:
    shown = tree(app, 3)
    chosen: list[int] = []
    shown.on_choose = lambda item: chosen.append(item.key)
    press(shown.canvas, "<Down>", "<Down>")
    assert chosen == [1, 10]
    shown.set_items(
        [SessionItem(0, "new on top"), SessionItem(1, "server"), SessionItem(10, "client", parent=1)]
    )
    assert shown.current == 10
    assert list(shown.selection) == [2]
    assert chosen == [1, 10]
