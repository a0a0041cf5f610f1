"""The command line: every option, and a sentence in the user's language for every mistake."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gui.shared import i18n
from gui.shared.arguments import Arguments, UsageError, help_text, parse_arguments, requested_language
from tests.programs import run_program

MAIN = Path(__file__).resolve().parents[3] / "main.py"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    i18n.set_language("en")
    yield
    i18n.set_language("en")


def test_every_option_is_read() -> None:
    words = (
        "--page lessons --lang zh-Hans-CN --theme=dark --profile p --transcript t.jsonl"
        " --open tcp-server://127.0.0.1:1 udp://0.0.0.0:2 --headless --quiet --wait 2.5"
        " --open=tcp-client://[::1]:3"
    )
    assert parse_arguments(words.split()) == Arguments(
        page="lessons",
        lang="zh_CN",
        theme="dark",
        profile=Path("p"),
        transcript=Path("t.jsonl"),
        wait=2.5,
        open=("tcp-server://127.0.0.1:1", "udp://0.0.0.0:2", "tcp-client://[::1]:3"),
        headless=True,
        quiet=True,
    )


def test_the_words_for_lessons_and_tasks_are_read() -> None:
    words = "--page lessons --lesson stream --step 3"
    assert parse_arguments(words.split()) == Arguments(page="lessons", lesson="stream", step=3)
    words = "--headless --lesson=stream --run --times 100 --quiet"
    assert parse_arguments(words.split()) == Arguments(
        headless=True, lesson="stream", run=True, times=100, quiet=True
    )
    words = "--headless --task stream --host 0.0.0.0 --port 0 --seed 4294967295 --once --wait 5"
    assert parse_arguments(words.split()) == Arguments(
        headless=True, task="stream", host="0.0.0.0", port=0, seed=4294967295, once=True, wait=5.0
    )


def test_nothing_given_is_nothing_set() -> None:
    assert parse_arguments([]) == Arguments()


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("--pgae chat", "--pgae"),
        ("chat", "chat"),
        ("--page", "--page needs a value"),
        ("--page --headless", "--page needs a value"),
        ("--profile=", "--profile needs a value"),
        ("--page moon", "moon"),
        ("--theme pink", "light, dark"),
        ("--lang fr", "en, zh_CN"),
        ("--open", "--open needs a URL"),
        ("--open --headless", "--open needs a URL"),
        ("--quiet", "--headless"),
        ("--headless=1", "--headless=1"),
        ("--wait 5", "--wait belongs to --headless"),
        ("--headless --wait", "--wait needs a value"),
        ("--headless --new-identity", "--new-identity belongs to --headless --page chat"),
        ("--lesson", "--lesson needs a value"),
        ("--step 3", "--step belongs to --page lessons --lesson NAME"),
        ("--page chat --lesson stream", "--lesson belongs to --page lessons"),
        ("--lesson stream --run", "--run belongs to --headless --lesson NAME"),
        ("--headless --run", "--run belongs to --headless --lesson NAME"),
        ("--lesson stream --times 3", "--times belongs to --headless --lesson NAME --run"),
        ("--headless --lesson stream --times 3", "--times belongs to --headless --lesson NAME --run"),
        ("--headless --lesson stream", "needs --run"),
        ("--headless --lesson stream --run --step 2", "--step belongs to --page lessons"),
        ("--headless --lesson stream --run --wait 3", "not for --headless --lesson"),
        ("--headless --lesson stream --run --open udp://", "not for --headless --lesson"),
        ("--task stream", "--task belongs to --headless"),
        ("--headless --page sockets --task stream", "--task belongs to --headless --page lessons"),
        ("--headless --task stream --lesson stream --run", "not for --task"),
        ("--headless --task stream --transcript t", "not for --task"),
        *(
            (f"--headless --page lessons {one}", f"{one.split()[0]} belongs to --headless --task NAME")
            for one in ("--host ::1", "--port 1", "--seed 1", "--once")
        ),
        *(
            (f"--lesson stream --step {wrong}", f"from 1 to 9, not “{wrong}”")
            for wrong in ("0", "10", "-1", "one", "1.0", "２", "9" * 400)
        ),
        ("--headless --lesson stream --run --times 10001", "from 1 to 10000, not “10001”"),
        ("--headless --task stream --port 65536", "from 0 to 65535, not “65536”"),
        ("--headless --task stream --seed 4294967296", "from 0 to 4294967295, not “4294967296”"),
        *(
            (f"--headless --wait {wrong}", f"from 0.1 to 31536000, not “{wrong}”")
            for wrong in ("-1", "0", "nan", "inf", "1e3", "31536001", "9" * 400, "five", "２", "1_0", ".")
        ),
    ],
)
def test_a_mistake_is_named(words: str, part: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_arguments(words.split())
    assert part in str(raised.value)


def test_the_language_counts_from_the_first_message_on() -> None:
    assert requested_language(["--theme", "pink", "--lang", "zh_TW"]) == "zh_CN"
    assert requested_language(["--lang=en_GB"]) == "en"
    assert requested_language(["--lang"]) == ""


def run_main(*words: str) -> subprocess.CompletedProcess[str]:
    return run_program(
        [sys.executable, str(MAIN), *words],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONIOENCODING": "utf-8",
            "LANG": "C.UTF-8",
            "SYSTEMROOT": "C:\\Windows",
        },
    )


def test_bad_use_ends_with_2_in_the_asked_language() -> None:
    bad = run_main("--lang", "zh_CN", "--open", "tcp-serve://1:2")
    assert bad.returncode == 2
    assert "tcp-server" in bad.stderr and "不" in bad.stderr
    assert bad.stdout == "" and "Traceback" not in bad.stderr
    wait = run_main("--lang", "zh_CN", "--headless", "--wait", "-1", "--open", "udp://")
    assert wait.returncode == 2 and "秒数" in wait.stderr and "“-1”" in wait.stderr
    lesson = run_main("--lang", "zh_CN", "--page", "lessons", "--lesson", "moon")
    assert lesson.returncode == 2 and "“moon”" in lesson.stderr and "Traceback" not in lesson.stderr
    english = run_main("--lang", "en", "--page", "moon")
    assert english.returncode == 2 and "chat, sockets, lessons" in english.stderr


def test_help_is_shown_without_a_screen() -> None:
    shown = run_main("--help", "--lang", "en")
    assert shown.returncode == 0 and shown.stdout.strip() == help_text().strip()


def test_without_a_screen_it_says_what_to_do_instead() -> None:
    if sys.platform != "linux":
        pytest.skip("other systems always have a screen")
    failed = run_main("--lang", "en", "--profile", "/proc/none")
    assert failed.returncode == 1
    assert "--headless" in failed.stderr
