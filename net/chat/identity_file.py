"""The file with this PC's identity: made once, kept with a copy, and never replaced without a word.

Everybody who knows this user knows the key in it; with another one the user is a stranger. A power failure
can leave such a file empty, cut off or full of zeros, seldom two of them: so there is a copy beside it, made
when the identity was read. What is there and no identity is set aside, never deleted.

Everything here blocks: call it off the loop.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from net.chat.identity import IDENTITY_FILE, Identity, IdentityError, load_identity, load_or_create
from net.events import Fault, FaultKind
from net.storage.file import set_aside
from net.storage.private import private_draft

COPY_FILE = "identity.copy.pem"


class IdentityFault(Exception):
    """There is no identity to start with; ``fault`` says why and what the file has become."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def open_identity(
    folder: Path, *, renew: bool = False, restore: Path | None = None
) -> tuple[Identity, tuple[Fault, ...]]:
    """The identity kept in ``folder``, made if there is none, and what is to be said of it.

    ``renew``: begin with another one; ``restore``: begin with the one in this file. Either way what was there
    is set aside. Raises `IdentityFault`, and `IdentityError` ("unwritable") where none can be kept here.
    """
    path, copy = folder / IDENTITY_FILE, folder / COPY_FILE
    try:
        if restore is not None:
            _replace(path, _content_of(restore), "replaced")
        elif renew:
            _put_aside(path, "replaced")
        elif not path.exists():
            # Whoever deleted it wants to be another person.
            _put_aside(copy, "replaced")
        identity, notes = load_or_create(folder), ()
    except OSError as error:
        raise IdentityError("unwritable", error.strerror or str(error)) from error
    except IdentityError as error:
        if error.kind != "damaged":
            _raise_unreadable(error, path)
            raise
        return _from_copy(path, copy)
    _keep_copy(identity, copy)
    return identity, notes


def _content_of(restore: Path) -> bytes:
    try:
        content = restore.read_bytes()
    except OSError as error:
        fault = Fault(FaultKind.IDENTITY_UNREADABLE, {"path": str(restore), "detail": error.strerror or ""})
        raise IdentityFault(fault) from error
    _check(restore, content)
    return content


def _check(path: Path, content: bytes) -> None:
    try:
        load_identity(path, content)
    except IdentityError as error:
        what = {"path": str(path), "what": damage_of(content)}
        raise IdentityFault(Fault(FaultKind.IDENTITY_DAMAGED, what)) from error


def _from_copy(path: Path, copy: Path) -> tuple[Identity, tuple[Fault, ...]]:
    """What the copy holds, in the place of the damaged file."""
    try:
        content = path.read_bytes()
        kept = copy.read_bytes() if copy.exists() else b""
        with contextlib.suppress(IdentityError):
            load_identity(copy, kept)
            aside = _replace(path, kept, "damaged")
            note = {"path": str(path), "aside": str(aside), "what": damage_of(content)}
            return load_or_create(path.parent), (Fault(FaultKind.IDENTITY_RESTORED, note),)
    except OSError as error:
        raise IdentityError("unwritable", error.strerror or str(error)) from error
    raise IdentityFault(Fault(FaultKind.IDENTITY_DAMAGED, {"path": str(path), "what": damage_of(content)}))


def damage_of(content: bytes) -> str:
    """What became of the file: "empty", "zeros" (NUL bytes only), "cut" (its end is missing), or "other"."""
    if not content:
        return "empty"
    if not content.strip(b"\0"):
        return "zeros"
    if content.startswith(b"-----BEGIN ") and not content.rstrip().endswith(b"-----END CERTIFICATE-----"):
        return "cut"
    return "other"


def _raise_unreadable(error: IdentityError, path: Path) -> None:
    if error.kind == "unreadable":
        fault = Fault(FaultKind.IDENTITY_UNREADABLE, {"path": str(path), "detail": error.detail})
        raise IdentityFault(fault) from error


def _replace(path: Path, content: bytes, word: str) -> Path | None:
    """Put ``content`` in the place of what is there; where that went."""
    with private_draft(path, content) as draft:
        aside = _put_aside(path, word)
        os.replace(draft, path)
    return aside


def _put_aside(path: Path, word: str) -> Path | None:
    return set_aside(path, word) if path.exists() else None


def _keep_copy(identity: Identity, copy: Path) -> None:
    """An identity without a copy is as good as before: what cannot be written here is no reason to stop."""
    with contextlib.suppress(OSError):
        content = identity.path.read_bytes()
        if copy.exists() and copy.read_bytes() == content:
            return
        with private_draft(copy, content) as draft:
            os.replace(draft, copy)
