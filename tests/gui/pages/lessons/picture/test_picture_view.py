"""The picture in a window: what it shows, keys, mouse, motion, themes, languages."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import ttkbootstrap as ttk
from PIL import Image

from gui.look.look import look
from gui.pages.lessons.picture import GraphView, PictureView
from gui.pages.lessons.picture.picture_view import MOTION_SECONDS
from gui.shared import i18n
from gui.shared.picture.colours import DARK, LIGHT
from gui.shared.picture.drawing import NO_ASK, Ask
from gui.shared.picture.roles import Roles
from gui.shared.picture.shapes import ByteCell, Text
from net.lab.recording import Header, RecordedEvent
from tests.gui.keyboard import focus, press
from tests.net.lab import recordings
from tests.waiting import wait_until


def fill(view: PictureView | GraphView, events: list[RecordedEvent], count: int | None = None) -> None:
    header = events[0]
    assert isinstance(header, Header)
    view.begin(header)
    view.grow(events)
    view.go_to(len(events) if count is None else count)


@pytest.fixture
def opened() -> list[ByteCell]:
    return []


@pytest.fixture
def view(app: ttk.App, opened: list[ByteCell]) -> Iterator[PictureView]:
    app.geometry("900x600+20+20")
    made = PictureView(app, on_bytes=opened.append)
    made.pack(fill="both", expand=True)
    wait_until(lambda: made.canvas.winfo_height() > 500, root=app, what="the view has its size")
    fill(made, recordings.stream())
    yield made
    made.destroy()
    i18n.set_language("en")


def texts(view: PictureView | GraphView) -> list[str]:
    """What the canvas itself shows."""
    canvas = view.canvas
    return [
        str(canvas.itemcget(item, "text")) for item in canvas.find_all() if str(canvas.type(item)) == "text"
    ]


def test_the_canvas_shows_the_drawing(view: PictureView) -> None:
    assert texts(view) == [shape.text for shape in view.drawing.shapes if isinstance(shape, Text)]
    assert "close()" in texts(view)


def test_forward_and_back_show_what_was_known_then(view: PictureView) -> None:
    count = view.count_of_step(2)
    assert count is not None
    view.go_to(count)
    assert "held before recv(100)" in texts(view) and "close()" not in texts(view)
    view.go_to(10_000)
    assert view.count == len(view.picture.events)
    assert "close()" in texts(view)


def test_a_growing_run_shows_nothing_until_it_is_gone_to(view: PictureView) -> None:
    events = recordings.stream()
    fill(view, events[:30])
    before = texts(view)
    view.grow(events[30:])
    assert texts(view) == before
    view.go_to(len(events))
    assert texts(view) != before


def test_the_rows_are_walked_with_the_keys(view: PictureView) -> None:
    last = view.cursor
    press(view.canvas, "<Up>", "<Up>")
    assert view.cursor == last - 2
    press(view.canvas, "<Down>")
    assert view.cursor == last - 1
    press(view.canvas, "<Home>")
    assert view.cursor == 0 and view.drawing.rows[0][0] == 0
    press(view.canvas, "<Up>")
    assert view.cursor == 0
    press(view.canvas, "<End>", "<Down>")
    assert view.cursor == last


def row_of(view: PictureView, kind: str, name: str) -> int:
    return next(n for n, row in enumerate(view.picture.rows) if (row.kind, row.name) == (kind, name))


def test_bytes_are_opened_with_the_keys_alone(view: PictureView, opened: list[ByteCell]) -> None:
    press(view.canvas, *["<Up>"] * (view.cursor - row_of(view, "return", "recv")))
    press(view.canvas, "<Return>", "<Return>")
    assert view.opened == (0, 0)
    assert "Taken by server: recv()" in " ".join(texts(view))
    press(view.canvas, "<Right>", "<Tab>", "<Right>")
    assert view.opened == (1, 0) and (opened[-1].colour, opened[-1].at) == (1, 0)
    press(view.canvas, "<Left>", "<Shift-Tab>")
    assert view.opened == (0, 1)
    press(view.canvas, "<Escape>")
    assert view.opened is None
    press(view.canvas, "<Escape>")
    # Now these keys are the window's again.
    seen: list[str] = []
    view.winfo_toplevel().bind("<Right>", lambda _event: seen.append("right"))
    press(view.canvas, "<Right>")
    assert seen == ["right"]
    view.winfo_toplevel().unbind("<Right>")


def test_a_byte_is_opened_with_the_mouse_and_closed(view: PictureView, opened: list[ByteCell]) -> None:
    count = view.count_of_step(2)
    assert count is not None
    view.go_to(count)
    cell = next(cell for cell in view.drawing.cells if cell.colour == 1 and cell.at == 1)

    def click() -> None:
        view.canvas.event_generate("<Button-1>", x=int(cell.x0 + 3), y=int(cell.y0 + 3))
        view.update()

    focus(view.canvas)
    click()
    assert view.opened == (1, 1) and view.cursor == cell.row
    assert [(each.colour, each.at) for each in opened] == [(1, 1)]
    click()
    assert view.opened is None


def test_folded_bytes_are_reached_too(view: PictureView) -> None:
    fill(view, recordings.cut_character())
    press(view.canvas, "<Return>", "<Return>", *["<Right>"] * 60)
    assert view.opened is not None and view.opened[1] == 60


def test_motion_ends_by_itself_and_by_a_key(view: PictureView) -> None:
    count = view.picture.count_at(row_of(view, "call", "send"))
    view.go_to(count - 1)
    begun = time.monotonic()
    view.go_to(count, animate=True)
    assert view.animating
    wait_until(lambda: not view.animating, root=view, what="the motion ends")
    assert time.monotonic() - begun >= MOTION_SECONDS
    view.go_to(count - 1)
    view.go_to(count, animate=True)
    focus(view.canvas)
    press(view.canvas, "<Up>")
    assert not view.animating
    view.go_to(count - 1)
    view.go_to(count, animate=True)
    view.skip()
    assert not view.animating and not view.drawing.moving


def test_motion_is_at_most_four_tenths_of_a_second() -> None:
    assert MOTION_SECONDS <= 0.4


def test_the_question_is_shown(view: PictureView) -> None:
    count = view.count_of_step(2)
    assert count is not None
    view.go_to(count)
    view.ask(Ask("What comes back?"))
    assert "What comes back?" in texts(view)
    view.ask(NO_ASK)
    assert "What comes back?" not in texts(view)


def test_theme_language_and_scale_in_the_middle(view: PictureView) -> None:
    assert view.canvas.cget("background") == LIGHT.card
    look().change(dark=True, projector=False)
    try:
        assert view.canvas.cget("background") == DARK.card
    finally:
        look().change(dark=False, projector=False)
    i18n.set_language("zh_CN")
    assert "内核" in texts(view) and "程序" in texts(view)
    i18n.set_language("en")
    assert "Kernel" in texts(view)
    view.set_scale(1.5)
    assert {shape.pixels for shape in view.drawing.shapes if isinstance(shape, Text)} == {30, 33, 36}


def test_the_roles_stand_above(view: PictureView) -> None:
    view.set_roles(Roles("Client PC", "Server PC"))
    assert {"Client PC", "Server PC"} <= set(texts(view))


def test_it_is_saved_as_it_is_shown(view: PictureView, tmp_path: Path) -> None:
    view.save_png(tmp_path / "shown.png")
    with Image.open(tmp_path / "shown.png") as image:
        assert image.size == (view.canvas.winfo_width(), view.canvas.winfo_height())
    assert view.svg().startswith("<svg ") and "close()" in view.svg()


def test_a_view_that_goes_away_in_motion_leaves_nothing(app: ttk.App) -> None:
    made = PictureView(app)
    made.pack(fill="both", expand=True)
    app.update()
    fill(made, recordings.stream(), 20)
    made.go_to(60, animate=True)
    made.destroy()
    app.update()


def test_the_graph_follows(app: ttk.App) -> None:
    made = GraphView(app)
    made.pack(fill="both", expand=True)
    app.update()
    fill(made, recordings.refused())
    assert texts(made) == ["No bytes yet"]
    fill(made, recordings.stream())
    assert "sent 6" in texts(made) and "read 6" in texts(made)
    made.go_to(20)
    assert "sent 6" not in texts(made)
    made.destroy()


def test_two_views_stand_side_by_side(app: ttk.App) -> None:
    app.geometry("900x600+20+20")
    views = [PictureView(app) for _turn in range(2)]
    for each, events in zip(views, (recordings.stream(), recordings.hello_server()), strict=True):
        each.pack(side="left", fill="both", expand=True)
        fill(each, events)
    wait_until(lambda: views[1].canvas.winfo_width() > 430, root=app, what="both have their size")
    for each in views:
        assert {"Program", "Kernel"} <= set(texts(each))
        each.destroy()
