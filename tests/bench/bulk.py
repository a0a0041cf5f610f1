"""Much at once in the real window: how late a 10 ms timer on the Tk thread is at worst while it comes, is
shown, scrolled, searched, copied, saved and sent.

``python -m tests.bench.bulk PART`` runs in the process that is measured and prints its numbers as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from net.events import Exported
from net.transcript.recorder import FOLD_SECONDS
from tests.bench import traffic
from tests.bench.figures import ROUNDS, Figure
from tests.bench.window import Rig, measured

LATE_TIMER_MS = 10
RANDOM_BYTES = 10_000_000
LINE_BYTES = 1_000_000
FILE_BYTES = 300_000_000
CLIENTS = 3
MESSAGES = 1_000_000
BLOCK = 1_000_000
STEP = 0.03
"""Seconds between two things that a person does."""
SCROLLS = 60
LONG_PATIENCE = 600.0


class Timer:
    """A 10 ms timer on the Tk thread. ``worst``: how late it was at most, in ms, by the name of what went on;
    only while something is measured (`during`)."""

    def __init__(self, rig: Rig) -> None:
        self._app = rig.app
        self._rig = rig
        self._phase = ""
        self.worst: dict[str, float] = {}
        self._tick(time.perf_counter())

    def _tick(self, due: float) -> None:
        if self._phase:
            late = (time.perf_counter() - due) * 1000
            self.worst[self._phase] = max(late, self.worst.get(self._phase, 0.0))
        self._app.after(LATE_TIMER_MS, self._tick, time.perf_counter() + LATE_TIMER_MS / 1000)

    def during(
        self, phase: str, *steps: Callable[[], object], until: Callable[[], bool] | None = None
    ) -> None:
        """Take the steps one after the other, as a person would, and go on until ``until``."""
        self._rig.run(STEP)
        self._phase = phase
        for step in steps:
            self._app.after(1, step)
            self._rig.run(STEP)
        if until is not None:
            self._rig.run_until(until, patience=LONG_PATIENCE)
        self._rig.run(STEP)
        self._phase = ""


# --- What comes ---


def _come(rig: Rig, timer: Timer, mode: str, size: int) -> int:
    """``size`` bytes come while they are shown as a log; the session."""
    chat = rig.page.chat
    peer = traffic.start(mode, rig.port, size)
    rig.run_until(lambda: any(known.parent for known in rig.page.model))
    session: int = next(known.session for known in rig.page.model if known.parent)
    rig.page.sessions.show(session)
    chat.switch_view()
    assert peer.stdin is not None
    peer.stdin.close()
    timer.during(
        "come",
        until=lambda: rig.page.model.get(session).bytes_received >= size and rig.rows(session) > 0,
    )
    rig.run(0.5)
    peer.kill()
    peer.wait()
    return session


def _seen(rig: Rig, mode: str, size: int, wanted: tuple[str, ...]) -> dict[str, float]:
    """Everything that is done with it afterwards."""
    timer = Timer(rig)
    session = _come(rig, timer, mode, size)
    page, chat = rig.page, rig.page.chat
    conversation = chat.conversation
    for view in ("log", "bubbles"):
        conversation.set_view(view)
        page.sessions.show(rig.listener)
        rig.run(0.2)
        pane = conversation.current
        timer.during(f"{view} open", partial(page.sessions.show, session))
        wheel = [partial(pane.scroll_pixels, -240)] * SCROLLS
        jumps = [partial(pane._scrollbar_moved, "moveto", str(turn % 7 / 7)) for turn in range(14)]
        timer.during(f"{view} scroll", *wheel, *jumps)
        timer.during(f"{view} switch", *[chat.switch_view] * 6)
        timer.during(
            f"{view} sessions", *[partial(page.sessions.show, each) for each in (rig.listener, session) * 3]
        )
    conversation.open_find()
    for text in wanted:
        timer.during(
            "search",
            partial(conversation.find.set, text),
            until=lambda: str(conversation.find_count.cget("text")) not in ("", "…"),
        )
        timer.during("search", *[partial(conversation.next_found, 1)] * 5)
    return timer.worst


def random_bytes(rig: Rig) -> dict[str, float]:
    return _seen(rig, "random", RANDOM_BYTES, ("ab", "0x0a0b"))


def one_line(rig: Rig) -> dict[str, float]:
    return _seen(rig, "line", LINE_BYTES, ("pressure", "你好"))


# --- What is sent ---


def file_to_three(rig: Rig) -> dict[str, float]:
    """A file to CLIENTS clients: how late the timer is, by how many MB the profile grows, and how much of
    what was sent is not in the transcript."""
    peers = [traffic.start("drain", rig.port, FILE_BYTES) for _client in range(CLIENTS)]
    page = rig.page
    rig.run_until(lambda: sum(known.parent is not None for known in page.model) == CLIENTS)
    path = rig.profile.parent / "sent.bin"
    with path.open("wb") as file:
        for _block in range(FILE_BYTES // BLOCK):
            file.write(os.urandom(BLOCK))
    page.sessions.show(rig.listener)
    rig.run(2 * FOLD_SECONDS)
    timer, before = Timer(rig), _size(rig.profile)
    sending = partial(page.chat.composer.send_files, [path])
    timer.during(
        "log", page.chat.switch_view, sending, until=lambda: all(peer.poll() is not None for peer in peers)
    )
    rig.run(2 * FOLD_SECONDS)
    reader = page.chat.conversation.reader
    told = sum(row.size for row in reader.walk(rig.listener) if row.direction == "out")
    return {
        **timer.worst,
        "grown": (_size(rig.profile) - before) / 1e6,
        "dropped": 1 - told / (path.stat().st_size * CLIENTS),
    }


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


# --- A million messages ---


def million(rig: Rig) -> dict[str, float]:
    """Everything that is done with MESSAGES messages at once. All of them are found."""
    peer = traffic.start("messages", rig.port, 64, MESSAGES)
    rig.run_until(lambda: any(rig.rows(known.session) >= MESSAGES for known in rig.page.model))
    session = next(known.session for known in rig.page.model if known.parent)
    rig.page.sessions.show(session)
    conversation, timer = rig.page.chat.conversation, Timer(rig)
    rig.run(1.0)
    timer.during("select all", conversation.current.select_all, conversation.current.select_all)
    copying = conversation._copying
    timer.during("copy", conversation.copy_selected, until=lambda: not copying.running)
    ended: list[Exported] = []
    assert rig.window.contents is not None
    rig.window.contents.services.watch_events({Exported: ended.append})
    for name in ("all.jsonl", "all.txt", "all.csv", "all.pcap"):
        saving = partial(rig.page.chat.export.save_selection, rig.profile.parent / name)
        count = len(ended)
        timer.during(f"save {name}", saving, until=lambda count=count: len(ended) > count)  # type: ignore[misc]
    conversation.open_find()
    timer.during(
        "find",
        partial(conversation.find.set, "0x0000000000"),
        *[partial(conversation.next_found, 1)] * 20,
        until=lambda: len(conversation.found) > 0 and not conversation._search.running,
    )
    if len(conversation.found) != MESSAGES:
        raise RuntimeError(f"{len(conversation.found)} of {MESSAGES} found")
    peer.kill()
    peer.wait()
    return timer.worst


RAW, LINES, LENGTH = "tcp-server://127.0.0.1:0", "?framing=lines", "?framing=length2"
PARTS: dict[str, tuple[str, Callable[[Rig], Any]]] = {
    "random": (RAW, random_bytes),
    "line": (RAW + LINES, one_line),
    "file": (RAW, file_to_three),
    "million": (RAW + LENGTH, million),
}
LIMIT_MS = 50
NAMES = {
    "random": "10 MB of random bytes come, are shown, scrolled, searched, switched",
    "line": "a line of 1 MB comes, is shown, scrolled, searched, switched",
    "file": f"300 MB are sent to {CLIENTS} clients",
    "million": "a million messages are selected, copied, saved, searched",
}


def figures() -> Iterator[Figure]:
    grown = Figure("the profile grows by 300 MB sent to three clients", "MB", at_most=5)
    dropped = Figure("of what was sent is not in the transcript", "", at_most=0)
    for part, name in NAMES.items():
        late = Figure(f"10 ms timer late at worst: {name}", "ms", at_most=LIMIT_MS)
        for _turn in range(ROUNDS):
            worst = measured(part, "tests.bench.bulk")
            if part == "file":
                grown.ours.append(worst.pop("grown"))
                dropped.ours.append(worst.pop("dropped"))
            late.ours.append(max(worst.values()))
        yield late
    yield grown
    yield dropped


def main(part: str) -> None:
    url, measure = PARTS[part]
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "profile"
        profile.mkdir()
        rig = Rig(profile, url)
        try:
            answer = measure(rig)
        finally:
            rig.close()
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1])
