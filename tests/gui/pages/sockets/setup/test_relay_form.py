"""A relay on the page: its choice, its settings while it is open, what is shown of what passes."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from msgspec.structs import replace

from gui.pages.sockets.choice import Choice
from gui.pages.sockets.relay_settings import RELAY_SETTINGS, STREAM_RATE, settings_of, with_setting
from gui.pages.sockets.setup.relay_form import RelayForm
from gui.pages.sockets.words import role_help
from gui.widgets.segmented import SegmentedControl
from net.protocol.impairment.settings import Impairment, StreamImpairment
from net.sockets.commands import BreakRelayed, ChangeRelay, RelayDatagrams, RelayStreams
from net.sockets.events import Role, Transport
from net.sockets.open_url import parse_open_url
from tests.gui.pages.sockets.stage import Live, Stage
from tests.waiting import PATIENCE_SECONDS

HERE = "127.0.0.1"


@pytest.fixture
def sockets() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A target and a client."""
    with ExitStack() as stack:
        made = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(2)]
        for each in made:
            each.bind((HERE, 0))
            each.settimeout(PATIENCE_SECONDS)
        yield made[0], made[1]


def start(live: Live, target: socket.socket, **fields: Any) -> Any:
    peer = f"{HERE}:{target.getsockname()[1]}"
    fields = {"transport": "udp", "host": HERE, "port": "0", "peer": peer, **fields}
    live.page.setup.show_choice(Choice(role="relay", **fields))
    live.page.setup.start.invoke()
    known: Any = live.wait(lambda: live.page.model.get(live.page.model.shown), "a session")
    live.wait(lambda: known.is_live, "it relays")
    return known


def choose(control: SegmentedControl, value: str) -> None:
    """Press this segment."""
    control.set(value)
    assert control.command is not None
    control.command(value)


def slide(form: RelayForm, name: str, position: float) -> None:
    slider = form.rows[name].slider
    assert slider is not None
    slider.set(position)


def last(live: Live, kind: type) -> Any:
    return [command for command in live.commands if isinstance(command, kind)][-1]


# --- The choice ---


@pytest.mark.parametrize(
    "url",
    [
        "relay+udp://127.0.0.1:6000?to=10.0.0.5:7&loss=20%&burst=3&delay=50ms&seed=5&back-loss=0&lose=1,2",
        "relay+udp://[::1]:6000?to=name.test:7",
        "relay+tcp://127.0.0.1:0?to=127.0.0.1:80&delay=0.1&back-rate=1000&stalled=1",
    ],
)
def test_a_choice_and_its_command_are_the_same(url: str) -> None:
    command = parse_open_url(url, 3)
    choice = Choice.from_command(command)
    assert choice.problems() == {}
    assert choice.command(3) == command
    assert Choice.from_dict(choice.as_dict()) == choice


def test_it_stands_in_front_of_what_was_set_up_and_goes_again() -> None:
    relay = Choice().with_role(Transport.UDP, Role.RELAY)
    assert (relay.host, relay.port, relay.peer) == (HERE, "12346", f"{HERE}:12345")
    assert relay.problems() == {}
    slow = replace(relay, to_target="loss=0.5&delay=0.1").with_role(Transport.TCP, Role.RELAY)
    assert isinstance(slow.command(1), RelayStreams)
    assert slow.to_target == "delay=0.1"
    back = relay.with_role(Transport.TCP, Role.SERVER)
    assert (back.port, back.peer, back.role) == ("12345", "", "server")


def test_mistakes_are_named_by_field() -> None:
    relay = Choice().with_role(Transport.UDP, Role.RELAY)
    assert replace(relay, peer="").problems()["peer"].kind == "target"
    assert replace(relay, peer="nowhere").problems()["peer"].kind == "port_missing"
    wrong = replace(relay, to_target="loss=2", seed="x").problems()
    assert (wrong["loss"].kind, wrong["loss"].low, wrong["loss"].high) == ("impairment", 0, 1)
    assert wrong["seed"].kind == "number"
    assert "segment" in role_help(replace(relay, transport="tcp"))


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [("loss", "0.2", "20"), ("delay", "50ms", "50"), ("delay", "1.5", "1500"), ("rate", "400", "400")],
)
def test_settings_in_the_units_people_use(name: str, text: str, shown: str) -> None:
    setting = RELAY_SETTINGS[name]
    assert setting.shown(text) == shown
    again = setting.typed(shown)
    assert setting.shown(again) == shown
    assert setting.value_at(setting.position(shown)) == shown


def test_what_is_no_number_stays_as_typed() -> None:
    assert RELAY_SETTINGS["loss"].typed("half") == "half"
    assert RELAY_SETTINGS["loss"].shown("half") == "half"
    assert RELAY_SETTINGS["loss"].typed(" 0 ") == ""
    assert STREAM_RATE.position("much") == 0.0
    assert settings_of(with_setting("loss=0.1&delay=1", "loss", "")) == {"delay": "1"}


# --- The form ---


def test_choosing_relay_shows_its_form(make_stage: Any) -> None:
    stage: Stage = make_stage()
    setup = stage.page.setup
    choose(setup.transport, "relay")
    stage.app.update()
    assert setup.relay.winfo_ismapped() and setup.peer.winfo_ismapped()
    assert not setup.compare.winfo_ismapped()
    assert setup.choice.is_relay and not setup.choice.is_tcp
    setup.relay.rows["loss"].variable.set("25")
    setup.relay.way.set("to_client")
    slide(setup.relay, "delay", 0.5)
    assert setup.choice.to_target == "loss=0.25"
    assert settings_of(setup.choice.to_client).keys() == {"loss", "delay"}
    choose(setup.role, "tcp")
    stage.app.update()
    assert setup.choice.is_tcp and setup.choice.to_target == ""
    assert setup.relay.stalled.winfo_ismapped() and not setup.relay.rows["loss"].entry.winfo_ismapped()
    choose(setup.transport, "tcp")
    stage.app.update()
    assert not setup.relay.winfo_ismapped() and setup.compare.winfo_ismapped()
    assert setup.choice.role == "server"


def test_a_mistake_is_told_in_the_units_shown(make_stage: Any) -> None:
    stage: Stage = make_stage()
    choose(stage.page.setup.transport, "relay")
    relay = stage.page.setup.relay
    relay.rows["loss"].variable.set("120")
    stage.app.update()
    assert "0" in relay.wrong.text and "100" in relay.wrong.text
    assert relay.rows["loss"].entry.instate(["invalid"])
    relay.rows["loss"].variable.set("12")
    assert relay.wrong.text == "" and stage.page.setup.choice.to_target == "loss=0.12"


# --- While it is open ---


def test_a_slider_counts_at_once(live: Live, sockets: tuple[socket.socket, socket.socket]) -> None:
    target, client = sockets
    known: Any = start(live, target, seed="4")
    assert isinstance(last(live, RelayDatagrams), RelayDatagrams)
    where = (HERE, known.local.port)
    client.sendto(b"passes", where)
    assert target.recv(100) == b"passes"
    slide(live.page.setup.relay, "loss", 1.0)
    assert last(live, ChangeRelay).to_target == Impairment(loss=1.0)
    # It is still the session that the button stops.
    assert live.page.setup.running() == known
    live.wait(lambda: "Lost 100 %" in live.visible_text(), "the relay has heard of it")
    client.sendto(b"is lost", where)
    live.wait(lambda: known.relayed is not None and known.relayed.to_target.lost == 1, "it is lost")
    live.wait(lambda: "is lost  ✕ lost" in live.visible_text(), "the conversation says so")
    live.wait(lambda: "2 came · 1 passed · 1 lost" in live.page.chat.relayed.text, "the counts say so")
    assert not live.page.chat.composer.winfo_ismapped()
    # A wrong value changes nothing of the open relay.
    live.page.setup.relay.rows["loss"].variable.set("many")
    assert live.page.setup.relay.wrong.text
    assert last(live, ChangeRelay).to_target == Impairment(loss=1.0)
    assert live.page.setup.running() == known
    live.page.setup.start.invoke()
    live.wait(lambda: known.closed, "it stops")


def test_the_diagram_and_the_code_tab(live: Live, sockets: tuple[socket.socket, socket.socket]) -> None:
    target, client = sockets
    known: Any = start(live, target, to_target="lose=1")
    client.sendto(b"gone", (HERE, known.local.port))
    live.wait(lambda: known.relayed is not None and known.relayed.to_target.lost == 1, "it is lost")
    source = live.page.side.diagram.source

    def arrows() -> list[Any]:
        live.page.side.recount()
        return [row for row in source.fetch(0, source.count()) if row.kind == "arrow"]

    [lost] = live.wait(arrows, "an arrow")
    # From the client on the left towards the target, which it never reaches; made up by the relay.
    assert (lost.direction, lost.lost, lost.mark) == ("out", True, "simulated")
    live.page.show_code()
    live.app.update()
    panel: Any = live.page.side.code
    assert "relay" in panel.note.text
    assert panel.sources == {"client": "", "server": ""}


def test_a_tcp_relay_can_be_stalled_and_cut(live: Live) -> None:
    with socket.create_server((HERE, 0)) as server:
        server.settimeout(PATIENCE_SECONDS)
        known: Any = start(live, server, transport="tcp")
        with socket.create_connection((HERE, known.local.port), timeout=PATIENCE_SECONDS) as client:
            accepted = server.accept()[0]
            accepted.settimeout(PATIENCE_SECONDS)
            live.page.setup.relay.stalled.invoke()
            assert last(live, ChangeRelay).to_target == StreamImpairment(stalled=True)
            live.page.setup.relay.breaks["cut"].invoke()
            assert last(live, BreakRelayed).how == "cut"
            assert client.recv(10) == b"" and accepted.recv(10) == b""
            accepted.close()


def test_a_loop_is_said_in_words(live: Live, sockets: tuple[socket.socket, socket.socket]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind((HERE, 0))
        port = str(free.getsockname()[1])
    live.page.setup.show_choice(
        Choice(transport="udp", role="relay", host=HERE, port=port, peer=f"{HERE}:{port}")
    )
    live.page.setup.start.invoke()
    live.wait(lambda: live.page.chat.banner.winfo_ismapped(), "the fault is shown")
    assert "leads back to this relay" in live.texts(live.page.chat.banner)
