"""The current choice as two short Python programs: what a pupil would write to do the same with nothing but
the standard library. They are generated from the choice: framing, codec, address family, TLS and replies are
as chosen.

Comments are in the interface's language. The programs read lines from standard input, send them, and print
received messages; ``exit`` ends the client, as in the tutorial."""

from __future__ import annotations

import re
from collections.abc import Callable

from gui.pages.sockets.code.example_answers import answer_function, answer_imports, answers, reply_loop
from gui.pages.sockets.code.example_parts import (
    Example,
    OwnOptions,
    address,
    address_constants,
    bare,
    comment,
    encoded,
    family,
    head,
    inside,
    option,
    print_line,
    socket_options,
)
from gui.pages.sockets.code.example_udp import receiver_program, sender_program
from gui.shared.i18n import _
from net.protocol.codec import python_codec
from net.protocol.framing import Framing, FramingKind

KEEP_ALIVE_IDLE, KEEP_ALIVE_INTERVAL, KEEP_ALIVE_PROBES = 10, 5, 4
"""As `net.sockets.socket_options` sets them; a test compares them."""

__all__ = ["Example", "client_program", "server_program"]


def server_program(example: Example) -> str:
    """The program that waits: a TCP server, or a receiver of datagrams."""
    return receiver_program(example) if example.transport == "udp" else _tcp_server(example)


def client_program(example: Example) -> str:
    """The program that begins: a TCP client, or the sender of the first datagram."""
    return sender_program(example) if example.transport == "udp" else _tcp_client(example)


# TCP: finding the messages in the stream. Each framing defines a generator receive_messages(connection) and a
# function frame(message), so that the rest of the program need not know which framing it is. A program that
# replies automatically works with bytes, to compare and return them unchanged; the others work with text.


def _framing_code(framing: Framing, codec: str, in_bytes: bool) -> str:
    return _FRAMINGS[framing.kind](framing, codec, in_bytes)


def _raw(framing: Framing, codec: str, in_bytes: bool) -> str:
    code = "def frame(message):\n    return message\n\n\ndef receive_messages(connection):\n" + inside(
        _("TCP is a stream of bytes: recv() gives what has arrived, which may be half a message or two,")
    )
    if in_bytes:
        return (
            code
            + inside(_("and b'' once the other end has closed."))
            + "    while data := connection.recv(4096):\n        yield data\n"
        )
    return (
        code
        + inside(
            _("and b'' once the other end has closed. The decoder keeps half a character for the next time.")
        )
        + f"    decoder = codecs.getincrementaldecoder({python_codec(codec)!r})(errors='replace')\n"
        "    while data := connection.recv(4096):\n"
        "        if text := decoder.decode(data):\n"
        "            yield text\n"
    )


def _lines(framing: Framing, codec: str, in_bytes: bool) -> str:
    end = framing.line_ending.decode("ascii").encode(python_codec(codec))
    return _delimited(end, codec, in_bytes, strip=True)


def _delimiter(framing: Framing, codec: str, in_bytes: bool) -> str:
    return _delimited(framing.delimiter, codec, in_bytes, strip=False)


def _delimited(end: bytes, codec: str, in_bytes: bool, *, strip: bool) -> str:
    name = python_codec(codec)
    at = "\n".encode(name) if strip else end
    if in_bytes:
        given = f"message.removesuffix({chr(13).encode(name)!r})" if strip else "message"
    else:
        given = f"message.decode({name!r}, 'replace')" + (".removesuffix('\\r')" if strip else "")
    return (
        f"END = {end!r}\n\n\n"
        "def frame(message):\n    return message + END\n\n\n"
        "def receive_messages(connection):\n"
        + inside(_("A message ends where the end mark stands; what comes after it waits for the rest."))
        + "    waiting = b''\n"
        "    while data := connection.recv(4096):\n"
        f"        *messages, waiting = (waiting + data).split({at!r})\n"
        "        for message in messages:\n"
        f"            yield {given}\n"
    )


def _exactly() -> str:
    return (
        "def receive_exactly(connection, size):\n"
        + inside(_("recv() may give less than asked for: go on until all of it is here."))
        + "    data = b''\n"
        "    while len(data) < size:\n"
        "        more = connection.recv(size - len(data))\n"
        "        if not more:\n"
        "            return b''\n"
        "        data += more\n"
        "    return data\n\n\n"
    )


def _length(framing: Framing, codec: str, in_bytes: bool) -> str:
    size = framing.length_bytes
    decode = "" if in_bytes else f".decode({python_codec(codec)!r}, 'replace')"
    return (
        _exactly()
        + "def frame(message):\n"
        + inside(_("First how many bytes follow, the most significant byte first, then the message."))
        + f"    return len(message).to_bytes({size}, 'big') + message\n\n\n"
        "def receive_messages(connection):\n"
        f"    while head := receive_exactly(connection, {size}):\n"
        "        size = int.from_bytes(head, 'big')\n"
        f"        yield receive_exactly(connection, size){decode}\n"
    )


def _fixed(framing: Framing, codec: str, in_bytes: bool) -> str:
    decode = "" if in_bytes else f".decode({python_codec(codec)!r}, 'replace')"
    return (
        f"SIZE = {framing.size}\n\n\n"
        + _exactly()
        + "def frame(message):\n"
        + inside(_("Every message has the same size: a longer one is cut, a shorter one filled with spaces."))
        + "    return message[:SIZE] + b' ' * (SIZE - len(message))\n\n\n"
        "def receive_messages(connection):\n"
        "    while message := receive_exactly(connection, SIZE):\n"
        f"        yield message{decode}\n"
    )


_FRAMINGS: dict[FramingKind, Callable[[Framing, str, bool], str]] = {
    FramingKind.RAW: _raw,
    FramingKind.LINES: _lines,
    FramingKind.LENGTH: _length,
    FramingKind.FIXED: _fixed,
    FramingKind.DELIMITER: _delimiter,
}


def _imports(example: Example, side: str) -> list[str]:
    needed = ["socket", "sys", "threading", *answer_imports(example, side)]
    if example.framing.kind is FramingKind.RAW and not answers(example, side):
        needed.append("codecs")
    if example.tls:
        needed += ["select", "ssl"]
    return needed


def _tls_calls() -> str:
    return (
        "lock = threading.Lock()\n\n\n"
        "def receive(connection, size):\n"
        + inside(_("Two threads must not use one TLS connection at the same moment: wait without the lock,"))
        + inside(_("and read with it."))
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


def _stream_code(example: Example, side: str) -> str:
    """The functions for the framing, with reading and sending adapted to TLS if that is on."""
    code = _framing_code(example.framing, example.codec, answers(example, side))
    if not example.tls:
        return code
    return _tls_calls() + re.sub(r"connection\.recv\((.*?)\)(?=:|\n)", r"receive(connection, \1)", code)


def _send_call(example: Example, depth: int) -> str:
    data = f"frame({encoded(example)})"
    call = f"send(connection, {data})" if example.tls else f"connection.sendall({data})"
    return "    " * depth + call + "\n"


def _receive_loop(example: Example, side: str, who: str, address: str) -> str:
    """Prints each message after ``who``, and replies to it if this side does."""
    if not answers(example, side):
        return (
            "        for text in receive_messages(connection):\n"
            f"            print({who}'<', text, flush=True)\n"
        )
    send, before = ("send", "connection, ") if example.tls else ("connection.sendall", "")
    return (
        "        for message in receive_messages(connection):\n"
        f"            text = message.decode({python_codec(example.codec)!r}, 'replace')\n"
        f"            print({who}'<', text, flush=True)\n"
        + reply_loop(example, 3, address, send, before, "frame({})")
    )


def _tcp_options(options: OwnOptions, name: str) -> str:
    """What the session sets on its socket before ``connect`` or ``listen``."""
    code = socket_options(options, name)
    if options.keep_alive:
        code += (
            comment(
                _("Keep-alive: a peer that says nothing is asked now and then whether it is still there.")
            )
            + option("SO_KEEPALIVE", "SOL_SOCKET", 1, name)
            + f"for option, value in (('TCP_KEEPIDLE', {KEEP_ALIVE_IDLE}), "
            f"('TCP_KEEPINTVL', {KEEP_ALIVE_INTERVAL}), ('TCP_KEEPCNT', {KEEP_ALIVE_PROBES})):\n"
            "    if hasattr(socket, option):\n"
            f"        {name}.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)\n"
        )
    if options.no_delay:
        code += comment(_("Send each message at once, without waiting for more to fill the segment."))
        code += option("TCP_NODELAY", "IPPROTO_TCP", 1, name)
    return code


def _client_tls(options: OwnOptions) -> str:
    name = repr(options.tls_name) if options.tls_name else "HOST"
    code = comment(_("TLS on top of TCP. The server's certificate is its own, so nobody vouches for it:"))
    code += comment(_("this encrypts, but does not prove who the server is."))
    check = "context.check_hostname = False\ncontext.verify_mode = ssl.CERT_NONE\n"
    if options.verify:
        code = comment(_("TLS on top of TCP. The server's certificate must be vouched for by an authority,"))
        code += comment(_("and be made out to this name."))
        check = f"context.load_verify_locations({options.authority!r})\n" if options.authority else ""
    code += "context = ssl.create_default_context()\n" + check
    if options.certificate:
        code += f"context.load_cert_chain({options.certificate!r}, {options.key!r})\n"
    return code + f"connection = context.wrap_socket(connection, server_hostname={name})\n"


def _connect(host: str, options: OwnOptions) -> str:
    code = ""
    if options.local_host:
        code += comment(_("bind() before connect() chooses the address and port of this end; 0: any port."))
        code += f"connection.bind(({bare(options.local_host)!r}, {options.local_port}))\n"
    if options.timeout is not None:
        code += comment(_("Give up connecting after so many seconds; after that, wait without an end."))
        code += f"connection.settimeout({options.timeout:g})\n"
    code += f"connection.connect({address(host)})\n"
    return code + ("connection.settimeout(None)\n" if options.timeout is not None else "")


def _tcp_client(example: Example) -> str:
    host, options = example.reachable, example.options("client")
    tls = _client_tls(options) if example.tls else ""
    return (
        head(
            _("A TCP client. Start the server first, then this; type a line to send it, exit to end."),
            _imports(example, "client"),
            address_constants(host, example.port),
        )
        + "\n\n"
        + _stream_code(example, "client")
        + "\n\n"
        + answer_function(example, "client")
        + "def print_messages(connection):\n"
        "    try:\n"
        + _receive_loop(example, "client", "", "connection.getpeername()")
        + "    except OSError as error:\n"
        "        print(error, flush=True)\n"
        + print_line(_("The other end has closed the connection."), depth=1)
        + "\n\n"
        + comment(
            _("A socket for TCP (SOCK_STREAM); connect() makes the three-way handshake with the server.")
        )
        + f"connection = socket.socket({family(host)}, socket.SOCK_STREAM)\n"
        + _tcp_options(options, "connection")
        + _connect(host, options)
        + tls
        + comment(_("Receiving waits, and so does reading the keyboard: each gets a thread of its own."))
        + "threading.Thread(target=print_messages, args=(connection,), daemon=True).start()\n"
        "for line in sys.stdin:\n"
        "    text = line.rstrip('\\n')\n"
        "    if text.lower() == 'exit':\n"
        "        break\n" + _send_call(example, 1) + "connection.close()\n"
    )


def _reuse(options: OwnOptions) -> str:
    if not options.reuse_address:
        return ""
    return (
        "if sys.platform != 'win32':\n"
        + inside(_("To start again at once on the same port. On Windows it would let two programs share it."))
        + "    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
    )


def _dual_stack(options: OwnOptions) -> str:
    if options.dual_stack is None:
        return ""
    words = _("On :: also accept IPv4.") if options.dual_stack else _("On :: accept IPv6 only.")
    return comment(words) + option("IPV6_V6ONLY", "IPPROTO_IPV6", int(not options.dual_stack), "listener")


def _listen(options: OwnOptions) -> str:
    if options.backlog is None:
        return "listener.listen()\n"
    return (
        comment(_("So many clients may wait for accept(); the system may allow fewer."))
        + f"listener.listen({options.backlog})\n"
    )


def _tcp_server(example: Example) -> str:
    tls = handshake = ""
    options = example.options("server")
    constants = address_constants(example.host, example.port)
    if example.tls and options.certificate:
        constants += [("CERTIFICATE", options.certificate), ("KEY", options.key)]
        tls = "context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\ncontext.load_cert_chain(CERTIFICATE, KEY)\n"
    elif example.tls:
        constants.append(("CERTIFICATE", "certificate.pem"))
        tls = (
            comment(_("TLS needs a certificate with its key, both in this file. One of your own:"))
            + "# openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost "
            "-keyout certificate.pem -out certificate.pem\n"
            "context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"
            "context.load_cert_chain(CERTIFICATE)\n"
        )
    if example.tls:
        handshake = (
            "    try:\n"
            "        connection = context.wrap_socket(connection, server_side=True)\n"
            "    except OSError as error:\n"
            "        print(address, error, flush=True)\n"
            "        return\n"
        )
    return (
        head(
            _("A TCP server for many clients at once; a line typed here goes to all of them."),
            _imports(example, "server"),
            constants,
        )
        + "clients = []\n\n\n"
        + _stream_code(example, "server")
        + "\n\n"
        + answer_function(example, "server")
        + "def serve(connection, address):\n"
        + handshake
        + "    clients.append(connection)\n"
        + print_line(_("Connected:"), "address", 1)
        + "    try:\n"
        + _receive_loop(example, "server", "address, ", "address")
        + "    except OSError as error:\n"
        "        print(error, flush=True)\n"
        "    clients.remove(connection)\n"
        "    connection.close()\n"
        + print_line(_("Closed:"), "address", 1)
        + "\n\ndef accept_clients(listener):\n"
        "    while True:\n"
        + inside(_("accept() waits for a client and gives a new socket for this one conversation."), 2)
        + "        connection, address = listener.accept()\n"
        "        threading.Thread(target=serve, args=(connection, address), daemon=True).start()\n\n\n"
        + comment(_("bind() takes the address and port, listen() lets clients queue for accept()."))
        + f"listener = socket.socket({family(example.host)}, socket.SOCK_STREAM)\n"
        + _reuse(options)
        + _dual_stack(options)
        + _tcp_options(options, "listener")
        + f"listener.bind({address(example.host)})\n"
        + _listen(options)
        + tls
        + print_line(_("Listening on"), "listener.getsockname()")
        + "threading.Thread(target=accept_clients, args=(listener,), daemon=True).start()\n"
        "for line in sys.stdin:\n"
        "    text = line.rstrip('\\n')\n"
        "    for connection in list(clients):\n" + _send_call(example, 2) + "listener.close()\n"
    )
