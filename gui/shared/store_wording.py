"""Sentences about the profile's files: what is wrong with one, what that means, and what to do. No tkinter:
the terminals use it too.

Each says only what is so for its kind: what waits, what lasts until Duplex ends, and what is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gui.shared.i18n import N_, _, in_a_row
from net.events import FaultKind

Params = Mapping[str, str | int | float]

_IN_MEMORY: Mapping[str, str] = {
    "folder": N_(
        "{path} is a folder, so nothing can be kept under this name. What is new is kept in memory and is"
        " gone when Duplex ends. Move the folder away, then start Duplex again."
    ),
    "read_only": N_(
        "{path} may not be written. What is new is kept in memory and is gone when Duplex ends. Make the"
        " folder writable, or choose another profile (--profile), then start Duplex again."
    ),
    "failed": N_(
        "{path} can't be used ({detail}). What is new is kept in memory and is gone when Duplex ends. Choose"
        " another profile folder (--profile), then start Duplex again."
    ),
}
_DAMAGE: Mapping[str, str] = {
    "empty": N_("{path}, the file with your identity, is empty; a power failure can do that."),
    "zeros": N_("{path}, the file with your identity, holds nothing but zeros; a power failure can do that."),
    "cut": N_("{path}, the file with your identity, breaks off in the middle; a power failure can do that."),
    "other": N_("{path}, the file with your identity, is damaged: what is in it is no key."),
}


def _in_memory(params: Params) -> str:
    return _(_IN_MEMORY[str(params.get("reason", "failed"))]).format(**params)


def _damage(params: Params) -> str:
    return _(_DAMAGE[str(params.get("what", "other"))]).format(**params)


def _identity_damaged(params: Params) -> str:
    meaning = _(
        "People know you by the key in it. With a new one you are a stranger to them: they see somebody new"
        " of your name and compare the six digits again. If you have a copy of the file, use that instead."
    )
    return in_a_row(_damage(params), meaning)


def _identity_restored(params: Params) -> str:
    told = _(
        "Its copy was good and has taken its place, so people know you as before. The damaged file is kept as"
        " {aside}."
    ).format(**params)
    return in_a_row(_damage(params), told)


def _lost(transcript: str, history: str) -> Callable[[Params], str]:
    def sentence(params: Params) -> str:
        chosen = history if params.get("store") == "history" else transcript
        return _(chosen).format(**params)

    return sentence


def _plain(sentence: str) -> Callable[[Params], str]:
    return lambda params: _(sentence).format(**params)


STORE_SENTENCES: Mapping[FaultKind, Callable[[Params], str]] = {
    FaultKind.STORE_FULL: _plain(
        N_(
            "No space is left for {path}. Nothing is lost: it waits in memory and is written once there is"
            " space."
        )
    ),
    FaultKind.STORE_READ_ONLY: _plain(
        N_(
            "{path} may not be written. What happens meanwhile waits in memory and is written once it may be."
            " Make it writable, or choose another profile folder or file."
        )
    ),
    FaultKind.STORE_FAILED: _plain(
        N_(
            "{path} can't be written ({detail}). What happens meanwhile waits in memory and is written as"
            " soon as it works again."
        )
    ),
    FaultKind.STORE_DAMAGED: _lost(
        N_("The transcript {path} was damaged and has been set aside as {aside}. A new one has begun."),
        N_(
            "The chat's history {path} was damaged and has been set aside as {aside}. A new one has begun,"
            " without your messages and the people you know: compare the six digits with them again."
        ),
    ),
    FaultKind.STORE_OTHER_VERSION: _plain(
        N_(
            "{path} was written by another version of Duplex, which this one can't read. It has been set"
            " aside as {aside}, and a new one has begun. Under its old name that version reads it again."
        )
    ),
    FaultKind.STORE_EMPTY: _lost(
        N_(
            "The transcript {path} was empty, as a power failure can leave it: all that was recorded in it"
            " is gone. A new one has begun."
        ),
        N_(
            "The chat's history {path} was empty, as a power failure can leave it: all messages and people"
            " in it are gone. A new one has begun; compare the six digits with the people you knew again."
        ),
    ),
    FaultKind.STORE_WITHOUT_WAL: _plain(
        N_(
            "{path} is in a place that allows only the slower way of writing, as network and shared folders"
            " do. Everything is kept. A profile on a disk of this PC is faster (--profile)."
        )
    ),
    FaultKind.STORE_IN_MEMORY: _in_memory,
    FaultKind.FILE_UNWRITABLE: _plain(
        N_("{path} could not be written ({detail}). Choose another place or make room, then try again.")
    ),
    FaultKind.CERTIFICATE_DAMAGED: _plain(
        N_(
            "This server's certificate {path} was damaged and has been set aside as {aside}. A new one has"
            " been made: who trusted the old one has to trust it anew."
        )
    ),
    FaultKind.CERTIFICATE_IN_MEMORY: _plain(
        N_(
            "This server's certificate can't be kept in {path} ({detail}). It is another one at each start,"
            " and has to be trusted anew each time."
        )
    ),
    FaultKind.PROFILE_IN_USE: _plain(
        N_("Another Duplex uses the profile {path}. Close it, or choose another with --profile.")
    ),
    FaultKind.IDENTITY_DAMAGED: _identity_damaged,
    FaultKind.IDENTITY_UNREADABLE: _plain(
        N_(
            "{path}, the file with your identity, can't be read ({detail}). Give yourself the right to read"
            " it, then try again."
        )
    ),
    FaultKind.IDENTITY_RESTORED: _identity_restored,
    FaultKind.IDENTITY_IN_MEMORY: _plain(
        N_(
            "Your identity can't be kept in {path} ({detail}). It is gone when Duplex ends: at the next start"
            " you are a stranger to everybody. Choose another profile folder (--profile)."
        )
    ),
}
