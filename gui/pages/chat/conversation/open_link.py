"""Opening a link of a message: a web address in the browser, a ``duplex://`` link to add a person."""

from __future__ import annotations

from gui.pages.chat import actions
from gui.pages.chat.context import ChatContext
from gui.services.background import run_in_background
from gui.services.browser import browse
from gui.shared.i18n import _
from gui.shared.links import SCHEME, as_uri

WEB = ("http://", "https://")


def readable_link(target: str) -> str:
    """The address as it is shown before it is opened: with its host in IDNA, so that a host that only looks
    like another's is recognised. "" stays ""."""
    return as_uri(target, readable=True) if target.lower().startswith(WEB) else target


def open_link(context: ChatContext, target: str) -> None:
    """Open a web address in the browser, and a ``duplex://`` link in the dialog that adds a person. Other
    schemes are not opened."""
    lowered = target.lower()

    def opened(error: Exception | None) -> None:
        if error is not None:
            context.copy_quietly(target)
            context.services.toast(_("No browser could be opened. The address is copied."), "warn")

    if lowered.startswith(SCHEME):
        actions.open_add_person(context, target)
    elif lowered.startswith(WEB):
        run_in_background(context.frame, lambda: browse(as_uri(target)), opened)
