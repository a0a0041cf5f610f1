"""``python -m tests.stills [LESSON ...]``: run the lessons' scenes step by step and write the recordings that
are delivered with them, `assets/lessons/NAME/stills/SCENE.jsonl`. Exit code 1 if a step was not reached."""

from __future__ import annotations

import getpass
import socket
import sys
from pathlib import Path

import msgspec

from net.engine import Engine
from net.lab.library import LESSONS_FOLDER, load_lesson, load_shelf, still_recording
from net.lab.recording import Header, RecordedEvent, Started
from tests.net.lab.playing import Played, play_scene, steps_of

JOIN_SECONDS = 20.0


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


def main(names: list[str]) -> int:
    code = 0
    engine = Engine()
    try:
        for name in names or load_shelf().lessons:
            lesson = load_lesson(name)
            for scene in lesson.scenes:
                if not steps_of(lesson, scene):
                    continue
                played = play_scene(engine, lesson, scene)
                steps = " ".join(map(str, played.reached))
                print(f"{name} {scene.name}: {len(played.events)} events, steps {steps}", flush=True)
                for number, why, values in played.missed:
                    print(f"  step {number} was not reached: {why} {values}", flush=True)
                    code = 1
                if not played.missed:
                    path = still_recording(name, scene.name)
                    path.parent.mkdir(exist_ok=True)
                    path.write_bytes(as_lines(played))
    finally:
        engine.stop()
        engine.join(JOIN_SECONDS)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
