"""How a person is named by hand: an address, a host name, or a ``duplex://`` link. No tkinter here."""

from __future__ import annotations

from gui import wording
from gui.i18n import _
from net.address import Address, AddressError, as_meant
from net.chat.commands import PORT

SCHEME = "duplex://"
IDENTITY_DIGITS = 64  # SHA-256 in hex


class LinkError(ValueError):
    """The text names nobody: a link whose identity is damaged."""


def parse_person(text: str) -> tuple[Address, str]:
    """``(address, identity)``; the identity "" where only an address was given, the port `PORT` where none
    was. Raises `AddressError` or `LinkError`."""
    meant = as_meant(text)
    if not meant.lower().startswith(SCHEME):
        return Address.parse(meant, PORT), ""
    where, _slash, identity = meant[len(SCHEME) :].partition("/")
    identity = identity.rstrip("/").lower()
    if identity and (len(identity) != IDENTITY_DIGITS or set(identity) - set("0123456789abcdef")):
        raise LinkError(identity)
    return Address.parse(where, PORT), identity


def problem_text(text: str) -> str:
    """What is wrong with it, or ""."""
    try:
        parse_person(text)
    except LinkError:
        return _("The link is not complete: copy or scan it again.")
    except AddressError as error:
        return wording.address_error_text(error)
    return ""
