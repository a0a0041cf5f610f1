from __future__ import annotations

import pytest

from gui.shared.wording import open_url_error_text
from net.address import Address
from net.protocol.framing import FramingKind
from net.protocol.impairment.settings import Impairment, StreamImpairment
from net.sockets.commands import RelayDatagrams, RelayStreams, TcpConnect, TcpListen, UdpOpen
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


def test_relays() -> None:
    plain = parse_open_url("relay+udp://127.0.0.1:6000?to=10.0.0.5:7")
    assert isinstance(plain, RelayDatagrams)
    assert (plain.address, plain.target) == (Address("127.0.0.1", 6000), Address("10.0.0.5", 7))
    assert (plain.to_target, plain.to_client, plain.seed) == (Impairment(), Impairment(), None)
    udp = parse_open_url(
        "relay+udp://:6000?to=name.test:7&loss=20%&delay=50ms&rate=400&queue=9&seed=5&back-loss=0&back-jitter=1"
    )
    assert isinstance(udp, RelayDatagrams)
    assert udp.to_target == Impairment(loss=0.2, delay=0.05, rate=400, queue=9)
    assert udp.to_client == Impairment(loss=0.0, delay=0.05, rate=400, queue=9, jitter=1.0)
    assert (udp.address.is_any, udp.seed) == (True, 5)
    tcp = parse_open_url("relay+tcp://127.0.0.1:0?to=127.0.0.1:80&delay=0.1&back-rate=1000&codec=gbk")
    assert isinstance(tcp, RelayStreams)
    assert (tcp.to_target, tcp.to_client) == (StreamImpairment(0.1), StreamImpairment(0.1, 1000))
    assert tcp.codec == "gb18030"


def test_what_an_input_method_leaves_is_taken_as_meant() -> None:
    command = parse_open_url("ｔｃｐ-ｓｅｒｖｅｒ：//１２７．０．０．１：１２３４５?reply=exact:你好=１２")
    assert isinstance(command, TcpListen)
    assert command.address == Address("127.0.0.1", 12345)
    assert command.reply_rules[0].answer == "１２"


def test_replies_may_stand_several_times() -> None:
    command = parse_open_url("udp://127.0.0.1:0?reply=exact:a=b&reply=echo")
    assert isinstance(command, UdpOpen) and len(command.reply_rules) == 2


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
        ("relay+udp://127.0.0.1:1", "value", "to"),
        ("relay+udp://127.0.0.1:1?to=127.0.0.1:0", "value", "to"),
        ("relay+udp://127.0.0.1:1?to=127.0.0.1:2&loss=2", "value", "loss"),
        ("relay+udp://127.0.0.1:1?to=127.0.0.1:2&back-loss=-1", "value", "back-loss"),
        ("relay+udp://127.0.0.1:1?to=127.0.0.1:2&rate=1e99", "value", "rate"),
        ("relay+udp://127.0.0.1:1?to=127.0.0.1:2&seed=-1", "value", "seed"),
        ("relay+udp://127.0.0.1:1?to=127.0.0.1:2&framing=lines", "parameter", "framing"),
        ("relay+tcp://127.0.0.1:1?to=127.0.0.1:2&loss=0.1", "parameter", "loss"),
        ("relay+quic://127.0.0.1:1", "scheme", "relay+quic"),
    ],
)
def test_what_is_wrong_is_named(url: str, kind: str, part: str) -> None:
    with pytest.raises(OpenUrlError) as caught:
        parse_open_url(url)
    assert (caught.value.kind, caught.value.part) == (kind, part)


def test_for_session() -> None:
    assert for_session(parse_open_url("udp://127.0.0.1:1"), 9).session == 9


@pytest.mark.parametrize(
    ("url", "known"),
    [
        ("tcp://127.0.0.1:1", "tcp-server"),
        ("udp://127.0.0.1:1?reply=Hello", "any:ANSWER"),
        ("tcp-server://127.0.0.1:1?framing=line", "lines-crlf"),
        ("tcp-server://127.0.0.1:1?codec=utf9", "gb18030"),
        ("tcp-server://127.0.0.1:1?keepalive=maybe", "1"),
        ("udp://127.0.0.1:1?ttl=256", "0…255"),
        ("tcp-client://127.0.0.1:1?timeout=soon", "0.001…3600"),
        ("udp://127.0.0.1:1?repy=echo", "reply"),
    ],
)
def test_an_error_knows_what_there_is(url: str, known: str) -> None:
    with pytest.raises(OpenUrlError) as caught:
        parse_open_url(url)
    assert known in caught.value.known
    assert known in open_url_error_text(caught.value)


@pytest.mark.parametrize(
    "framing", ["raw", "lines", "lines-crlf", "length2", "length4", "fixed:8", "delimiter:00"]
)
def test_the_framings_that_are_named_are_taken(framing: str) -> None:
    assert parse_open_url(f"tcp-server://127.0.0.1:1?framing={framing}")
