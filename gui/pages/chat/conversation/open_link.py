"""Opening a link of a message: a web address in the browser, a ``duplex://`` link to add a person."""

from __future__ import annotations

import os
import sys

from gui.pages.chat import actions
from gui.pages.chat.context import ChatContext
from gui.services.background import run_beside
from gui.shared.i18n import _
from gui.shared.links import SCHEME, as_uri

WEB = ("http://", "https://")


def readable_link(target: str) -> str:
    """The address as it is shown before it is opened: its host as it goes over the wire, so that one that
    only looks like another's is seen. "" stays ""."""
    return as_uri(target, readable=True) if target.lower().startswith(WEB) else target


def open_link(context: ChatContext, target: str) -> None:
    """Web addresses go to the browser, a ``duplex://`` link into the dialog that adds a person; no other
    scheme goes anywhere."""
    lowered = target.lower()

    def opened(error: Exception | None) -> None:
        if error is not None:
            context.copy_quietly(target)
            context.services.toast(_("No browser could be opened. The address is copied."), "warn")

    if lowered.startswith(SCHEME):
        actions.open_add_person(context, target)
    elif lowered.startswith(WEB):
        run_beside(context.frame, lambda: browse(as_uri(target)), opened)


def browse(address: str) -> None:
    """Raises `OSError` where there is no browser. May wait for it some seconds."""
    import webbrowser

    if getattr(sys, "frozen", False) and sys.platform.startswith("linux"):
        # the libraries that the packaged program carries are not the browser's
        before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
        os.environ.pop("LD_LIBRARY_PATH", None)
        if before is not None:
            os.environ["LD_LIBRARY_PATH"] = before
    try:
        opened = webbrowser.open(address)
    except webbrowser.Error as error:
        raise OSError(str(error)) from error
    if not opened:
        raise OSError(address)
