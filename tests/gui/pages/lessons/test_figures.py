"""Measured figures as a table and as lines."""

from __future__ import annotations

import pytest
import ttkbootstrap as ttk

from gui.pages.lessons.sizes import Sizes
from gui.pages.lessons.views.figure_table import table_rows
from gui.pages.lessons.views.series_graph import SeriesGraph, round_up
from net.lab.recording import Measured
from tests.gui.pages.lessons.played import figures
from tests.gui.pages.lessons.stage import canvas_texts
from tests.waiting import wait_until


def test_tcp_and_udp_stand_side_by_side() -> None:
    heads, rows = table_rows([each for each in figures() if isinstance(each, Measured)])
    assert heads == ("TCP", "UDP")
    assert rows == [
        ("Arrived", "100 %", "56 %"),
        ("Round trip", "38.0 µs", "51.0 µs"),
        ("First answer", "0.384 ms", "–"),
    ]


def test_a_single_figure_has_one_column() -> None:
    heads, rows = table_rows([Measured(0.0, "fairness", 0.987), Measured(0.0, "new-one", 3.0, "furlongs")])
    assert heads == ()
    assert rows == [("Fairness", "0.987"), ("new one", "3 furlongs")]


@pytest.mark.parametrize(
    ("value", "end"), [(0, 1), (0.3, 0.5), (1, 1), (7, 10), (12, 20), (45, 50), (400, 500), (4000, 5000)]
)
def test_an_axis_ends_at_a_round_number(value: float, end: float) -> None:
    assert round_up(value) == pytest.approx(end)


def test_lines_have_their_names_and_last_values(app: ttk.App) -> None:
    graph = SeriesGraph(app, Sizes(app))
    graph.pack(fill="both", expand=True)
    points = [Measured(float(t), "useful", 40.0 + t, "percent") for t in range(5)]
    counts = [Measured(float(t), "queued", 100.0, "datagrams") for t in range(5)]
    graph.show("40 senders", {"useful": points, "queued": counts})
    wait_until(lambda: graph.find_all(), root=app, what="it is painted")
    shown = canvas_texts(graph)
    assert "40 senders" in shown and "44 %" in shown and "100 %" in shown
    lines = [item for item in graph.find_all() if len(graph.coords(item)) == 10]
    assert len(lines) == 2
    graph.destroy()
