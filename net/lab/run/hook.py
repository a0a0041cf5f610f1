"""The hook: runs one Python file and holds it before each socket call until Duplex lets it go.

This file is loaded by its path, into this Python or one that is found on the PC: Python 3.8 or later, the
standard library alone. ``python hook.py``, with ``DUPLEX_RUN=PORT:TOKEN`` in the environment, connects to
Duplex at 127.0.0.1:PORT and is told there what to run.

The control channel
-------------------
Lines of JSON. From here: ``{"k": "hello", "token": ..., "pid": ..., "python": ...}``, and after the order
    call    n, thread, name, socket, transport, file, line, arguments, data, size, address, names; written:
            the bytes that the program had written to its two outputs by then; held: that it waits
    in      n: asked for with ``go N in``; the call is made now
    ret     n, seconds, value, error, message, errno, data, size, made, local, remote
    facts   socket, local, remote, transport, facts
    acked   socket, offset: the peer's kernel has acknowledged so many bytes
    port    n, host, port, use: which port stands for this one? The answer is ``port N REAL``, with ``keep``
            if it changes no more
    trouble code, values
Times (``t``) are those of time.perf_counter, which all processes of a PC share. To here, one word and its
values a line: the order (JSON), then ``go N``, ``go N in``, ``free`` (nothing is held any more), ``hold``,
``silent`` (nothing is told any more), ``look`` (sample soon), ``port N REAL``, ``port N REAL keep``.

What is held
------------
The calls in `net.lab.moves.CALLS`, of TCP and UDP sockets, on the thread that makes them. A call that only
looks is none: a non-blocking call is held only if the kernel has something for it, a wait (select) only if
nothing is ready yet, and one that has timed out is not told again while the program waits at the same place.
Without that, each turn of a loop that polls would have to be stepped through. Calls that the standard library
makes (``create_connection``, ``socketserver``, ``asyncio``, ``ssl``) are told with the program's own line.

If Duplex goes, so does the program. If the program loses the channel, it runs on, unseen.
"""

from __future__ import annotations

import _socket
import _thread
import binascii
import builtins
import collections
import errno
import io
import json
import linecache
import os
import select
import selectors
import signal
import socket
import struct
import sys
import time
import traceback
import types
import weakref

TYPE_CHECKING = False  # typing itself would cost each program some milliseconds
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, NoReturn

    Message = dict[str, Any]
    Socket = socket.socket

VARIABLE = "DUPLEX_RUN"
DATA_LIMIT = 65536
"""Bytes of one call that are told."""

TEXT_LIMIT = 120
"""Characters of a value, as Python writes it."""

NAMES_LIMIT = 8
NAME_TEXT_LIMIT = 48
SAMPLE_FIRST = 0.004
SAMPLE_LAST = 0.2
"""Seconds between two looks at the kernel's facts: short after something happened, then longer and longer."""

# Linux, Documentation/networking/timestamping.rst: SOF_TIMESTAMPING_TX_ACK, _SOFTWARE, _OPT_ID, _OPT_TSONLY.
SO_TIMESTAMPING = 37
ACK_TIMES = 1 << 9 | 1 << 4 | 1 << 7 | 1 << 11
IP_RECVERR = 11
ERROR_QUEUE = 0x2000
TIMESTAMP_ORIGIN = 4
TIMESTAMP_OF_ACK = 2

HIGH_DESCRIPTOR = 90
"""The control channel's descriptor is at least this one, away from those that a program counts on."""

CO_VARARGS = 4
"""A flag of a function's code (the module inspect has it, and takes long to load)."""

_FAMILIES = (socket.AF_INET, socket.AF_INET6)
_LIBRARY = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_HERE = os.path.abspath(__file__)

# What the program may replace is taken now.
_clock = time.perf_counter
_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
_get_frame = sys._getframe
_get_ident = _thread.get_ident
_select: Any = select.select
_close_fd = os.close
_closerange = os.closerange
_dup2 = os.dup2
_kill = os.kill
_getpid = os.getpid
_real_time = time.time


# --- The channel ---


class Channel:
    """The connection to Duplex. `send` and `ask` on any thread."""

    def __init__(self, port: int, token: str) -> None:
        raw = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        raw.connect(("127.0.0.1", port))
        raw.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        try:
            import fcntl

            high = fcntl.fcntl(raw.fileno(), fcntl.F_DUPFD_CLOEXEC, HIGH_DESCRIPTOR)
            raw = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM, 0, high)
        except (ImportError, OSError):
            pass  # Windows, or fewer descriptors are allowed
        self.raw = raw
        self.lost = False
        self.lock = _thread.RLock()
        self.received = b""
        self.send({"k": "hello", "token": token, "pid": _getpid(), "python": sys.version.split()[0]})

    @property
    def descriptor(self) -> int:
        return -1 if self.lost else self.raw.fileno()

    def send(self, *messages: Message) -> bool:
        """False if the channel is lost."""
        text = "".join(_encode(message) + "\n" for message in messages).encode("ascii")
        with self.lock:
            if self.lost:
                return False
            try:
                self.raw.sendall(text)
            except OSError:
                self.lost = True
        return not self.lost

    def lines(self, wait: float | None) -> list[str]:
        """The lines that have come within ``wait`` seconds (None: no limit).

        Ends the process if Duplex is gone; raises OSError if the program took the channel away.
        """
        data = b""
        if b"\n" not in self.received:  # what came with the order is there already
            if wait is not None and not _select([self.raw], [], [], wait)[0]:
                return []
            data = self.raw.recv(65536)
            if not data:
                _kill(_getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        *lines, self.received = (self.received + data).split(b"\n")
        return [line.decode("utf-8") for line in lines]


# --- What is shown of a value ---


def shorten(text: str, limit: int = TEXT_LIMIT) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."


def written(value: object, limit: int = TEXT_LIMIT) -> str:
    """As Python writes it, shortened; nothing of a long value is written in vain."""
    if isinstance(value, (bytes, bytearray, str)) and len(value) > limit:
        return shorten(repr(value[:limit]), limit - 3) + "..."
    try:
        return shorten(repr(value), limit)
    except Exception:
        return f"<{type(value).__name__}>"


def is_simple(value: Any, depth: int = 0) -> bool:
    """Whether a local variable's value tells a reader something."""
    if value is None or type(value) in (int, float, bool, str, bytes):
        return True
    return (
        type(value) in (tuple, list) and depth < 2 and len(value) <= 6
        and all(is_simple(each, depth + 1) for each in value)
    )  # fmt: skip


def host_port(address: object) -> str:
    """``host:port``, "" for anything else."""
    if not isinstance(address, tuple) or len(address) < 2:
        return ""
    host = str(address[0])
    return f"[{host}]:{address[1]}" if ":" in host else f"{host}:{address[1]}"


def encoded(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def option_names(level: int, option: int) -> str:
    """A socket option's level and name as the source would write them."""
    levels = {socket.SOL_SOCKET: ("SOL_SOCKET", "SO_")}
    for name, prefix in (("IPPROTO_TCP", "TCP_"), ("IPPROTO_IP", "IP_"), ("IPPROTO_IPV6", "IPV6_")):
        number = getattr(socket, name, None)
        if number is not None:
            levels.setdefault(int(number), (name, prefix))
    if level not in levels:
        return f"{level}, {option}"
    name, prefix = levels[level]
    for each in sorted(vars(socket)):
        if each.startswith(prefix) and getattr(socket, each) == option:
            return f"{name}, {each}"
    return f"{name}, {option}"


# --- The calls ---


class SocketNumbers:
    """The number of each socket as long as it lives. Known by what it is: a program's own kind of socket may
    compare as it likes, and have no hash."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[weakref.ref[Socket], int]] = {}

    def __contains__(self, sock: Socket) -> bool:
        return id(sock) in self._kept

    def __getitem__(self, sock: Socket) -> int:
        return self._kept[id(sock)][1]

    def __setitem__(self, sock: Socket, number: int) -> None:
        kept, key = self._kept, id(sock)
        kept[key] = weakref.ref(sock, lambda _gone: kept.pop(key, None)), number

    def get(self, sock: Socket) -> int:
        """0 for one that has none."""
        found = self._kept.get(id(sock))
        return 0 if found is None else found[1]

    def pop(self, sock: Socket) -> int:
        """Its number, which it loses; 0 for none."""
        found = self._kept.pop(id(sock), None)
        return 0 if found is None else found[1]


class Hook:
    """Holds and tells the calls of the program in this process."""

    def __init__(self, channel: Channel, order: Message) -> None:
        self.channel = channel
        self.path = order["path"]
        self.file = os.path.basename(self.path)
        self.folder = os.path.dirname(self.path) + os.sep
        self.free = order["free"]
        self.counting = order["counting"]
        self.log: collections.deque[Message] = collections.deque()
        self.silent = False
        self.told_once: set[str] = set()
        self.ports: dict[tuple[str, int], int] = {}
        self.sources: dict[int, int] = {}
        self.waiting: dict[int, Any] = {}  # call -> the lock its thread sleeps on
        self.answers: dict[int, list[Any]] = {}
        self.told_in: set[int] = set()
        self.calls = 0
        self.lock = _thread.RLock()  # a signal may arrive in the middle
        self.local = _thread._local()
        self.threads = {_get_ident(): 0}
        self.numbers = SocketNumbers()
        self.open: dict[int, weakref.ref[Socket]] = {}  # number -> a weak reference to the socket
        self.moved: dict[int, int] = {}  # descriptor -> the number of the socket that was detached from it
        self.made = 0
        self.own_files: dict[str, bool] = {}
        self.kernel: Any = load_kernel(order["kernel"]) if order["kernel"] else None
        self.sampled: dict[int, Any] = {}
        self.asks_acks = bool(order["acks"]) and sys.platform == "linux"
        self.acks: set[int] = set()  # the numbers of sockets that tell when they were acknowledged
        self.pause = SAMPLE_FIRST

    # --- The program's own place ---

    def is_own(self, file: str) -> bool:
        """Whether a source file is the program's, or lies beside it."""
        own = self.own_files.get(file)
        if own is None:
            own = file == self.file or (
                file.startswith(self.folder)
                and file != _HERE
                and not file.startswith(_LIBRARY)
                and "site-packages" not in file
            )
            self.own_files[file] = own
        return own

    def own_frame(self) -> types.FrameType | None:
        """The innermost frame of the program's own code, None if there is none on this thread."""
        frame: types.FrameType | None = _get_frame(2)
        while frame is not None and not self.is_own(frame.f_code.co_filename):
            frame = frame.f_back
        return frame

    def place(self, frame: types.FrameType | None) -> tuple[str, int]:
        if frame is None:
            return "", 0
        file = frame.f_code.co_filename
        return (file if file == self.file else file[len(self.folder) :]), frame.f_lineno

    def names_in(self, frame: types.FrameType | None) -> dict[str, str]:
        """The local names worth showing: those of simple values, in the order they were made."""
        if frame is None:
            return {}
        found = {}
        for name, value in list(frame.f_locals.items()):
            if not name.startswith("_") and is_simple(value):
                found[name] = written(value, NAME_TEXT_LIMIT)
                if len(found) == NAMES_LIMIT:
                    break
        return found

    # --- One call ---

    def tell(self, *messages: Message) -> bool:
        """False if nobody hears it. While runs are counted it is written down and told a little later: who is
        first would be another one if each call cost the time of telling it."""
        if not self.counting:
            return self.channel.send(*messages)
        self.log.extend(messages)
        return not self.channel.lost

    def tell_log(self) -> None:
        log = [self.log.popleft() for _each in range(len(self.log))]
        if log:
            self.channel.send(*log)

    def is_seen(self, sock: Socket | None = None) -> bool:
        """Whether a call is to be told: not one that another call makes, nor one of an unnumbered socket."""
        if self.silent or getattr(self.local, "inside", False):
            return False
        return sock is None or sock in self.numbers

    def begin(
        self,
        name: str,
        sock: Socket | None = None,
        arguments: str = "",
        data: bytes | None = None,
        size: int = 0,
        address: str = "",
        made: float | None = None,
    ) -> int:
        """Tell the call and wait until it may be made; returns its number. ``made``: it was made then,
        so that there is nothing to wait for."""
        frame = None if self.counting else self.own_frame()
        file, line = self.place(frame)
        with self.lock:
            self.calls += 1
            number = self.calls
            thread = self.threads.setdefault(_get_ident(), len(self.threads))
        message = {"k": "call", "n": number, "t": made or _clock(), "name": name, "file": file, "line": line}
        if thread:
            message["thread"] = thread
        if sock is not None:
            message["socket"] = self.numbers.get(sock)
            message["transport"] = transport(sock)
        if arguments:
            message["arguments"] = shorten(arguments)
        if data is not None:
            message["data"] = encoded(data)
        if size:
            message["size"] = size
        if address:
            message["address"] = address
        names = self.names_in(frame)
        if names:
            message["names"] = names
        if not self.counting:
            message["written"] = [output.written for output in OUTPUTS]
        self.local.idle = None
        held = None
        with self.lock:
            if made is not None:
                message["free"] = True
            elif not self.free:
                held = self.waiting[number] = _thread.allocate_lock()
                held.acquire()
                message["held"] = True
        self.pause = SAMPLE_FIRST
        if not self.tell(message):
            self.let_all_go()
        elif held is not None:
            held.acquire()
            if number in self.told_in:
                self.told_in.discard(number)
                self.channel.send({"k": "in", "n": number, "t": _clock()})
        return number

    def finish(
        self,
        number: int,
        seconds: float,
        sock: Socket | None = None,
        value: str = "",
        error: BaseException | None = None,
        data: bytes | None = None,
        size: int = 0,
        made: int = 0,
        remote: str = "",
    ) -> None:
        """Tell what came back, and the socket's facts where they have changed."""
        message = {"k": "ret", "n": number, "t": _clock(), "seconds": seconds}
        if error is not None:
            name = type(error).__name__
            # What Python 3.10 made one class.
            message["error"] = "TimeoutError" if isinstance(error, socket.timeout) else name
            # It may hold what was no text in a file's name.
            message["message"] = shorten(str(error)).encode("utf-8", "replace").decode("utf-8")
            message["errno"] = getattr(error, "errno", None) or 0
        else:
            message["value"] = value
        if data is not None:
            message["data"] = encoded(data)
        if size:
            message["size"] = size
        if made:
            message["made"] = made
        local, peer = addresses(sock)
        message["local"], message["remote"] = local, remote or peer
        facts = None if self.kernel is None or sock is None else self.sample(sock)
        self.pause = SAMPLE_FIRST
        acked = self.read_acks(sock) if sock is not None and self.numbers.get(sock) in self.acks else []
        self.tell(*acked, message) if facts is None else self.tell(*acked, message, facts)

    def make(
        self,
        name: str,
        call: Callable[[], Any],
        sock: Socket | None = None,
        arguments: str = "",
        data: bytes | None = None,
        size: int = 0,
        address: str = "",
        told: Callable[[Any], Message] | None = None,
        looks: bool = False,
    ) -> Any:
        """Make one call: hold, call, tell. ``told`` makes the keywords of `finish` from what it returned.
        ``looks``: it would find nothing (`only_looks`), so it is not held, and told only if it did after
        all."""
        if not self.is_seen(sock):
            return call()
        number = 0 if looks else self.begin(name, sock, arguments, data, size, address)
        begun = _clock()
        self.local.inside = True
        try:
            value = call()
        except BaseException as error:
            if not (looks and isinstance(error, BlockingIOError)):
                seconds = _clock() - begun
                self.local.inside = False
                number = number or self.begin(name, sock, arguments, data, size, address, begun)
                self.finish(number, seconds, sock, error=error)
            raise
        finally:
            self.local.inside = False
        seconds = _clock() - begun
        number = number or self.begin(name, sock, arguments, data, size, address, begun)
        if told is None:
            self.finish(number, seconds, sock, value=written(value))
        else:
            keywords: Message = {"sock": sock}
            keywords.update(told(value))
            self.finish(number, seconds, **keywords)
        return value

    # --- Sockets and ports ---

    def adopt(self, sock: Socket) -> int:
        """Give a new socket its number."""
        with self.lock:
            self.made += 1
            self.numbers[sock] = number = self.made
        self.open[number] = weakref.ref(sock)
        return number

    def take_over(self, sock: Socket, descriptor: int) -> None:
        """``sock`` was made from the descriptor of another one, as `ssl` does: it is the same to a reader."""
        number = self.moved.pop(descriptor, 0)
        for each, reference in list(self.open.items()):
            before = reference()
            if before is not None and before is not sock and before.fileno() == descriptor:
                number = each
        if number:
            self.numbers[sock] = number
            self.open[number] = weakref.ref(sock)

    def real(self, address: Any, use: str) -> Any:
        """The address to use for one in the source: its port may stand for another one."""
        if not isinstance(address, tuple) or len(address) < 2 or not isinstance(address[1], int):
            return address
        host, port = address[0], address[1]
        if not 0 < port < 65536 or not isinstance(host, str):
            return address
        real = self.ports.get((host, port))
        if real is None:
            real = self.ask_port(host, port, use)
        return address if real == port else (host, real, *address[2:])

    def ask_port(self, host: str, port: int, use: str) -> int:
        with self.lock:
            self.calls += 1
            number = self.calls
            held = self.answers[number] = [_thread.allocate_lock(), port, False]
            held[0].acquire()
        if self.silent or not self.channel.send(
            {"k": "port", "n": number, "host": host, "port": port, "use": use}
        ):
            return port
        held[0].acquire()
        real: int = held[1]
        if held[2]:
            self.ports[host, port] = real
        if real != port:
            self.sources[real] = port
        return real

    def source(self, address: Any) -> Any:
        """The address as the program's source would write it."""
        if isinstance(address, tuple) and len(address) >= 2 and address[1] in self.sources:
            return (address[0], self.sources[address[1]], *address[2:])
        return address

    # --- The kernel's facts ---

    def sample(self, sock: Socket) -> Message | None:
        """The socket's facts as a message; None if they are the same as before."""
        number = self.numbers.get(sock)
        if not number or sock.fileno() < 0:
            return None
        facts = self.kernel.socket_facts(sock)
        local, remote = addresses(sock)
        seen = (facts, local, remote)
        if self.sampled.get(number) == seen:
            return None
        self.sampled[number] = seen
        return {
            "k": "facts", "t": _clock(), "socket": number, "transport": transport(sock), "local": local,
            "remote": remote, "facts": facts,
        }  # fmt: skip

    def sample_all(self) -> None:
        """Tell what has changed; the next look is soon if something has."""
        self.pause = min(self.pause * 1.5, SAMPLE_LAST)
        if self.kernel is None or self.silent:
            return
        for number, reference in list(self.open.items()):
            sock = reference()
            if sock is None or sock.fileno() < 0:
                self.open.pop(number, None)
                continue
            try:
                acked = self.read_acks(sock) if number in self.acks else []
                facts = self.sample(sock)
            except (OSError, ValueError):
                continue  # closed at this moment
            if acked:
                self.channel.send(*acked)
            if facts is not None:
                self.pause = SAMPLE_FIRST
                self.channel.send(facts)

    # --- When it was acknowledged ---

    def ask_acks(self, sock: Socket) -> None:
        """Linux: let the kernel note when the peer's kernel acknowledges what is sent from now on. Only for a
        socket that blocks: what it notes looks to select() and poll() like something to read."""
        if not self.asks_acks or sock.gettimeout() is not None or transport(sock) != "tcp":
            return
        try:
            _socket.socket.setsockopt(sock, socket.SOL_SOCKET, SO_TIMESTAMPING, ACK_TIMES)
        except OSError:
            self.asks_acks = False
        else:
            self.acks.add(self.numbers[sock])

    def forget_acks(self, numbers: Iterable[int]) -> None:
        """These sockets are no longer only blocked in: let them note nothing more."""
        for number in list(numbers):
            reference = self.open.get(number)
            sock = None if reference is None else reference()
            if number in self.acks and sock is not None:
                self.acks.discard(number)
                try:
                    _socket.socket.setsockopt(sock, socket.SOL_SOCKET, SO_TIMESTAMPING, 0)
                    self.read_acks(sock)
                except OSError:
                    continue

    def read_acks(self, sock: Socket) -> list[Message]:
        """What the kernel has noted since the last time, from the socket's error queue."""
        found: list[Message] = []
        while True:
            try:
                ancillary = _socket.socket.recvmsg(sock, 0, 512, ERROR_QUEUE | socket.MSG_DONTWAIT)[1]
            except (OSError, ValueError):
                return found
            moment, offset = 0.0, -1
            for level, kind, data in ancillary:
                if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPING):
                    seconds, nanoseconds = struct.unpack_from("=qq", data)
                    moment = seconds + nanoseconds / 1e9
                elif kind == IP_RECVERR and level == socket.SOL_IP:
                    # struct sock_extended_err; the last number is that of the send's last byte
                    _errno, origin, _type, _code, _pad, info, last = struct.unpack_from("=IBBBBII", data)
                    if (origin, info) == (TIMESTAMP_ORIGIN, TIMESTAMP_OF_ACK):
                        offset = last + 1
            if moment and offset >= 0:
                t = moment + _clock() - _real_time()
                found.append({"k": "acked", "t": t, "socket": self.numbers.get(sock), "offset": offset})

    # --- What Duplex says ---

    def listen(self) -> None:
        """The hook's own thread. The program's `threading` does not know it."""
        try:
            while True:
                idle = self.kernel is None and not self.counting
                lines = self.channel.lines(None if idle else self.pause)
                for line in lines:
                    self.obey(line.split(" "))
                if not lines:
                    self.tell_log()
                    self.sample_all()
        except OSError:
            self.channel.lost = True
        self.let_all_go()

    def obey(self, words: list[str]) -> None:
        order = words[0]
        if order == "go":
            if words[2:] == ["in"]:
                self.told_in.add(int(words[1]))
            self.let_go(int(words[1]))
        elif order == "port":
            held = self.answers.pop(int(words[1]), None)
            if held is not None:
                held[1:] = [int(words[2]), words[3:] == ["keep"]]
                held[0].release()
        elif order == "look":
            self.pause = SAMPLE_FIRST
        elif order == "hold":
            self.free = False
        else:
            self.silent = self.silent or order == "silent"
            self.let_all_go()

    def let_go(self, number: int) -> None:
        with self.lock:
            held = self.waiting.pop(number, None)
        if held is not None:
            held.release()

    def let_all_go(self) -> None:
        """Hold nothing any more."""
        with self.lock:
            self.free = True
            held = list(self.waiting.values())
            self.waiting.clear()
            answers = list(self.answers.values()) if self.silent or self.channel.lost else []
        for each in held:
            each.release()
        for answer in answers:
            answer[0].release()

    # --- Processes ---

    def tell_once(self, code: str) -> None:
        """Tell of a trouble of `net.lab.troubles` with no values but the program's name."""
        if code not in self.told_once:
            self.told_once.add(code)
            self.channel.send({"k": "trouble", "code": code, "values": {}})

    def leave(self) -> None:
        """In a process that the program forked: nothing is seen of it."""
        self.silent = self.free = True
        self.kernel = None
        self.log.clear()
        self.lock = _thread.RLock()  # a signal may arrive in the middle
        descriptor = self.channel.descriptor
        self.channel.lost = True
        self.channel.lock = _thread.RLock()
        self.local.inside = False
        if descriptor >= 0:
            self.channel.raw.close()


def transport(sock: Socket) -> str:
    return "udp" if sock.type & 0xF == socket.SOCK_DGRAM else "tcp"


def addresses(sock: Socket | None) -> tuple[str, str]:
    """``(local, remote)`` of a socket, each "" where it has none."""
    if sock is None or sock.fileno() < 0:
        return "", ""
    found = []
    for ask in (_socket.socket.getsockname, _socket.socket.getpeername):
        try:
            found.append(host_port(ask(sock)))
        except OSError:
            found.append("")
    if found[0].endswith(":0"):
        found[0] = ""  # bound to nothing yet
    return found[0], found[1]


def load_kernel(path: str) -> Any:
    """net/system/kernel.py, which also stands alone."""
    import importlib.util

    spec = importlib.util.spec_from_file_location("duplex_kernel", path)
    if spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    sys.modules["duplex_kernel"] = module
    spec.loader.exec_module(module)
    return module


# --- The patches ---

TAKE_KEYWORDS = {"__init__", "recv_into", "recvfrom_into", "sendfile"}


def fitted(patch: Any, plain: Any, takes_keywords: bool = False) -> Any:
    """``patch``, but arguments that do not fit go to the call itself, which says what is wrong with them in
    Python's own words: connect("127.0.0.1", 12345) is among the commonest mistakes."""
    code = patch.__code__
    least = code.co_argcount - len(patch.__defaults__ or ())
    most = sys.maxsize if code.co_flags & CO_VARARGS else code.co_argcount
    names = frozenset(code.co_varnames[: code.co_argcount]) if takes_keywords else frozenset()

    def call(*given: Any, **named: Any) -> Any:
        if least <= len(given) + len(named) and len(given) <= most and names.issuperset(named):
            return patch(*given, **named)
        return plain(*given, **named)

    call.__name__ = patch.__name__
    return call


def is_ready(sock: Socket, to_send: bool = False) -> bool:
    """Whether a non-blocking call would find something."""
    try:
        if hasattr(select, "poll"):
            poll = select.poll()
            poll.register(sock.fileno(), select.POLLOUT if to_send else select.POLLIN)
            return bool(poll.poll(0))
        lists = ([], [sock], [sock]) if to_send else ([sock], [], [])
        return any(_select(*lists, 0))
    except (OSError, ValueError):
        return True  # let the call itself say what is wrong


def only_looks(sock: Socket, flags: int = 0, to_send: bool = False) -> bool:
    """Whether a call does not wait and would find nothing."""
    if sock.gettimeout() == 0.0 or flags & getattr(socket, "MSG_DONTWAIT", 0):
        return not is_ready(sock, to_send)
    return False


def patch_sockets(hook: Hook) -> None:
    """Replace the methods of `socket.socket`, the class that the whole standard library uses."""
    kind = socket.socket
    plain = {
        name: getattr(kind, name)
        for name in (
            "__init__", "accept", "bind", "listen", "connect", "connect_ex", "send", "sendall", "sendto",
            "recv", "recv_into", "recvfrom", "recvfrom_into", "shutdown", "close", "setsockopt", "detach",
            "settimeout", "setblocking",
            "getsockname", "getpeername",
        )
    }  # fmt: skip

    def told_numbered(sock: Socket) -> Callable[[Any], Message]:
        return lambda value: {"value": f"<socket {hook.adopt(sock)}>", "made": hook.numbers[sock]}

    def __init__(
        self: Socket, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None
    ) -> None:
        def make() -> Any:
            return plain["__init__"](self, family, type, proto, fileno)

        if fileno is not None or not hook.is_seen():
            make()
            if fileno is not None:
                hook.take_over(self, fileno)
            return
        wanted_family = socket.AF_INET if family == -1 else family
        wanted_type = socket.SOCK_STREAM if type == -1 else type
        if wanted_family not in _FAMILIES or wanted_type & 0xF not in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            make()
            return
        shown = []
        for value, prefix in ((wanted_family, "AF_"), (wanted_type, "SOCK_")):
            name = getattr(value, "name", "")
            shown.append(name if name.startswith(prefix) else str(value))
        hook.make("socket", make, arguments=", ".join(shown), told=lambda _none: told_numbered(self)(None))

    def accept(self: Socket) -> Any:
        def told(value: Any) -> Message:
            made, address = value
            number = hook.adopt(made)
            hook.ask_acks(made)
            return {"sock": made, "made": number, "value": f"(<socket {number}>, {written(address)})"}

        looks = only_looks(self)
        return hook.make("accept", lambda: plain["accept"](self), self, told=told, looks=looks)

    def bind(self: Socket, address: Any) -> Any:
        return hook.make(
            "bind", lambda: plain["bind"](self, hook.real(address, "bind")), self, written(address),
            address=host_port(address),
        )  # fmt: skip

    def listen(self: Socket, *backlog: int) -> Any:
        shown = ", ".join(map(written, backlog))
        return hook.make("listen", lambda: plain["listen"](self, *backlog), self, shown)

    def connecting(name: str) -> Callable[..., Any]:
        def connect(self: Socket, address: Any) -> Any:
            def told(value: Any) -> Message:
                hook.ask_acks(self)
                return {"value": written(value)}

            return hook.make(
                name, lambda: plain[name](self, hook.real(address, "connect")), self, written(address),
                address=host_port(address), told=told,
            )  # fmt: skip

        return connect

    def sending(name: str) -> Callable[..., Any]:
        def send(self: Socket, data: Any, *flags: int) -> Any:
            begin, size = beginning(data)
            return hook.make(
                name, lambda: plain[name](self, data, *flags), self, written(begin), begin, size,
                told=lambda value: {"value": written(value), "size": size if value is None else value},
                looks=only_looks(self, flags[0] if flags else 0, to_send=True),
            )  # fmt: skip

        return send

    def sendto(self: Socket, data: Any, *rest: Any) -> Any:
        if not rest:
            return plain["sendto"](self, data)
        address = rest[-1]
        begin, size = beginning(data)

        def send() -> Any:
            return plain["sendto"](self, data, *rest[:-1], hook.real(address, "sendto"))

        return hook.make(
            "sendto", send, self, f"{written(begin, 60)}, {written(address)}", begin, size,
            host_port(address), told=lambda value: {"value": written(value), "size": value},
            looks=only_looks(self, to_send=True),
        )  # fmt: skip

    def recv(self: Socket, *arguments: Any) -> Any:
        return hook.make(
            "recv", lambda: plain["recv"](self, *arguments), self, ", ".join(map(written, arguments)),
            told=lambda value: {"value": written(value), "data": value[:DATA_LIMIT], "size": len(value)},
            looks=only_looks(self, arguments[1] if arguments[1:] else 0),
        )  # fmt: skip

    def recvfrom(self: Socket, *arguments: Any) -> Any:
        def told(value: Any) -> Message:
            data, address = value
            shown = f"({written(data, 60)}, {written(hook.source(address))})"
            where = host_port(address)
            return {"value": shown, "data": data[:DATA_LIMIT], "size": len(data), "remote": where}

        data, address = hook.make(
            "recvfrom", lambda: plain["recvfrom"](self, *arguments), self, ", ".join(map(written, arguments)),
            told=told, looks=only_looks(self, arguments[1] if arguments[1:] else 0),
        )  # fmt: skip
        return data, hook.source(address)

    def recv_into(self: Socket, buffer: Any, nbytes: int = 0, flags: int = 0) -> Any:

        def told(size: Any) -> Message:
            data = bytes(memoryview(buffer).cast("B")[: min(size, DATA_LIMIT)])
            return {"value": written(size), "data": data, "size": size}

        shown = str(nbytes or memoryview(buffer).nbytes)
        return hook.make(
            "recv_into", lambda: plain["recv_into"](self, buffer, nbytes, flags), self, shown, told=told,
            looks=only_looks(self, flags),
        )  # fmt: skip

    def recvfrom_into(self: Socket, buffer: Any, nbytes: int = 0, flags: int = 0) -> Any:
        def told(value: Any) -> Message:
            size, address = value
            data = bytes(memoryview(buffer).cast("B")[: min(size, DATA_LIMIT)])
            return {"value": written(value), "data": data, "size": size, "remote": host_port(address)}

        shown = str(nbytes or memoryview(buffer).nbytes)
        size, address = hook.make(
            "recvfrom_into", lambda: plain["recvfrom_into"](self, buffer, nbytes, flags), self, shown,
            told=told, looks=only_looks(self, flags),
        )  # fmt: skip
        return size, hook.source(address)

    def shutdown(self: Socket, how: int) -> Any:
        names = {socket.SHUT_RD: "SHUT_RD", socket.SHUT_WR: "SHUT_WR", socket.SHUT_RDWR: "SHUT_RDWR"}
        return hook.make("shutdown", lambda: plain["shutdown"](self, how), self, names.get(how, str(how)))

    def close(self: Socket) -> Any:
        if self.fileno() < 0:
            return plain["close"](self)
        return hook.make("close", lambda: plain["close"](self), self)

    def setsockopt(self: Socket, level: int, option: int, *value: Any) -> Any:
        shown = ", ".join([option_names(level, option), *map(written, value)])
        return hook.make("setsockopt", lambda: plain["setsockopt"](self, level, option, *value), self, shown)

    def detach(self: Socket) -> Any:
        number, descriptor = hook.numbers.pop(self), self.fileno()
        if number and hook.open[number]() is self:
            hook.moved[descriptor] = number
        return plain["detach"](self)

    def settimeout(self: Socket, seconds: float | None) -> Any:
        if seconds is not None and self in hook.numbers:
            hook.forget_acks([hook.numbers[self]])
        return plain["settimeout"](self, seconds)

    def setblocking(self: Socket, blocks: bool) -> Any:
        if not blocks and self in hook.numbers:
            hook.forget_acks([hook.numbers[self]])
        return plain["setblocking"](self, blocks)

    def getsockname(self: Socket) -> Any:
        return hook.source(plain["getsockname"](self))

    def getpeername(self: Socket) -> Any:
        return hook.source(plain["getpeername"](self))

    patches = {
        "__init__": __init__, "accept": accept, "bind": bind, "listen": listen,
        "connect": connecting("connect"),
        "connect_ex": connecting("connect_ex"), "send": sending("send"), "sendall": sending("sendall"),
        "sendto": sendto, "recv": recv, "recv_into": recv_into, "recvfrom": recvfrom,
        "recvfrom_into": recvfrom_into, "shutdown": shutdown, "close": close, "setsockopt": setsockopt,
        "detach": detach, "settimeout": settimeout, "setblocking": setblocking,
        "getsockname": getsockname, "getpeername": getpeername,
    }  # fmt: skip
    if hasattr(kind, "sendmsg"):
        patches.update(message_calls(hook))
    if hasattr(kind, "_sendfile_use_send"):
        # Not os.sendfile, which would hide the bytes.
        patches["sendfile"] = kind._sendfile_use_send
    for name, function in patches.items():
        function.__name__ = name
        setattr(kind, name, fitted(function, getattr(kind, name), name in TAKE_KEYWORDS))

    plain_pair = socket.socketpair

    def socketpair(*arguments: Any, **keywords: Any) -> Any:
        """Both ends are in this program: nothing to be shown. Windows' own asyncio loop makes such a pair; it
        does all else inside C."""
        if _get_frame(1).f_code.co_filename.endswith("proactor_events.py"):
            hook.tell_once("unseen-calls")
        inside, hook.local.inside = getattr(hook.local, "inside", False), True
        try:
            return plain_pair(*arguments, **keywords)
        finally:
            hook.local.inside = inside

    socket.socketpair = socketpair


def message_calls(hook: Hook) -> dict[str, Callable[..., Any]]:
    """sendmsg and recvmsg, where there are such."""
    plain_send: Any = socket.socket.sendmsg
    plain_receive: Any = socket.socket.recvmsg

    def sendmsg(self: Socket, buffers: Any, ancdata: Any = (), flags: int = 0, address: Any = None) -> Any:
        buffers = list(buffers)

        def send() -> Any:
            if address is None:
                return plain_send(self, buffers, ancdata, flags)
            return plain_send(self, buffers, ancdata, flags, hook.real(address, "sendto"))

        begin, size = beginning(b"".join(bytes(each) for each in buffers))
        return hook.make(
            "sendmsg", send, self, written(begin), begin, size, host_port(address),
            told=lambda value: {"value": written(value), "size": value},
            looks=only_looks(self, flags, to_send=True),
        )  # fmt: skip

    def recvmsg(self: Socket, *arguments: Any) -> Any:
        def told(value: Any) -> Message:
            data = value[0]
            shown = {"value": written(value), "data": data[:DATA_LIMIT], "size": len(data)}
            if value[3]:
                shown["remote"] = host_port(value[3])
            return shown

        value = hook.make(
            "recvmsg", lambda: plain_receive(self, *arguments), self, ", ".join(map(written, arguments)),
            told=told, looks=only_looks(self, arguments[2] if arguments[2:] else 0),
        )  # fmt: skip
        return (*value[:3], hook.source(value[3]))

    return {"sendmsg": sendmsg, "recvmsg": recvmsg}


def beginning(data: Any) -> tuple[bytes, int]:
    """``(bytes to tell, size)`` of what is to be sent; the call itself complains about what is no bytes."""
    try:
        view = memoryview(data).cast("B")
    except TypeError:
        return b"", 0
    return bytes(view[:DATA_LIMIT]), view.nbytes


def shown_wait(sockets: int, timeout: float | None) -> str:
    return f"{sockets} sockets" if timeout is None else f"{sockets} sockets, {timeout:g}"


def patch_waits(hook: Hook) -> None:
    """time.sleep, input, select.select and the selectors' waits."""
    plain_sleep, plain_input = time.sleep, builtins.input

    def sleep(seconds: float) -> Any:
        if not seconds:
            return plain_sleep(seconds)
        return hook.make("sleep", lambda: plain_sleep(seconds), arguments=written(seconds))

    def input(*prompt: object) -> Any:
        shown = ", ".join(map(written, prompt))
        return hook.make("input", lambda: plain_input(*prompt), arguments=shown)

    def wait(
        look: Callable[[], Any], block: Callable[[float | None], Any], timeout: float | None, arguments: str
    ) -> Any:
        """``look()`` returns what is ready, ``block(seconds)`` waits for it."""
        hook.forget_acks(hook.acks)
        if not hook.is_seen():
            return block(timeout)
        found = look()
        if found is not None or (timeout is not None and timeout <= 0):
            return block(0)
        place = hook.place(hook.own_frame())
        if getattr(hook.local, "idle", None) == place:
            return block(timeout)
        ready = []

        def told(value: Any) -> Message:
            ready.append(any(value) if isinstance(value, tuple) else bool(value))
            count = sum(map(len, value)) if isinstance(value, tuple) else len(value)
            return {"value": f"{count} ready"}

        value = hook.make("select", lambda: block(timeout), arguments=arguments, told=told)
        if not ready[0]:
            hook.local.idle = place
        return value

    def select_select(r: Any, w: Any, x: Any, timeout: float | None = None) -> Any:
        if timeout is not None and not (isinstance(timeout, (int, float)) and timeout >= 0):
            return _select(r, w, x, timeout)  # which says what is wrong with it
        try:
            # Each is gone through twice.
            lists = [list(r), list(w), list(x)]
        except TypeError:
            return _select(r, w, x, timeout)

        def look() -> Any:
            return True if any(_select(*lists, 0)) else None

        def block(seconds: float | None) -> Any:
            return _select(*lists, seconds)

        shown = shown_wait(sum(map(len, lists)), timeout)
        return wait(look, block, timeout, shown)

    def waiting(plain_select: Callable[..., Any]) -> Any:
        def select(self: Any, timeout: float | None = None) -> Any:
            def block(seconds: float | None) -> Any:
                return plain_select(self, seconds)

            def look() -> Any:
                return True if block(0) else None

            shown = shown_wait(len(self.get_map() or ()), timeout)
            return wait(look, block, timeout, shown)

        return select

    for module, name, patch in (
        (time, "sleep", sleep),
        (builtins, "input", input),
        (select, "select", select_select),
    ):
        setattr(module, name, fitted(patch, getattr(module, name)))
    for name in ("SelectSelector", "PollSelector", "EpollSelector", "DevpollSelector", "KqueueSelector"):
        kind = getattr(selectors, name, None)
        for each in kind.__mro__ if kind is not None else ():
            if (
                "select" in vars(each)
                and each.__name__ != "BaseSelector"
                and not hasattr(vars(each)["select"], "duplex")
            ):
                patched = waiting(vars(each)["select"])
                patched.duplex = True
                each.select = patched


def patch_processes(hook: Hook) -> None:
    """Tell that new processes are made, stay out of them, and keep the channel's descriptor."""
    starts = {
        "subprocess.Popen", "os.system", "os.posix_spawn", "os.spawn", "os.startfile", "_winapi.CreateProcess"
    }  # fmt: skip

    def audit(event: str, _arguments: Any) -> None:
        if event in starts and not hook.silent:
            hook.tell_once("forked")

    sys.addaudithook(audit)
    if hasattr(os, "register_at_fork"):
        owner = [0]

        def before() -> None:
            owner[0] = _getpid()
            hook.channel.lock.acquire()

        def in_parent() -> None:
            hook.channel.lock.release()
            hook.tell_once("forked")

        os.register_at_fork(before=before, after_in_parent=in_parent, after_in_child=hook.leave)
        # The second thread that Python would warn of is the hook's.
        warnings = sys.modules.get("warnings")
        if warnings is not None:
            warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)

    def close(fd: int) -> None:
        if fd != hook.channel.descriptor or fd < 0:
            _close_fd(fd)

    def closerange(low: int, high: int) -> None:
        kept = hook.channel.descriptor
        if low <= kept < high:
            _closerange(low, kept)
            low = kept + 1
        _closerange(low, high)

    def dup2(fd: int, fd2: int, inheritable: bool = True) -> int:
        if fd2 == hook.channel.descriptor:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return _dup2(fd, fd2, inheritable)

    os.close, os.closerange, os.dup2 = close, closerange, dup2


# --- The program ---


def is_ours(frame: types.FrameType) -> bool:
    return frame.f_code.co_filename in (__file__, _HERE)


def own_trace(trace: types.TracebackType | None) -> types.TracebackType | None:
    """A traceback without the frames of this file."""
    kept = []
    while trace is not None:
        if not is_ours(trace.tb_frame):
            kept.append(trace)
        trace = trace.tb_next
    rest = None
    for each in reversed(kept):
        rest = types.TracebackType(rest, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return rest


def patch_tracebacks() -> None:
    """What the module traceback prints, of a caught error too, is without the frames of this file."""
    plain_init = traceback.TracebackException.__init__
    plain_walk = traceback.walk_stack

    def __init__(self: Any, kind: Any, error: Any, trace: Any, **keywords: Any) -> None:
        plain_init(self, kind, error, own_trace(trace), **keywords)

    def own(plain: Callable[..., Any]) -> Callable[..., Any]:
        return lambda trace, *rest, **keywords: plain(own_trace(trace), *rest, **keywords)

    def walk_stack(frame: types.FrameType | None) -> Any:
        if frame is None:
            return plain_walk(frame)  # it counts the frames between its caller and itself
        return (each for each in plain_walk(frame) if not is_ours(each[0]))

    patched: Any = traceback
    patched.TracebackException.__init__ = __init__
    patched.walk_tb, patched.extract_tb = own(traceback.walk_tb), own(traceback.extract_tb)
    patched.walk_stack = walk_stack


def patch_errors() -> None:
    """Also what Python itself prints, which does not ask the module traceback."""
    patch_tracebacks()
    plain_print = traceback.print_exception

    def print_error(kind: Any, error: Any, trace: Any) -> None:
        plain_print(kind, error, trace)

    sys.excepthook = print_error
    try:
        import threading
    except ImportError:
        return
    plain = threading.excepthook

    def excepthook(given: Any) -> None:
        hide_frames(given.exc_value)
        if given.exc_value is not None:
            given = type(given)(
                (given.exc_type, given.exc_value, given.exc_value.__traceback__, given.thread)
            )
        plain(given)

    threading.excepthook = excepthook


def hide_frames(error: BaseException | None) -> None:
    """Take the frames of this file out of an error and all that led to it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        error.__traceback__ = own_trace(error.__traceback__)
        error = error.__cause__ or error.__context__


def remember_source(file: str, text: str) -> None:
    """Let tracebacks show lines of the text that runs, whatever has become of its file."""
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)


def run(channel: Channel, order: Message) -> int:
    """Run the order's program as ``__main__``; returns the exit code. Its code is known by the file's name
    alone, so that a traceback fits a projector."""
    path, text = order["path"], order["text"]
    hook = Hook(channel, order)
    main_module = types.ModuleType("__main__")
    main_module.__dict__.update(__file__=path, __builtins__=builtins, __cached__=None, __loader__=None)
    # These two import what a file of the program's folder may have the name of.
    remember_source(hook.file, text)
    patch_errors()
    sys.argv = [path, *order["arguments"]]
    folder = os.path.dirname(path)
    if sys.path and os.path.abspath(sys.path[0] or ".") == os.path.dirname(_HERE):
        sys.path[0] = folder
    else:
        sys.path.insert(0, folder)
    sys.modules["__main__"] = main_module
    try:
        code = compile(text, hook.file, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        line = str(getattr(error, "lineno", None) or 0)
        said = str(getattr(error, "msg", None) or error)
        channel.send({"k": "trouble", "code": "syntax-error", "values": {"line": line, "message": said}})
        sys.excepthook(type(error), error, None)
        return 1
    if order["seen"]:
        patch_sockets(hook)
        patch_waits(hook)
    patch_processes(hook)
    if hook.counting:
        import atexit

        atexit.register(hook.tell_log)
    _thread.start_new_thread(hook.listen, ())
    try:
        exec(code, main_module.__dict__)
    except SystemExit:
        raise
    except BaseException as error:
        if isinstance(error, ModuleNotFoundError) and error.name:
            channel.send({"k": "trouble", "code": "module-missing", "values": {"module": error.name}})
        # As `sys.excepthook` may have been replaced by the program's own.
        sys.excepthook(type(error), error, own_trace(error.__traceback__))
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


class CountedOutput(io.FileIO):
    """One of the two outputs. ``written``: the bytes so far."""

    written = 0

    def write(self, data: Any, /) -> int:
        done = super().write(data) or 0
        self.written += done
        return done


OUTPUTS: list[CountedOutput] = []
"""Standard output and standard error, once `take_outputs` has been called."""


def take_outputs() -> None:
    """Count what is written, and let a line leave as a whole, as on a terminal."""
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        old: Any = getattr(sys, name)
        raw = CountedOutput(descriptor, "w", closefd=False)
        raw.name = old.name
        OUTPUTS.append(raw)
        stream: Any = io.TextIOWrapper(
            io.BufferedWriter(raw), encoding=old.encoding, errors=old.errors, line_buffering=True
        )
        stream.mode = "w"
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def main() -> NoReturn:
    """Connect, take the order, run it; does not return."""
    port, token = os.environ[VARIABLE].split(":")
    channel = Channel(int(port), token)
    lines: list[str] = []
    while not lines:
        lines = channel.lines(None)
    order, rest = json.loads(lines[0]), lines[1:]
    if rest:
        channel.received = ("\n".join(rest) + "\n").encode("utf-8") + channel.received
    take_outputs()
    sys.exit(run(channel, order))


if __name__ == "__main__":
    main()
