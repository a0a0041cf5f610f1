"""The two programs for UDP: who sends the first datagram, and who waits for it."""

from __future__ import annotations

from gui.i18n import _
from gui.pages.sockets.example_parts import (
    Example, answer_function, answers, comment, encoded, family, head, inside, ip_version, reachable,
)
from net.protocol.codec import python_codec


def _udp_options(example: Example, host: str) -> str:
    if example.role == "broadcast":
        return (
            comment(_("To send to everybody on the network the socket must ask for it."))
            + "endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)\n"
        )
    if example.role == "multicast":
        level, option = (
            ("IPPROTO_IPV6", "IPV6_MULTICAST_HOPS")
            if ip_version(host) == 6
            else ("IPPROTO_IP", "IP_MULTICAST_TTL")
        )
        return (
            comment(_("How many routers a datagram to the group may pass; 1 stays on this network."))
            + f"endpoint.setsockopt(socket.{level}, socket.{option}, {example.ttl})\n"
        )
    return ""


def _join(example: Example) -> str:
    if example.role != "multicast":
        return ""
    if ip_version(example.group) == 6:
        request = "socket.inet_pton(socket.AF_INET6, GROUP) + bytes(4)"
        option = "socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP"
    else:
        request = "socket.inet_aton(GROUP) + socket.inet_aton('0.0.0.0')"
        option = "socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP"
    return (
        comment(_("Join the group: from now on the network card takes what is sent to it."))
        + f"endpoint.setsockopt({option}, {request})\n"
    )


def _print_datagrams(example: Example, remember: bool) -> str:
    return (
        "def print_datagrams(endpoint):\n"
        "    while True:\n"
        + inside(_("Each recvfrom() gives one whole datagram, and who sent it. There is no connection."), 2)
        + "        try:\n"
        "            data, sender = endpoint.recvfrom(65535)\n"
        "        except ConnectionError as error:\n"
        "            print(error, flush=True)\n"
        "            continue\n"
        + ("        senders.add(sender)\n" if remember else "")
        + f"        text = data.decode({python_codec(example.codec)!r}, 'replace')\n"
        "        print(sender, '<', text, flush=True)\n\n\n"
    )


def sender_program(example: Example) -> str:
    target = example.group if example.role == "multicast" else reachable(example.host)
    if example.role == "broadcast" and target in ("127.0.0.1", ""):
        target = "255.255.255.255"
    return (
        head(
            _("A UDP sender: no connection, each line is one datagram; exit ends it."),
            ["socket", "sys", "threading"],
            [("HOST", target), ("PORT", example.port)],
        )
        + "\n\n"
        + _print_datagrams(example, remember=False)
        + comment(
            _("A socket for UDP (SOCK_DGRAM). It needs no connect(): sendto() names the address each time.")
        )
        + f"endpoint = socket.socket({family(target)}, socket.SOCK_DGRAM)\n"
        + f"endpoint.bind(({'::' if ip_version(target) == 6 else ''!r}, 0))\n"
        + _udp_options(example, target)
        + "threading.Thread(target=print_datagrams, args=(endpoint,), daemon=True).start()\n"
        "for line in sys.stdin:\n"
        "    text = line.rstrip('\\n')\n"
        "    if text.lower() == 'exit':\n"
        "        break\n"
        f"    endpoint.sendto({encoded(example)}, (HOST, PORT))\n"
        "endpoint.close()\n"
    )


def receiver_program(example: Example) -> str:
    many = example.role in ("broadcast", "multicast")
    family_host = example.group if example.role == "multicast" else example.host
    host = ("::" if ip_version(family_host) == 6 else "") if many else example.host
    constants: list[tuple[str, object]] = [("HOST", host), ("PORT", example.port)]
    if example.role == "multicast":
        constants.append(("GROUP", example.group))
    reuse = ""
    if many:
        reuse = (
            comment(_("Several programs on one PC may receive these datagrams."))
            + "endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
        )
    return (
        head(
            _("A UDP receiver: it waits for datagrams; a line typed here answers everybody who wrote."),
            ["socket", "sys", "threading"],
            constants,
        )
        + "senders = set()\n\n\n"
        + _print_datagrams(example, remember=True)
        + comment(_("bind() takes the port; there is no listen() and no accept()."))
        + f"endpoint = socket.socket({family(family_host)}, socket.SOCK_DGRAM)\n"
        + reuse
        + "endpoint.bind((HOST, PORT))\n"
        + _join(example)
        + f"print({_('Waiting for datagrams on')!r}, endpoint.getsockname(), flush=True)\n"
        "threading.Thread(target=print_datagrams, args=(endpoint,), daemon=True).start()\n"
        "for line in sys.stdin:\n"
        "    text = line.rstrip('\\n')\n"
        "    for sender in list(senders):\n"
        f"        endpoint.sendto({encoded(example)}, sender)\n"
        "endpoint.close()\n"
    )
