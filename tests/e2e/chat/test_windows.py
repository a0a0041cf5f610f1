"""Two windows on two PCs: a name, somebody in sight, a conversation, six digits, a picture, a file."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest
from PIL import Image

from tests.e2e import chroot
from tests.e2e.chat.chat_lan import Lan, stored_texts
from tests.e2e.chat.chat_window import SECONDS, ChatWindow, from_source, mask, packaged, two_windows
from tests.waiting import wait_until

PICTURE = "#ff00c8"
"""A colour that the window itself has nowhere."""

SIGN = 20
"""How near a small sign's pixels come to its colour."""

LEAST_DIGIT = 20
"""Pixels."""

FILE = "第一课.bin"


def has(window: ChatWindow, texts: list[str]) -> None:
    """Wait until these came in, and nothing else."""

    def stored() -> bool:
        return stored_texts(window.profile, incoming=True) == texts

    wait_until(stored, SECONDS, what=f"{texts} in {window.profile}")


def meet(a: ChatWindow, b: ChatWindow) -> None:
    """From the first start of both to each other's conversation."""
    a.named("小红")
    b.named("Bob")
    wait_until(lambda: a.people() == ["Bob"] and b.people() == ["小红"], SECONDS, what="they meet")


def talk(a: ChatWindow, b: ChatWindow) -> None:
    """To an answer in Chinese, read from what each stored."""
    a.choose("Bob")
    a.say("你好，鲍勃！")
    has(b, ["你好，鲍勃！"])
    b.choose("小红")
    b.say("收到，谢谢 :)")
    has(a, ["收到，谢谢 :)"])
    a.say("second line")
    has(b, ["你好，鲍勃！", "second line"])
    shoot(a, b, "talk")


def compare_digits(a: ChatWindow, b: ChatWindow) -> None:
    """What both dialogs show is the same, both say so, and both then say "verified"."""
    for window in (a, b):
        window.press("ctrl+shift+d")
    with (
        a.dialog("对方真的是 Bob 吗？"),
        b.dialog("Is this really 小红?"),
    ):
        for window in (a, b):
            wait_until(lambda: later_has_keyboard(window), SECONDS, what="the dialog listens")  # noqa: B023
        digits, same = shown_digits(a), shown_digits(a) == shown_digits(b)
        assert digits and same
        assert a.digits("Bob") == b.digits("小红") and len(a.digits("Bob")) == 6
        shoot(a, b, "digits")
        for window in (a, b):
            assert not window.sees(window.palette.ok, 1, SIGN)
        a.press("Tab", "Tab", "space")  # from Later over They differ to They are the same
        wait_until(lambda: a.sees(a.palette.info, 15, SIGN), SECONDS, what="it waits for the other")
        assert (a.trust("Bob"), b.trust("小红")) == ("unverified", "unverified")
        shoot(a, b, "digits-half")
        b.press("Tab", "Tab", "space")
        for window, name in ((a, "Bob"), (b, "小红")):
            wait_until(lambda: window.sees(window.palette.ok, 15, SIGN), SECONDS, what="a green sign")  # noqa: B023
            wait_until(lambda: window.trust(name) == "verified", SECONDS, what=f"{name} is verified")  # noqa: B023
        shoot(a, b, "digits-verified")
        for window in (a, b):
            window.press("Escape")
    shoot(a, b, "verified")


def later_has_keyboard(window: ChatWindow) -> bool:
    """The button that closes the dialog has the ring of the keyboard, as it has at first."""
    picture = window.picture()
    buttons = picture.crop((0, picture.height - 70, picture.width, picture.height))
    return mask(buttons, window.palette.acc, SIGN).getbbox() is not None


def shown_digits(window: ChatWindow) -> bytes:
    """The six digits as they are painted: what is written large in the accent's colour."""
    found = mask(window.picture(), window.palette.acc, 60)
    box = found.getbbox()
    if box is None:
        return b""
    # below them stands a sign of the same colour, beyond some empty rows
    rows = [any(found.crop((0, y, found.width, y + 1)).tobytes()) for y in range(box[1], box[3])]
    end = rows.index(False) if False in rows else len(rows)
    digits = found.crop((0, box[1], found.width, box[1] + end))
    digits = digits.crop(digits.getbbox())
    return digits.tobytes() if digits.height > LEAST_DIGIT else b""  # no digits yet are dashes


def show_picture(a: ChatWindow, b: ChatWindow, folder: Path) -> None:
    """Copied in another program, pasted, sent; both then see it, and the other keeps it."""
    Image.new("RGB", (900, 600), PICTURE).save(folder / "copied.png")
    for window in (a, b):
        assert not window.sees(PICTURE, 1, 30)
    a.paste_picture(folder / "copied.png")
    wait_until(lambda: a.sees(PICTURE, 500, 30), SECONDS, what="it is shown above the composer")
    shoot(a, b, "picture-attached")
    a.press("Return")
    for window in (a, b):
        wait_until(lambda: window.sees(PICTURE, 10_000, 30), SECONDS, what="the picture is seen")  # noqa: B023
    shoot(a, b, "picture")
    accept(b, ".png")
    for window in (a, b):
        window.wait_stage("finished")
    (landed,) = b.downloads.glob("*.png")
    assert Image.open(landed).tobytes() == Image.open(folder / "copied.png").tobytes()
    b.press("ctrl+d")
    shoot(a, b, "picture-kept")


def send_file(a: ChatWindow, b: ChatWindow) -> None:
    """Offered by its path, accepted by the keyboard, whole and checked."""
    content = random.Random(3).randbytes(3_000_000)
    (b.home / FILE).write_bytes(content)
    b.send_file(FILE)
    a.wait_stage("offered", FILE)
    shoot(a, b, "offered")
    accept(a, FILE)
    for window in (a, b):
        window.wait_stage("finished", FILE)
    assert (a.downloads / FILE).read_bytes() == content
    digest = hashlib.sha256(content).digest()
    query = "SELECT digest FROM progress JOIN transfers USING (transfer) WHERE title = ?"
    assert a.ask(query, FILE) == [(digest,)]
    first_says(a, "已接收并校验")
    b.press("ctrl+d")
    first_says(b, "arrived and checked")
    shoot(a, b, "file")


def accept(window: ChatWindow, title: str) -> None:
    """The newest offer, in the list of files, from its menu."""
    window.press("ctrl+d")
    first_says(window, title)
    window.press("Return")
    window.wait_menu()
    window.shoot("accept-menu")
    window.xdotool("key", "Down", "Return")


def first_says(window: ChatWindow, text: str) -> None:
    """Wait until ``text`` is in the first row of the list with the keyboard, and that row is chosen."""

    def said() -> bool:
        window.press("Up")
        return text in window.copied()

    wait_until(said, SECONDS, what=f"{text!r} in the first row")


def shoot(a: ChatWindow, b: ChatWindow, name: str) -> None:
    a.shoot(name)
    b.shoot(name)


def everything(a: ChatWindow, b: ChatWindow, folder: Path) -> None:
    meet(a, b)
    talk(a, b)
    compare_digits(a, b)
    show_picture(a, b, folder)
    send_file(a, b)
    a.close()
    b.close()


@pytest.mark.netns
@pytest.mark.timeout(300)
def test_two_windows(two: Lan, tmp_path: Path, display: str) -> None:
    with two_windows(two.pcs, tmp_path, from_source, "light") as (a, b):
        everything(a, b, tmp_path)


@pytest.mark.netns
@pytest.mark.packaged
@pytest.mark.timeout(chroot.MAKE_SECONDS + 120)
def test_two_packaged_windows(two: Lan, tmp_path: Path, display: str) -> None:
    """On machines without Python."""
    with two_windows(two.pcs, tmp_path, packaged, "dark") as (a, b):
        everything(a, b, tmp_path)
