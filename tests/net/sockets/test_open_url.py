from __future__ import annotations

import pytest

from net.address import Address
from net.protocol.framing import FramingKind
from net.sockets.commands import TcpConnect, TcpListen, UdpOpen
from net.sockets.open_url import OpenUrlError, for_session, parse_open_url


def test_a_server_and_a_client() -> None:
    server = parse_open_url("tcp-server://127.0.0.1:12345", 7)
    assert isinstance(server, TcpListen)
    assert (server.session, server.address, server.tls) == (7, Address("127.0.0.1", 12345), None)
    client = parse_open_url(
        "tcp-client://[fe80::1%25eth0]:80?framing=length4&codec=gbk&timeout=2.5&bind=10.0.0.1"
    )
    assert isinstance(client, TcpConnect)
    assert client.address == Address("fe80::1", 80, "eth0")
    assert (client.framing.kind, client.framing.length_bytes, client.codec) == (
        FramingKind.LENGTH,
        4,
        "gb18030",
    )
    assert (client.timeout, client.local_address) == (2.5, Address("10.0.0.1", 0))


def test_tls_options() -> None:
    command = parse_open_url("tls-client://example.test:443?verify=1&ca=/tmp/ca.pem&name=other.test")
    assert isinstance(command, TcpConnect) and command.tls is not None
    assert (
        command.tls.verify
        and command.tls.authority == "/tmp/ca.pem"
        and command.tls.server_name == "other.test"
    )


def test_udp_in_its_three_roles() -> None:
    peer = parse_open_url("udp://0.0.0.0:0?peer=127.0.0.1:12345")
    assert isinstance(peer, UdpOpen) and peer.peer == Address("127.0.0.1", 12345)
    group = parse_open_url("udp://0.0.0.0:5000?group=239.1.2.3&ttl=4&loop=0")
    assert isinstance(group, UdpOpen) and group.group == Address("239.1.2.3", 5000)
    assert (group.ttl, group.loop) == (4, False)
    broadcast = parse_open_url("udp://:0?broadcast=1&peer=192.0.2.255:9")
    assert (
        isinstance(broadcast, UdpOpen) and broadcast.broadcast and broadcast.address == Address("0.0.0.0", 0)
    )


def test_what_an_input_method_leaves_is_taken_as_meant() -> None:
    command = parse_open_url("ｔｃｐ-ｓｅｒｖｅｒ：//１２７．０．０．１：１２３４５?reply=exact:你好=１２")
    assert isinstance(command, TcpListen)
    assert command.address == Address("127.0.0.1", 12345)
    assert command.reply_rules[0].answer == "１２"


def test_replies_may_stand_several_times() -> None:
    command = parse_open_url("udp://127.0.0.1:0?reply=exact:a=b&reply=echo")
    assert len(command.reply_rules) == 2


@pytest.mark.parametrize(
    ("url", "kind", "part"),
    [
        ("127.0.0.1:80", "scheme", "127.0.0.1:80"),
        ("http://127.0.0.1:80", "scheme", "http"),
        ("tcp-server://127.0.0.1", "address", "127.0.0.1"),
        ("tcp-server://127.0.0.1:70000", "address", "127.0.0.1:70000"),
        ("tcp-client://127.0.0.1:0", "address", "127.0.0.1:0"),
        ("tcp-client://:80", "address", ":80"),
        ("tcp-client://a b:80", "address", "a b:80"),
        ("tcp-server://127.0.0.1:1?peer=1", "parameter", "peer"),
        ("udp://127.0.0.1:1?framing=raw", "parameter", "framing"),
        ("tcp-server://127.0.0.1:1?framing=wrong", "value", "framing"),
        ("tcp-server://127.0.0.1:1?codec=klingon", "value", "codec"),
        ("tcp-server://127.0.0.1:1?reply=nonsense", "value", "reply"),
        ("tcp-client://127.0.0.1:1?timeout=-1", "value", "timeout"),
        ("tcp-client://127.0.0.1:1?timeout=nan", "value", "timeout"),
        ("udp://127.0.0.1:1?ttl=256", "value", "ttl"),
        ("udp://127.0.0.1:1?loop=maybe", "value", "loop"),
        ("udp://127.0.0.1:1?peer=127.0.0.1", "value", "peer"),
    ],
)
def test_what_is_wrong_is_named(url: str, kind: str, part: str) -> None:
    with pytest.raises(OpenUrlError) as caught:
        parse_open_url(url)
    assert (caught.value.kind, caught.value.part) == (kind, part)


def test_for_session() -> None:
    assert for_session(parse_open_url("udp://127.0.0.1:1"), 9).session == 9
