"""The findings of a diagnosis as plain words: what is wrong, and what to do. No tkinter here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from gui.shared import wording
from gui.shared.i18n import N_, _
from net.chat.diagnosis.findings import Finding, FindingKind, is_trouble

K = FindingKind
Tone = Literal["error", "warn", "info", "ok"]

_WORDS: Mapping[FindingKind, tuple[str, str]] = {
    K.NO_NETWORK: (N_("This PC is on no network"), N_("Plug in the cable, or join a Wi-Fi.")),
    K.NOT_LISTENING: (
        N_("Nobody can reach this Duplex on port {port}"),
        N_("Close Duplex and start it again. If that does not help, restart the PC."),
    ),
    K.BEACON_PORT_FAILED: (
        N_("UDP port {port} can't be used ({detail})"),
        N_(
            "Another program has it, so others do not see you by themselves. End that program, or add"
            " people by address."
        ),
    ),
    K.SAME_IDENTITY: (
        N_("A copy of you is on the network at {address}"),
        N_(
            "The same profile folder runs twice, perhaps on a cloned PC. Press “New identity” on all of them"
            " but one."
        ),
    ),
    K.INVISIBLE: (
        N_("You are invisible"),
        N_("Others do not see this PC. Switch “Invisible” off in the chat's settings."),
    ),
    K.PEER_NAME_UNKNOWN: (
        N_("No PC is called {address}"),
        N_("Check the spelling, or type the address of numbers that the other Duplex shows."),
    ),
    K.PEER_UNREACHABLE: (
        N_("{address} does not answer"),
        N_(
            "It is off, on another network, or its firewall drops what comes. Check that Duplex runs"
            " there and is allowed in its firewall."
        ),
    ),
    K.PEER_REFUSES: (
        N_("{address} is there, but no Duplex listens on that port"),
        N_("Start Duplex there. If it runs, type the port it shows as well."),
    ),
    K.PEER_NO_ROUTE: (
        N_("This PC knows no way to {address}"),
        N_("Both must be on the same network, or on networks that a router joins."),
    ),
    K.PEER_NOT_DUPLEX: (
        N_("Something else than Duplex answers at {address}"),
        N_("Check the port: Duplex shows its own in “Add a person”."),
    ),
    K.NOTHING_PASSES: (
        N_("{address} can be reached, but neither hears the other's calls"),
        N_(
            "This Wi-Fi keeps its guests apart (client isolation). Add each other by address, or use a"
            " cable or another Wi-Fi."
        ),
    ),
    K.DIFFERENT_NETWORKS: (
        N_("{address} is on another network than this PC ({network})"),
        N_(
            "Calls to everyone do not pass a router. Add that host or network under “Further hosts” in"
            " the chat's settings."
        ),
    ),
    K.PEER_HEARS_NOTHING: (
        N_("You hear {address}, but it does not hear you"),
        N_("Its firewall keeps your calls out. Allow Duplex there."),
    ),
    K.PEER_NOT_HEARD: (
        N_("{address} hears you, but you do not hear it"),
        N_("The firewall of this PC keeps its calls out, or it is invisible. Allow Duplex here."),
    ),
    K.ADDRESS_TRANSLATED: (
        N_("{address} sees this PC as {seen}"),
        N_(
            "Something in between changes addresses (a virtual machine, a guest network). It can't call"
            " you; add it here and call first."
        ),
    ),
    K.FIREWALL_BLOCKS: (
        N_("The firewall blocks Duplex ({tool}: {what})"),
        N_("Allow Duplex in it, or ports 45654 for TCP and UDP and 5353 for UDP."),
    ),
    K.FIREWALL_PUBLIC: (
        N_("Windows takes the network {what} for a public one"),
        N_("Make it private in Windows' network settings: in a public network Windows hides this PC."),
    ),
    K.SENDING_REFUSED: (
        N_("The system refuses to send on {interface} ({way}: {detail})"),
        N_("A firewall or VPN software forbids it. Allow Duplex there."),
    ),
    K.BROADCAST_NOT_HEARD: (
        N_("This PC does not hear its own broadcast on {interface}"),
        N_("A firewall here drops it. Allow Duplex for UDP port 45654."),
    ),
    K.MULTICAST_NOT_HEARD: (
        N_("This PC does not hear its own multicast on {interface}"),
        N_("A firewall or VPN software here drops it. Allow Duplex for UDP port 5353."),
    ),
    K.MULTICAST6_NOT_HEARD: (
        N_("This PC does not hear its own IPv6 multicast on {interface}"),
        N_("IPv4 is enough in most networks. Otherwise allow Duplex in the firewall for IPv6 too."),
    ),
    K.MEMBERSHIPS_FULL: (
        N_("No room for one more multicast group on {interface}"),
        N_(
            "The system allows a program so many groups and no more; those networks that lead to others came"
            " first. People there are still found by broadcast. An administrator of a Linux PC can raise"
            " net.ipv4.igmp_max_memberships."
        ),
    ),
    K.DNS_SD_FAILED: (
        N_("DNS-SD does not run here ({detail})"),
        N_("Duplex looks for people by broadcast alone; mostly that is enough."),
    ),
    K.LINK_LOCAL_ONLY: (
        N_("{interface} got no address from a router"),
        N_("Wait a little, or unplug and plug in again. People in the same state can still be seen."),
    ),
    K.ONLY_VIRTUAL: (
        N_("Only virtual networks are up (VPN, virtual machines)"),
        N_("Join the real network: plug in the cable, or join the Wi-Fi."),
    ),
    K.FIREWALL_UNKNOWN: (
        N_("Whether the firewall ({tool}) blocks Duplex can't be known"),
        N_("Only an administrator may read its rules. If others do not see you, allow Duplex in it."),
    ),
    K.FIREWALL_ON: (
        N_("A firewall is on ({tool})"),
        N_("It does not say whether Duplex may pass. If others do not see you, allow Duplex in it."),
    ),
    K.OTHER_PORT: (
        N_("Duplex listens on port {port}, as the usual one was taken"),
        N_("Who types your address types this port too."),
    ),
    K.NOBODY_SEEN: (
        N_("Nobody else is seen now"),
        N_("Does Duplex run on the other PC, on the same network? Give its address below and ask again."),
    ),
    K.PEER_INTERFACES: (N_("{address} announces itself on {interfaces}"), ""),
    K.PEER_FINE: (N_("{address} was reached, and both hear each other"), ""),
    K.PEOPLE_SEEN: (N_("People seen now: {count}"), ""),
    K.LISTENING: (N_("This Duplex listens on port {port}"), ""),
    K.BROADCAST_HEARD: (N_("Broadcast works on {interface}"), ""),
    K.MULTICAST_HEARD: (N_("Multicast works on {interface}"), ""),
    K.MULTICAST6_HEARD: (N_("IPv6 multicast works on {interface}"), ""),
    K.FIREWALL_ALLOWS: (N_("The firewall lets Duplex through ({tool}: {what})"), ""),
    K.FIREWALL_OFF: (N_("The firewall is off ({tool})"), ""),
    K.INTERFACE: (N_("{interface}: {addresses}"), ""),
}
_WORTH_KNOWING = (K.FIREWALL_UNKNOWN, K.FIREWALL_ON, K.OTHER_PORT, K.NOBODY_SEEN)
_NEUTRAL = (K.INTERFACE, K.PEER_INTERFACES)
ICONS: Mapping[Tone, str] = {
    "error": "x-circle-fill",
    "warn": "exclamation-triangle-fill",
    "info": "info-circle",
    "ok": "check-circle-fill",
}


def finding_text(finding: Finding) -> tuple[str, str]:
    """``(what, what to do)``; the second "" where nothing is to be done. An unknown kind is shown plainly."""
    kind, params = finding[0], {name: wording.clean(value) for name, value in finding[1].items()}
    try:
        what, advice = _WORDS[FindingKind(kind)]
        text = _(what).format(**params)
    except (KeyError, ValueError):
        return "; ".join([kind, *(f"{name}: {value}" for name, value in params.items())]), ""
    if kind == K.INTERFACE.value and params.get("virtual"):
        text = _("{text} (virtual)").format(text=text)
    return text.replace(" ()", ""), _(advice).format(**params) if advice else ""


def finding_tone(finding: Finding) -> Tone:
    try:
        kind = FindingKind(finding[0])
    except ValueError:
        return "info"
    if is_trouble(finding):
        return "error"
    return "warn" if kind in _WORTH_KNOWING else "info" if kind in _NEUTRAL else "ok"


def summary_text(findings: tuple[Finding, ...], finished: bool) -> str:
    """The whole in one sentence."""
    troubles = sum(is_trouble(finding) for finding in findings if finding_tone(finding) == "error")
    if troubles:
        return _("This is in the way, the worst first:")
    if not finished:
        return _("Looking …")
    if any(finding[0] == K.NOBODY_SEEN.value for finding in findings):
        return _("Nothing is wrong on this PC, as far as it can be seen from here.")
    return _("Everything is in order on this PC.")
