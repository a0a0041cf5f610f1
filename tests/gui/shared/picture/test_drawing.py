"""A picture as shapes: what is shown, sizes, contrast, that it fits, and that all renderers draw it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gui.shared import i18n
from gui.shared.picture import png, words
from gui.shared.picture.byte_cells import BROKEN, CONTINUED, byte_signs, draw_cells, fit_cells
from gui.shared.picture.byte_panel import byte_facts, draw_focus, draw_panel
from gui.shared.picture.colours import DARK, LIGHT, PRINT, PictureColours, contrast, ticks_of
from gui.shared.picture.drawing import ROWS, Ask, Place, draw_picture
from gui.shared.picture.graph_drawing import draw_graph, nice_steps
from gui.shared.picture.pen import LABEL, SENTENCE, Paper, Pen
from gui.shared.picture.roles import Roles
from gui.shared.picture.shapes import Arrow, Box, Drawing, Line, Text
from gui.shared.picture.svg import print_svg, svg_text
from net.lab.picture import Picture, PictureBuilder
from net.lab.picture.graph import byte_graph
from net.lab.picture.rows import Note, Piece, Side
from net.lab.picture.state import ProgramState
from net.lab.recording import (
    Call,
    Ended,
    Header,
    ProgramText,
    RecordedEvent,
    Released,
    Returned,
    Step,
    Trouble,
)
from tests.net.lab import recordings
from tests.net.lab.test_picture_properties import EVENT, HEADER

SIZES = ((890.0, 570.0, 1.0), (1335.0, 855.0, 1.5), (440.0, 560.0, 1.0))
RUNS: dict[str, Callable[[], list[RecordedEvent]]] = {
    "stream": recordings.stream,
    "cut": recordings.cut_character,
    "hello": recordings.hello_server,
    "stuck": recordings.stuck_chat,
    "refused": recordings.refused,
    "postcards": recordings.postcards,
    "relay": lambda: recordings.postcards(relay=True),
}


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    i18n.set_language("en")
    yield
    i18n.set_language("en")


def built(events: list[RecordedEvent]) -> Picture:
    builder = PictureBuilder()
    for event in events:
        builder.add(event)
    return builder.picture


def paper(
    width: float = 890, height: float = 570, scale: float = 1.0, colours: PictureColours = LIGHT
) -> Paper:
    return Paper(width, height, colours, png.measure, scale)


def drawn(events: list[RecordedEvent], count: int | None = None, **place: object) -> Drawing:
    picture = built(events)
    where = Place(len(events) if count is None else count, **place)  # type: ignore[arg-type]
    return draw_picture(picture, where, paper())


def texts(drawing: Drawing) -> list[str]:
    return [shape.text for shape in drawing.shapes if isinstance(shape, Text)]


def at_step(events: list[RecordedEvent], number: int) -> int:
    count = built(events).count_of_step(number)
    assert count is not None
    return count


# --- What is shown ---


def test_nine_rows_the_cursors_in_the_middle() -> None:
    events = recordings.flood(200)
    drawing = drawn(events, cursor=40)
    assert [number for number, _top, _bottom in drawing.rows] == list(range(36, 45))
    last = drawn(events)
    assert len(last.rows) == ROWS and last.rows[-1][0] == len(built(events).rows) - 1


def test_nothing_of_the_future_is_shown() -> None:
    events = recordings.stream()
    count = at_step(events, 2)
    drawing = drawn(events, count)
    early = draw_picture(built(events[:count]), Place(count), paper())
    assert drawing == early
    assert "b'AAABBC'" not in " ".join(texts(drawing))
    assert "held before recv(100)" in texts(drawing)


def test_programs_are_called_by_the_scenes_words() -> None:
    events = recordings.stream()
    named = {"client": "Reader", "server": "Web server"}
    sheet = replace(paper(), roles=Roles("", "", named))
    picture = built(events)
    shown = texts(draw_picture(picture, Place(len(events)), sheet))
    assert {"Reader", "Web server"} <= set(shown), "above both sides"
    assert any(text.startswith(("Reader's kernel says: ", "Web server's kernel says: ")) for text in shown)
    assert Roles("", "", named).of_program("client-2") == "Reader 2"
    assert Roles("", "", named).of_program("other-2") == "other-2"


def test_a_trouble_calls_its_program_by_the_scenes_words() -> None:
    events = recordings.hello_server()
    events.append(Trouble(events[-1].t + 1, code="forked", who="server"))
    sheet = replace(paper(), roles=Roles("", "", {"server": "Web server"}))
    shown = texts(draw_picture(built(events), Place(len(events)), sheet))
    told = [text for text in shown if text.startswith("! ")]
    assert len(told) == 1 and "Web server" in told[0] and "?" not in told[0], shown


def test_a_send_of_nothing_says_what_it_returned() -> None:
    events = recordings.stuck_chat()
    rows = built(events).rows
    at, row = next((at, row) for at, row in enumerate(rows) if row.name == "send" and not row.pieces)
    assert row.returned is not None
    assert "send(b'') → 0" in texts(drawn(events, row.returned + 1, cursor=at))
    assert "send(b'')" in texts(drawn(events, row.returned, cursor=at))


def test_a_call_that_is_held_before_its_address_tells_it() -> None:
    for name, arguments, told in (
        ("connect", "('127.0.0.2', 12345)", "held before connect 127.0.0.2:12345"),
        ("send", "b''", "held before send(b'')"),
        ("sendto", "b'A', ('127.0.0.2', 12345)", "held before sendto(b'A', ('127.0.0.2', 12345))"),
    ):
        assert words.held_labels(ProgramState("held", 0.0, name=name, arguments=arguments))[0] == told
    inside = ProgramState("calls", 0.0, name="connect", arguments="('127.0.0.2', 12345)")
    assert words.waiting_labels(inside, 2.0)[0] == "connect 127.0.0.2:12345 waits 2.0 s"


def test_more_in_the_queue_than_listen_was_told_look_like_no_mistake() -> None:
    side = Side(1, True)
    for count, told in (("1", "1 waits for accept() (1 / 1)"), ("2", "2 wait for accept()")):
        note = Note(0, "queue", "kernel", side, "server", "observed", {"count": count, "limit": "1"})
        assert words.note_labels(note)[0] == told


def test_a_name_that_ends_with_a_digit_keeps_a_blank_before_chinese() -> None:
    i18n.set_language("zh_CN")
    events = recordings.stuck_chat()
    sheet = replace(paper(), roles=Roles("", "", {"client": "客户端"}))
    said = texts(draw_picture(built(events), Place(len(events)), sheet))
    assert any(text.startswith("客户端 2 的内核说：") for text in said), said


def test_an_empty_datagram_is_a_cell_of_its_own() -> None:
    pen = Pen(paper())
    sizes = (3, 0, 2)
    pieces = tuple(Piece(at, 0, size, at * 3, b"A" * size) for at, size in enumerate(sizes))
    cells = fit_cells(pen, pieces, 400, apart=True)
    draw_cells(pen, (0, 0), cells, 0, 50)
    boxes = [shape for shape in pen.drawing.shapes if isinstance(shape, Box) and shape.radius]
    assert len(boxes) == 3 and len(pen.drawing.cells) == 5
    assert boxes[-1].x1 == pytest.approx(cells.width)
    assert boxes[0].x1 < boxes[1].x0 < boxes[1].x1 < boxes[2].x0


def test_the_question_stands_in_its_box_until_it_is_taken_away() -> None:
    events = recordings.stream()
    count = at_step(events, 2)
    asked = drawn(events, count, ask=Ask("What will recv return?"))
    box = [shape for shape in asked.shapes if isinstance(shape, Box) and shape.fill == LIGHT.ask_ground]
    assert len(box) == 1 and "What will recv return?" in texts(asked)
    # It belongs to the server, on the right.
    assert box[0].x0 > 890 / 2
    assert "What will recv return?" not in texts(drawn(events, count))


def test_the_question_stands_beside_the_program_that_it_is_about() -> None:
    events = recordings.stream()
    picture = built(events)
    count = next(
        count
        for count in range(len(events))
        if all(picture.program_at(who, count).phase == "held" for who in ("client", "server"))
    )
    for who, left in (("client", True), ("server", False)):
        asked = drawn(events, count, ask=Ask("?", who))
        box = next(each for each in asked.shapes if isinstance(each, Box) and each.fill == LIGHT.ask_ground)
        assert (box.x1 < 890 / 2) is left
    # Of two that wait, and with none held, too.
    stuck = recordings.stuck_chat()
    boxes = [
        next(
            each
            for each in drawn(stuck, ask=Ask("?", who)).shapes
            if isinstance(each, Box) and each.fill == LIGHT.ask_ground
        )
        for who in ("client", "server")
    ]
    assert boxes[0].x1 < 890 / 2 < boxes[1].x0


def test_the_kernels_line_forgets_what_was_told_of_a_closed_socket() -> None:
    events = recordings.stream()
    said = [
        next((text for text in texts(drawn(events, count)) if "'s kernel says: " in text), "")
        for count in range(1, len(events) + 1)
    ]
    assert any("ESTABLISHED" in text for text in said)
    closed = next(at for at, event in enumerate(events) if isinstance(event, Call) and event.name == "close")
    back = next(at for at in range(closed, len(events)) if isinstance(events[at], Returned))
    who = events[closed].who  # type: ignore[union-attr]
    assert not any("ESTABLISHED" in text and f"kernel of {who} " in text for text in said[back:])


def test_who_waits_says_so_with_the_time() -> None:
    drawing = drawn(recordings.stuck_chat())
    waits = [text for text in texts(drawing) if "waits 12." in text]
    assert len(waits) == 3


def test_where_a_step_ends_who_is_in_a_call_waits() -> None:
    events = recordings.stuck_chat()
    waiting = next(each for each in events if isinstance(each, Call) and each.name == "recv")
    at = next(at for at, each in enumerate(events) if isinstance(each, Released) and each.n == waiting.n)
    before = events[: at + 1]
    assert not [text for text in texts(drawn(before)) if "recv" in text and "waits" in text]
    ended = drawn([*before, Step(events[at].t + 0.001, 1)])
    assert [text for text in texts(ended) if "recv" in text and "waits" in text]


def test_to_send_a_datagram_does_not_wait_for_whoever_receives_it() -> None:
    """Its return may be told later than what came of it."""
    events = recordings.postcards()
    sending = [each for each in events if isinstance(each, Call) and each.name == "sendto"][-1]
    told = [each for each in events if not (isinstance(each, Returned) and each.n == sending.n)]
    shown = drawn([each for each in told if not (isinstance(each, Ended) and each.who == sending.who)])
    assert not [line for line in shown.shapes if isinstance(line, Line) and line.colour == LIGHT.waiting]


def test_every_byte_is_a_cell_with_its_colour_and_ticks() -> None:
    events = recordings.stream()
    drawing = drawn(events, at_step(events, 2))
    last = drawing.rows[-1][0]
    buffer = [cell for cell in drawing.cells if cell.row == last and cell.group == 3]
    assert [(cell.colour, cell.at) for cell in buffer] == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0)]
    assert [ticks_of(colour) for colour in range(6)] == [1, 2, 3, 4, 1, 2]
    fills = {shape.fill for shape in drawing.shapes if isinstance(shape, Box)}
    assert {LIGHT.of_bytes(0), LIGHT.of_bytes(1), LIGHT.of_bytes(2)} <= fills


def test_what_does_not_fit_is_counted() -> None:
    drawing = drawn(recordings.cut_character())
    assert any(text.startswith("+") and int(text[1:]) > 300 for text in texts(drawing))
    assert sum(cell.hidden > 0 for cell in drawing.cells) >= 2


def test_bytes_of_a_character_are_marked_as_such() -> None:
    data = "a你\n".encode()
    assert byte_signs(data) == ["a", "你", CONTINUED, CONTINUED, "↵"]
    assert byte_signs(data[:3]) == ["a", BROKEN, BROKEN]
    assert byte_signs(b"\xff\x00 ") == [BROKEN, "·", "␣"]


def test_an_arrow_is_dashed_where_it_is_derived() -> None:
    events = recordings.stream()
    drawing = drawn(events, at_step(events, 2))
    across = [
        shape
        for shape in drawing.shapes
        if isinstance(shape, Arrow) and shape.y0 != shape.y1 and abs(shape.x1 - shape.x0) > 200
    ]
    assert across and all(arrow.dash for arrow in across)
    calls = [shape for shape in drawing.shapes if isinstance(shape, Arrow) and shape.behind]
    assert calls and not any(arrow.dash for arrow in calls)


def test_only_one_side_was_seen() -> None:
    script = recordings.Script(("client", 0))
    script.sends("client", 1, b"hello")
    assert texts(draw_picture(built(script.events), Place(9), paper())).count("not seen") >= 2


def test_forty_programs_share_the_last_line() -> None:
    programs = tuple(ProgramText(f"sender-{n}", "sender.py") for n in range(1, 41))
    picture = built([Header(t=0.0, programs=(*programs, ProgramText("receiver", "r.py", "", 1)))])
    assert "39 more" in texts(draw_picture(picture, Place(1), paper()))


def test_motion_goes_along_the_arrow() -> None:
    events = recordings.stream()
    picture = built(events)
    row = next(n for n, row in enumerate(picture.rows) if row.name == "send")
    count = picture.count_at(row) + 3
    begun = draw_picture(picture, Place(count, progress=0.1), paper())
    assert begun.moving
    tips = [shape.x1 for shape in begun.shapes if isinstance(shape, Arrow) and shape.moving]
    later = draw_picture(picture, Place(count, progress=0.4), paper())
    assert tips < [shape.x1 for shape in later.shapes if isinstance(shape, Arrow) and shape.moving]
    assert not draw_picture(picture, Place(count), paper()).moving


# --- Sizes, contrast, room ---


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", RUNS)
def test_type_is_large_and_all_of_it_is_on_the_paper(
    name: str, size: tuple[float, float, float], language: str
) -> None:
    i18n.set_language(language)
    width, height, scale = size
    events = RUNS[name]()
    picture = built(events)
    for count in range(1, len(events) + 1, 3):
        drawing = draw_picture(picture, Place(count), paper(width, height, scale))
        for shape in drawing.shapes:
            if isinstance(shape, Text) and shape.text:
                assert shape.pixels >= round(LABEL * scale)
                wide = png.measure(shape.text, shape.pixels, shape.bold, shape.mono)
                left = {"start": shape.x, "middle": shape.x - wide / 2, "end": shape.x - wide}[shape.anchor]
                assert left > -2 and left + wide < width + 2, shape
                assert 0 < shape.y < height, shape
        sentence = [shape for shape in drawing.shapes if isinstance(shape, Text)][-1]
        assert sentence.pixels == round(SENTENCE * scale)


@pytest.mark.parametrize("colours", [LIGHT, DARK, replace(DARK, card="#14161d"), PRINT])
def test_contrast_is_seven_to_one(colours: PictureColours) -> None:
    for colour in colours.bytes:
        assert contrast(colour, colours.on_bytes) >= 7
        assert contrast(colour, colours.card) >= 7
    for ground in (colours.card, colours.band, colours.program, colours.kernel, colours.note):
        assert contrast(colours.ink, ground) >= 7
    for ink in (colours.mute, colours.error, colours.accent, colours.simulated):
        assert contrast(ink, colours.card) >= 7
    assert contrast(colours.ask, colours.ask_ground) >= 7


# --- All renderers ---


@pytest.mark.parametrize("name", RUNS)
def test_the_svg_is_well_formed_and_the_png_has_its_size(name: str, tmp_path: Path) -> None:
    drawing = drawn(RUNS[name]())
    root = ET.fromstring(svg_text(drawing))
    assert (root.get("width"), root.get("height")) == ("890", "570")
    found = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert len(found) == sum(isinstance(shape, Text) for shape in drawing.shapes)
    png.write_png(drawing, tmp_path / "picture.png")
    with Image.open(tmp_path / "picture.png") as image:
        assert image.size == (890, 570)
        colours = image.getcolors(1 << 20)
        assert colours is not None and len(colours) > 20


def test_a_printed_picture_is_black_on_white_and_may_have_gaps() -> None:
    events = recordings.stream()
    whole, blank = print_svg(events, rows=9), print_svg(events, rows=9, blank=True)
    ET.fromstring(whole)
    assert "send" in print_svg(events[: at_step(events, 2)]) and "close()" in whole
    assert "close()" not in blank and "Kernel" in blank


@settings(max_examples=60, deadline=None)
@given(st.lists(EVENT, max_size=30), st.sampled_from(SIZES))
def test_no_recording_is_too_strange_to_be_drawn(
    events: list[RecordedEvent], size: tuple[float, float, float]
) -> None:
    picture = built([HEADER, *events])
    for count in range(0, len(events) + 2, 4):
        drawing = draw_picture(picture, Place(count, ask=Ask("?")), paper(*size))
        ET.fromstring(svg_text(drawing))
        for cell in drawing.cells[:5]:
            pen = Pen(paper(*size), drawing)
            draw_focus(pen, cell)
            draw_panel(pen, byte_facts(picture, cell.colour, cell.at, count), cell)
        ET.fromstring(svg_text(drawing))
        ET.fromstring(svg_text(draw_graph(byte_graph(picture, count), paper(*size))))


# --- One byte ---


def test_a_byte_tells_where_it_came_from_and_went() -> None:
    events = recordings.cut_character()
    picture = built(events)
    facts = byte_facts(picture, 0, 4, len(events))
    assert (facts.sign, facts.hex) == ("好", "A5")
    assert facts.lines == (
        "byte 2 of the 3 bytes of 好 in UTF-8",
        "Byte 5 of 6, at offset 4",
        "Brought by client: send()",
        "Taken by server: recv()",
    )
    early = byte_facts(picture, 0, 4, picture.sends[0].index + 1)
    assert early.lines[-1] == "No call has taken it yet."


# --- The byte graph ---


def test_the_graph_has_four_lines_named_at_their_ends() -> None:
    script = recordings.Script(("client", 0), ("server", 1))
    script.listening()
    script.connected()
    for turn in range(1, 6):
        script.sends("client", 1, b"x" * 1000)
        script.facts("client", 1, acked=1 + 1000 * turn, send_window=5000 - 1000 * turn)
    script.receives("server", 2, b"x" * 2500, 2500)
    picture = built(script.events)
    graph = byte_graph(picture, len(script.events))
    assert graph is not None
    assert (graph.sent[-1][1], graph.acked[-1][1], graph.read[-1][1]) == (5000, 5000, 2500)
    assert {value for _t, value in graph.allowed} == {5000}
    said = " ".join(texts(draw_graph(graph, paper())))
    for name in ("sent 5,000", "acknowledged 5,000", "acknowledged + window 5,000", "read 2,500"):
        assert name in said
    half = byte_graph(picture, len(script.events) - 12)
    assert half is not None and half.sent[-1][1] < 5000


def test_there_is_no_graph_before_the_first_byte() -> None:
    assert byte_graph(built(recordings.refused()), 9) is None
    assert texts(draw_graph(None, paper())) == ["No bytes yet"]


@pytest.mark.parametrize("most", [1, 2, 7, 9, 10, 11, 99, 4_235_776])
def test_the_axis_has_few_round_steps(most: int) -> None:
    steps = nice_steps(most)
    assert steps[0] == 0 and steps[-1] >= most and 2 <= len(steps) <= 6


def test_a_long_run_has_few_points() -> None:
    picture = built(recordings.flood(3000))
    graph = byte_graph(picture, 3000, most_points=50)
    assert graph is not None and len(graph.sent) <= 52
