"""Links: how a person is named by hand (address, host name or ``duplex://`` link), and those in a message's
text. No tkinter here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from gui import wording
from gui.i18n import _
from net.address import Address, AddressError, as_meant
from net.chat.commands import PORT

SCHEME = "duplex://"
IDENTITY_DIGITS = 64  # SHA-256 in hex
LONGEST_LINK = 2048
MOST_LINKS = 100
"""In one message; what comes after stays plain text."""

# Ends at the first character that is not ASCII: Chinese text goes on right behind a link without a space.
_CANDIDATE = re.compile(r"(?<![A-Za-z0-9+.-])(?:https?|duplex)://[!#-;=?-Z\[\]_a-z~]+", re.IGNORECASE)
_TRAILING = ".,;:!?'"
_BRACKETS = {")": "(", "]": "["}


class LinkError(ValueError):
    """The text names nobody: a link whose identity is damaged."""


@dataclass(frozen=True, slots=True)
class TextLink:
    """Characters ``start`` to ``stop`` (exclusive) of a text are the address ``target``, letter by letter."""

    start: int
    stop: int
    target: str

    @property
    def names_person(self) -> bool:
        """Whether it is a ``duplex://`` link."""
        return self.target.lower().startswith(SCHEME)


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


def find_links(text: str) -> list[TextLink]:
    """The ``http``, ``https`` and ``duplex`` addresses in ``text`` from left to right, at most `MOST_LINKS`;
    never another scheme, none of more than `LONGEST_LINK` characters, and none with a user name before the
    host (RFC 3986, 7.6: it is there to deceive)."""
    found: list[TextLink] = []
    if "://" not in text:
        return found
    for match in _CANDIDATE.finditer(text):
        target = _without_tail(match.group())
        if len(target) <= LONGEST_LINK and _is_whole(target):
            found.append(TextLink(match.start(), match.start() + len(target), target))
            if len(found) == MOST_LINKS:
                break
    return found


def _without_tail(link: str) -> str:
    """Without the stop that ends the sentence, and the bracket that was opened before the link."""
    while link:
        last = link[-1]
        opening = _BRACKETS.get(last)
        closes_more = opening is not None and link.count(last) > link.count(opening)
        if last not in _TRAILING and not closes_more:
            break
        link = link[:-1]
    return link


def _is_whole(link: str) -> bool:
    if link.lower().startswith(SCHEME):
        return not problem_text(link)
    try:
        parts = urlsplit(link)
        return bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        return False
