"""Every text of every step of every lesson at 1280 x 720 on the whole screen: large enough for the last row,
nothing cut, nothing over another, and the picture has its part of the window."""

from __future__ import annotations

import itertools
import re
import tkinter as tk
from collections.abc import Callable, Iterator
from tkinter import font as tkfont
from typing import Any, NamedTuple

import pytest

from gui.pages.lessons.picture import PictureView
from gui.pages.lessons.player.column import Choice
from gui.pages.lessons.player.player import LessonPlayer
from gui.pages.lessons.views.floor import PICTURE_PART
from gui.shared import i18n
from gui.widgets.text_fit import ELLIPSIS
from net.lab.lesson_files import load_lesson, load_shelf
from tests.gui.pages.lessons.stage import Stage
from tests.waiting import wait_until

WIDE, HIGH = 1280, 720
LABEL, SENTENCE = 20, 24
SLACK = 2
"""Pixels: glyphs may be drawn a little wider than they are measured."""


class Shown(NamedTuple):
    """A visible text, its size in pixels, where it is on the screen, and where there is room for it."""

    text: str
    pixels: int
    box: tuple[int, int, int, int]
    room: tuple[int, int, int, int]
    widget: str


def pixels_of(widget: tk.Misc, font: str) -> int:
    size = int(tkfont.Font(root=widget, font=font).cget("size"))
    # Tk counts positive sizes in points of a 72nd of an inch
    return -size if size < 0 else round(size * widget.winfo_fpixels("1i") / 72)


def box_of(widget: tk.Misc) -> tuple[int, int, int, int]:
    x, y = widget.winfo_rootx(), widget.winfo_rooty()
    return x, y, x + widget.winfo_width(), y + widget.winfo_height()


def shown_texts(widget: tk.Misc) -> Iterator[Shown]:
    """All texts that can be seen in it, those of canvases and of fields too."""
    if not widget.winfo_viewable():
        return
    kind = widget.winfo_class()
    if kind in ("TLabel", "TButton", "Label"):
        yield from _of_label(widget)
    elif isinstance(widget, tk.Canvas):
        yield from _of_canvas(widget)
    elif isinstance(widget, tk.Text):
        yield from _of_text(widget)
    for child in widget.winfo_children():
        if not isinstance(child, tk.Toplevel):
            yield from shown_texts(child)


def _of_label(widget: Any) -> Iterator[Shown]:
    text = str(widget.cget("text"))
    if not text:
        return
    style = str(widget.cget("style")) if widget.winfo_class() != "Label" else ""
    font = str(widget.cget("font")) if widget.winfo_class() != "TButton" else ""
    font = font or str(widget.tk.call("ttk::style", "lookup", style, "-font"))
    x, y, right, bottom = box_of(widget)
    # what it asks for, from where its text begins
    wanted = (x, y, x + widget.winfo_reqwidth(), y + widget.winfo_reqheight())
    if style.endswith("InH.TLabel") or int(widget.cget("width") or 0):
        font_of = tkfont.Font(root=widget, font=font)
        lines = text.split("\n")
        wanted = (x, y, x + max(map(font_of.measure, lines)), y + font_of.metrics("linespace") * len(lines))
    yield Shown(text, pixels_of(widget, font), wanted, (x, y, right, bottom), str(widget))


def _of_canvas(canvas: tk.Canvas) -> Iterator[Shown]:
    left, top = canvas.winfo_rootx(), canvas.winfo_rooty()
    for item in canvas.find_all():
        if str(canvas.type(item)) != "text" or canvas.itemcget(item, "state") == "hidden":
            continue
        text = canvas.itemcget(item, "text")
        bounds = canvas.bbox(item)
        if text.strip() and bounds:
            x, y, right, bottom = bounds
            box = (left + x, top + y, left + right, top + bottom)
            pixels = pixels_of(canvas, canvas.itemcget(item, "font"))
            yield Shown(text, pixels, box, box_of(canvas), str(canvas))


def _of_text(widget: tk.Text) -> Iterator[Shown]:
    left, top = widget.winfo_rootx(), widget.winfo_rooty()
    pixels = pixels_of(widget, str(widget.cget("font")))
    for number, line in enumerate(widget.get("1.0", "end-1c").split("\n"), 1):
        if not line.strip():
            continue
        for index in (f"{number}.0", f"{number}.end-1c"):
            bounds = widget.bbox(index)
            if not bounds and ".!consolepanel" in str(widget):
                continue  # it scrolls
            assert bounds, f"{line!r} is out of view"
            x, y, wide, high = bounds
            yield Shown(
                line,
                pixels,
                (left + x, top + y, left + x + wide, top + y + high),
                box_of(widget),
                str(widget),
            )


def crossing(texts: list[Shown]) -> list[tuple[str, str]]:
    """Pairs of texts of one canvas that overlap."""
    found = []
    for one, other in itertools.combinations(texts, 2):
        if one.widget != other.widget or one.text == other.text:
            continue
        a, b = one.box, other.box
        wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
        if wide > SLACK and high > SLACK:
            found.append((one.text, other.text))
    return found


def lit_rows(text: tk.Text) -> list[str]:
    """The rows of the code's lit line."""
    ranges = [str(index).split(".")[0] for index in text.tag_ranges("lit")]
    return text.get(f"{ranges[0]}.0", f"{ranges[-1]}.0 -1c").split("\n") if ranges else []


def faults_of(player: LessonPlayer, frame: tk.Misc) -> list[str]:
    """What is wrong with what is shown."""
    texts = list(shown_texts(frame))
    assert len(texts) > 6
    found = []
    for text, pixels, box, room, widget in texts:
        if pixels < LABEL:
            found.append(f"{pixels} px: {text!r} in {widget}")
        outside = box[0] < room[0] - SLACK or box[1] < room[1] - SLACK
        if outside or box[2] > room[2] + SLACK or box[3] > room[3] + SLACK:
            found.append(f"cut: {text!r} {box} in {room} of {widget}")
    pictures = {str(view.canvas) for view in _pictures(frame)}
    plain = [each for each in texts if each.widget not in pictures and ".!codepanel" not in each.widget]
    found += [f"over another: {one!r} and {other!r}" for one, other in crossing(plain)]
    for label in (player.floor.sentence, player.bar.title):
        if ELLIPSIS in str(label.cget("text")):
            found.append(f"shortened: {label.cget('text')!r}")
    line = tkfont.Font(root=frame, font=str(player.floor.sentence.cget("font"))).metrics("linespace")
    if player.floor.sentence.winfo_height() > 1.5 * line:
        found.append(f"more than one line: {player.floor.sentence.cget('text')!r}")
    rows = lit_rows(player.column.code.text)
    found += [
        f"a name is cut in two: {row!r} {after!r}"
        for row, after in itertools.pairwise(rows)
        if re.match(r"\w\w", row[-1:] + after.lstrip()[:1])
    ]
    stage = player.stage
    part = stage.winfo_width() * stage.winfo_height() / (WIDE * HIGH)
    if part < PICTURE_PART:
        found.append(f"the picture has only {part:.3f} of the window")
    return found


def _pictures(widget: tk.Misc) -> Iterator[PictureView]:
    if isinstance(widget, PictureView):
        yield widget
    for child in widget.winfo_children():
        yield from _pictures(child)


@pytest.fixture
def projector(make_stage: Callable[..., Stage]) -> Stage:
    """The page alone on a screen of 1280 x 720."""
    stage = make_stage()
    stage.from_stills = True
    stage.root.configure(padding=0)
    stage.app.geometry(f"{WIDE}x{HIGH}+0+0")
    wait_until(lambda: stage.root.winfo_width() == WIDE and stage.root.winfo_height() == HIGH, root=stage.app)
    return stage


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("name", load_shelf().lessons)
def test_every_text_can_be_read_from_the_last_row(projector: Stage, name: str, language: str) -> None:
    i18n.set_language(language)
    lesson = load_lesson(name)
    player = projector.begin(name)
    projector.page.toggle_screen()
    found = []
    for number, step in enumerate(lesson.steps, 1):
        player.go_to(number)
        projector.rest()
        choices: tuple[Choice, ...] = ("", "code", "question", "facts")
        for choice in choices:
            if choice:
                player.column.choose_content(choice)
            projector.app.update()
            found += [f"step {number} {choice}: {fault}" for fault in faults_of(player, projector.root)]
            if choice:
                player.column.choose_content(choice)
        if step.question is not None:
            player.choose(0)
            player.add_hand(1, 1)
            projector.app.update()
            found += [f"step {number} voted: {fault}" for fault in faults_of(player, projector.root)]
            player.reveal()
            projector.app.update()
            found += [f"step {number} revealed: {fault}" for fault in faults_of(player, projector.root)]
    assert found == []


def test_the_column_fits_a_window_that_grows_while_it_is_laid_out(projector: Stage) -> None:
    """As the whole screen comes in two sizes, one right after the other."""
    player = projector.begin("stream", 2)
    wanted = player.column.winfo_width()
    lay_out = player.frame.update_idletasks

    def grow_meanwhile() -> None:
        del player.frame.update_idletasks
        projector.app.geometry(f"{WIDE}x{HIGH}+0+0")
        wait_until(lambda: projector.root.winfo_width() == WIDE, root=projector.app)
        lay_out()

    player.frame.update_idletasks = grow_meanwhile  # type: ignore[method-assign]
    projector.app.geometry(f"{WIDE - 300}x{HIGH - 200}+0+0")
    wait_until(lambda: "update_idletasks" not in vars(player.frame), root=projector.app)
    projector.app.update()
    assert projector.root.winfo_width() == WIDE
    assert player.column.winfo_width() == wanted


def test_sentences_have_their_size(projector: Stage) -> None:
    player = projector.begin("stream", 2)
    projector.page.toggle_screen()
    projector.app.update()
    sizes = {each.text: each.pixels for each in shown_texts(projector.root)}
    question = load_lesson("stream").steps[1].question
    assert question is not None
    assert sizes[load_lesson("stream").steps[1].say.en] >= SENTENCE
    assert sizes[question.options[0].en] >= SENTENCE
    assert pixels_of(player.column.code.text, str(player.column.code.text.cget("font"))) >= SENTENCE
