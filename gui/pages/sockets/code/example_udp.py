"""The two programs for UDP: the sender of the first datagram, and its receiver."""

from __future__ import annotations

from dataclasses import replace

from gui.pages.sockets.code.example_answers import answer_function, answer_imports, answers, reply_loop
from gui.pages.sockets.code.example_parts import (
    Example,
    address,
    address_constants,
    bare,
    comment,
    encoded,
    family,
    head,
    inside,
    interface_index,
    ip_version,
    option,
    print_line,
    socket_options,
)
from gui.shared.i18n import _
from net.protocol.codec import python_codec


def _udp_options(example: Example, host: str, side: str) -> str:
    if example.role == "broadcast":
        return (
            comment(_("To send to everybody on the network the socket must ask for it."))
            + "endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)\n"
        )
    if example.role == "multicast":
        six = ip_version(host) == 6
        level = "IPPROTO_IPV6" if six else "IPPROTO_IP"
        code = comment(_("How many routers a datagram to the group may pass; 1 stays on this network."))
        code += option("IPV6_MULTICAST_HOPS" if six else "IP_MULTICAST_TTL", level, example.ttl, "endpoint")
        if not example.options(side).loop:
            code += comment(_("Programs on this PC do not hear what this one sends."))
            code += option("IPV6_MULTICAST_LOOP" if six else "IP_MULTICAST_LOOP", level, 0, "endpoint")
        return code
    return ""


def _way(example: Example, side: str) -> tuple[list[tuple[str, object]], str]:
    """Constants and code that name the network of a group: the one that the session chose; in the other
    program the one that leads to this PC, which is asked of its own system."""
    if example.role != "multicast":
        return [], ""
    chosen = example.interface if side == example.own_side else ""
    if ip_version(example.group) == 6:
        scope = chosen or (bare_scope(example.group) if side == example.own_side else "")
        return [("INTERFACE", scope)], f"index = {interface_index(scope)} if INTERFACE else 0\n"
    window = example.interface or example.reach
    if side == example.own_side:
        chosen = window
    if chosen or not window:
        return [], f"own = socket.inet_aton({chosen or '0.0.0.0'!r})\n"
    return [("OTHER", window)], (
        comment(
            _("Which network leads to the other PC: connect() on a UDP socket sends nothing, but chooses it.")
        )
        + "with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:\n"
        "    probe.connect((OTHER, PORT))\n"
        "    own = socket.inet_aton(probe.getsockname()[0])\n"
    )


def _join(example: Example) -> str:
    if example.role != "multicast":
        return ""
    if ip_version(example.group) == 6:
        # inet_pton's bytes, then the interface's index as a C unsigned int
        request = "membership"
        before = "membership = socket.inet_pton(socket.AF_INET6, GROUP) + index.to_bytes(4, sys.byteorder)\n"
        name = "socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP"
    else:
        request = "socket.inet_aton(GROUP) + own"
        before = ""
        name = "socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP"
    return (
        comment(_("Join the group: from now on the network card takes what is sent to it."))
        + before
        + f"endpoint.setsockopt({name}, {request})\n"
    )


def _outgoing(example: Example) -> str:
    """The option for the interface that group datagrams leave by."""
    if example.role != "multicast":
        return ""
    if ip_version(example.group) == 6:
        name, value = "socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF", "index"
    else:
        name, value = "socket.IPPROTO_IP, socket.IP_MULTICAST_IF", "own"
    return (
        comment(_("Through which of this PC's networks the datagrams go out."))
        + f"endpoint.setsockopt({name}, {value})\n"
    )


def bare_scope(host: str) -> str:
    """The interface of an address with a scope, "" without."""
    return host.partition("%")[2]


def _group_address(example: Example) -> str:
    return "(GROUP, PORT, 0, index)" if ip_version(example.group) == 6 else "(GROUP, PORT)"


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
    target = example.group if example.role == "multicast" else example.reachable
    options = example.options("client")
    constants, way = _way(example, "client")
    if example.role == "broadcast" and target in ("127.0.0.1", ""):
        target = "255.255.255.255"
    if example.role == "multicast":
        # To hear the group too, and not only to send to it.
        example = replace(example, own_port=example.port)
    own = example.own_host or ("::" if ip_version(target) == 6 else "")
    return (
        head(
            _("A UDP sender: no connection, each line is one datagram; exit ends it."),
            ["socket", "sys", "threading", *answer_imports(example, "client")],
            [("GROUP", bare(target)), ("PORT", example.port), *constants]
            if example.role == "multicast"
            else address_constants(target, example.port),
        )
        + "\n\n"
        + _print_datagrams(example, "client")
        + comment(
            _("A socket for UDP (SOCK_DGRAM). It needs no connect(): sendto() names the address each time.")
        )
        + f"endpoint = socket.socket({family(target)}, socket.SOCK_DGRAM)\n"
        + (_reuse() if example.role == "multicast" else "")
        + socket_options(options, "endpoint")
        + f"endpoint.bind({_own_address(own, example.own_port)})\n"
        + way
        + _join(example)
        + _udp_options(example, target, "client")
        + _outgoing(example)
        + _connect(example, target)
        + "threading.Thread(target=print_datagrams, args=(endpoint,), daemon=True).start()\n"
        "for line in sys.stdin:\n"
        "    text = line.rstrip('\\n')\n"
        "    if text.lower() == 'exit':\n"
        "        break\n"
        f"    endpoint.{_send_call(example, target)}\n"
        "endpoint.close()\n"
    )


def _reuse() -> str:
    return (
        comment(_("Several programs on one PC may receive these datagrams."))
        + "endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
    )


def _own_address(host: str, port: int) -> str:
    """What a sender binds. A link-local address needs its interface, whose number is this PC's."""
    scope = bare_scope(host)
    if not scope:
        return f"({host!r}, {port})"
    index = scope if scope.isdigit() else f"socket.if_nametoindex({scope!r})"
    return f"({bare(host)!r}, {port}, 0, {index})"


def _connect(example: Example, target: str) -> str:
    if not example.options("client").connected or example.role != "unicast":
        return ""
    return (
        comment(
            _("connect() on a UDP socket sends nothing: it only fixes the peer, and tells of closed ports.")
        )
        + f"endpoint.connect({address(target)})\n"
    )


def _send_call(example: Example, target: str) -> str:
    data = encoded(example)
    if example.role == "multicast":
        return f"sendto({data}, {_group_address(example)})"
    if example.options("client").connected and example.role == "unicast":
        return f"send({data})"
    return f"sendto({data}, {address(target)})"


def receiver_program(example: Example) -> str:
    many = example.role in ("broadcast", "multicast")
    host = example.server_host
    group = example.role == "multicast"
    constants = address_constants(host, example.port)
    extra, way = _way(example, "server")
    if group:
        constants += [("GROUP", bare(example.group)), *extra]
    send = f"    for sender in list(senders):\n        endpoint.sendto({encoded(example)}, sender)\n"
    if group:
        send = f"    endpoint.sendto({encoded(example)}, {_group_address(example)})\n"
    reuse = _reuse() if many else ""
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
        + socket_options(example.options("server"), "endpoint")
        + f"endpoint.bind({address(host)})\n"
        + way
        + _join(example)
        + (_udp_options(example, example.group, "server") + _outgoing(example) if group else "")
        + print_line(_("Waiting for datagrams on"), "endpoint.getsockname()")
        + "threading.Thread(target=print_datagrams, args=(endpoint,), daemon=True).start()\n"
        "for line in sys.stdin:\n"
        "    text = line.rstrip('\\n')\n" + send + "endpoint.close()\n"
    )
