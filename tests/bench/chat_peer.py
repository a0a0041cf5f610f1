"""The other side of the chat's measurements, as a process of its own.

``python -m tests.bench.chat_peer chat FOLDER [COUNT]``: so many people (1) that chat, nobody discovered, who
accept what is offered. Prints one line of JSON at the start, and the processor seconds and the most memory
for each line it is sent; ends with its standard input.
``... echo CERTIFICATE KEY``: a bare TLS echo; prints its port.
"""

from __future__ import annotations

import json
import queue
import resource
import socket
import ssl
import sys
import threading
import time
from pathlib import Path

from net.address import Address
from net.chat.commands import AcceptTransfer, StartChat
from net.chat.core import ChatCore
from net.chat.events import ChatStarted, TransferChanged, TransferStage
from net.engine import Engine
from tests.net.chat.deaf import Deaf

READ_SIZE = 64 * 1024


def start_engine(folder: Path, name: str) -> tuple[Engine, ChatStarted]:
    """An Engine whose chat has started and that nobody discovers."""
    ChatCore.make_discovery = Deaf
    engine = Engine()
    engine.submit(StartChat(folder, folder / "downloads", name, port=0))
    while True:
        for event in engine.events.get(timeout=30.0):
            if isinstance(event, ChatStarted):
                return engine, event


def _drain(engine: Engine) -> None:
    accepted: set[str] = set()
    while True:
        try:
            batch = engine.events.get(timeout=3600.0)
        except queue.Empty:
            continue
        for event in batch:
            if (
                isinstance(event, TransferChanged)
                and event.stage is TransferStage.OFFERED
                and event.transfer not in accepted
            ):
                accepted.add(event.transfer)
                engine.submit(AcceptTransfer(event.transfer))


def chat(folder: Path, count: int) -> None:
    engines = []
    for number in range(count):
        engine, started = start_engine(folder / str(number), f"Peer {number}")
        threading.Thread(target=_drain, args=(engine,), daemon=True).start()
        engines.append((engine, started))
    people = [{"identity": started.identity, "port": started.port} for _engine, started in engines]
    print(json.dumps(people), flush=True)
    for _line in sys.stdin:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"cpu": time.process_time(), "most": most}), flush=True)
    for engine, _started in engines:
        engine.stop()
    for engine, _started in engines:
        engine.join(15.0)


def echo(certificate: str, key: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        plain, _address = listener.accept()
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with context.wrap_socket(plain, server_side=True) as peer:
            while data := peer.recv(READ_SIZE):
                peer.sendall(data)


def address_of(port: int) -> Address:
    return Address("127.0.0.1", port)


if __name__ == "__main__":
    if sys.argv[1] == "chat":
        chat(Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    else:
        echo(sys.argv[2], sys.argv[3])
