"""The road's bars: their heights are the figures, their kinds can be told apart without colours."""

from __future__ import annotations

from itertools import pairwise

import pytest

from gui.shared.picture.colours import DARK, LIGHT, PRINT, PictureColours
from gui.shared.picture.pen import Paper
from gui.shared.picture.png import measure
from gui.shared.picture.road_drawing import draw_road
from gui.shared.picture.shapes import Box, Drawing, Line, Text
from net.lab.picture.road import Road, RoadSecond

ROAD = Road((RoadSecond(1.0, 100, 300, 1000), RoadSecond(2.0, 200, 200, 600)), 37.5)
LEGEND = 3


def drawn(road: Road, *, most: float = 0.0, blank: bool = False, colours: PictureColours = LIGHT) -> Drawing:
    return draw_road(road, Paper(880, 620, colours, measure, 1.0, blank=blank), "40 senders", most)


def bars(drawing: Drawing) -> list[Box]:
    return [shape for shape in drawing.shapes if isinstance(shape, Box)][LEGEND:]


def texts(drawing: Drawing) -> list[str]:
    return [shape.text for shape in drawing.shapes if isinstance(shape, Text)]


def test_a_bar_is_as_high_as_its_figures() -> None:
    new, copies, lost, *_second = bars(drawn(ROAD))
    assert (copies.y1 - copies.y0) == pytest.approx(3 * (new.y1 - new.y0))
    assert (lost.y1 - lost.y0) == pytest.approx(10 * (new.y1 - new.y0))
    assert new.y0 == copies.y1 and copies.y0 == lost.y1  # they stand on each other
    assert len(bars(drawn(ROAD))) == 6
    assert len(bars(drawn(Road((RoadSecond(1.0, 400, 0, 0),))))) == 1  # nothing is drawn of nothing


@pytest.mark.parametrize("colours", [LIGHT, DARK, PRINT])
def test_the_three_kinds_differ_by_more_than_colour(colours: PictureColours) -> None:
    new, copies, lost = bars(drawn(ROAD, colours=colours))[:3]
    assert lost.dash and not copies.dash and not new.dash
    assert new.fill == new.edge and copies.fill != copies.edge


def test_two_roads_can_have_one_scale() -> None:
    alone = bars(drawn(Road((RoadSecond(1.0, 400, 0, 0),))))[0]
    beside = bars(drawn(Road((RoadSecond(1.0, 400, 0, 0),)), most=ROAD.most))[0]
    first = bars(drawn(ROAD))[0]
    assert beside.y1 - beside.y0 < alone.y1 - alone.y0
    assert beside.y1 - beside.y0 == pytest.approx(4 * (first.y1 - first.y0))


def test_what_the_road_carries_is_a_line_over_the_bars() -> None:
    drawing = drawn(Road(ROAD.seconds, ROAD.useful, rate=400))
    copies = bars(drawing)[1]  # the first second's end where the road was full
    lines = [shape for shape in drawing.shapes if isinstance(shape, Line) and not shape.dash]
    assert any(line.y0 == line.y1 == pytest.approx(copies.y0) for line in lines)
    assert any("400 a second" in text for text in texts(drawing))
    assert not any("a second" in text for text in texts(drawn(ROAD)))
    assert "400" in texts(drawn(Road(rate=400))), "its scale is known before anything came"


def test_nothing_is_given_away_before_it_is_known() -> None:
    empty = texts(drawn(Road()))
    assert "0" in empty and not any("new" in text and "%" in text for text in empty)
    blank = drawn(ROAD, blank=True)
    assert bars(blank) == [] and not any("%" in text for text in texts(blank))
    assert any("38 %" in text for text in texts(drawn(ROAD)))


@pytest.mark.parametrize("width", [300.0, 440.0, 880.0])
def test_everything_stays_on_the_paper(width: float) -> None:
    drawing = draw_road(ROAD, Paper(width, 620, LIGHT, measure, 1.0), "40 greedy senders")
    for shape in drawing.shapes:
        if isinstance(shape, Text):
            wide = measure(shape.text, shape.pixels, shape.bold, shape.mono)
            left = {"start": shape.x, "middle": shape.x - wide / 2, "end": shape.x - wide}[shape.anchor]
            assert left >= 0 and left + wide <= width, shape
        elif isinstance(shape, Box):
            assert 0 <= shape.x0 < shape.x1 <= width and 0 <= shape.y0 < shape.y1 <= 620


@pytest.mark.parametrize("width", [360.0, 880.0])
def test_whose_road_it_is_comes_before_long_words(width: float) -> None:
    title = "40 greedy senders"
    shown = texts(draw_road(ROAD, Paper(width, 620, LIGHT, measure, 1.0), title))
    assert title in shown
    assert ("38 % new" if width == 360 else "38 % of arrivals new") in shown


def test_no_text_stands_on_another() -> None:
    road = Road((RoadSecond(1.0, 100, 300, 1600),), 37.5)
    left = [shape for shape in drawn(road).shapes if isinstance(shape, Text) and shape.x < 400]
    heights = sorted((shape.y, shape.pixels) for shape in left)
    assert all(low[0] + 0.6 * low[1] <= high[0] - 0.6 * high[1] for low, high in pairwise(heights))
