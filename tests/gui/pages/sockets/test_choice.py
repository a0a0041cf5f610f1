"""The typed choice, and its opening command."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from gui.pages.sockets.choice import Choice, ChoiceError, Problem, typed_address
from net.address import Address
from net.protocol.framing import FramingKind
from net.protocol.reply import ReplyRule
from net.sockets.commands import TcpConnect, TcpListen, TlsOptions, UdpOpen
from net.sockets.events import Role, Transport

CLIENT = Choice(role="client", host="127.0.0.1")
UDP = Choice(transport="udp", role="unicast", host="0.0.0.0", port="0")


def test_the_first_choice_opens_a_listener_as_in_the_tutorial() -> None:
    command = Choice().command(7)
    assert isinstance(command, TcpListen)
    assert command.session == 7
    assert command.address == Address("0.0.0.0", 12345)
    assert command.tls is None


def test_full_width_typing_is_taken_as_meant() -> None:
    command = replace(CLIENT, host="１２７．０．０．１", port="１２３４５").command(1)
    assert isinstance(command, TcpConnect)
    assert command.address == Address("127.0.0.1", 12345)


@pytest.mark.parametrize(
    ("field", "text", "problem"),
    [
        ("host", "", Problem("empty", "")),
        ("host", "10.0 .0.1", Problem("space", "10.0 .0.1")),
        ("host", "300.1.1.1", Problem("host", "300.1.1.1")),
        ("port", "abc", Problem("port", "abc")),
        ("port", "70000", Problem("port_range", "70000")),
        ("port", "0", Problem("port_range", "0")),
        ("port", "", Problem("port_missing", "")),
        ("timeout", "0", Problem("number", "0", 1, 3600)),
        ("timeout", "soon", Problem("number", "soon", 1, 3600)),
        ("send_buffer", "-1", Problem("number", "-1", 1, 1 << 30)),
        ("local", "x y", Problem("space", "x y")),
        ("framing", "sometimes", Problem("framing", "sometimes")),
        ("codec", "klingon", Problem("codec", "klingon")),
    ],
)
def test_each_mistake_is_told_at_its_field(field: str, text: str, problem: Problem) -> None:
    wrong = Choice.from_dict({**CLIENT.as_dict(), field: text})
    assert wrong.problems() == {field: problem}
    with pytest.raises(ChoiceError) as reported:
        wrong.command(1)
    assert reported.value.problems == {field: problem}


def test_a_server_may_leave_the_port_to_the_system() -> None:
    assert replace(Choice(), port="0").problems() == {}


def test_options_reach_the_command() -> None:
    choice = replace(
        CLIENT,
        framing="length4",
        codec="gbk",
        timeout="3",
        no_delay=False,
        keep_alive=True,
        receive_buffer="4096",
        local="127.0.0.2",
        tls=True,
        tls_verify=True,
        tls_name="a.example",
    )
    command = choice.command(1)
    assert isinstance(command, TcpConnect)
    assert (command.framing.kind, command.framing.length_bytes) == (FramingKind.LENGTH, 4)
    assert command.codec == "gb18030"
    assert command.timeout == 3.0
    assert command.local_address == Address("127.0.0.2", 0)
    options = command.options
    assert (options.no_delay, options.keep_alive, options.receive_buffer) == (False, True, 4096)
    assert command.tls == TlsOptions(verify=True, server_name="a.example")
    assert choice.wire is Transport.TLS


def test_a_certificate_needs_its_key() -> None:
    assert replace(Choice(), tls=True, tls_certificate="a.pem").problems() == {
        "tls_key": Problem("key_missing")
    }


def test_a_udp_peer_is_a_destination_and_connects_only_when_asked() -> None:
    loose = replace(UDP, peer="127.0.0.1:12345")
    assert loose.destination == Address("127.0.0.1", 12345)
    command = loose.command(1)
    assert isinstance(command, UdpOpen)
    assert command.peer is None
    strict = replace(loose, connected=True).command(1)
    assert isinstance(strict, UdpOpen)
    assert strict.peer == Address("127.0.0.1", 12345)


def test_connected_udp_needs_a_peer() -> None:
    assert replace(UDP, connected=True).problems() == {"peer": Problem("destination")}


def test_a_broadcast_peer_takes_the_port_of_the_endpoint() -> None:
    choice = replace(Choice(), port="5000").with_role(Transport.UDP, Role.BROADCAST)
    assert choice.destination == Address("255.255.255.255", 5000)
    command = choice.command(1)
    assert isinstance(command, UdpOpen)
    assert command.broadcast and command.peer is None and command.address == Address("0.0.0.0", 5000)


def test_multicast_binds_every_interface_at_the_port_of_the_group() -> None:
    choice = replace(Choice(), port="5000").with_role(Transport.UDP, Role.MULTICAST)
    command = replace(choice, ttl="0", loop=False, interface="eth0").command(1)
    assert isinstance(command, UdpOpen)
    assert command.group == Address("239.1.2.3", 5000)
    assert command.address == Address("0.0.0.0", 5000)
    assert (command.ttl, command.loop, command.interface) == (0, False, "eth0")
    assert command.reuse_address
    six = replace(choice, host="ff02::1").command(1)
    assert isinstance(six, UdpOpen) and six.address.host == "::"


def test_a_unicast_address_is_no_group() -> None:
    choice = replace(Choice(), port="5000").with_role(Transport.UDP, Role.MULTICAST)
    assert replace(choice, host="10.0.0.1").problems() == {"host": Problem("not_multicast", "10.0.0.1")}


def test_a_typed_host_survives_a_change_of_role_and_a_default_does_not() -> None:
    typed = replace(Choice(), host="10.0.0.9")
    assert typed.with_role(Transport.TCP, Role.CLIENT).host == "10.0.0.9"
    assert Choice().with_role(Transport.TCP, Role.CLIENT).host == "127.0.0.1"


def test_nobody_listens_on_the_address_of_another_pc_or_of_a_group() -> None:
    client = replace(Choice(), role="client", host="10.0.0.9", port="81")
    server = client.with_role(Transport.TCP, Role.SERVER)
    assert (server.host, server.port) == ("0.0.0.0", "81")
    assert client.with_role(Transport.UDP, Role.UNICAST).host == "0.0.0.0"
    assert client.with_role(Transport.UDP, Role.RELAY).host == "127.0.0.1"
    group = replace(Choice(), transport="udp", role="multicast", host="239.9.9.9")
    assert group.with_role(Transport.TCP, Role.CLIENT).host == "127.0.0.1"
    assert group.with_role(Transport.UDP, Role.UNICAST).host == "0.0.0.0"
    assert client.with_role(Transport.UDP, Role.MULTICAST).host == "239.1.2.3"


def test_a_choice_comes_back_from_json() -> None:
    rules = (ReplyRule(answer="Hello, Client", delay=0.5),)
    choice = replace(CLIENT, port="８０", framing="lines-crlf", tls=True, reply_rules=rules)
    saved = json.loads(json.dumps(choice.as_dict()))
    assert Choice.from_dict(saved) == choice
    assert "backlog" not in saved


@pytest.mark.parametrize(
    "wrong",
    [{"transport": "udp", "role": "server"}, {"port": 80}, {"reply_rules": "x"}, {"reply_rules": [{"a": 1}]}],
)
def test_a_preset_with_wrong_values_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Choice.from_dict(wrong)


def test_a_pasted_host_and_port_are_taken_apart() -> None:
    assert typed_address("[fe80::1%eth0]:80") == ("fe80::1%eth0", "80")
    assert typed_address("１０．０．０．５：８０") == ("10.0.0.5", "80")
    assert typed_address("10.0.0.5") is None
