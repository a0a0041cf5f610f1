"""The present choice as two short Python programs: what a pupil would write to do the same, with nothing but
the
standard library. They are built from the choice, not looked up: framing, codec, address family and TLS stand
in them as chosen.

Comments come in the interface's language. The programs read lines from standard input, send them, and print
what arrives; ``exit`` ends the client, as in the tutorial."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from textwrap import indent

from gui.i18n import _
from net.protocol.codec import python_codec
from net.protocol.framing import Framing, FramingKind


@dataclass(frozen=True, slots=True)
class Example:
    """What the programs do. ``host`` and ``port`` are the server's (UDP: the receiver's) as the client
    reaches it;
    ``group`` is the multicast group for role "multicast"."""

    transport: str  # "tcp" or "udp"
    role: str  # "server", "client", "unicast", "broadcast" or "multicast"
    host: str
    port: int
    framing: Framing = field(default_factory=Framing)
    codec: str = "utf-8"
    tls: bool = False
    group: str = ""
    ttl: int = 1


def server_program(example: Example) -> str:
    """The program that waits: a TCP server, or whoever receives datagrams."""
    return _udp_receiver(example) if example.transport == "udp" else _tcp_server(example)


def client_program(example: Example) -> str:
    """The program that begins: a TCP client, or whoever sends the first datagram."""
    return _udp_sender(example) if example.transport == "udp" else _tcp_client(example)


def _version(host: str) -> int:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).version
    except ValueError:
        return 4


def _reachable(host: str) -> str:
    """Where a client on this PC reaches a server that listens everywhere."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)


def _comment(text: str) -> str:
    return "".join(f"# {line}\n" for line in text.splitlines())


def _family(host: str) -> str:
    return "socket.AF_INET6" if _version(host) == 6 else "socket.AF_INET"


def _head(title: str, imports: list[str], constants: list[tuple[str, object]]) -> str:
    lines = "".join(f"import {name}\n" for name in sorted(imports))
    values = "".join(f"{name} = {value!r}\n" for name, value in constants)
    return f"{_comment(title)}{lines}\n{values}"


# TCP: how messages are cut out of the stream. Each gives a generator receive_messages(connection) and a
# function frame(message), so that the programs around them need not know which it is.


def _framing_code(framing: Framing, codec: str) -> str:
    return _FRAMINGS[framing.kind](framing, codec)


def _raw(framing: Framing, codec: str) -> str:
    return (
        "def frame(message):\n    return message\n\n\n"
        "def receive_messages(connection):\n"
        + _inside(
            _("TCP is a stream of bytes: recv() gives what has arrived, which may be half a message or two,")
        )
        + _inside(
            _("and b'' once the other end has closed. The decoder keeps half a character for the next time.")
        )
        + f"    decoder = codecs.getincrementaldecoder({python_codec(codec)!r})(errors='replace')\n"
        "    while data := connection.recv(4096):\n"
        "        if text := decoder.decode(data):\n"
        "            yield text\n"
    )


def _lines(framing: Framing, codec: str) -> str:
    return _delimited(framing.line_ending.decode("ascii").encode(python_codec(codec)), codec, strip=True)


def _delimiter(framing: Framing, codec: str) -> str:
    return _delimited(framing.delimiter, codec, strip=False)


def _delimited(end: bytes, codec: str, *, strip: bool) -> str:
    name = python_codec(codec)
    at = b"\n".decode("ascii").encode(name) if strip else end
    text = f"message.decode({name!r}, 'replace')" + (".removesuffix('\\r')" if strip else "")
    return (
        f"END = {end!r}\n\n\n"
        "def frame(message):\n    return message + END\n\n\n"
        "def receive_messages(connection):\n"
        + _inside(_("A message ends where the end mark stands; what comes after it waits for the rest."))
        + "    waiting = b''\n"
        "    while data := connection.recv(4096):\n"
        f"        *messages, waiting = (waiting + data).split({at!r})\n"
        "        for message in messages:\n"
        f"            yield {text}\n"
    )


def _exactly() -> str:
    return (
        "def receive_exactly(connection, size):\n"
        + _inside(_("recv() may give less than asked for: go on until all of it is here."))
        + "    data = b''\n"
        "    while len(data) < size:\n"
        "        more = connection.recv(size - len(data))\n"
        "        if not more:\n"
        "            return b''\n"
        "        data += more\n"
        "    return data\n\n\n"
    )


def _length(framing: Framing, codec: str) -> str:
    size = framing.length_bytes
    return (
        _exactly()
        + "def frame(message):\n"
        + _inside(_("First how many bytes follow, the most significant byte first, then the message."))
        + f"    return len(message).to_bytes({size}, 'big') + message\n\n\n"
        "def receive_messages(connection):\n"
        f"    while head := receive_exactly(connection, {size}):\n"
        "        size = int.from_bytes(head, 'big')\n"
        f"        yield receive_exactly(connection, size).decode({python_codec(codec)!r}, 'replace')\n"
    )


def _fixed(framing: Framing, codec: str) -> str:
    name = python_codec(codec)
    return (
        f"SIZE = {framing.size}\n\n\n"
        + _exactly()
        + "def frame(message):\n"
        + _inside(
            _("Every message has the same size: a longer one is cut, a shorter one filled with spaces.")
        )
        + f"    return message[:SIZE] + b' ' * (SIZE - len(message))\n\n\n"
        "def receive_messages(connection):\n"
        "    while message := receive_exactly(connection, SIZE):\n"
        f"        yield message.decode({name!r}, 'replace')\n"
    )


_FRAMINGS: dict[FramingKind, Callable[[Framing, str], str]] = {
    FramingKind.RAW: _raw,
    FramingKind.LINES: _lines,
    FramingKind.LENGTH: _length,
    FramingKind.FIXED: _fixed,
    FramingKind.DELIMITER: _delimiter,
}


def _inside(text: str, depth: int = 1) -> str:
    return indent(_comment(text), "    " * depth)


def _imports(example: Example) -> list[str]:
    needed = ["socket", "sys", "threading"]
    if example.framing.kind is FramingKind.RAW:
        needed.append("codecs")
    if example.tls:
        needed += ["select", "ssl"]
    return needed


def _tls_calls() -> str:
    return (
        "lock = threading.Lock()\n\n\n"
        "def receive(connection, size):\n"
        + _inside(_("Two threads must not use one TLS connection at the same moment: wait without the lock,"))
        + _inside(_("and read with it."))
        + "    while True:\n"
        "        with lock:\n"
        "            try:\n"
        "                connection.settimeout(0)\n"
        "                return connection.recv(size)\n"
        "            except ssl.SSLWantReadError:\n"
        "                pass\n"
        "            finally:\n"
        "                connection.settimeout(None)\n"
        "        select.select([connection], [], [])\n\n\n"
        "def send(connection, data):\n"
        "    with lock:\n"
        "        connection.sendall(data)\n\n\n"
    )


def _stream_code(example: Example) -> str:
    """The functions of the framing, reading and sending as TLS needs it where it is on."""
    code = _framing_code(example.framing, example.codec)
    if not example.tls:
        return code
    return _tls_calls() + re.sub(r"connection\.recv\((.*?)\)(?=:|\n)", r"receive(connection, \1)", code)


def _send_call(example: Example, depth: int) -> str:
    data = f"frame({_encode(example)})"
    call = f"send(connection, {data})" if example.tls else f"connection.sendall({data})"
    return "    " * depth + call + "\n"


def _encode(example: Example) -> str:
    return f"text.encode({python_codec(example.codec)!r})"


def _tcp_client(example: Example) -> str:
    host = _reachable(example.host)
    tls = ""
    if example.tls:
        tls = (
            _comment(_("TLS on top of TCP. The server's certificate is its own, so nobody vouches for it:"))
            + _comment(_("this encrypts, but does not prove who the server is."))
            + "context = ssl.create_default_context()\n"
            "context.check_hostname = False\n"
            "context.verify_mode = ssl.CERT_NONE\n"
            "connection = context.wrap_socket(connection, server_hostname=HOST)\n"
        )
    return (
        _head(
            _("A TCP client. Start the server first, then this; type a line to send it, exit to end."),
            _imports(example),
            [("HOST", host), ("PORT", example.port)],
        )
        + "\n\n"
        + _stream_code(example)
        + "\n\ndef print_messages(connection):\n"
        "    try:\n"
        "        for text in receive_messages(connection):\n"
        "            print('<', text, flush=True)\n"
        "    except OSError as error:\n"
        "        print(error, flush=True)\n"
        f"    print({_('The other end has closed the connection.')!r}, flush=True)\n\n\n"
        + _comment(
            _("A socket for TCP (SOCK_STREAM); connect() makes the three-way handshake with the server.")
        )
        + f"connection = socket.socket({_family(host)}, socket.SOCK_STREAM)\n"
        "connection.connect((HOST, PORT))\n"
        + tls
        + _comment(_("Receiving waits, and so does reading the keyboard: each gets a thread of its own."))
        + "threading.Thread(target=print_messages, args=(connection,), daemon=True).start()\n"
        "for line in sys.stdin:\n"
        "    text = line.rstrip('\\n')\n"
        "    if text.lower() == 'exit':\n"
        "        break\n" + _send_call(example, 1) + "connection.close()\n"
    )


def _tcp_server(example: Example) -> str:
    tls = ""
    constants: list[tuple[str, object]] = [("HOST", example.host), ("PORT", example.port)]
    if example.tls:
        constants.append(("CERTIFICATE", "certificate.pem"))
        tls = (
            _comment(_("TLS needs a certificate with its key, both in this file. One of your own:"))
            + "# openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost "
            "-keyout certificate.pem -out certificate.pem\n"
            "context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"
            "context.load_cert_chain(CERTIFICATE)\n"
            "listener = context.wrap_socket(listener, server_side=True)\n"
        )
    return (
        _head(
            _("A TCP server for many clients at once; a line typed here goes to all of them."),
            _imports(example),
            constants,
        )
        + "clients = []\n\n\n"
        + _stream_code(example)
        + "\n\ndef serve(connection, address):\n"
        "    clients.append(connection)\n"
        f"    print({_('Connected:')!r}, address, flush=True)\n"
        "    try:\n"
        "        for text in receive_messages(connection):\n"
        "            print(address, '<', text, flush=True)\n"
        "    except OSError as error:\n"
        "        print(error, flush=True)\n"
        "    clients.remove(connection)\n"
        "    connection.close()\n"
        f"    print({_('Closed:')!r}, address, flush=True)\n\n\n"
        "def accept_clients(listener):\n"
        "    while True:\n"
        + _inside(_("accept() waits for a client and gives a new socket for this one conversation."), 2)
        + "        connection, address = listener.accept()\n"
        "        threading.Thread(target=serve, args=(connection, address), daemon=True).start()\n\n\n"
        + _comment(_("bind() takes the address and port, listen() lets clients queue for accept()."))
        + f"listener = socket.socket({_family(example.host)}, socket.SOCK_STREAM)\n"
        "listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
        "listener.bind((HOST, PORT))\n"
        "listener.listen()\n" + tls + f"print({_('Listening on')!r}, listener.getsockname(), flush=True)\n"
        "threading.Thread(target=accept_clients, args=(listener,), daemon=True).start()\n"
        "for line in sys.stdin:\n"
        "    text = line.rstrip('\\n')\n"
        "    for connection in list(clients):\n" + _send_call(example, 2) + "listener.close()\n"
    )


def _udp_options(example: Example, host: str) -> str:
    if example.role == "broadcast":
        return (
            _comment(_("To send to everybody on the network the socket must ask for it."))
            + "endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)\n"
        )
    if example.role == "multicast":
        level, option = (
            ("IPPROTO_IPV6", "IPV6_MULTICAST_HOPS")
            if _version(host) == 6
            else ("IPPROTO_IP", "IP_MULTICAST_TTL")
        )
        return (
            _comment(_("How many routers a datagram to the group may pass; 1 stays on this network."))
            + f"endpoint.setsockopt(socket.{level}, socket.{option}, {example.ttl})\n"
        )
    return ""


def _join(example: Example) -> str:
    if example.role != "multicast":
        return ""
    if _version(example.group) == 6:
        request = "socket.inet_pton(socket.AF_INET6, GROUP) + bytes(4)"
        option = "socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP"
    else:
        request = "socket.inet_aton(GROUP) + socket.inet_aton('0.0.0.0')"
        option = "socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP"
    return (
        _comment(_("Join the group: from now on the network card takes what is sent to it."))
        + f"endpoint.setsockopt({option}, {request})\n"
    )


def _print_datagrams(example: Example, remember: bool) -> str:
    return (
        "def print_datagrams(endpoint):\n"
        "    while True:\n"
        + _inside(_("Each recvfrom() gives one whole datagram, and who sent it. There is no connection."), 2)
        + "        try:\n"
        "            data, sender = endpoint.recvfrom(65535)\n"
        "        except ConnectionError as error:\n"
        "            print(error, flush=True)\n"
        "            continue\n"
        + ("        senders.add(sender)\n" if remember else "")
        + f"        text = data.decode({python_codec(example.codec)!r}, 'replace')\n"
        "        print(sender, '<', text, flush=True)\n\n\n"
    )


def _udp_sender(example: Example) -> str:
    target = example.group if example.role == "multicast" else _reachable(example.host)
    if example.role == "broadcast" and target in ("127.0.0.1", ""):
        target = "255.255.255.255"
    return (
        _head(
            _("A UDP sender: no connection, each line is one datagram; exit ends it."),
            ["socket", "sys", "threading"],
            [("HOST", target), ("PORT", example.port)],
        )
        + "\n\n"
        + _print_datagrams(example, remember=False)
        + _comment(
            _("A socket for UDP (SOCK_DGRAM). It needs no connect(): sendto() names the address each time.")
        )
        + f"endpoint = socket.socket({_family(target)}, socket.SOCK_DGRAM)\n"
        + f"endpoint.bind(({'::' if _version(target) == 6 else ''!r}, 0))\n"
        + _udp_options(example, target)
        + "threading.Thread(target=print_datagrams, args=(endpoint,), daemon=True).start()\n"
        "for line in sys.stdin:\n"
        "    text = line.rstrip('\\n')\n"
        "    if text.lower() == 'exit':\n"
        "        break\n"
        f"    endpoint.sendto({_encode(example)}, (HOST, PORT))\n"
        "endpoint.close()\n"
    )


def _udp_receiver(example: Example) -> str:
    many = example.role in ("broadcast", "multicast")
    family_host = example.group if example.role == "multicast" else example.host
    host = ("::" if _version(family_host) == 6 else "") if many else example.host
    constants: list[tuple[str, object]] = [("HOST", host), ("PORT", example.port)]
    if example.role == "multicast":
        constants.append(("GROUP", example.group))
    reuse = ""
    if many:
        reuse = (
            _comment(_("Several programs on one PC may receive these datagrams."))
            + "endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
        )
    return (
        _head(
            _("A UDP receiver: it waits for datagrams; a line typed here answers everybody who wrote."),
            ["socket", "sys", "threading"],
            constants,
        )
        + "senders = set()\n\n\n"
        + _print_datagrams(example, remember=True)
        + _comment(_("bind() takes the port; there is no listen() and no accept()."))
        + f"endpoint = socket.socket({_family(family_host)}, socket.SOCK_DGRAM)\n"
        + reuse
        + "endpoint.bind((HOST, PORT))\n"
        + _join(example)
        + f"print({_('Waiting for datagrams on')!r}, endpoint.getsockname(), flush=True)\n"
        "threading.Thread(target=print_datagrams, args=(endpoint,), daemon=True).start()\n"
        "for line in sys.stdin:\n"
        "    text = line.rstrip('\\n')\n"
        "    for sender in list(senders):\n"
        f"        endpoint.sendto({_encode(example)}, sender)\n"
        "endpoint.close()\n"
    )
