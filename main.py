#!/usr/bin/env python3
"""Starts Duplex: parses the arguments, then runs an Engine with a window, or in a terminal.

Imports are late on purpose: the window is painted before the Engine and its dependencies are loaded.
"""

from __future__ import annotations

import os
import sys

if __name__ == "__main__" and sys.argv[1:2] != ["--run-example"]:
    # Until window or terminal catch it, Ctrl+C ends the process without a word: modules are being loaded, and
    # nothing has begun that could be lost. A pupil's program run by this one gets its KeyboardInterrupt.
    try:
        import signal

        signal.signal(signal.SIGINT, lambda number, _frame: os._exit(128 + number))
    except KeyboardInterrupt:
        os._exit(130)

from typing import TYPE_CHECKING

from gui import VERSION
from gui.shared import i18n
from gui.shared.arguments import (
    EXIT_USE,
    Arguments,
    UsageError,
    choice_text,
    help_text,
    parse_arguments,
    requested_language,
    usage_text,
)
from gui.shared.i18n import _, ngettext

if TYPE_CHECKING:
    from pathlib import Path

    from gui.shared.settings import Settings
    from net.engine import Engine
    from net.lab.lesson import Lesson
    from net.sockets.open_url import OpenCommand


def main(words: list[str] | None = None) -> int:
    """Run until the window closes or the terminal's work is done; returns the exit code."""
    words = sys.argv[1:] if words is None else words
    if getattr(sys, "frozen", False):
        from net.system.late_files import take_out_late_files

        take_out_late_files(sys._MEIPASS)  # type: ignore[attr-defined]  # PyInstaller's
    if words[:1] == ["--run-example"] and len(words) > 1:
        return run_file(words[1:])
    escape_unencodable()
    i18n.set_language(requested_language(words))
    try:
        arguments = parse_arguments(words)
        commands = opening_commands(arguments)
        lesson = chosen_lesson(arguments)
        check_task(arguments)
    except UsageError as error:
        return print_or_show(f"{error}\n\n{usage_text()}", EXIT_USE)
    if arguments.help:
        return print_or_show(help_text(), 0)
    if arguments.version:
        return print_or_show(f"Duplex {VERSION}", 0)
    if arguments.headless:
        from gui.terminal.output import open_missing_streams, whole_writes

        open_missing_streams()
        sys.stdout, sys.stderr = whole_writes(sys.stdout), whole_writes(sys.stderr)
    if arguments.headless and arguments.page == "chat":
        return run_chat(arguments)
    if arguments.headless and lesson is not None:
        from gui.terminal.lessons import run_lesson_terminal

        return run_lesson_terminal(lesson, times=arguments.times, quiet=arguments.quiet)
    if arguments.task:
        from gui.terminal.tasks import run_task_terminal

        return run_task_terminal(
            task=arguments.task,
            host=arguments.host,
            port=arguments.port,
            seed=arguments.seed,
            once=arguments.once,
            wait=arguments.wait,
            quiet=arguments.quiet,
        )
    if arguments.headless:
        from gui.shared.settings import profile_folder
        from gui.terminal.sockets import run_terminal

        return run_terminal(
            commands,
            quiet=arguments.quiet,
            profile=profile_folder(arguments.profile),
            transcript=arguments.transcript,
            wait=arguments.wait,
        )
    return run_in_window(arguments)


def escape_unencodable() -> None:
    """Whatever the encoding of standard output (GBK in a pipe on a Chinese Windows, ASCII under LC_ALL=C),
    what it lacks, as an emoji from any peer, is written as an escape (``\\U0001f600``)."""
    import io

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # None in a windowed program on Windows
            stream.reconfigure(errors="backslashreplace")


def run_chat(arguments: Arguments) -> int:
    """Run the chat in a terminal. A profile given by ``--profile`` has its own downloads folder."""
    import platformdirs

    from gui.shared.settings import profile_folder
    from gui.terminal.chat import run_chat_terminal

    profile = profile_folder(arguments.profile)
    downloads = profile / "downloads" if arguments.profile else platformdirs.user_downloads_path()
    return run_chat_terminal(
        profile=profile,
        downloads=downloads,
        name=arguments.name,
        quiet=arguments.quiet,
        wait=arguments.wait,
        new_identity=arguments.new_identity,
    )


def run_file(words: list[str]) -> int:
    """``--run-example``: do what ``python -u FILE ARGUMENT ...`` does, for programs that the packaged program
    runs and has no other Python for (`net.system.own_python`). Returns the exit code.

    A windowed program on Windows does not open its standard streams by itself, even if it was given pipes.
    """
    import _sitebuiltins
    import builtins
    import io
    import os
    import runpy
    import traceback

    sys.stdin = open(0, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    for number, name in ((1, "stdout"), (2, "stderr")):
        written = open(number, "wb", 0, closefd=False)  # noqa: SIM115
        setattr(sys, name, io.TextIOWrapper(written, "utf-8", "replace", write_through=True))
    for name in ("exit", "quit"):  # the module site, which a packaged program lacks, gives them to programs
        setattr(builtins, name, _sitebuiltins.Quitter(name, "Ctrl-D (i.e. EOF)"))
    path = words[0]
    sys.argv = list(words)
    # The file's own neighbours come before anything of ours, also where they have the same name.
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    for module in [name for name in sys.modules if name.partition(".")[0] in ("gui", "net")]:
        del sys.modules[module]
    try:
        runpy.run_path(path, run_name="__main__")
    except Exception as error:
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename != path:
            trace = trace.tb_next  # leave out our own frame: the reader is to see only the program's
        traceback.print_exception(type(error), error, trace)
        return 1
    return 0


SWITCH_SECONDS = 0.001
"""How long, in seconds, a busy thread may keep the interpreter's lock while Tk wants it (Python's default:
0.005). With 50,000 messages a second arriving, a timer's p99 lateness fell by 40 % and a quarter more frames
were painted."""


def run_in_window(arguments: Arguments) -> int:
    """Run the window. A failure before it is there shows a message box: after a double click there is no
    terminal to print to."""
    import gc

    gc.disable()  # until `gui.window.garbage` collects: nearly all that a start makes stays
    from gui.shared.settings import profile_folder
    from gui.window.failures import show_fatal

    def start_engine(settings: Settings, profile: Path) -> Engine:
        from net.engine import Engine

        return Engine(
            data_folder=profile,
            transcript=profile / "transcript.sqlite3",
            json_lines=arguments.transcript,
            keep_days=settings.transcript_days,
        )

    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        from gui.window.app import Window

        window = Window(arguments, start_engine)
    except Exception as error:
        show_fatal(error, profile_folder(arguments.profile))
        return 1
    engine = window.run()
    if engine is not None:
        engine.stop()
        engine.join()
    return 1 if window.failed else 0


def opening_commands(arguments: Arguments) -> list[OpenCommand]:
    """The commands for the ``--open`` URLs. Raises `UsageError`."""
    if not arguments.open:
        return []
    from gui.shared.wording import open_url_error_text
    from net.sockets.open_url import OpenUrlError, parse_open_url

    commands = []
    for url in arguments.open:
        try:
            commands.append(parse_open_url(url))
        except OpenUrlError as error:
            raise UsageError(f"--open {url}: {open_url_error_text(error)}") from error
    return commands


def chosen_lesson(arguments: Arguments) -> Lesson | None:
    """The lesson of ``--lesson``, None if none was given. Raises `UsageError` where there is no such lesson
    or step, or nothing to count for ``--times``."""
    if not arguments.lesson:
        return None
    from net.lab.lesson_files import load_lesson, load_shelf

    names = load_shelf().lessons
    if arguments.lesson not in names:
        raise UsageError(choice_text("lesson", arguments.lesson, names))
    lesson = load_lesson(arguments.lesson)
    if arguments.step > len(lesson.steps):
        raise UsageError(
            ngettext(
                "The lesson {lesson} has {count} step.",
                "The lesson {lesson} has {count} steps.",
                len(lesson.steps),
            ).format(lesson=lesson.name, count=len(lesson.steps))
        )
    if arguments.times is not None and not any(scene.outcome for scene in lesson.scenes):
        raise UsageError(
            _("--times: the lesson {lesson} has no outcome to count.").format(lesson=lesson.name)
        )
    return lesson


def check_task(arguments: Arguments) -> None:
    """Raises `UsageError` where there is no such task."""
    if not arguments.task:
        return
    from net.lab.tasks import TASK_NAMES

    if arguments.task not in TASK_NAMES:
        raise UsageError(choice_text("task", arguments.task, TASK_NAMES))


def print_or_show(text: str, code: int) -> int:
    """Print ``text``, on standard error if ``code`` tells of a mistake; a windowed program on Windows has no
    terminal and shows a message box. Returns the exit code: ``code``, or another if it can't be printed."""
    if (sys.stderr if code else sys.stdout) is None:
        if sys.platform == "win32":
            from gui.window.failures import show_box

            show_box(text)
        return code
    from gui.terminal.output import print_sentence, print_text

    if code == 0:
        return print_text(text)
    print_sentence(text)
    return code


if __name__ == "__main__":
    sys.exit(main())
