"""Further hosts and networks, as people list them."""

from __future__ import annotations

from net.chat.discovery.hosts import MAX_HOSTS, parse_hosts


def test_addresses_networks_and_names() -> None:
    parsed = parse_hosts(["10.1.2.3, 10.1.3.0/30", "pc-7.example fe80::1%eth0", "fd00::5"])
    assert parsed.addresses == ("10.1.2.3", "10.1.3.1", "10.1.3.2", "fe80::1%eth0", "fd00::5")
    assert parsed.names == ("pc-7.example",)
    assert parsed.refused == ()


def test_typed_full_width_and_twice() -> None:
    assert parse_hosts(["１０．１．２．３", "10.1.2.3"]).addresses == ("10.1.2.3",)


def test_at_most_a_slash_20_in_all() -> None:
    assert len(parse_hosts(["10.1.0.0/20"]).addresses) == 4094
    parsed = parse_hosts(["10.1.0.0/20", "10.2.0.0/24", "10.3.0.1", "10.3.0.2", "10.3.0.3"])
    assert len(parsed.addresses) == MAX_HOSTS
    assert parsed.refused == (("10.2.0.0/24", "too_many"), ("10.3.0.3", "too_many"))
    assert parse_hosts(["10.0.0.0/8", "fd00::/64"]).refused == (
        ("10.0.0.0/8", "too_many"),
        ("fd00::/64", "too_many"),
    )


def test_what_can_not_be_asked() -> None:
    texts = ["10.1.2", "10.1.2.3/40", "a/b", "224.0.0.251", "0.0.0.0", "255.255.255.255", "-x"]
    parsed = parse_hosts(texts)
    assert (parsed.addresses, parsed.names) == ((), ())
    assert [kind for _, kind in parsed.refused] == ["syntax"] * len(texts)
