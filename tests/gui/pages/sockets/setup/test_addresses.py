"""This PC's addresses: listed, copied, and as a QR code of exactly the text to type."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import segno
from PIL import Image

from gui.look import look as theme
from gui.look.apply import apply_theme
from gui.pages.sockets.choice import Choice
from gui.pages.sockets.setup import addresses
from gui.pages.sockets.setup.addresses import AddressWindow, open_addresses
from gui.shared import i18n
from gui.widgets.qr import QUIET_ZONE, qr_image
from net.system.interfaces import LocalAddress
from tests.gui.pages.sockets.stage import Stage

LAN = LocalAddress("192.168.1.23", "", "eth0", False)
DOCKER = LocalAddress("172.17.0.1", "", "docker0", True)
SIX = LocalAddress("2001:db8:85a3::8a2e:370:7334", "", "eth0", False)
LINK = LocalAddress("fe80::1", "eth0", "eth0", False)
LOOP = LocalAddress("127.0.0.1", "", "lo", False)


class Network:
    """Replaces the system's list."""

    def __init__(self) -> None:
        self.now = [LAN, DOCKER, SIX]


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    network = Network()
    monkeypatch.setattr(addresses, "local_addresses", lambda: list(network.now))
    return network


@pytest.fixture
def opened(stage: Stage) -> Iterator[Callable[..., AddressWindow]]:
    windows: list[AddressWindow] = []

    def make(choice: Choice | None = None) -> AddressWindow:
        window = open_addresses(stage.page.setup, stage.services, choice or Choice())
        windows.append(window)
        stage.wait(lambda: window._image is not None or not window.text, "a picture")
        return window

    yield make
    for window in windows:
        if window.winfo_exists():
            window.destroy()


def modules(image: Image.Image) -> list[list[int]]:
    """The modules of a picture: 1 is dark."""
    pixels = image.convert("L")
    count = next(n for n in range(29, 200, 4) if image.width % n == 0 and _is_grid(pixels, n))
    scale = image.width // count
    inner = range(QUIET_ZONE, count - QUIET_ZONE)
    return [
        [int(int(pixels.getpixel((x * scale, y * scale))) < 160) for x in inner]  # type: ignore[arg-type]
        for y in inner
    ]


def _is_grid(pixels: Image.Image, count: int) -> bool:
    scale = pixels.width // count
    small = pixels.resize((count, count), Image.Resampling.NEAREST)
    return small.resize((count * scale,) * 2, Image.Resampling.NEAREST).tobytes() == pixels.tobytes()


@pytest.mark.parametrize("text", ["192.168.1.23:12345", "[2001:db8:85a3::8a2e:370:7334]:65535"])
@pytest.mark.parametrize("side", [60, 301, 700])
def test_the_picture_holds_the_text(text: str, side: int) -> None:
    image = qr_image(text, side, "#4f52d9")
    wanted = [list(line) for line in segno.make(text, error="m", micro=False).matrix]
    assert modules(image) == wanted
    assert image.width == image.height and (image.width <= side or side < 100)
    assert image.getpixel((0, 0)) == (255, 255, 255)


def test_the_best_is_chosen_and_copied(
    stage: Stage, network: Network, opened: Callable[..., AddressWindow]
) -> None:
    window = opened()
    assert window.text == "192.168.1.23:12345" == window.line.cget("text")
    window.copy_button.invoke()
    assert stage.app.clipboard_get() == "192.168.1.23:12345"
    window.list.choose(2)
    window._show_chosen()
    assert window.text == "[2001:db8:85a3::8a2e:370:7334]:12345"


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        (Choice(port="8080"), "192.168.1.23:8080"),
        (Choice(port="０８０"), "192.168.1.23:80"),
        (Choice(port="0"), "192.168.1.23"),
        (Choice(port="70000"), "192.168.1.23"),
        (Choice(role="client", port="8080"), "192.168.1.23"),
        (Choice("udp", "unicast", "0.0.0.0", "5000"), "192.168.1.23:5000"),
    ],
)
def test_only_a_port_that_others_can_reach_is_told(
    choice: Choice, text: str, network: Network, opened: Callable[..., AddressWindow]
) -> None:
    assert opened(choice).text == text


def test_it_follows_the_network(stage: Stage, network: Network, opened: Callable[..., AddressWindow]) -> None:
    window = opened()
    window.list.choose(2)
    window._show_chosen()
    network.now = [LINK, SIX]
    stage.wait(lambda: window.listed == [LINK, SIX], "what is listed now")
    assert window.chosen == SIX  # stays chosen at its new index
    network.now = [LOOP]
    stage.wait(lambda: not window.listed, "no network")
    assert window.empty.winfo_manager() and window.text == ""
    assert str(window.copy_button.cget("state")) == "disabled"
    network.now = [LAN]
    stage.wait(lambda: window.text == "192.168.1.23:12345", "the network again")
    assert not window.empty.winfo_manager()


def test_a_server_on_loopback_is_pointed_out(network: Network, opened: Callable[..., AddressWindow]) -> None:
    window = opened(Choice(host="127.0.0.1"))
    assert "127.0.0.1" in window.hint.text and "0.0.0.0" in window.hint.text
    window.show_choice(Choice(host="0.0.0.0"))
    assert "127.0.0.1" not in window.hint.text


def test_one_window_in_every_language_and_look(
    stage: Stage, network: Network, opened: Callable[..., AddressWindow]
) -> None:
    window = opened()
    assert opened(Choice(port="99")) is window and window.text.endswith(":99")
    english = window.heading.cget("text")
    i18n.set_language("zh_CN")
    assert window.heading.cget("text") != english
    i18n.set_language("en")
    before = window._image
    try:
        apply_theme(stage.app, "dark")
        assert window._image is not before
        image = qr_image(window.text, 200, theme.look().palette.me)
        assert image.getpixel((0, 0)) == (255, 255, 255)  # dark on light there too
    finally:
        apply_theme(stage.app, "light")
    window.destroy()
    stage.app.update()
    i18n.set_language("zh_CN")  # a closed window gets no callback
    i18n.set_language("en")


def test_a_link_local_address_says_that_its_scope_is_this_pcs(
    network: Network, opened: Callable[..., AddressWindow]
) -> None:
    network.now = [LINK]
    window = opened()
    assert "%eth0" in window.hint.text
    network.now = [LAN]
    window.refresh()
    assert "%" not in window.hint.text
