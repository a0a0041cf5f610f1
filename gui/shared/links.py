"""Links: addresses of persons as typed (address, host name or ``duplex://`` link), and links in messages. No
tkinter here."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from gui.shared import wording
from gui.shared.i18n import _
from net.address import Address, AddressError, normalise_typed
from net.chat.commands import PORT

SCHEME = "duplex://"
IDENTITY_DIGITS = 64  # SHA-256 in hex
LONGEST_LINK = 2048
MOST_LINKS = 100
"""The most links in one message; further ones stay plain text."""

_HEAD = re.compile(r"(?<![A-Za-z0-9+.-])(?:https?|duplex)://", re.IGNORECASE)
_PLAIN = re.compile(r"[!#-;=?-Z\[\]_a-z~]+")
_BEYOND_LETTERS = frozenset("·・–")
_FIRST_WIDE = "\u2e80"
_PATH = re.compile("[/?#]")
_NAME_BEGINS = "/?#&="
_JOINED = "-_+"
_GOES_ON = re.compile(r"/|\.[A-Za-z0-9]{1,5}(?![A-Za-z0-9])")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_TRAILING = ".,;:!?'"
_BRACKETS = {")": "(", "]": "["}


class LinkError(ValueError):
    """The text identifies nobody: a link whose identity is damaged."""


@dataclass(frozen=True, slots=True)
class TextLink:
    """Characters ``start`` to ``stop`` (exclusive) of a text are the address ``target``, unchanged: an IRI
    (RFC 3987). `as_uri` converts it for a browser."""

    start: int
    stop: int
    target: str


def parse_person(text: str) -> tuple[Address, str]:
    """``(address, identity)``; the identity is "" if only an address was given, the port `PORT` if none was.
    Raises `AddressError` or `LinkError`."""
    meant = normalise_typed(text)
    if not meant.lower().startswith(SCHEME):
        return Address.parse(meant, PORT), ""
    where, _slash, identity = meant[len(SCHEME) :].partition("/")
    identity = identity.rstrip("/").lower()
    if identity and (len(identity) != IDENTITY_DIGITS or set(identity) - set("0123456789abcdef")):
        raise LinkError(identity)
    return Address.parse(where, PORT), identity


def problem_text(text: str) -> str:
    """Why `parse_person` fails on ``text``, or ""."""
    try:
        parse_person(text)
    except LinkError:
        return _("The link is not complete: copy or scan it again.")
    except AddressError as error:
        return wording.address_error_text(error)
    return ""


def find_links(text: str) -> list[TextLink]:
    """The ``http``, ``https`` and ``duplex`` addresses in ``text`` from left to right, at most `MOST_LINKS`;
    no other schemes, none longer than `LONGEST_LINK` characters, and none with a user name before the host
    (RFC 3986, 7.6: such a name is there to deceive)."""
    found: list[TextLink] = []
    head = _HEAD.search(text) if "://" in text else None
    while head is not None and len(found) < MOST_LINKS:
        stop = _end(text, head.end(), head.group().lower() != SCHEME)
        target = _without_tail(_without_neighbour(text[head.start() : stop], len(head.group())))
        if len(target) <= LONGEST_LINK and _is_whole(target):
            found.append(TextLink(head.start(), head.start() + len(target), target))
        head = _HEAD.search(text, stop)
    return found


def as_uri(link: str, readable: bool = False) -> str:
    """An ``http`` or ``https`` address as it goes over the wire (RFC 3987, 3.1): the host encoded by IDNA,
    other non-ASCII characters percent-encoded as UTF-8; ``readable``: only the host, so that a look-alike of
    another host can be seen. Raises ValueError if it is no valid address."""
    parts = urlsplit(link)
    host = parts.hostname or ""
    where = parts.netloc
    if not where.isascii():
        encoded = host.encode("idna").decode("ascii")  # UnicodeError is a ValueError
        where = encoded if parts.port is None else f"{encoded}:{parts.port}"
    whole = parts._replace(netloc=where).geturl()
    return whole if readable else _NOT_ASCII.sub(lambda match: quote(match.group()), whole)


def _end(text: str, start: int, beyond: bool) -> int:
    """The last possible end of the link whose host begins at ``start``: before a character that no address
    contains, non-ASCII punctuation, Chinese text that follows directly, or the next link. ``beyond``:
    non-ASCII letters belong to the link."""
    at = start
    while at < len(text) and at - start <= LONGEST_LINK:
        plain = _PLAIN.match(text, at)
        if plain is not None:
            at = plain.end()
        run = at
        while (
            beyond and run < len(text) and _is_letter(text[run]) and _is_wide(text[run]) == _is_wide(text[at])
        ):
            run += 1
        if run == at or _HEAD.match(text, run):
            break
        if _is_wide(text[at]) and not _belongs(text, start, at, run):
            break
        at = run
    return at


def _belongs(text: str, start: int, at: int, stop: int) -> bool:
    """Whether the Chinese from ``at`` to ``stop`` belongs to the link whose host begins at ``start``. Chinese
    follows a link directly as often as it is part of one. It counts as part if it begins a name (a folder, a
    value) or continues one, but not after an ASCII name, and not after the host's slash, with which browsers
    copy an address, unless the link continues after it."""
    path = _PATH.search(text, start, at)
    if path is None:
        return True  # part of the host: see `_without_neighbour`
    begins = max(text.rfind(sign, path.start(), at) for sign in _NAME_BEGINS) + 1
    name = text[begins:at]
    if name and (_is_wide(name[0]) or name[-1] in _JOINED):
        return True
    if not name and (begins > path.end() or not text[start : path.start()].isascii()):
        return True
    return _GOES_ON.match(text, stop) is not None


def _is_wide(character: str) -> bool:
    """Whether it is of a script that puts no space between words."""
    return character >= _FIRST_WIDE


def _is_letter(character: str) -> bool:
    """A non-ASCII letter. Signs and emoji are none; format characters could disguise the destination."""
    return character > "\x7f" and (
        unicodedata.category(character)[0] in "LMN" or character in _BEYOND_LETTERS
    )


def _without_neighbour(link: str, host: int) -> str:
    """The link without the Chinese directly after the host (from ``host`` on) or its port: no host name ends
    in a part that is half Chinese."""
    authority = _PATH.split(link[host:], 1)[0]
    part = authority.rpartition(".")[2]
    if part and not _is_wide(part[0]):
        for place, character in enumerate(part):
            if _is_wide(character):
                return link[: host + len(authority) - len(part) + place]
    return link


def _without_tail(link: str) -> str:
    """The link without the full stop of the sentence, and without the bracket opened before the link."""
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
        return bool(parts.hostname and as_uri(link)) and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        return False
