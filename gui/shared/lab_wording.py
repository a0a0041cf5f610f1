"""What can go wrong with a lesson's run, as sentences that say what to do. No tkinter: the terminal uses it
too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

from gui.shared.i18n import N_, _
from gui.shared.wording import clean, count_text

_TROUBLES: Mapping[str, str] = {
    "not-reached": N_(
        "The programs did not do what comes next here ({move}). Run them again; if they were changed, that"
        " may be the reason."
    ),
    "program-ended": N_("{who} ended before this. Look at what it printed last, then run it again."),
    "port-taken": N_(
        "Port {port} is not free: another program has it, or a connection of an earlier run still waits there"
        " for a minute. This run uses {other} in its place."
    ),
    "syntax-error": N_(
        "{who}: Python does not understand line {line}: {message}. Correct it, save the file and run it"
        " again."
    ),
    "file-gone": N_("The file {file} is not there any more. Put it back, or choose another one."),
    "not-readable": N_("{file} can't be read as text. Save it as UTF-8 and run it again."),
    "named-like-module": N_(
        "{file} has the name of the module {module}, which Python now can't find any more. Give the file"
        " another name."
    ),
    "no-python": N_("{python} is no Python that starts. Choose another one, or the one in Duplex."),
    "python-too-old": N_(
        "{python} is Python {version}, which is too old. Choose a newer one, or the one in Duplex."
    ),
    "module-missing": N_(
        "{who} needs the module {module}, which this Python does not have. Run it with a Python that has it,"
        " or do without."
    ),
    "too-much-output": N_(
        "{who} has printed over {bytes} bytes; what follows is not kept. Let it print less."
    ),
    "too-many-calls": N_(
        "{who} makes so many calls that no more of them are recorded. It runs on: stop it when you have seen"
        " enough."
    ),
    "forked": N_(
        "{who} has started another process, and what that one does is not seen. To see everything, do it all"
        " in one process."
    ),
    "saved-as-gbk": N_(
        "{file} is saved as GBK. It runs here all the same, but Python itself would refuse it: save it as"
        " UTF-8."
    ),
    "all-wait": N_(
        "There is no call to let go: every program waits inside one, for another program or for somebody"
        " outside. Stop them, or run them again."
    ),
    "unseen-calls": N_(
        "{who} makes its calls where Duplex can't see them (asyncio on Windows). Use sockets directly to see"
        " each call, or watch its messages on the Sockets page."
    ),
    "hook-lost": N_(
        "{who} is no longer in touch with Duplex, so its calls are not seen. Stop it and run it again."
    ),
    "stopped": N_("{who} was stopped. Run it again to go on."),
}


def moved_ports_text(ports: Mapping[str, str]) -> str:
    """Few words for that a run uses other ports than its programs' sources say; "" if it does not."""
    one = _("port {other}, not {port}")
    return _(", ").join(one.format(port=port, other=other) for port, other in ports.items())


def moved_ports_reason(ports: Mapping[str, str]) -> str:
    """Why, in sentences."""
    return "\n".join(trouble_text("port-taken", {"port": port, "other": ports[port]}) for port in ports)


def trouble_text(code: str, values: Mapping[str, str], named: Callable[[str], str] = str) -> str:
    """The sentence of a code of `net.lab.troubles`. ``named``: what the program of this name is called.

    A recording may be damaged or newer than this program: a value that is missing is shown as “?”, and of an
    unknown code the code itself."""
    sentence = _TROUBLES.get(code)
    if sentence is None:
        return _("Something unexpected happened ({code}). Run it again.").format(code=clean(code))
    shown = defaultdict(lambda: "?", {name: clean(value) for name, value in values.items()})
    if "who" in shown:
        shown["who"] = named(shown["who"])
    if shown["bytes"].isdecimal():
        shown["bytes"] = count_text(int(shown["bytes"]))
    return _(sentence).format_map(shown)
