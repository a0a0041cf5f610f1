"""Addresses as people type them."""

from __future__ import annotations

import socket

import pytest

from net.address import Address, AddressError, parse_port


@pytest.mark.parametrize(
    ("typed", "host", "port"),
    [
        ("127.0.0.1:12345", "127.0.0.1", 12345),
        ("１２７．０．０．１：１２３４５", "127.0.0.1", 12345),
        ("127。0。0。1：80", "127.0.0.1", 80),
        (" [::1]:80 ", "::1", 80),
        ("【::1】：80", "::1", 80),
        ("school-pc.local:7", "school-pc.local", 7),
        ("\u202a192.168.1.7:80\u202c", "192.168.1.7", 80),
        ("\ufeff192.168.\u200b1.7\u200e:8\u20600", "192.168.1.7", 80),
        ("\u2067[fe80::1]:80\u2069", "fe80::1", 80),
    ],
)
def test_reads_what_is_meant(typed: str, host: str, port: int) -> None:
    assert Address.parse(typed) == Address(host, port)
    assert Address.parse(str(Address(host, port))) == Address(host, port)


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("", "empty"),
        ("127.0.0.1", "port_missing"),
        ("127.0.0.1:abc", "port"),
        ("127.0.0.1:70000", "port_range"),
        ("127.0 .0.1:80", "space"),
        ("300.1.1.1:80", "host"),
        ("[::1:80", "host"),
    ],
)
def test_says_what_is_wrong(typed: str, kind: str) -> None:
    with pytest.raises(AddressError) as caught:
        Address.parse(typed)
    assert caught.value.kind == kind


def test_port_zero_only_where_it_makes_sense() -> None:
    assert parse_port("0") == 0
    with pytest.raises(AddressError):
        parse_port("0", zero=False)


def test_scope_and_mapped_addresses() -> None:
    assert str(Address.parse("[fe80::1%7]:80")) == "[fe80::1%7]:80"
    assert Address("fe80::1", 80, "7").to_socket(socket.AF_INET6) == ("fe80::1", 80, 0, 7)
    assert Address.from_socket(("::ffff:10.0.0.1", 5, 0, 0)) == Address("10.0.0.1", 5)
    assert Address("10.0.0.1", 5).to_socket(socket.AF_INET6) == ("::ffff:10.0.0.1", 5, 0, 0)
    with pytest.raises(AddressError):
        Address("::1", 5).to_socket(socket.AF_INET)
