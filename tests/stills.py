"""``python -m tests.stills [LESSON[/SCENE] ...]``: run the lessons' scenes step by step and write the
recordings that are delivered with them, `assets/lessons/NAME/stills/SCENE.jsonl`. Exit code 1 if a step was
not reached.

As root on Linux each scene has a network of its own, in which all ports are free; elsewhere a port that an
earlier scene has left in TIME_WAIT is waited for, up to a minute.
"""

from __future__ import annotations

import getpass
import os
import socket
import sys
from pathlib import Path

import msgspec

from net.engine import Engine
from net.lab.lesson import Lesson, Scene
from net.lab.lesson_files import LESSONS_FOLDER, lesson_file, load_lesson, load_shelf, still_recording
from net.lab.recording import Header, RecordedEvent, Started
from net.lab.run.ports import is_taken
from net.lab.run.sources import fixed_ports, read_source
from tests.net.lab.playing import Played, play_scene, steps_of
from tests.programs import run_program
from tests.waiting import wait_until

INSIDE = "--inside"
JOIN_SECONDS = 20.0
TIME_WAIT_SECONDS = 70.0


def delivered(event: RecordedEvent) -> RecordedEvent:
    """Without what is this machine's alone."""
    if isinstance(event, Header):
        return msgspec.structs.replace(event, still=True)
    if isinstance(event, Started):
        return msgspec.structs.replace(event, pid=0)
    return event


def as_lines(played: Played) -> bytes:
    """Raises ValueError if something of this machine is in it."""
    lines = b"".join(msgspec.json.encode(delivered(event)) + b"\n" for event in played.events)
    for own in (str(LESSONS_FOLDER), str(Path.home()), socket.gethostname(), f"/{getpass.getuser()}/"):
        if len(own) > 3 and own.encode() in lines:
            raise ValueError(f"{played.scene}: {own} is in it")
    return lines


def write_still(lesson: Lesson, scene: Scene) -> bool:
    """Whether all its steps were reached."""
    ports = {
        port
        for program in scene.programs
        for port in fixed_ports(read_source(lesson_file(lesson.name, program.file)).text)
    }
    wait_until(lambda: not any(map(is_taken, ports)), TIME_WAIT_SECONDS, what=f"{ports} to be free")
    engine = Engine()
    try:
        played = play_scene(engine, lesson, scene)
    finally:
        engine.stop()
        engine.join(JOIN_SECONDS)
    steps = " ".join(map(str, played.reached))
    print(f"{lesson.name}/{scene.name}: {len(played.events)} events, steps {steps}", flush=True)
    for number, why, values in played.missed:
        print(f"  step {number} was not reached: {why} {values}", flush=True)
    if not played.missed:
        path = still_recording(lesson.name, scene.name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(as_lines(played))
    return not played.missed


def main(words: list[str]) -> int:
    inside = words[:1] == [INSIDE]
    if inside:
        run_program(["ip", "link", "set", "lo", "up"], check=True)
        words = words[1:]
    apart = not inside and sys.platform == "linux" and os.geteuid() == 0
    reached = True
    for word in words or load_shelf().lessons:
        name, _, only = word.partition("/")
        lesson = load_lesson(name)
        for scene in lesson.scenes:
            if not steps_of(lesson, scene) or only not in ("", scene.name):
                continue
            if apart:
                again = [sys.executable, "-m", "tests.stills", INSIDE, f"{name}/{scene.name}"]
                reached &= run_program(["unshare", "--net", *again]).returncode == 0
            else:
                reached &= write_still(lesson, scene)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
