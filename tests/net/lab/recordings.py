"""Recordings written by hand: what programs do, line by line, in the words of the recording."""

from __future__ import annotations

from typing import Any

from net.lab.recording import (
    Acked,
    Call,
    Done,
    Ended,
    Facts,
    Header,
    Printed,
    ProgramText,
    RecordedEvent,
    Relayed,
    Released,
    Returned,
    Started,
    Step,
    Typed,
)

SERVER = "127.0.0.1:12345"
CLIENT = "127.0.0.1:40312"


class Script:
    """Writes events, a hundredth of a second after one another unless told otherwise."""

    def __init__(self, *programs: tuple[str, int], **header: Any) -> None:
        names = tuple(ProgramText(name, f"{name}.py", "", side) for name, side in programs)
        self.events: list[RecordedEvent] = [Header(t=0.0, programs=names, **header)]
        self.t = 0.0
        self._calls = 0
        self._released: dict[int, float] = {}

    def put(self, kind: type[Any], after: float = 0.01, **values: Any) -> None:
        self.t = round(self.t + after, 6)
        self.events.append(kind(t=self.t, **values))

    def starts(self, *names: str) -> None:
        for name in names:
            self.put(Started, who=name, pid=100)

    def holds(self, who: str, name: str, **call: Any) -> int:
        """A call that is held; its number."""
        self._calls += 1
        data = call.get("data", b"")
        self.put(Call, n=self._calls, who=who, name=name, size=len(data), **call)
        return self._calls

    def lets(self, who: str, n: int) -> None:
        self.put(Released, n=n, who=who)
        self._released[n] = self.t

    def goes(self, who: str, name: str, **call: Any) -> int:
        """A call that is made and does not come back yet."""
        n = self.holds(who, name, **call)
        self.lets(who, n)
        return n

    def back(self, who: str, n: int, after: float = 0.001, **result: Any) -> None:
        seconds = result.pop("seconds", self.t + after - self._released[n])
        if "data" in result:
            result.setdefault("size", len(result["data"]))
        self.put(Returned, after, n=n, who=who, seconds=seconds, **result)

    def calls(self, who: str, name: str, result: dict[str, Any] | None = None, **call: Any) -> int:
        """A call that comes back at once."""
        n = self.goes(who, name, **call)
        self.back(who, n, **(result or {}))
        return n

    def facts(self, who: str, socket: int, **facts: Any) -> None:
        self.put(Facts, 0.002, who=who, socket=socket, **facts)

    # --- What all programs do ---

    def listening(self, who: str = "server", port: str = SERVER) -> None:
        """Socket 1 listens."""
        self.calls(who, "socket", {"value": "<socket>", "made": 1}, transport="tcp")
        tcp = {"socket": 1, "transport": "tcp"}
        self.calls(who, "bind", {"local": port}, address=port, **tcp)
        self.calls(who, "listen", {"local": port}, arguments="5", **tcp)
        self.facts(who, 1, local=port, state="LISTEN", queue=0, queue_limit=5)

    def connected(self, client: str = "client", server: str = "server", local: str = CLIENT) -> None:
        """The client's socket 1 and the server's socket 2 are one connection; the server's first waits in
        accept()."""
        accept = self.goes(server, "accept", socket=1, transport="tcp")
        self.calls(client, "socket", {"value": "<socket>", "made": 1}, transport="tcp")
        connect = self.goes(client, "connect", socket=1, transport="tcp", address=SERVER)
        self.back(client, connect, local=local, remote=SERVER)
        self.back(server, accept, made=2, local=SERVER, remote=local)
        self.facts(client, 1, local=local, remote=SERVER, state="ESTABLISHED", unread=0, unacked=0, acked=1)
        self.facts(server, 2, local=SERVER, remote=local, state="ESTABLISHED", unread=0, unacked=0, acked=0)

    def sends(self, who: str, socket: int, data: bytes, name: str = "send") -> None:
        result = {"size": len(data), "value": str(len(data)) if name == "send" else "None"}
        arguments = repr(data)[:60]
        self.calls(who, name, result, socket=socket, transport="tcp", data=data, arguments=arguments)

    def receives(self, who: str, socket: int, data: bytes, asked: int = 1024) -> None:
        self.calls(who, "recv", {"data": data}, socket=socket, transport="tcp", arguments=str(asked))

    def done(self) -> list[RecordedEvent]:
        self.put(Done)
        return self.events


def stream() -> list[RecordedEvent]:
    """Lesson 6: three sends, one recv."""
    script = Script(("client", 0), ("server", 1), lesson="stream", scene="lump")
    script.starts("server", "client")
    script.listening()
    script.connected()
    script.put(Step, number=1)
    recv = script.holds("server", "recv", socket=2, transport="tcp", arguments="100", line=9)
    unread = 0
    for data in (b"AAA", b"BB", b"C"):
        script.sends("client", 1, data)
        unread += len(data)
        script.facts("server", 2, state="ESTABLISHED", unread=unread, received=unread)
        script.put(Acked, 0.0001, who="client", socket=1, offset=unread)
        script.facts("client", 1, state="ESTABLISHED", unacked=0, acked=unread + 1)
    script.put(Step, number=2)
    script.lets("server", recv)
    script.back("server", recv, data=b"AAABBC")
    script.facts("server", 2, state="ESTABLISHED", unread=0, received=6)
    script.put(Printed, who="server", text="b'AAABBC'\n")
    script.put(Step, number=3)
    script.calls("client", "close", socket=1, transport="tcp")
    script.facts("client", 1, state="FIN_WAIT_2")
    script.facts("server", 2, state="CLOSE_WAIT", unread=0)
    script.receives("server", 2, b"")
    script.calls("server", "close", socket=2, transport="tcp")
    script.facts("client", 1, state="TIME_WAIT", timer="time-wait", timer_left=59.9)
    script.put(Ended, who="client")
    script.put(Ended, who="server")
    script.put(Step, number=4)
    return script.done()


def cut_character() -> list[RecordedEvent]:
    """recv(4) cuts 好 in the middle; a long greeting does not fit into its gap."""
    script = Script(("client", 0), ("server", 1), lesson="stream", scene="half")
    script.starts("server", "client")
    script.listening()
    script.connected()
    script.sends("client", 1, "你好".encode())
    script.facts("server", 2, state="ESTABLISHED", unread=6)
    script.receives("server", 2, "你好".encode()[:4], 4)
    script.put(Printed, who="server", text="UnicodeDecodeError: half a character\n", error=True)
    script.receives("server", 2, "你好".encode()[4:], 4)
    script.sends("server", 2, b"Hello, Client, how are you today? " * 40)
    script.facts("client", 1, state="ESTABLISHED", unread=1360)
    script.receives("client", 1, (b"Hello, Client, how are you today? " * 40)[:1024])
    return script.done()


def hello_server() -> list[RecordedEvent]:
    """The tutorial's 3.1, the client before the accept()."""
    script = Script(("client", 0), ("server", 1), lesson="hello-server", scene="first")
    script.starts("server")
    script.listening()
    script.put(Printed, who="server", text="Server is listening...\n")
    accept = script.holds("server", "accept", socket=1, transport="tcp")
    script.starts("client")
    script.calls("client", "socket", {"made": 1}, transport="tcp")
    connect = script.goes("client", "connect", socket=1, transport="tcp", address=SERVER)
    script.back("client", connect, local=CLIENT, remote=SERVER)
    script.facts("server", 1, local=SERVER, state="LISTEN", queue=1, queue_limit=5)
    script.facts("client", 1, local=CLIENT, remote=SERVER, state="ESTABLISHED", unread=0, acked=1)
    script.sends("client", 1, b"Hello, Server")
    script.put(Acked, 0.0001, who="client", socket=1, offset=13)
    recv = script.goes("client", "recv", socket=1, transport="tcp", arguments="1024")
    script.lets("server", accept)
    script.back("server", accept, made=2, local=SERVER, remote=CLIENT)
    script.facts("server", 2, local=SERVER, remote=CLIENT, state="ESTABLISHED", unread=13)
    script.put(Printed, who="server", text="Connection from ('127.0.0.1', 40312)\n")
    script.receives("server", 2, b"Hello, Server")
    script.sends("server", 2, b"Hello, Client")
    script.back("client", recv, data=b"Hello, Client")
    script.put(Printed, who="client", text="Received from server: Hello, Client\n")
    return script.done()


def stuck_chat() -> list[RecordedEvent]:
    """The tutorial's 3.2: an empty line, and both wait for ever; a second client is connected to nobody."""
    script = Script(("client", 0), ("client-2", 0), ("server", 1), lesson="why-stuck", scene="chat")
    script.starts("server", "client")
    script.listening()
    script.connected()
    ask = script.goes("client", "input", arguments="'You: '")
    recv = script.goes("server", "recv", socket=2, transport="tcp", arguments="1024")
    script.put(Typed, who="client", text="hi")
    script.back("client", ask, value="'hi'")
    script.sends("client", 1, b"hi")
    script.goes("client", "recv", socket=1, transport="tcp", arguments="1024")
    script.back("server", recv, data=b"hi")
    script.put(Printed, who="server", text="Client: hi\n")
    ask = script.goes("server", "input", arguments="'You: '")
    script.put(Typed, who="server", text="")
    script.back("server", ask, value="''")
    script.calls("server", "send", {"value": "0"}, socket=2, transport="tcp", arguments="b''")
    script.goes("server", "recv", socket=2, transport="tcp", arguments="1024")
    script.starts("client-2")
    connect = script.goes("client-2", "connect", socket=1, transport="tcp", address=SERVER)
    script.back("client-2", connect, local="127.0.0.1:40314", remote=SERVER)
    script.facts("server", 1, local=SERVER, state="LISTEN", queue=1, queue_limit=5)
    script.sends("client-2", 1, b"hello?")
    script.facts("client-2", 1, state="ESTABLISHED", acked=7)
    script.goes("client-2", "recv", socket=1, transport="tcp", arguments="1024")
    script.put(Step, 12.5, number=1)
    return script.done()


def refused() -> list[RecordedEvent]:
    """Nobody listens."""
    script = Script(("client", 0), ("server", 1), lesson="which-door", scene="refused")
    script.starts("client")
    script.calls("client", "socket", {"made": 1}, transport="tcp")
    connect = script.goes("client", "connect", socket=1, transport="tcp", address=SERVER)
    script.back("client", connect, error="ConnectionRefusedError", errno=111, message="Connection refused")
    script.put(Printed, who="client", text="ConnectionRefusedError: [Errno 111]\n", error=True)
    script.put(Ended, who="client", code=1)
    return script.done()


def postcards(relay: bool = False) -> list[RecordedEvent]:
    """UDP: borders are kept, the rest of a datagram is gone; with ``relay`` one is lost and one comes
    twice."""
    script = Script(("client", 0), ("server", 1), lesson="postcards", scene="cards")
    script.starts("server", "client")
    udp = {"socket": 1, "transport": "udp"}
    gate = "127.0.0.1:12346"
    script.calls("server", "socket", {"made": 1}, transport="udp")
    script.calls("server", "bind", {"local": SERVER}, address=SERVER, **udp)
    script.calls("client", "socket", {"made": 1}, transport="udp")
    cards = (b"one", b"two!!", b"three")
    fates = ("passed", "lost", "doubled")
    for data, fate in zip(cards, fates, strict=True):
        result = {"value": str(len(data)), "size": len(data), "local": "0.0.0.0:50000"}
        target = gate if relay else SERVER
        script.calls("client", "sendto", result, data=data, address=target, **udp)
        if relay:
            script.put(
                Relayed,
                source="127.0.0.1:50000",
                target=SERVER,
                fate=fate,
                data=data,
                size=len(data),
                delay=0.05,
            )
        if not relay:
            script.facts("server", 1, local=SERVER, unread=3, drops=0)
    came = [b"one", b"three", b"three"] if relay else [b"one", b"two", b"three"]
    sender = gate if relay else "127.0.0.1:50000"
    for data in came:
        asked = "3" if data == b"two" else "1024"
        result = {"data": data, "remote": sender}
        script.calls("server", "recvfrom", result, arguments=asked, **udp)
    return script.done()


def flood(events: int) -> list[RecordedEvent]:
    """About so many events of a lively exchange."""
    script = Script(("client", 0), ("server", 1))
    script.starts("server", "client")
    script.listening()
    script.connected()
    number = come = 0
    while len(script.events) < events:
        data = f"line {number}\n".encode()
        number += 1
        script.sends("client", 1, data)
        come += len(data)
        script.facts("server", 2, state="ESTABLISHED", unread=len(data), received=come)
        script.put(Acked, 0.0001, who="client", socket=1, offset=come)
        script.receives("server", 2, data)
        script.put(Printed, who="server", text=data.decode())
    return script.done()
