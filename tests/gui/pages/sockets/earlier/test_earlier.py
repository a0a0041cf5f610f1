"""Earlier sessions: listed by day, searched, opened to read, saved and deleted."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gui.pages.sockets.earlier.history_dialog import HistoryDialog
from gui.pages.sockets.earlier.recalled import recalled
from gui.pages.sockets.words import session_title, status_words
from net.address import Address
from net.events import Fault, FaultKind
from net.sockets.events import (
    Closed,
    CloseReason,
    MessagesReceived,
    MessagesSent,
    Opened,
    OpenFailed,
    Role,
    Transport,
)
from net.transcript.commands import ClearTranscript, Export, TranscriptFormat
from net.transcript.reader import StoredSession
from tests.gui.pages.sockets.stage import Stage

HERE, THERE = Address("127.0.0.1", 12345), Address("192.168.1.20", 40000)
DAY = 86_400 * 1_000_000_000
START = 1_700_000_000_000_000_000


def fill(stage: Stage) -> None:
    """A client (1) of one day; on the next a listener (2) with two connections (3, 4), still open, and a
    client that was refused (5)."""
    stage.recorder.put(
        (
            Opened(1, None, Transport.TCP, Role.CLIENT, HERE, THERE, START),
            MessagesSent(1, [b"What time is it?"], THERE, "user", START + 1),
            MessagesReceived(1, ["九点半".encode()], START + 2),
            Closed(1, CloseReason.BY_PEER, None, START + 3),
            Opened(2, None, Transport.TCP, Role.SERVER, HERE, None, START + DAY),
            Opened(3, 2, Transport.TCP, Role.ACCEPTED, HERE, Address("10.0.0.3", 3), START + DAY + 1),
            MessagesReceived(3, [b"from three"], START + DAY + 2),
            Opened(4, 2, Transport.TCP, Role.ACCEPTED, HERE, Address("10.0.0.4", 4), START + DAY + 3),
            OpenFailed(5, Fault(FaultKind.REFUSED, {"address": "10.9.9.9:1"}), START + DAY + 9),
        )
    )
    reader = stage.reader()
    assert reader is not None
    stage.wait(lambda: reader.count(5) == 1, "all is stored")
    reader.close()


@pytest.fixture
def dialog(stage: Stage) -> Iterator[HistoryDialog]:
    fill(stage)
    made = stage.page.earlier.open()
    stage.app.update()
    yield made
    if made.winfo_exists():
        made.close("")


def listed(dialog: HistoryDialog) -> list[int]:
    return list(dialog.rows.ids)


def choose(dialog: HistoryDialog, *sessions: int) -> None:
    dialog.list.selection.clear()
    for session in sessions:
        dialog.list.selection.toggle(listed(dialog).index(session))
    dialog._show_possible()


def test_sessions_are_listed_under_their_days_the_newest_first(stage: Stage, dialog: HistoryDialog) -> None:
    assert listed(dialog) == [5, 2, 1]
    refused, listener, client = dialog.rows.fetch(0, 3)
    assert (client.title, client.is_open) == ("192.168.1.20:40000", False)
    assert "Closed by the peer" in client.about and "4 entries" in client.about
    assert "Still open" in listener.about and "2 clients" in listener.about
    assert "Failed" in refused.about
    dialog.list.paint_now()
    canvas = dialog.list.canvas
    drawn = [
        str(canvas.itemcget(item, "text"))
        for item in canvas.find_withtag("row")
        if str(canvas.type(item)) == "text"
    ]
    days = {row.day.isoformat() for row in (listener, client)}
    assert len(days) == 2 and sorted(text for text in drawn if text in days) == sorted(days)


def test_a_search_finds_addresses_and_words(stage: Stage, dialog: HistoryDialog) -> None:
    def found(text: str) -> list[int]:
        dialog.field.set(text)
        dialog.search()
        stage.wait(lambda: dialog._search is None, "the search ends")
        return listed(dialog)

    assert found("10.0.0.4") == [2]
    assert found("WHAT TIME") == [1]
    assert found("半") == [1]
    assert found("from three") == [2]
    assert found("12345") == [2, 1]
    assert found("nothing like it") == [] and dialog.nothing.winfo_manager() == "place"
    assert dialog.buttons["open"].instate(["disabled"])
    assert found("") == [5, 2, 1] and not dialog.nothing.winfo_manager()


def test_typing_searches_by_itself(stage: Stage, dialog: HistoryDialog) -> None:
    dialog.field.entry.insert("end", "three")
    stage.wait(lambda: listed(dialog) == [2], "it is found")


def test_an_earlier_session_is_opened_to_read(stage: Stage, dialog: HistoryDialog) -> None:
    choose(dialog, 1)
    dialog.buttons["open"].invoke()
    page = stage.page
    stage.wait(lambda: page.model.shown == 1 and "九点半" in stage.visible_text(), "the conversation")
    known = page.model.get(1)
    assert known is not None and known.closed and "Closed by the peer" in stage.visible_text()
    assert [entry[0] for entry in page.setup.session_menu.entries(1) if entry and entry[2]] == [
        "Remove from the list", "Copy the address"]  # fmt: skip
    page.chat.close_session()
    assert page.model.get(1) is None and page.model.shown is None
    assert listed(page.earlier.open()) == [5, 2, 1]
    close_all(stage)


def close_all(stage: Stage) -> None:
    for child in [*stage.page.frame.winfo_toplevel().winfo_children()]:
        if isinstance(child, tk.Toplevel):
            child.destroy()


def test_a_listener_comes_with_its_connections_below_what_is_open(stage: Stage) -> None:
    fill(stage)
    stage.play(Opened(9, None, Transport.UDP, Role.UNICAST, HERE, None, START + 9 * DAY))
    stage.page.earlier.show(2)
    lines = [(known.session, depth) for known, depth in stage.page.model.lines()]
    assert lines == [(9, 0), (2, 0), (3, 1), (4, 1)]
    stage.wait(lambda: "from three" in stage.visible_text(), "what its connections said")
    stage.page.earlier.show(9)
    assert stage.page.model.shown == 9
    stage.page.earlier.show(77)
    assert stage.page.model.shown == 9


def test_chosen_sessions_are_deleted_once_agreed_to(
    stage: Stage, dialog: HistoryDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    answers = iter(["", "delete"])

    def ask(_title: str, text: str, _buttons: Any) -> str:
        asked.append(text)
        return next(answers)

    dialog._services = replace(stage.services, ask=ask)
    stage.page.earlier.show(1)
    choose(dialog, 5, 2, 1)
    assert dialog.buttons["open"].instate(["disabled"])
    dialog.delete.invoke()
    assert asked == ["2 sessions and their messages are deleted for good."]
    assert listed(dialog) == [5, 2, 1] and not stage.commands
    choose(dialog, 5, 2, 1)
    dialog.delete.invoke()
    assert listed(dialog) == [2]
    assert sorted(stage.commands, key=str) == [ClearTranscript(1), ClearTranscript(5)]
    assert stage.page.model.get(1) is None
    choose(dialog, 2)
    assert dialog.delete.instate(["disabled"])


def test_one_is_saved_in_its_own_codec(
    stage: Stage, dialog: HistoryDialog, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "said.jsonl"
    monkeypatch.setattr("tkinter.filedialog.asksaveasfilename", lambda **_options: str(path))
    choose(dialog, 2)
    dialog.save.invoke()
    (command,) = stage.commands
    assert command == Export(command.job, 2, str(path), TranscriptFormat.JSON_LINES, None, "utf-8")
    choose(dialog, 1, 2)
    dialog.save.invoke()
    assert len(stage.commands) == 1


def test_without_a_transcript_the_list_says_so(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(keep=False)
    dialog = stage.page.earlier.open()
    dialog.search()
    assert listed(dialog) == [] and dialog.nothing.winfo_manager() == "place"
    dialog.close("")


@pytest.mark.parametrize(
    ("role", "transport", "local", "remote", "reason", "title", "status"),
    [
        ("server", "tcp", "0.0.0.0:80", "", "by_me", "0.0.0.0:80", "Closed by me"),
        (
            "client",
            "tls",
            "127.0.0.1:1",
            "[fe80::1%eth0]:9",
            "reset",
            "[fe80::1%eth0]:9",
            "Reset by the peer",
        ),
        ("", "tcp", "", "10.0.0.1:5", "open_failed", "10.0.0.1:5", "Failed"),
        ("", "udp", "", "", "open_failed", "Unicast", "Failed"),
        ("accepted", "tcp", "127.0.0.1:1", "127.0.0.1:2", "", "127.0.0.1:2", "Cut off with Duplex"),
        ("unicast", "udp", "not an address", "", "by_me", "Unicast", "Closed by me"),
    ],
)
def test_whatever_was_stored_has_a_name_and_words(
    role: str, transport: str, local: str, remote: str, reason: str, title: str, status: str
) -> None:
    known = recalled(StoredSession(7, None, transport, role, local, remote, START, START, reason, 3))
    assert known.closed and (session_title(known), status_words(known)[0]) == (title, status)
