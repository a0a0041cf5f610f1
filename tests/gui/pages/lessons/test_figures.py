"""Measured figures as a table."""

from __future__ import annotations

from gui.pages.lessons.views.figure_table import table_rows
from net.lab.recording import Measured
from tests.gui.pages.lessons.played import figures


def test_tcp_and_udp_stand_side_by_side() -> None:
    heads, rows = table_rows([each for each in figures() if isinstance(each, Measured)])
    assert heads == ("TCP", "UDP")
    assert rows == [
        ("Arrived", "100 %", "56 %"),
        ("Round trip", "38.0 µs", "51.0 µs"),
        ("First answer", "0.384 ms", "–"),
    ]


def test_a_single_figure_has_one_column() -> None:
    heads, rows = table_rows(
        [
            Measured(0.0, "fairness", 0.987),
            Measured(0.0, "new-one", 3.0, "furlongs"),
            Measured(0.0, "throughput", 1081.4, "MB/s"),
        ]
    )
    assert heads == ()
    assert rows == [("Fairness", "0.987"), ("new one", "3 furlongs"), ("Got through", "1,081 MB/s")]
