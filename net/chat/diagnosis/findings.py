"""What a diagnosis can find, worst first: kinds and their params, no I/O."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

Finding = tuple[str, dict[str, str]]


class FindingKind(str, Enum):
    """In order, worst first. In brackets: the params, all text; then the advice."""

    # Trouble
    NO_NETWORK = "no_network"  # []: no interface is up: plug in the cable, or join a Wi-Fi
    NOT_LISTENING = "not_listening"  # [port]: nobody can reach this Duplex: start it again, change the port
    BEACON_PORT_FAILED = "beacon_port_failed"  # [port, detail]: the UDP port can't be opened: who has it?
    SAME_IDENTITY = "same_identity"  # [address]: a copy of this profile runs there: use another profile
    INVISIBLE = "invisible"  # []: the user hides, so others do not see this PC: switch it off
    PEER_NAME_UNKNOWN = "peer_name_unknown"  # [address]: no such host name: type the address of numbers
    PEER_UNREACHABLE = "peer_unreachable"  # [address]: no answer in time: off, another network, its firewall
    PEER_REFUSES = "peer_refuses"  # [address]: it is there, nothing listens: start Duplex, check the port
    PEER_NO_ROUTE = "peer_no_route"  # [address]: this PC knows no way there: not on the same network
    PEER_NOT_DUPLEX = "peer_not_duplex"  # [address]: something else answers on that port
    NOTHING_PASSES = "nothing_passes"  # [address]: same network, reachable, yet neither hears the other's
    # broadcast or multicast: the Wi-Fi keeps its guests apart (client isolation): pair by address
    DIFFERENT_NETWORKS = "different_networks"  # [address, network]: a router between: list it as further host
    PEER_HEARS_NOTHING = "peer_hears_nothing"  # [address]: we hear it, it does not hear us: its firewall
    PEER_NOT_HEARD = "peer_not_heard"  # [address]: it hears us, we do not hear it: our firewall, or it hides
    ADDRESS_TRANSLATED = "address_translated"  # [address, seen]: it sees us at ``seen``, not ours:
    # NAT between (a virtual machine, a guest network): it can't call us, only we can call
    FIREWALL_BLOCKS = "firewall_blocks"  # [tool, what]: allow Duplex, or ports 45654 TCP and UDP and 5353 UDP
    FIREWALL_PUBLIC = "firewall_public"  # [tool, what]: Windows: make network ``what`` private
    SENDING_REFUSED = "sending_refused"  # [interface, way, detail]: the system refuses to send there
    BROADCAST_NOT_HEARD = "broadcast_not_heard"  # [interface]: not even its own: a firewall here
    MULTICAST_NOT_HEARD = "multicast_not_heard"  # [interface]: nor multicast: firewall, VPN software
    MULTICAST6_NOT_HEARD = "multicast6_not_heard"  # [interface]: nor that of IPv6
    DNS_SD_FAILED = "dns_sd_failed"  # [detail]: DNS-SD does not run; beacons may do
    LINK_LOCAL_ONLY = "link_local_only"  # [interface]: no address from a router (DHCP): wait, reconnect
    ONLY_VIRTUAL = "only_virtual"  # []: only virtual interfaces (VPN, containers) are up: join the LAN
    # Worth knowing
    FIREWALL_UNKNOWN = "firewall_unknown"  # [tool]: only an administrator may read its rules
    FIREWALL_ON = "firewall_on"  # [tool]: it filters, nothing says whether Duplex
    MEMBERSHIPS_FULL = (
        "memberships_full"  # [interface]: the kernel's limit of groups is reached: broadcast does,
    )
    # or raise net.ipv4.igmp_max_memberships
    OTHER_PORT = "other_port"  # [port]: the documented one was taken: who types the address types it too
    NOBODY_SEEN = "nobody_seen"  # []: nobody else is seen now: does anybody else run Duplex?
    PEER_INTERFACES = "peer_interfaces"  # [address, interfaces]: where the other Duplex announces itself
    # In order
    PEER_FINE = "peer_fine"  # [address]: reached, and both hear each other
    PEOPLE_SEEN = "people_seen"  # [count]
    LISTENING = "listening"  # [port]
    BROADCAST_HEARD = "broadcast_heard"  # [interface]
    MULTICAST_HEARD = "multicast_heard"  # [interface]
    MULTICAST6_HEARD = "multicast6_heard"  # [interface]
    FIREWALL_ALLOWS = "firewall_allows"  # [tool, what]
    FIREWALL_OFF = "firewall_off"  # [tool]
    INTERFACE = "interface"  # [interface, addresses, virtual ("yes" or "")]


_ORDER = {kind.value: place for place, kind in enumerate(FindingKind)}
_TROUBLE = _ORDER[FindingKind.ONLY_VIRTUAL.value]


def is_trouble(finding: Finding) -> bool:
    """Whether something is wrong, not only worth knowing."""
    return _ORDER[finding[0]] <= _TROUBLE


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Worst first."""
    return tuple(sorted(findings, key=lambda finding: _ORDER[finding[0]]))
