"""The command line, parsed into one value; mistakes are reported in the user's language. No tkinter here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gui.shared.i18n import LANGUAGES, _, normalise
from gui.shared.settings import PAGES, THEMES

EXIT_USE = 2
SHORTEST_WAIT = 0.1
"""Seconds: piped input must have time to arrive."""
LONGEST_WAIT = 31_536_000
MOST_STEPS = 9
MOST_TIMES = 10_000
HIGHEST_PORT = 65_535
HIGHEST_SEED = 2**32 - 1


class UsageError(ValueError):
    """The arguments are invalid; the text is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """None or "": not given, so the settings or the system decide. ``open``: the URLs as typed; ``wait``:
    seconds; ``lesson``, ``step`` (from 1) and ``task``: as typed, whether they exist or not."""

    page: str = ""
    lang: str = ""
    theme: str = ""
    name: str = ""
    profile: Path | None = None
    transcript: Path | None = None
    wait: float | None = None
    open: tuple[str, ...] = ()
    lesson: str = ""
    step: int = 0
    times: int | None = None
    task: str = ""
    host: str = ""
    port: int | None = None
    seed: int | None = None
    headless: bool = False
    quiet: bool = False
    run: bool = False
    once: bool = False
    new_identity: bool = False
    help: bool = False
    version: bool = False


_TEXTS = ("page", "lang", "theme", "name", "profile", "transcript", "lesson", "task", "host")
_WHOLE_NUMBERS = {
    "step": (1, MOST_STEPS),
    "times": (1, MOST_TIMES),
    "port": (0, HIGHEST_PORT),
    "seed": (0, HIGHEST_SEED),
}
"""The least and the greatest value of each option that takes a whole number."""
_VALUES = (*_TEXTS, *_WHOLE_NUMBERS, "wait")
_SWITCHES = ("headless", "quiet", "run", "once", "new-identity", "help", "version")


def requested_language(words: Sequence[str]) -> str:
    """The value of ``--lang``, read before anything else, so that messages about the rest are already in that
    language."""
    for index, word in enumerate(words):
        if word.startswith("--lang="):
            return normalise(word.partition("=")[2]) or ""
        if word == "--lang" and index + 1 < len(words):
            return normalise(words[index + 1]) or ""
    return ""


def parse_arguments(words: Sequence[str]) -> Arguments:
    """Parse ``words`` (without the program's name). Values follow their option, or an ``=`` after it;
    ``--open`` takes all words up to the next option and may be repeated. Raises `UsageError`.
    """
    values: dict[str, str] = {}
    switches: dict[str, bool] = {}
    urls: list[str] = []
    rest = ["--help" if word == "-h" else word for word in words]
    while rest:
        word = rest.pop(0)
        option, equals, value = word.partition("=")
        name = option[2:] if option.startswith("--") else ""
        if name in _SWITCHES and not equals:
            switches[name] = True
        elif name == "open":
            found = [value] if equals else []
            while not equals and rest and not rest[0].startswith("--"):
                found.append(rest.pop(0))
            if not any(found):
                raise UsageError(_("--open needs a URL, such as tcp-server://127.0.0.1:12345."))
            urls += found
        elif name in _VALUES:
            if not equals:
                value = rest.pop(0) if rest and not rest[0].startswith("--") else ""
            if not value:
                raise UsageError(_("{option} needs a value.").format(option=option))
            values[name] = value
        else:
            raise UsageError(_("There is no option {option}.").format(option=word))
    _check(values, "page", PAGES)
    _check(values, "theme", THEMES)
    if "lang" in values:
        values["lang"] = normalise(values["lang"]) or values["lang"]
        _check(values, "lang", tuple(LANGUAGES))
    given = {*values, *(name for name, on in switches.items() if on)} | ({"open"} if urls else set())
    _check_company(given, values.get("page", ""))
    return Arguments(
        page=values.get("page", ""),
        lang=values.get("lang", ""),
        theme=values.get("theme", ""),
        name=values.get("name", ""),
        profile=_path(values.get("profile")),
        transcript=_path(values.get("transcript")),
        wait=_seconds(values["wait"]) if "wait" in values else None,
        open=tuple(urls),
        lesson=values.get("lesson", ""),
        step=_whole_number(values, "step") or 0,
        times=_whole_number(values, "times"),
        task=values.get("task", ""),
        host=values.get("host", ""),
        port=_whole_number(values, "port"),
        seed=_whole_number(values, "seed"),
        **{name.replace("-", "_"): on for name, on in switches.items()},
    )


def _check_company(given: set[str], page: str) -> None:
    """Options that need others, or that exclude each other. ``given``: the names of all options."""
    headless = "headless" in given
    places = (
        ("quiet", headless, "--headless"),
        ("wait", headless, "--headless"),
        ("name", headless and page == "chat", "--headless --page chat"),
        ("new-identity", headless and page == "chat", "--headless --page chat"),
        ("lesson", page in ("", "lessons"), "--page lessons"),
        ("step", "lesson" in given and not headless, "--page lessons --lesson NAME"),
        ("run", headless and "lesson" in given, "--headless --lesson NAME"),
        ("times", "run" in given, "--headless --lesson NAME --run"),
        ("task", headless and page in ("", "lessons"), "--headless --page lessons"),
        *((name, "task" in given, "--headless --task NAME") for name in ("host", "port", "seed", "once")),
    )
    for name, allowed, place in places:
        if name in given and not allowed:
            raise UsageError(_("--{name} belongs to {place}.").format(name=name, place=place))
    if headless and page == "chat" and given & {"open", "transcript"}:
        raise UsageError(_("--open and --transcript are not for the chat."))
    if "task" in given and given & {"lesson", "open", "transcript"}:
        raise UsageError(_("--lesson, --open and --transcript are not for --task."))
    if headless and "lesson" in given:
        if given & {"open", "transcript", "wait"}:
            raise UsageError(_("--open, --transcript and --wait are not for --headless --lesson."))
        if "run" not in given:
            raise UsageError(_("--headless --lesson needs --run; steps are shown in the window."))


def choice_text(name: str, value: str, choices: Sequence[str]) -> str:
    """Says that the option ``name`` can't have this value."""
    return _("--{name} can't be “{value}”: it is one of {choices}.").format(
        name=name, value=value, choices=", ".join(choices)
    )


def _check(values: dict[str, str], name: str, choices: tuple[str, ...]) -> None:
    value = values.get(name)
    if value is not None and value not in choices:
        raise UsageError(choice_text(name, value, choices))


def _seconds(text: str) -> float:
    """Digits with at most one point: no sign, no exponent, no ``nan``."""
    if (
        not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text)
        or not SHORTEST_WAIT <= float(text) <= LONGEST_WAIT
    ):
        raise UsageError(
            _("--wait needs a number of seconds from {least} to {most}, not “{value}”.").format(
                least=SHORTEST_WAIT, most=LONGEST_WAIT, value=text
            )
        )
    return float(text)


def _whole_number(values: dict[str, str], name: str) -> int | None:
    if name not in values:
        return None
    text, (least, most) = values[name], _WHOLE_NUMBERS[name]
    if not re.fullmatch("[0-9]{1,10}", text) or not least <= int(text) <= most:
        raise UsageError(
            _("--{name} needs a whole number from {least} to {most}, not “{value}”.").format(
                name=name, least=least, most=most, value=text
            )
        )
    return int(text)


def _path(text: str | None) -> Path | None:
    return Path(text).expanduser() if text else None


def usage_text() -> str:
    return (
        "duplex [--page NAME] [--lang en|zh_CN] [--theme light|dark|system] [--profile DIR]\n"
        "       [--transcript FILE] [--open URL ...] [--headless [--quiet] [--wait SECONDS]]\n"
        "duplex --headless --page chat [--name NAME] [--lang en|zh_CN] [--profile DIR] [--quiet]\n"
        "       [--wait SECONDS] [--new-identity]\n"
        "duplex --page lessons --lesson NAME [--step N]\n"
        "duplex --headless --lesson NAME --run [--times N] [--lang en|zh_CN] [--quiet]\n"
        "duplex --headless --task NAME [--host ADDRESS] [--port PORT] [--seed N] [--once]\n"
        "       [--wait SECONDS] [--lang en|zh_CN] [--quiet]"
    )


def help_text() -> str:
    """The output of ``--help``."""
    lines = [
        (f"--page {'|'.join(PAGES)}", _("the page to begin with")),
        ("--lang en|zh_CN", _("the language, this time")),
        ("--theme light|dark|system", _("the colours, this time")),
        ("--profile DIR", _("where settings and transcripts are kept")),
        ("--transcript FILE", _("also write everything that happens to FILE, as JSON lines")),
        ("--open URL ...", _("start sessions at once, for example:")),
        ("", "tcp-server://127.0.0.1:12345"),
        ("", "tcp-client://[::1]:12345?framing=lines"),
        ("", "tls-client://example.org:443?verify=1"),
        ("", "udp://0.0.0.0:12345?codec=gb18030"),
        ("", "udp://0.0.0.0:0?peer=127.0.0.1:12345"),
        ("", "udp://0.0.0.0:5000?group=239.1.2.3"),
        ("--lesson NAME", _("open this lesson, such as “stream”")),
        ("--step N", _("with --lesson: at this step, from 1")),
        ("--headless", _("no window: talk in this terminal or pipe")),
        ("--headless --page chat", _("no window: chat with the people on this network")),
        ("--name NAME", _("with --headless --page chat: what others see you as")),
        ("--new-identity", _("with --headless --page chat: as somebody new")),
        ("--quiet", _("with --headless: nothing but the data")),
        ("--wait SECONDS", _("with --headless: stop that long after the last message")),
        (
            "--headless --lesson NAME --run",
            _("run a lesson's programs and print the recording, as JSON lines"),
        ),
        ("--times N", _("with --run: run them N times and print what came out how often")),
        ("--headless --task NAME", _("check the programs that connect, such as for “stream”")),
        ("--host ADDRESS, --port PORT", _("with --task: where to listen")),
        ("--seed N", _("with --task: repeat what was done with this number")),
        ("--once", _("with --task: stop after the first verdict")),
        ("--version", _("say which version this is")),
    ]
    rows = [f"  {option:<30} {meaning}" for option, meaning in lines]
    intro = _("Duplex talks TCP and UDP to any program, in a window or in a terminal.")
    return "\n".join([usage_text(), "", intro, "", *rows])
