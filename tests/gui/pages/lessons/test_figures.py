"""Measured figures as a table."""

from __future__ import annotations

import re

from gui.pages.lessons.measured_words import figure_meaning, figure_name
from gui.pages.lessons.views.figure_table import asked_rows, table_rows
from net.lab.lesson_files import LESSONS_FOLDER
from net.lab.recording import Measured
from tests.gui.pages.lessons.played import figures


def test_tcp_and_udp_stand_side_by_side() -> None:
    heads, rows = table_rows([each for each in figures() if isinstance(each, Measured)])
    assert heads == ("TCP", "UDP")
    assert [(row.name, *row.values) for row in rows] == [
        ("Arrived", "100 %", "56 %"),
        ("Round trip", "38 µs", "51 µs"),
        ("First answer", "384 µs", "–"),
    ]
    assert all(row.meaning for row in rows)


def test_times_side_by_side_have_one_unit() -> None:
    def values(tcp: float, udp: float) -> tuple[str, ...]:
        measured = [
            Measured(0.0, f"{name}-first-answer", us, "us") for name, us in (("tcp", tcp), ("udp", udp))
        ]
        return table_rows(measured)[1][0].values

    assert values(344.2, 28.91) == ("344 µs", "28.9 µs")
    assert values(12_040.0, 28.9) == ("12,040 µs", "28.9 µs")
    assert values(12_040.0, 2_400.0) == ("12 ms", "2.4 ms")


def test_a_single_figure_has_one_column() -> None:
    heads, rows = table_rows(
        [
            Measured(0.0, "fairness", 0.987),
            Measured(0.0, "new-one", 3.0, "furlongs"),
            Measured(0.0, "throughput", 1081.4, "MB/s"),
        ]
    )
    assert heads == ()
    assert [(row.name, *row.values) for row in rows] == [
        ("Fairness", "0.987"),
        ("new one", "3 furlongs"),
        ("Got through", "1,081 MB/s"),
    ]
    assert not rows[1].meaning


def test_what_is_not_measured_yet_is_asked() -> None:
    heads, rows = asked_rows("?")
    assert heads == ("TCP", "UDP") and {row.values for row in rows} == {("?", "?")}
    source = (LESSONS_FOLDER / "measure" / "measure.py").read_text("utf-8")
    told = re.findall(r'"udp-([\w-]+)"', source) + re.findall(r'f"\{name\}-([\w-]+)"', source)
    assert [row.name for row in rows] == [figure_name(name) for name in told]


def test_the_number_of_messages_is_that_of_the_program() -> None:
    source = (LESSONS_FOLDER / "measure" / "measure.py").read_text("utf-8")
    found = re.search(r"^MESSAGES = ([\d_]+)", source, re.MULTILINE)
    assert found is not None and f"{int(found[1]):,}" in figure_meaning("arrived")
