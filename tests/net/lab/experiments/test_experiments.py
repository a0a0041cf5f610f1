"""The lessons' experiments, with real programs on real sockets."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import msgspec
import pytest

from net.engine import Engine
from net.lab.experiments.one_road import Passage
from net.lab.experiments.relays import SettingError, impairments_of
from net.lab.lesson import Lesson, LessonStep, Scene, Text
from net.lab.lesson_files import load_lesson
from net.lab.recording import Call, Ended, Header, Measured, Printed, Relayed, Returned, Started
from net.protocol.impairment.settings import Impairment
from tests.net.lab.playing import Played, play_scene

NOTHING = Text(en="", zh_CN="")


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.stop()
    assert engine.join(30)


def scene_of(lesson: str, name: str, **settings: str | float | bool) -> tuple[Lesson, Scene]:
    found = next(scene for scene in load_lesson(lesson).scenes if scene.name == name)
    return load_lesson(lesson), msgspec.structs.replace(found, settings={**found.settings, **settings})


def one_step(lesson: Lesson, scene: Scene, *moves: str) -> Lesson:
    step = LessonStep(say=NOTHING, scene=scene.name, notes=NOTHING, go=moves)
    return msgspec.structs.replace(lesson, scenes=(scene,), steps=(step,))


def measured(played: Played) -> dict[str, float]:
    """The last figure of each name."""
    return {event.name: event.value for event in played.events if isinstance(event, Measured)}


# --- A relay between two programs ---


def test_the_relay_stands_at_the_programs_own_port(engine: Engine) -> None:
    lesson, scene = scene_of("reliability", "repeating")
    played = play_scene(engine, lesson, scene)
    assert played.missed == []
    header = played.events[0]
    assert isinstance(header, Header)
    # Both sources say 12345; the receiver's stands for another one.
    assert list(header.ports) == ["12345"]
    told = [event for event in played.events if isinstance(event, Relayed)]
    there = [(event.data, event.fate) for event in told if event.target.endswith(":12345")]
    back = [(event.data, event.fate) for event in told if event.source.endswith(":12345")]
    assert there == [
        (b"1", "passed"),
        (b"2", "lost"),
        (b"2", "passed"),
        (b"3", "passed"),
        (b"3", "passed"),
    ]
    assert back == [(b"1 ok", "passed"), (b"2 ok", "passed"), (b"3 ok", "lost")]
    heard = [e.data for e in played.events if isinstance(e, Returned) and e.who == "receiver" and e.data]
    assert heard == [b"1", b"2", b"3", b"3"]
    assert [event.t for event in told] == sorted(event.t for event in told)


def test_what_the_sender_calls_comes_before_the_relay_and_the_answer_after(engine: Engine) -> None:
    lesson, scene = scene_of("reliability", "repeating", delay=0.05)
    played = play_scene(
        engine, one_step(lesson, scene, "receiver before recvfrom 1", "receiver runs", "sender ends"), scene
    )
    assert played.missed == []
    first = next(event for event in played.events if isinstance(event, Relayed))
    sent = next(e for e in played.events if isinstance(e, Call) and e.name == "sendto" and e.who == "sender")
    got = next(e for e in played.events if isinstance(e, Returned) and e.data and e.who == "receiver")
    assert sent.t <= first.t - first.delay <= first.t <= got.t + 0.02
    assert first.delay == pytest.approx(0.05, abs=0.02)


def test_a_taken_port_moves_everybody(engine: Engine) -> None:
    lesson, scene = scene_of("reliability", "hopeful")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 12345))
        played = play_scene(engine, lesson, scene)
    assert played.missed == []
    fates = [event.fate for event in played.events if isinstance(event, Relayed)]
    assert fates.count("lost") == 1 and fates.count("passed") >= 2


def test_settings_name_datagrams_or_shares() -> None:
    there, back = impairments_of({"lose": "2 5", "double": "4", "late-back": 3.0, "queue": 50.0, "port": 7.0})
    assert there == Impairment(lose=(2, 5), twice=(4,), queue=50)
    assert back == Impairment(late=(3,))
    there, _back = impairments_of({"loss": 0.3, "doubled": 0.1, "rate": 400.0})
    assert there == Impairment(loss=0.3, double=0.1, rate=400.0)
    with pytest.raises(SettingError):
        impairments_of({"loss": 3.0})


# --- One road for all ---


@pytest.mark.parametrize(("name", "low", "high"), [("greedy", 20.0, 60.0), ("aimd", 85.0, 100.0)])
def test_a_smaller_road_shows_the_same(engine: Engine, name: str, low: float, high: float) -> None:
    """Twelve senders on 120 datagrams a second: the same share for each, and as long a queue in seconds."""
    lesson, scene = scene_of("one-road", name, rate=120, queue=30, seconds=4)
    programs = tuple(
        msgspec.structs.replace(each, copies=12) if each.side == 0 else each for each in scene.programs
    )
    scene = msgspec.structs.replace(scene, programs=programs)
    played = play_scene(engine, one_step(lesson, scene, "receiver starts", "all end"), scene)
    assert played.missed == []
    figures = measured(played)
    assert low <= figures["useful-total"] <= high
    assert figures["delivered-total"] == pytest.approx(120 * 3, rel=0.25)
    assert figures["queue-full-total"] > 0
    assert 0.5 <= figures["fairness"] <= 1.0
    assert sum(event.name == "useful" for event in played.events if isinstance(event, Measured)) == 4
    assert sum(isinstance(event, Started) for event in played.events) == 13
    ended = [event for event in played.events if isinstance(event, Ended)]
    assert len(ended) == 13 and all(event.code == 0 for event in ended)
    # They run without the hook: nothing slows them down.
    assert not any(isinstance(event, Call) for event in played.events)


def test_passages() -> None:
    passage = Passage(offered=10, delivered=8)
    passage.new.update({("127.0.0.1", 1): 3, ("127.0.0.1", 2): 1})
    assert passage.useful == 50.0
    assert passage.fairness(2) == pytest.approx(16 / (2 * 10))
    assert (Passage().useful, Passage().fairness(5)) == (0.0, 0.0)


# --- Measured here ---


def test_the_table_of_tcp_and_udp(engine: Engine) -> None:
    lesson, scene = scene_of("http", "measured")
    played = play_scene(engine, one_step(lesson, scene, "all end"), scene)
    assert played.missed == []
    figures = {
        event.name: (event.value, event.unit) for event in played.events if isinstance(event, Measured)
    }
    units = {
        "round-trip": "us",
        "first-answer": "us",
        "arrived": "percent",
        "messages": "per-second",
        "throughput": "MB/s",
    }
    assert {name: unit for name, (_value, unit) in figures.items()} == {
        f"{transport}-{name}": unit for transport in ("tcp", "udp") for name, unit in units.items()
    }
    assert all(value > 0 for value, _unit in figures.values())
    assert figures["tcp-arrived"][0] == 100.0
    assert figures["udp-arrived"][0] <= 100.0
    # What can be claimed: UDP's answer is there earlier, for it sets nothing up.
    assert figures["udp-first-answer"][0] < figures["tcp-first-answer"][0]
    header = played.events[0]
    assert isinstance(header, Header)
    assert [program.name for program in header.programs] == ["answers", "measures"]
    assert all("def udp_round_trip" in program.text for program in header.programs)
    assert any(isinstance(event, Printed) for event in played.events)
