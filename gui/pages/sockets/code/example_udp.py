"""The two programs for UDP: the sender of the first datagram, and its receiver."""

from __future__ import annotations

from gui.pages.sockets.code.example_answers import answer_function, answer_imports, answers, reply_loop
from gui.pages.sockets.code.example_parts import (
    Example,
    comment,
    encoded,
    family,
    head,
    inside,
    ip_version,
    print_line,
    reachable,
)
from gui.shared.i18n import _
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
        index = int(example.interface) if example.interface.isdigit() else 0
        # inet_pton's bytes, then the interface's index as a C unsigned int
        request = "socket.inet_pton(socket.AF_INET6, GROUP) + " + _index_bytes(index)
        option = "socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP"
    else:
        own = example.interface or "0.0.0.0"
        request = f"socket.inet_aton(GROUP) + socket.inet_aton({own!r})"
        option = "socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP"
    return (
        comment(_("Join the group: from now on the network card takes what is sent to it."))
        + f"endpoint.setsockopt({option}, {request})\n"
    )


def _index_bytes(index: int) -> str:
    return f"({index}).to_bytes(4, sys.byteorder)" if index else "bytes(4)"


def _outgoing(example: Example) -> str:
    """The option for the interface that group datagrams leave by, if one was chosen."""
    if example.role != "multicast" or not example.interface:
        return ""
    if ip_version(example.group) == 6:
        option, value = "socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF", example.interface
    else:
        option = "socket.IPPROTO_IP, socket.IP_MULTICAST_IF"
        value = f"socket.inet_aton({example.interface!r})"
    return (
        comment(_("Through which of this PC's networks the datagrams go out."))
        + f"endpoint.setsockopt({option}, {value})\n"
    )


def _print_datagrams(example: Example, side: str) -> str:
    remember = side == "server" and example.role != "multicast"
    reply = ""
    if answers(example, side):
        reply = reply_loop(example, 2, "sender", "endpoint.sendto", "", "{}, sender")
    return answer_function(example, side) + (
        "def print_datagrams(endpoint):\n"
        "    while True:\n"
        + inside(_("Each recvfrom() gives one whole datagram, and who sent it. There is no connection."), 2)
        + "        try:\n"
        "            message, sender = endpoint.recvfrom(65535)\n"
        "        except ConnectionError as error:\n"
        "            print(error, flush=True)\n"
        "            continue\n"
        + ("        senders.add(sender)\n" if remember else "")
        + f"        text = message.decode({python_codec(example.codec)!r}, 'replace')\n"
        "        print(sender, '<', text, flush=True)\n" + reply + "\n\n"
    )


def sender_program(example: Example) -> str:
    target = example.group if example.role == "multicast" else reachable(example.host)
    if example.role == "broadcast" and target in ("127.0.0.1", ""):
        target = "255.255.255.255"
    own = example.own_host or ("::" if ip_version(target) == 6 else "")
    return (
        head(
            _("A UDP sender: no connection, each line is one datagram; exit ends it."),
            ["socket", "sys", "threading", *answer_imports(example, "client")],
            [("HOST", target), ("PORT", example.port)],
        )
        + "\n\n"
        + _print_datagrams(example, "client")
        + comment(
            _("A socket for UDP (SOCK_DGRAM). It needs no connect(): sendto() names the address each time.")
        )
        + f"endpoint = socket.socket({family(target)}, socket.SOCK_DGRAM)\n"
        + f"endpoint.bind(({own!r}, {example.own_port}))\n"
        + _udp_options(example, target)
        + _outgoing(example)
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
    host = example.server_host
    group = example.role == "multicast"
    constants: list[tuple[str, object]] = [("HOST", host), ("PORT", example.port)]
    if group:
        constants.append(("GROUP", example.group))
    send = f"    for sender in list(senders):\n        endpoint.sendto({encoded(example)}, sender)\n"
    if group:
        send = f"    endpoint.sendto({encoded(example)}, (GROUP, PORT))\n"
    reuse = ""
    if many:
        reuse = (
            comment(_("Several programs on one PC may receive these datagrams."))
            + "endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
        )
    return (
        head(
            _("A UDP receiver in a group: it waits for datagrams; a line typed here goes to the whole group.")
            if group
            else _("A UDP receiver: it waits for datagrams; a line typed here answers everybody who wrote."),
            ["socket", "sys", "threading", *answer_imports(example, "server")],
            constants,
        )
        + ("\n\n" if group else "senders = set()\n\n\n")
        + _print_datagrams(example, "server")
        + comment(_("bind() takes the port; there is no listen() and no accept()."))
        + f"endpoint = socket.socket({family(example.group if group else example.host)}, socket.SOCK_DGRAM)\n"
        + reuse
        + "endpoint.bind((HOST, PORT))\n"
        + _join(example)
        + (_udp_options(example, example.group) + _outgoing(example) if group else "")
        + print_line(_("Waiting for datagrams on"), "endpoint.getsockname()")
        + "threading.Thread(target=print_datagrams, args=(endpoint,), daemon=True).start()\n"
        "for line in sys.stdin:\n"
        "    text = line.rstrip('\\n')\n" + send + "endpoint.close()\n"
    )
