"""Links: found in texts, shown in bubbles, opened by a click; and the one parser of window and terminal."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gui.pages.chat.conversation import open_link as opening
from gui.pages.chat.conversation.open_link import open_link, readable_link
from gui.pages.chat.dialogs.add_person import AddPersonDialog
from gui.shared.links import LONGEST_LINK, MOST_LINKS, as_uri, find_links
from gui.terminal.chat_commands import LineCommands, LineError
from gui.terminal.chat_roster import Roster
from net.chat.commands import AddPerson
from net.chat.conversation import Conversation
from tests.gui.pages.chat.stage import BOB, LIN, Stage, person
from tests.programs import run_program

WITH_LIN = Conversation.person(LIN)
TO_BOB = f"duplex://10.0.0.3:45655/{BOB}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://example.org/a?b=c#d, please", ["https://example.org/a?b=c#d"]),
        ("看 https://example.org/页面/第二页?问=答#尾，好吗", ["https://example.org/页面/第二页?问=答#尾"]),
        (
            "（https://example.org/w/页面）和《http://a.b/w/书》",
            ["https://example.org/w/页面", "http://a.b/w/书"],
        ),
        ("请看https://example.com/a谢谢", ["https://example.com/a"]),
        ("https://example.com/a?id=5谢谢", ["https://example.com/a?id=5"]),
        ("https://example.com/%E4%BD%A0谢谢", ["https://example.com/%E4%BD%A0"]),
        ("https://example.com/naïve谢谢 и https://a.b/мир", ["https://example.com/naïve", "https://a.b/мир"]),
        (
            "https://example.com/谢谢，https://example.com/a에서",
            ["https://example.com/", "https://example.com/a"],
        ),
        ("https://zh.wikipedia.org/wiki/双工(通信)", ["https://zh.wikipedia.org/wiki/双工(通信)"]),
        ("https://a.b/s?wd=双工&页=第2页", ["https://a.b/s?wd=双工&页=第2页"]),
        ("http://10.0.0.5:8000/课件/第1章 TCP.pdf", ["http://10.0.0.5:8000/课件/第1章"]),
        ("http://10.0.0.5/第一课.pdf谢谢", ["http://10.0.0.5/第一课.pdf谢谢"]),
        ("http://10.0.0.5/lesson第一课.pdf 谢谢", ["http://10.0.0.5/lesson第一课.pdf"]),
        ("http://10.0.0.5/lesson-第一课好", ["http://10.0.0.5/lesson-第一课好"]),
        *[
            (f"https://a.b/w/页{mark}吧", ["https://a.b/w/页"])
            for mark in "，。；：？！、）】》」』…—“”　😀\u202e\u200b"
        ],
        ("打开https://example.org就行", ["https://example.org"]),
        ("http://10.0.0.3:8080打不开", ["http://10.0.0.3:8080"]),
        (
            "http://例子.测试/首页 https://münchen.de/straße",
            ["http://例子.测试/首页", "https://münchen.de/straße"],
        ),
        ("https://a.b/c和https://d.e/f以及http://g.h", ["https://a.b/c", "https://d.e/f", "http://g.h"]),
        (
            "https://web.archive.org/web/2020/https://a.b/c",
            ["https://web.archive.org/web/2020/https://a.b/c"],
        ),
        (f"{TO_BOB}就是我", [TO_BOB]),
        ("（http://10.0.0.3:8080/x）。", ["http://10.0.0.3:8080/x"]),
        (
            "(https://en.wikipedia.org/wiki/Duplex_(telecom)).",
            ["https://en.wikipedia.org/wiki/Duplex_(telecom)"],
        ),
        ("http://[fe80::1]:80/ and HTTP://A.B", ["http://[fe80::1]:80/", "HTTP://A.B"]),
        (f"me: {TO_BOB}!", [TO_BOB]),
        ("duplex://10.0.0.3/12ab", []),
        ("javascript:alert(1) file:///etc/passwd ftp://a.b data:text/html,x mailto:a@b.c", []),
        ("xhttp://a.b https:// http://:80/ http://a:99999/", []),
        ("https://google.com@evil.example/", []),
        ('<a href="https://a.b/c">', ["https://a.b/c"]),
        ("https://a.b/" + "c" * LONGEST_LINK, []),
    ],
)
def test_what_is_a_link(text: str, found: list[str]) -> None:
    links = find_links(text)
    assert [link.target for link in links] == found
    assert all(text[link.start : link.stop] == link.target for link in links)


@pytest.mark.parametrize(
    ("link", "uri"),
    [
        ("https://a.b/c?d=%E4#e", "https://a.b/c?d=%E4#e"),
        ("https://example.org/页?问=答#尾", "https://example.org/%E9%A1%B5?%E9%97%AE=%E7%AD%94#%E5%B0%BE"),
        ("https://münchen.de:8443/ß", "https://xn--mnchen-3ya.de:8443/%C3%9F"),
        ("http://[fe80::1]:80/页", "http://[fe80::1]:80/%E9%A1%B5"),
    ],
)
def test_a_browser_gets_ascii(link: str, uri: str) -> None:
    assert as_uri(link) == uri


def test_a_host_that_looks_like_another_is_told_as_it_is() -> None:
    assert readable_link("https://\u0430pple.com/页") == "https://xn--pple-43d.com/页"
    assert readable_link(TO_BOB) == TO_BOB


def test_a_text_of_links_has_an_end() -> None:
    assert len(find_links("http://a.b " * 1000)) == MOST_LINKS


def centre(stage: Stage, number: int = 0) -> tuple[int, int]:
    """The middle of the first line of a link in the first row."""
    canvas = stage.page.chat.messages.bubbles.canvas
    items = [item for item in canvas.find_withtag("link") if f"row0.link{number}" in canvas.gettags(item)]
    left, top, right, bottom = canvas.bbox(items[0])
    return (left + right) // 2, (top + bottom) // 2


def pressed(stage: Stage, x: int, y: int, to: int = 0) -> None:
    """The left button goes down there, and up ``to`` pixels further to the right."""
    canvas = stage.page.chat.messages.bubbles.canvas
    canvas.event_generate("<Button-1>", x=x, y=y)
    if to:
        canvas.event_generate("<B1-Motion>", x=x + to, y=y)
    canvas.event_generate("<ButtonRelease-1>", x=x + to, y=y)
    stage.app.update()


@pytest.fixture
def browsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    addresses: list[str] = []
    monkeypatch.setattr(opening, "browse", addresses.append)
    return addresses


@pytest.fixture
def talk(stage: Stage) -> Stage:
    stage.begin(person(LIN, "Lin"))
    stage.context.open(WITH_LIN)
    return stage


def test_a_link_tells_where_it_leads_and_opens(talk: Stage, browsed: list[str]) -> None:
    talk.hear(LIN, "Lin", "see https://example.org/one and https://example.org/two 吧")
    canvas = talk.page.chat.messages.bubbles.canvas
    x, y = centre(talk, 1)
    before = talk.status
    canvas.event_generate("<Motion>", x=x, y=y)
    assert talk.status == "https://example.org/two" and canvas.cget("cursor") == "hand2"
    assert canvas.itemcget("row0.link1.under", "width") != canvas.itemcget("row0.link0.under", "width")
    canvas.event_generate("<Motion>", x=2, y=2)
    assert talk.status == before and not str(canvas.cget("cursor"))
    assert not browsed
    pressed(talk, x, y)
    talk.wait(lambda: browsed == ["https://example.org/two"], "the browser")


def test_a_chinese_path_is_opened_encoded(talk: Stage, browsed: list[str]) -> None:
    talk.hear(LIN, "Lin", "看 https://example.org/w/页，好吗")
    canvas = talk.page.chat.messages.bubbles.canvas
    x, y = centre(talk)
    canvas.event_generate("<Motion>", x=x, y=y)
    assert talk.status == "https://example.org/w/页"
    pressed(talk, x, y)
    talk.wait(lambda: browsed == ["https://example.org/w/%E9%A1%B5"], "the browser")


def test_of_a_long_link_the_beginning_is_told(talk: Stage) -> None:
    talk.page.status.show_link("https://evil.example/" + "x" * 2000)
    assert talk.status.startswith("https://evil.example/") and len(talk.status) <= 121


def test_selecting_in_a_link_opens_nothing(talk: Stage, browsed: list[str]) -> None:
    talk.hear(LIN, "Lin", "see https://example.org/one")
    x, y = centre(talk)
    pressed(talk, x, y, to=30)
    assert talk.page.chat.messages.bubbles.selected_text in "https://example.org/one"
    pressed(talk, 2, 2)
    assert not browsed


def test_a_link_that_is_cut_off_is_opened_whole(talk: Stage, browsed: list[str]) -> None:
    target = "https://example.org/" + "x" * 500
    talk.hear(LIN, "Lin", "y" * 3800 + " " + target)
    bubbles = talk.page.chat.messages.bubbles
    bubbles.to_bottom()
    talk.paint()
    shown = bubbles._shown(bubbles.row(0))  # type: ignore[arg-type]
    assert target not in shown and "https://" in shown
    assert bubbles.links._targets.get("row0") == [target]


def test_a_link_over_two_lines_is_one(talk: Stage) -> None:
    target = "https://example.org/" + "/".join(["path"] * 30)
    talk.hear(LIN, "Lin", f"看 {target} 吧")
    canvas = talk.page.chat.messages.bubbles.canvas
    parts = [canvas.itemcget(item, "text") for item in canvas.find_withtag("link")]
    assert len(parts) > 1 and "".join(parts) == target


def test_links_of_rows_long_out_of_sight_are_let_go(talk: Stage) -> None:
    layer = talk.page.chat.messages.bubbles.links
    layer._targets.limit = 3
    for number in range(8):
        talk.hear(LIN, "Lin", f"https://a.b/{number}")
    assert len(layer._targets) == 3 and layer._targets.get("row7") == ["https://a.b/7"]


def test_a_duplex_link_opens_the_dialog_and_asks_nobody(talk: Stage, browsed: list[str]) -> None:
    talk.hear(LIN, "Lin", TO_BOB)
    pressed(talk, *centre(talk))
    (dialog,) = talk.wait(lambda: talk.dialogs(AddPersonDialog), "a dialog")
    assert dialog.field.value == TO_BOB and not talk.submitted(AddPerson) and not browsed
    dialog.close("")


@pytest.mark.parametrize("target", ["file:///etc/passwd", "javascript:alert(1)", "-x", "httpx://a"])
def test_no_other_scheme_is_opened(talk: Stage, browsed: list[str], target: str) -> None:
    open_link(talk.context, target)
    open_link(talk.context, "https://a.b/")
    talk.wait(lambda: browsed, "the one that may")
    assert browsed == ["https://a.b/"]


def test_without_a_browser_the_address_is_copied(talk: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda _address: False)
    open_link(talk.context, "https://a.b/c")
    talk.wait(lambda: talk.toasts, "it is said")
    assert talk.app.clipboard_get() == "https://a.b/c" and "browser" in talk.toasts[0]


def test_the_menu_of_a_link(talk: Stage, browsed: list[str]) -> None:
    talk.hear(LIN, "Lin", "https://a.b/c")
    row: Any = talk.page.chat.messages.bubbles.row(0)
    entries = [entry for entry in talk.page.chat.menu.entries(row, "https://a.b/c") if entry]
    actions = {text: action for text, action, _possible in entries}
    copy = actions["Copy the link"]
    assert copy is not None
    copy()
    assert talk.app.clipboard_get() == "https://a.b/c"
    assert "Copy the link" not in str(talk.page.chat.menu.entries(row))


def test_the_terminal_reads_links_as_the_window_does() -> None:
    submitted: list[Any] = []
    terminal: Any = SimpleNamespace(roster=Roster(), submit=submitted.append)
    lines = LineCommands(terminal)
    lines.run(f"/add {TO_BOB.upper()}")
    lines.run("/add １０．０．０．３")
    assert [(str(one.address), one.identity) for one in submitted] == [
        ("10.0.0.3:45655", BOB),
        ("10.0.0.3:45654", ""),
    ]
    with pytest.raises(LineError):
        lines.run("/add duplex://10.0.0.3/12ab")


def test_the_parser_needs_no_window() -> None:
    code = "import sys, gui.shared.links, gui.terminal.chat_commands; sys.exit('tkinter' in sys.modules)"
    root = Path(__file__).parents[5]
    assert run_program([sys.executable, "-c", code], cwd=root).returncode == 0
