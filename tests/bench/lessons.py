"""The lessons: what a relay does to datagrams against what it was asked, how many pass through it, and one
road with 40 senders."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from queue import Empty

from net.address import Address
from net.engine import Engine
from net.lab.lesson_files import load_lesson
from net.lab.recording import Measured
from net.protocol.impairment.settings import Impairment
from net.sockets.commands import RelayDatagrams
from net.sockets.events import MessagesRelayed, Opened
from tests.bench import lesson_picture, lesson_runs, lesson_steps, traffic
from tests.bench.figures import Figure
from tests.net.lab.playing import play_scene
from tests.net.protocol.impairment.statistics import DATAGRAMS, measure_all

SIZE = 64
QUIET_SECONDS = 0.5
SEED = 1
ROUNDS = 3


def relayed_a_second() -> float:
    """Datagrams that pass a relay, which loses some, while another process sends all it can; counted where
    they arrive."""
    engine = Engine()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as target:
        target.bind(("127.0.0.1", 0))
        target.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 * 1024 * 1024)
        where = Address("127.0.0.1", target.getsockname()[1])
        asked = Impairment(loss=0.01)
        engine.submit(
            RelayDatagrams(engine.new_session(), Address("127.0.0.1", 0), where, asked, Impairment(), SEED)
        )
        port = 0
        while not port:
            port = next(
                (e.local_address.port for e in engine.events.get(timeout=10.0) if isinstance(e, Opened)), 0
            )
        peer = traffic.start("flood", port, SIZE)
        told, begun, last = 0, 0.0, 0.0
        while True:
            try:
                batch = engine.events.get(timeout=10.0 if not begun else QUIET_SECONDS)
            except Empty:
                break
            for event in batch:
                if isinstance(event, MessagesRelayed):
                    last = time.perf_counter()
                    begun = begun or last
                    told += len(event.pieces)
            if begun and time.perf_counter() - last > QUIET_SECONDS:
                break
        peer.wait()
    engine.stop()
    engine.join(10.0)
    return told / (last - begun)


def useful_share(scene: str) -> float:
    """Percent of what passes the road of lesson 14 that is new, with 40 senders."""
    engine = Engine()
    lesson = load_lesson("one-road")
    played = play_scene(engine, lesson, next(one for one in lesson.scenes if one.name == scene))
    engine.stop()
    engine.join(30.0)
    if played.missed:
        raise RuntimeError(f"{scene}: {played.missed}")
    return next(e.value for e in played.events if isinstance(e, Measured) and e.name == "useful-total")


def figures() -> Iterator[Figure]:
    yield from lesson_runs.stepping()
    yield from lesson_runs.many_runs()
    yield from lesson_picture.scrolling()
    yield from lesson_steps.figures()
    for statistic in measure_all(SEED):
        name = f"relay: {statistic.name} of {DATAGRAMS:,} datagrams, asked {statistic.asked:g}"
        yield Figure(name, "standard errors off", at_most=3.0, ours=[statistic.off])
    through = [relayed_a_second() for _round in range(ROUNDS)]
    yield Figure(f"relay: datagrams of {SIZE} B through it", "1/s", at_least=20_000, ours=through)
    greedy, polite = useful_share("greedy"), useful_share("aimd")
    yield Figure("one road, 40 greedy senders: useful", "percent", at_most=60.0, ours=[greedy])
    yield Figure("one road, 40 AIMD senders: useful", "percent", at_least=85.0, ours=[polite])
