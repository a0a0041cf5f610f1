"""A lesson as data: `assets/lessons/NAME/lesson.toml` and the programs beside it. Nothing here runs anything.

Schedules
---------
A step's ``go`` is a list of moves, made one after the other; each waits until it is so, up to a time limit.
NAME is a program of the scene; K counts that program's calls of this name from 1.

    NAME starts               its process exists and the hook is loaded (its first move does this)
    NAME before CALL K        it is held before that call
    NAME in CALL K            it was let into that call, which has not come back
    NAME after CALL K         that call has come back
    NAME unread N             the kernel keeps at least N bytes (UDP: something) for one of its sockets
    NAME state STATE          one of its sockets is in this TCP state (RFC 9293 section 3.3.2)
    NAME types TEXT           TEXT and Enter arrive at its keyboard; no TEXT: Enter alone
    NAME ends                 its process is gone
    NAME runs                 it is not held any more
    all run                   nobody is held any more; who has not started does, servers first
    all end                   all processes are gone
    stop NAME                 Duplex ends it
    SECONDS seconds pass      nobody is let go; facts are still asked for
"""

from __future__ import annotations

from typing import Literal

import msgspec


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One sentence in both languages."""

    en: str
    zh_CN: str

    def get(self, language: str) -> str:
        return self.zh_CN if language == "zh_CN" else self.en


class SceneProgram(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``file``: in the lesson's folder, or in ``tutorial/`` beside it. ``side``: 0 left, 1 right. ``role``:
    the words above its lifelines. ``copies``: how many processes of it (named NAME-1, NAME-2 ... if more than
    one). ``arguments``: its command line."""

    name: str
    file: str
    role: Text
    side: int = 0
    copies: int = 1
    arguments: tuple[str, ...] = ()


class Scene(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Programs that run together. ``experiment``: the name of a run in `net.lab.experiments` that is more
    than programs (a relay between them, the table of lesson 17); ``settings``: its parameters. ``outcome``:
    what "run it many times" counts: "NAME CALL" for what each of these calls returned, in order ("server
    recv"), "NAME prints" for what it printed, "NAME ends" for its exit code, or "first close" for the program
    that first ended a connection."""

    name: str
    programs: tuple[SceneProgram, ...] = ()
    experiment: str = ""
    settings: dict[str, str | float | bool] = {}
    outcome: str = ""


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A prediction. ``answer``: the right option, from 0; ``because``: said when it is revealed."""

    ask: Text
    options: tuple[Text, ...]
    answer: int
    because: Text


View = Literal["lifelines", "versus", "graph", "histogram", "table", "cases"]
FIRST_CLOSE = "first close"
"""The outcome of a scene that is the name of a program."""
ONE_ROAD = "one-road"
"""The experiment whose figures are those of a narrow road, once a second."""
MEASURE_HERE = "measure-here"
"""The experiment that measures a table of figures."""


class LessonStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``say``: the one sentence, at most 30 Chinese characters. ``code``: the program whose source is shown,
    with the line that comes next lit; ``line``: the first line shown while none is (a program that is not
    held), 0 for the beginning. ``versus``: another scene beside it. ``times``: for a histogram, how
    often the scene is run. ``facts``: names of `net.lab.recording.Facts` shown in the side column, as
    ``PROGRAM.FIELD``. ``without``: what is said where this system does not tell these facts. ``notes``: for
    the teacher alone. ``link``: an address (http://127.0.0.1:PORT/) that a button of this step opens in this
    PC's own browser, PORT replaced by the run's real one (`Header.ports`)."""

    say: Text
    scene: str
    notes: Text
    go: tuple[str, ...] = ()
    view: View = "lifelines"
    code: str = ""
    line: int = 0
    versus: str = ""
    times: int = 0
    facts: tuple[str, ...] = ()
    without: Text | None = None
    question: Question | None = None
    link: str = ""


class LessonTask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``grader``: its name in `net.lab.tasks`. ``start``, ``model``: files in the lesson's folder; ``hints``:
    three grades, the last nearly the answer."""

    grader: str
    title: Text
    say: Text
    start: str
    model: str
    hints: tuple[Text, Text, Text]


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A case to decide (lesson 17): ``url`` opens the Sockets page set up for it."""

    say: Text
    answer: Literal["tcp", "udp"]
    because: Text
    url: str = ""


class Lesson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``sources``: what supports the claims, for example "RFC 9293 section 3.9.1". ``misconceptions``: what
    it cures. ``closing``: the last question, without options. ``needs``: mechanisms that the pre-flight tries
    (names of `net.lab.preflight`). At most nine steps."""

    name: str
    number: int
    title: Text
    insight: Text
    minutes: int
    misconceptions: tuple[Text, ...]
    sources: tuple[Text, ...]
    scenes: tuple[Scene, ...]
    steps: tuple[LessonStep, ...]
    tasks: tuple[LessonTask, ...]
    closing: Text
    needs: tuple[str, ...] = ()
    cases: tuple[Case, ...] = ()


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A way through the lessons: ``lessons`` in their order."""

    name: str
    title: Text
    lessons: tuple[str, ...]


class Shelf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`assets/lessons/lessons.toml`: all lessons that exist, in order, and the routes."""

    lessons: tuple[str, ...]
    routes: tuple[Route, ...]
