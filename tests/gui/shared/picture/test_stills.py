"""The delivered recordings, which are of real programs: each is whole, and drawn at every step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gui.shared import i18n
from gui.shared.picture import png
from gui.shared.picture.colours import LIGHT
from gui.shared.picture.drawing import Place, draw_picture
from gui.shared.picture.lanes import place_lanes
from gui.shared.picture.pen import Paper
from gui.shared.picture.shapes import Box, Text
from net.lab.lesson_files import LESSONS_FOLDER
from net.lab.picture import Picture, PictureBuilder
from net.lab.picture.ends import split_address
from net.lab.recording_file import read_recording

STILLS = sorted(LESSONS_FOLDER.glob("*/stills/*.jsonl"))


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    yield
    i18n.set_language("en")


def name_of(path: Path) -> str:
    return f"{path.parent.parent.name}-{path.stem}"


def built(path: Path) -> Picture:
    found = read_recording(path)
    assert found.damage == ()
    builder = PictureBuilder()
    for event in found.events:
        builder.add(event)
    return builder.picture


@pytest.mark.parametrize("path", STILLS, ids=name_of)
def test_each_is_drawn_at_each_step_in_both_languages(path: Path) -> None:
    picture = built(path)
    counts = {picture.count_of_step(number) for number in picture.steps} | {len(picture.events)}
    for language in ("en", "zh_CN"):
        i18n.set_language(language)
        for count in counts:
            assert count is not None
            drawing = draw_picture(picture, Place(count), Paper(860, 560, LIGHT, png.measure))
            for shape in drawing.shapes:
                if isinstance(shape, Text) and shape.text:
                    wide = png.measure(shape.text, shape.pixels, shape.bold, shape.mono)
                    left = {"start": shape.x, "middle": shape.x - wide / 2, "end": shape.x - wide}[
                        shape.anchor
                    ]
                    assert shape.pixels >= 20 and left > -2 and left + wide < 862, shape


@pytest.mark.parametrize("path", STILLS, ids=name_of)
def test_no_name_stands_over_a_kernels_line(path: Path) -> None:
    """Bytes and addresses may, where they have no room beside it."""
    picture = built(path)
    kernels = place_lanes(picture.programs, 878).kernels
    for cursor in range(0, len(picture.rows), 5):
        place = Place(len(picture.events), cursor)
        drawing = draw_picture(picture, place, Paper(878, 630, LIGHT, png.measure))
        for shape in drawing.shapes:
            if isinstance(shape, Text) and re.match(r"socket|accept|recv|\w+: \w+Error", shape.text):
                wide = png.measure(shape.text, shape.pixels, shape.bold, shape.mono)
                left = {"start": shape.x, "middle": shape.x - wide / 2, "end": shape.x - wide}[shape.anchor]
                in_box = any(
                    isinstance(box, Box) and box.edge and box.x0 <= left and box.y0 < shape.y < box.y1
                    for box in drawing.shapes
                )
                # A "recv" beside its bytes may; what a program waits in has a box of its own.
                if not in_box and not re.fullmatch(r"recv\w*", shape.text):
                    assert not any(left < kernel < left + wide for kernel in kernels), shape


@pytest.mark.parametrize("path", STILLS, ids=name_of)
def test_what_a_recorded_program_sent_is_known_where_it_is_received(path: Path) -> None:
    """No byte that came from a recorded program has a colour of its own."""
    picture = built(path)
    locals_ = {split_address(record.local)[1] for record in picture.sockets.values() if record.local}
    for row in picture.rows:
        if row.kind != "return" or not row.pieces:
            continue
        record = picture.sockets[row.who, row.socket]
        peer = split_address(record.remote or row.remote)[1]
        if record.transport == "tcp" and peer in locals_:
            assert all(piece.known for piece in row.pieces), row
