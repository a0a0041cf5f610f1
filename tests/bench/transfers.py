"""A file over loopback with TLS and SHA-256 at both ends: ours, a bare Python copy, and ncat --ssl, which
hashes nothing. Each end is a process of its own; ours are two Engines, with everything of the chat around.

``python -m tests.bench.transfers [MiB]`` measures the transfers alone, without Engines and history, and
prints the processor's seconds too: for work on them.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import multiprocessing
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

from net.address import Address
from net.chat.conversation import Conversation
from net.chat.events import TransferStage
from net.chat.history.records import TransferRecord
from net.chat.identity import Identity, load_or_create
from net.chat.line import Line
from net.chat.transfer import Transfers
from net.chat.wires.duplex.channel import CloseKind
from net.chat.wires.duplex.doors import Doors
from net.chat.wires.duplex.link import Link
from net.protocol.chat.messages import Wire
from tests.bench.figures import ROUNDS, Figure
from tests.net.chat.duplexes import Duplex
from tests.net.chat.transfer.two_sides import MemoryStore, record_of
from tests.programs import is_installed, run_program, start_program

READ_SIZE = 256 * 1024
MIB = 1024 * 1024
FILE_MIB = int(os.environ.get("DUPLEX_BENCH_MIB", "256"))
"""Of the file that is copied; 1024 is the whole measurement."""


class Program:
    """Doors, link and transfers of one process."""

    def __init__(self, identity: Identity, other: Identity) -> None:
        directory = Duplex(identity)
        directory.known[other.id] = other.certificate
        loop = asyncio.get_running_loop()
        self.doors = Doors(loop, identity, directory, self.bind, lambda *_: None, lambda *_: None)
        self.peer = other.id.hex()
        self.over = asyncio.Event()
        self.transfers = Transfers(asyncio.get_running_loop(), MemoryStore(), self._changed)
        self.stage = TransferStage.OFFERED

    def bind(self, link: Link) -> None:
        def take(line: Line, message: Wire) -> None:
            self.transfers.take(self.peer, message)

        def closed(link: Link, kind: CloseKind, detail: str) -> None:
            self.transfers.detach(self.peer)
            self.over.set()

        link.on_message = take
        link.on_data = lambda link, channel, data: self.transfers.take_data(self.peer, channel, data)
        link.on_drained = lambda link: self.transfers.drained(self.peer)
        link.on_closed = closed
        self.transfers.attach(self.peer, link)

    def _changed(self, event: object) -> None:
        self.stage = getattr(event, "stage", self.stage)
        if self.stage in {TransferStage.FINISHED, TransferStage.FAILED}:
            self.over.set()


def _grown(before: int) -> float:
    """MiB of memory at the most above ``before``."""
    status = Path("/proc/self/status").read_text()
    most = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(most.split()[1]) / 1024 - before / MIB


def _idle_memory() -> int:
    """Bytes now; the highest is counted from here on."""
    Path("/proc/self/clear_refs").write_text("5")
    return int(psutil.Process().memory_info().rss)


def receive(folders: tuple[Path, Path], target: Path, pipe: Connection) -> None:
    async def main() -> None:
        me, other = load_or_create(folders[1]), load_or_create(folders[0])
        program = Program(me, other)
        port = await program.doors.listen(0, ("127.0.0.1",))
        pipe.send(port)
        offer = await asyncio.get_running_loop().run_in_executor(None, pipe.recv)
        record = record_of(offer, program.peer)
        program.transfers.take_offer(record)
        before = _idle_memory()
        program.transfers.accept(record.transfer, target)
        pipe.send("accepted")
        await program.over.wait()
        cpu = time.process_time()
        pipe.send((program.stage.value, _grown(before), cpu))
        await asyncio.get_running_loop().run_in_executor(None, pipe.recv)

    asyncio.run(main())


def ours(source: Path, target: Path) -> tuple[float, float, float]:
    """Seconds, and MiB above idle of the sender and of the receiver."""
    result: list[float] = []

    async def main(folders: tuple[Path, Path], pipe: Connection) -> None:
        loop = asyncio.get_running_loop()
        me, other = load_or_create(folders[0]), load_or_create(folders[1])
        program = Program(me, other)
        port = await loop.run_in_executor(None, pipe.recv)
        with_peer = Conversation.person(program.peer)
        record = TransferRecord("ab" * 16, "cd" * 16, with_peer, program.peer, False, "", 0, 0)
        pipe.send(await program.transfers.offer(record, await program.transfers.scan([source])))
        await loop.run_in_executor(None, pipe.recv)
        before = _idle_memory()
        began = time.perf_counter()
        await program.doors.dial_talk([Address("127.0.0.1", port)], other.id)
        await program.over.wait()
        seconds = time.perf_counter() - began
        theirs = await loop.run_in_executor(None, pipe.recv)
        pipe.send("bye")
        assert program.stage is TransferStage.FINISHED and theirs[0] == "finished"
        result.extend((seconds, _grown(before), theirs[1]))
        print(f"   processor seconds: {time.process_time():.2f} + {theirs[2]:.2f}")

    with tempfile.TemporaryDirectory() as base:
        folders = (Path(base, "a"), Path(base, "b"))
        for folder in folders:
            load_or_create(folder)
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=receive, args=(folders, target, there))
        process.start()
        asyncio.run(main(folders, here))
        process.join()
    seconds, sender, receiver = result
    return seconds, sender, receiver


def _certificate(folder: Path) -> tuple[str, str]:
    key, certificate = str(folder / "key.pem"), str(folder / "cert.pem")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=x"
    run_program([*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return key, certificate


def bare_receive(folder: Path, target: Path, pipe: Connection) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        pipe.send(listener.getsockname()[1])
        plain, _ = listener.accept()
        total = hashlib.sha256()
        buffer = memoryview(bytearray(READ_SIZE))
        with context.wrap_socket(plain, server_side=True) as peer, target.open("wb", buffering=0) as file:
            while size := peer.recv_into(buffer):
                total.update(buffer[:size])
                file.write(buffer[:size])
        pipe.send(total.digest())


def bare(source: Path, target: Path) -> float:
    with tempfile.TemporaryDirectory() as base:
        _certificate(Path(base))
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=bare_receive, args=(Path(base), target / "bare", there))
        process.start()
        port = here.recv()
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.check_hostname = False
        client.verify_mode = ssl.CERT_NONE
        began = time.perf_counter()
        total = hashlib.sha256()
        buffer = memoryview(bytearray(READ_SIZE))
        with (
            client.wrap_socket(socket.create_connection(("127.0.0.1", port))) as peer,
            source.open("rb", buffering=0) as file,
        ):
            while size := file.readinto(buffer):
                total.update(buffer[:size])
                peer.sendall(buffer[:size])
            # The end is waited for: with the session tickets unread a close would be a reset.
            with contextlib.suppress(ssl.SSLError, OSError):
                peer.unwrap()
        assert here.recv() == total.digest()
        seconds = time.perf_counter() - began
        process.join()
        return seconds


def ncat(source: Path, target: Path) -> float:
    with tempfile.TemporaryDirectory() as base, socket.socket() as probe:
        key, certificate = _certificate(Path(base))
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
        probe.close()
        # The listener sends: with its session tickets unread at the other end a close would be a reset.
        listen = ["ncat", "-l", "--send-only", "--ssl", "--ssl-key", key, "--ssl-cert", certificate]
        with (target / "ncat").open("wb") as output, source.open("rb") as content:
            server = start_program([*listen, "127.0.0.1", port], stdin=content)
            while not any(
                entry.laddr.port == int(port) for entry in psutil.Process(server.pid).net_connections()
            ):
                time.sleep(0.01)
            began = time.perf_counter()
            run_program(["ncat", "--recv-only", "--ssl", "127.0.0.1", port], stdout=output, check=True)
            server.wait()
            return time.perf_counter() - began


def fill(path: Path, mib: int) -> None:
    """Content that is on the disk, so that nothing else is being written when the measurement begins."""
    with path.open("wb") as file:
        for _turn in range(mib):
            file.write(os.urandom(MIB))
    os.sync()


def _through_engines(source: Path) -> tuple[float, float]:
    """Seconds, and bytes of memory above idle of the side that took more. In a process of its own: memory
    that was used before would be used again."""
    words = [sys.executable, "-m", "tests.bench.chat", "file", str(source)]
    done = run_program(words, stdout=subprocess.PIPE, check=True)
    seconds, here, there = map(float, done.stdout.split())
    return seconds, max(here, there)


def figures() -> Iterator[Figure]:
    name = f"file of {FILE_MIB} MiB, TLS and SHA-256"
    measures = {"bare": bare, "ncat": ncat}
    against = {
        "bare": Figure(f"{name}, against bare Python", "B/s", at_least=0.8),
        "ncat": Figure(f"{name}, against ncat --ssl", "B/s", at_least=0.9),
    }
    if not is_installed("ncat"):
        del against["ncat"]
    memory = Figure("memory above idle meanwhile, the larger side", "MB", at_most=60)
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "source.bin"), Path(folder, "target")
        fill(source, FILE_MIB)
        for turn in range(ROUNDS + 1):
            # Each begins with what the one before wrote removed: memory free for long is slow at first.
            os.sync()
            seconds, most = _through_engines(source)
            for key, figure in against.items():
                target.mkdir()
                os.sync()
                theirs = measures[key](source, target)
                shutil.rmtree(target)
                if turn:
                    figure.ours.append(FILE_MIB * MIB / seconds)
                    figure.bare.append(FILE_MIB * MIB / theirs)
            if turn:
                memory.ours.append(most / 1e6)
    yield from against.values()
    yield memory


def main() -> None:
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1024
    with tempfile.TemporaryDirectory() as base:
        source, target = Path(base, "source.bin"), Path(base, "target")
        fill(source, size)
        for _ in range(3):
            for name, measure in (("bare", bare), ("ncat", ncat), ("ours", ours)):
                shutil.rmtree(target, ignore_errors=True)
                target.mkdir()
                os.sync()
                found = measure(source, target)
                seconds = found[0] if isinstance(found, tuple) else found
                (landed,) = target.iterdir()
                assert landed.stat().st_size == size * MIB, landed
                memory = f", {found[1]:.0f} and {found[2]:.0f} MiB" if isinstance(found, tuple) else ""
                print(f"{name}: {size / seconds:.0f} MiB/s{memory}", flush=True)


if __name__ == "__main__":
    main()
