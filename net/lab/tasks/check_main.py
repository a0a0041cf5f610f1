"""What `check.py` does: Duplex's graders on one PC, without Duplex.

    python check.py NAME [--host A] [--port P] [--seed N] [--once] [--lang en|zh]

It listens for the pupil's program (or, for a server task, knocks at it), says each verdict, and goes on
until Ctrl+C. Exit codes as Duplex's own: 0 passed, 1 failed, 2 bad use, 130 interrupted. Without NAME it
asks, because Thonny and IDLE start programs without arguments."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import signal
import sys
from typing import TYPE_CHECKING, Any

from net.lab.tasks import TASK_NAMES
from net.lab.tasks.catalog import TASKS
from net.lab.tasks.examination import Examination, Reports
from net.lab.tasks.verdicts import Sentence, note_sentence, verdict_sentence

if TYPE_CHECKING:
    from net.lab.tasks.grading import Line, Verdict

THIS_PC = "127.0.0.1"
SEEDS = 1_000_000
TICK_SECONDS = 0.3
"""On Windows, Ctrl+C is noticed when the loop wakes."""
EXIT_PASSED, EXIT_FAILED, EXIT_USE, EXIT_INTERRUPTED = 0, 1, 2, 130
ARROWS = {"in": "<", "out": ">", "note": "-"}
CHINESE = 0x04
"""The primary language in a Windows language identifier."""

WHICH = Sentence("Which task? Number or name:", "哪一道题？编号或名字：")
NO_TASK = Sentence("There is no task {name}.", "没有名叫 {name} 的题。")
LISTENING = Sentence(
    "{name}: waiting at {address} for your program. Start it now. (seed {seed}; the end: Ctrl+C)",
    "{name}：在 {address} 等你的程序。现在运行它吧。（种子 {seed}；按 Ctrl+C 结束）",
)
KNOCKING = Sentence(
    "{name}: knocking at your program at {address}. (seed {seed})",
    "{name}：正在敲你的程序的门 {address}。（种子 {seed}）",
)
NOT_BOUND = Sentence(
    "{address} can't be used: {error}. Is a program still running there? Another port: --port",
    "{address} 用不了：{error}。是不是还有程序在用它？换一个端口：--port",
)


class Report(Reports):
    """Prints what happens. ``has_judged``: whether there is a verdict; ``passed``: what the last one says."""

    def __init__(self, language: str) -> None:
        self.has_judged = False
        self.passed = True
        self._language = language

    def began(self, attempt: int, remote: str) -> None:
        print(f"[{attempt}] {remote}", flush=True)

    def judged(self, attempt: int, who: str, verdict: Verdict, lines: tuple[Line, ...]) -> None:
        if not verdict.passed:
            for line in lines:
                note = line.direction == "note"
                text = note_sentence(line.text, self._language) if note else line.text
                print(f"    {line.t:8.3f} {ARROWS[line.direction]} {text}")
        sentence = verdict_sentence(verdict.code, verdict.values, self._language)
        print(f"[{attempt}] {who or '?'}: {sentence}")
        print(f"verdict {who or '?'} {'passed' if verdict.passed else 'failed ' + verdict.code}", flush=True)
        self.passed = verdict.passed
        self.has_judged = True


def main(words: list[str], name: str = "") -> int:
    """Returns the exit code. ``name``: the task if the words name none."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):  # IDLE's streams can't be changed, nor need be
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    # A shell that starts it in the background has it ignore Ctrl+C, and asyncio then leaves it so.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    parser = argparse.ArgumentParser(prog="check.py", description="Duplex: " + " ".join(TASK_NAMES))
    parser.add_argument("name", nargs="?", default=name, metavar="NAME")
    parser.add_argument("--host", default=THIS_PC)
    parser.add_argument("--port", type=port_number)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--once", action="store_true")
    parser.add_argument("--lang", default=system_language(), choices=("en", "zh", "zh_CN"))
    given = parser.parse_args(words)
    language = "en" if given.lang == "en" else "zh_CN"
    try:
        chosen = given.name or asked(language)
        if chosen not in TASKS:
            print(NO_TASK.get(language).format(name=chosen), *TASK_NAMES, file=sys.stderr)
            return EXIT_USE
        return asyncio.run(_grade(chosen, given, language))
    except (KeyboardInterrupt, EOFError):
        return EXIT_INTERRUPTED


def port_number(text: str) -> int:
    """Raises `ValueError`."""
    number = int(text)
    if not 0 <= number <= 65_535:
        raise ValueError(text)
    return number


def asked(language: str) -> str:
    """The task that the person at the keyboard wants. Raises `EOFError`."""
    for number, name in enumerate(TASK_NAMES, 1):
        print(f"{number:3} {name}")
    typed = input(WHICH.get(language) + " ").strip()
    return TASK_NAMES[int(typed) - 1] if typed in map(str, range(1, len(TASK_NAMES) + 1)) else typed


def system_language() -> str:
    """ "zh_CN" where this PC speaks Chinese, else "en"."""
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value:
            return "zh_CN" if value.lower().startswith("zh") else "en"
    if sys.platform == "win32":
        import ctypes

        return "zh_CN" if ctypes.windll.kernel32.GetUserDefaultUILanguage() & 0x3FF == CHINESE else "en"
    return "en"


async def _grade(name: str, given: Any, language: str) -> int:
    task = TASKS[name]
    port = task.port if given.port is None else given.port
    seed = random.randrange(SEEDS) if given.seed is None else given.seed
    report = Report(language)
    examination = Examination(asyncio.get_running_loop(), task, seed, report)
    address = f"{given.host}:{port}"
    once = given.once or task.knocks
    try:
        if task.knocks:
            examination.knock(given.host, port)
        else:
            address = examination.listen(given.host, port)
    except OSError as error:
        print(NOT_BOUND.get(language).format(address=address, error=error), file=sys.stderr)
        return EXIT_USE
    print(f"task {name} {address}")
    print(
        (KNOCKING if task.knocks else LISTENING).get(language).format(name=name, address=address, seed=seed)
    )
    sys.stdout.flush()
    try:
        while not (once and report.has_judged):
            await asyncio.sleep(TICK_SECONDS)
    finally:
        await examination.close()
    return EXIT_PASSED if report.passed else EXIT_FAILED
