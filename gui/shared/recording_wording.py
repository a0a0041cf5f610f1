"""What is wrong with a recording's file, as sentences. No tkinter: the terminal uses it too."""

from __future__ import annotations

from gui.shared.i18n import _, ngettext
from gui.shared.wording import count_text
from net.lab.recording_file import Damage


def damage_text(damage: Damage, file: str) -> str:
    """``file``: its name, as the person knows it."""
    line = count_text(damage.line)
    if damage.code == "not-a-recording":
        return _("{file} is no recording of Duplex.").format(file=file)
    if damage.code == "newer":
        sentence = _("{file} was made by a newer Duplex: what this one does not know is left out.")
        return sentence.format(file=file)
    if damage.code == "damaged-line":
        sentence = ngettext(
            "{file} was changed or damaged: {count} line, line {line}, is left out.",
            "{file} was changed or damaged: {count} lines, from line {line} on, are left out.",
            damage.count,
        )
        return sentence.format(file=file, count=count_text(damage.count), line=line)
    if damage.code == "too-large":
        sentence = _("{file} is too large: it is shown up to line {line}.")
        return sentence.format(file=file, line=line)
    sentence = _("{file} is cut off: its end, after line {line}, is missing.")
    return sentence.format(file=file, line=line)
