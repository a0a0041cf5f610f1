"""Two processes talk to each other and are killed at random moments: each message arrives once, in order."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from net.chat.history import HistoryReader
from tests.ports import free_port
from tests.programs import start_program

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = Path(__file__).with_name("talking_program.py")


class Talker:
    def __init__(self, folder: Path, name: str, port: int, peer_port: int) -> None:
        self.folder = folder / name
        self.arguments = [sys.executable, str(PROGRAM), str(self.folder), name, str(port), str(peer_port)]
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.process = start_program(
            self.arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.expect("started")

    def expect(self, word: str) -> None:
        assert self.process is not None and self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        assert line == word, f"{line!r} instead of {word!r}"

    def tell(self, line: str) -> None:
        assert self.process is not None and self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def quit(self) -> None:
        self.tell("quit")
        assert self.process is not None
        self.process.communicate(timeout=60)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()

    def said_and_heard(self) -> tuple[list[str], list[str]]:
        reader = HistoryReader(self.folder / "history.sqlite")
        (conversation,) = (row.conversation for row in reader.conversations())
        rows = reader.fetch(conversation, 0, reader.count(conversation))
        reader.close()
        return [row.text for row in rows if not row.incoming], [row.text for row in rows if row.incoming]


def kill_at_random(folder: Path, times: int, seed: int) -> None:
    """``times`` kills of either, then all that was said must have been heard."""
    moments = random.Random(seed)
    ports = free_port(), free_port()
    talkers = [Talker(folder, "Ann", *ports), Talker(folder, "Bob", *reversed(ports))]
    try:
        for talker in talkers:
            talker.start()
        for talker in talkers:
            talker.expect("talking")
        for _ in range(times):
            # The moment of the kill is what is tried here, not how long anything takes.
            time.sleep(moments.uniform(0.05, 1.0))
            victim = moments.choice(talkers)
            victim.kill()
            victim.start()
            victim.expect("talking")
        for talker in talkers:
            talker.tell("end")
        for talker in talkers:
            talker.expect("delivered")
        for talker in talkers:
            talker.quit()
        (ann_said, ann_heard), (bob_said, bob_heard) = (one.said_and_heard() for one in talkers)
    finally:
        for talker in talkers:
            talker.kill()
    assert ann_said and bob_said
    assert ann_said == bob_heard == [str(number) for number in range(len(ann_said))]
    assert bob_said == ann_heard == [str(number) for number in range(len(bob_said))]


@pytest.mark.timeout(300)
def test_killed_a_few_times(tmp_path: Path) -> None:
    kill_at_random(tmp_path, 6, seed=1)


@pytest.mark.deep
@pytest.mark.timeout(3000)
def test_killed_a_hundred_times(tmp_path: Path) -> None:
    kill_at_random(tmp_path, 100, seed=2)
