"""Auto-reply rules: what to reply to which message, without anyone pressing Enter.

Every rule has a limit of replies to one peer in a second, so two programs that reply to each other leave the
network and the PC to others, and a simulated device answers as long as it is asked. Regular
expressions are matched by the `regex` library because it supports a time limit: Python's `re` cannot be
interrupted, and a pattern such as ``(a+)+$`` would block the whole network thread. A rule that takes longer
is disabled.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from net.protocol.codec import CodecError, decode_carrying, encode_text, python_codec
from net.protocol.compose import ComposeError, ComposeMode, compose

DEFAULT_LIMIT = 100
LARGEST_LIMIT = 1_000_000
"""Replies of one rule to one peer in one second."""

LONGEST_DELAY = 3600.0
LONGEST_TEXT = 65_536
LONGEST_REGEX = 1_000
# How many of a message's first bytes a regular expression sees, and how many seconds it may take.
REGEX_BYTES = 4096
REGEX_SECONDS = 0.02
PEERS_REMEMBERED = 4096

_PLACEHOLDER = re.compile(r"\{(text|time|remote|count)\}")


class ReplyMatch(str, Enum):
    """When a rule replies."""

    EXACT = "exact"
    CONTAINS = "contains"
    REGEX = "regex"
    ANY = "any"


class ReplyRuleErrorKind(str, Enum):
    """What is wrong with a rule."""

    UNKNOWN_MATCH = "unknown_match"
    NO_ANSWER = "no_answer"
    EMPTY_PATTERN = "empty_pattern"
    TOO_LONG = "too_long"
    BAD_REGEX = "bad_regex"
    BAD_PATTERN = "bad_pattern"
    BAD_ANSWER = "bad_answer"
    BAD_DELAY = "bad_delay"
    BAD_LIMIT = "bad_limit"
    BAD_FIELD = "bad_field"


class ReplyRuleError(ValueError):
    """`field` of the rule is wrong at `position` in its text; `found` is the text there, or the library's
    reason.

    BAD_PATTERN and BAD_ANSWER (hex, escapes or characters the codec lacks) have the ComposeError or
    CodecError as their `__cause__`.
    """

    def __init__(self, kind: ReplyRuleErrorKind, field: str, position: int = 0, found: str = "") -> None:
        super().__init__(f"{kind.value}: {field} at {position}: {found!a}")
        self.kind = kind
        self.field = field
        self.position = position
        self.found = found


class ReplyRule(Struct, frozen=True):
    """One rule. `hex`: the pattern is hex and compared with the message's bytes, else it is text.

    `answer` is parsed as `answer_mode` says and may contain ``{text} {time} {remote} {count}``. `delay` is in
    seconds, at most an hour; `limit` is the number of replies to one peer in a second, at least 1 and at
    most a million. EXACT in text ignores one line end after the message, since most programs send one.
    Raises ReplyRuleError if a value is invalid.
    """

    match: ReplyMatch = ReplyMatch.ANY
    pattern: str = ""
    hex: bool = False
    answer: str = "{text}"
    answer_mode: ComposeMode = ComposeMode.TEXT
    delay: float = 0.0
    limit: int = DEFAULT_LIMIT
    enabled: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.delay <= LONGEST_DELAY:
            raise ReplyRuleError(ReplyRuleErrorKind.BAD_DELAY, "delay", found=str(self.delay))
        if not 1 <= self.limit <= LARGEST_LIMIT:
            raise ReplyRuleError(ReplyRuleErrorKind.BAD_LIMIT, "limit", found=str(self.limit))
        longest = LONGEST_REGEX if self.match is ReplyMatch.REGEX else LONGEST_TEXT
        if len(self.pattern) > longest:
            raise ReplyRuleError(ReplyRuleErrorKind.TOO_LONG, "pattern", longest)
        if len(self.answer) > LONGEST_TEXT:
            raise ReplyRuleError(ReplyRuleErrorKind.TOO_LONG, "answer", LONGEST_TEXT)
        if self.match is ReplyMatch.REGEX:
            if self.hex:
                raise ReplyRuleError(ReplyRuleErrorKind.BAD_FIELD, "hex")
            _compile(self.pattern)
        if self.match in (ReplyMatch.REGEX, ReplyMatch.CONTAINS) and not self.pattern:
            raise ReplyRuleError(ReplyRuleErrorKind.EMPTY_PATTERN, "pattern")
        if self.match is not ReplyMatch.ANY and self.hex:
            _compose(self.pattern, ComposeMode.HEX, "utf-8", "pattern", 0)
        _Template(self, "utf-8" if self.answer_mode is not ComposeMode.HEX else "ascii")

    def to_dict(self) -> dict[str, Any]:
        """The rule as JSON types; `from_dict` reads it back."""
        return {
            name: value.value if isinstance(value, Enum) else value for name, value in asdict(self).items()
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ReplyRule:
        """The rule that `to_dict` wrote; absent keys have their default. ReplyRuleError for unknown keys and
        wrong types.
        """
        known = asdict(cls())
        arguments: dict[str, Any] = {}
        for name, value in values.items():
            if name not in known:
                raise ReplyRuleError(ReplyRuleErrorKind.BAD_FIELD, str(name))
            try:
                arguments[name] = _as_type(type(known[name]), value)
            except (TypeError, ValueError):
                raise ReplyRuleError(ReplyRuleErrorKind.BAD_FIELD, name, found=str(value)[:100]) from None
        return cls(**arguments)


def _as_type(wanted: type, value: Any) -> Any:
    if issubclass(wanted, Enum):
        return wanted(value)
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) is not wanted:
        raise TypeError
    return value


class Answer(Struct, frozen=True):
    """`data` to be sent in `delay` seconds, by the rule with index `rule`."""

    delay: float
    data: bytes
    rule: int = 0


def _compile(pattern: str) -> Any:
    import regex  # type: ignore[import-untyped]  # only now: few programs have such a rule

    try:
        return regex.compile(pattern, regex.VERSION0)
    except regex.error as error:
        position = error.pos if error.pos is not None else 0
        raise ReplyRuleError(ReplyRuleErrorKind.BAD_REGEX, "pattern", position, error.msg) from None
    except (RecursionError, OverflowError, MemoryError) as error:
        raise ReplyRuleError(ReplyRuleErrorKind.BAD_REGEX, "pattern", 0, str(error)) from None


def _compose(text: str, mode: ComposeMode, codec: str, field: str, offset: int) -> bytes:
    kind = ReplyRuleErrorKind.BAD_PATTERN if field == "pattern" else ReplyRuleErrorKind.BAD_ANSWER
    try:
        return compose(text, mode, codec)
    except ComposeError as error:
        raise ReplyRuleError(kind, field, offset + error.position, error.found) from error
    except CodecError as error:
        raise ReplyRuleError(kind, field, offset + error.position, error.character) from error


class _Template:
    """A reply with its fixed parts already encoded: a text that cannot be sent is found before the first
    message."""

    def __init__(self, rule: ReplyRule, codec: str) -> None:
        self._codec = codec
        # Fixed bytes at even places, names of placeholders at odd ones.
        self._pieces: list[bytes | str] = []
        offset = 0
        for match in _PLACEHOLDER.finditer(rule.answer):
            fixed = rule.answer[offset : match.start()]
            self._pieces.append(_compose(fixed, rule.answer_mode, codec, "answer", offset))
            self._pieces.append(match.group(1))
            offset = match.end()
        self._pieces.append(_compose(rule.answer[offset:], rule.answer_mode, codec, "answer", offset))

    def fill(self, message: bytes, remote: str, count: int, now: datetime) -> bytes:
        parts: list[bytes] = []
        for piece in self._pieces:
            if isinstance(piece, bytes):
                parts.append(piece)
            elif piece == "text":
                # The original bytes: decoding and encoding would change those the codec cannot read.
                parts.append(message)
            elif piece == "time":
                parts.append(encode_text(now.isoformat(sep=" ", timespec="seconds"), self._codec))
            else:
                parts.append(encode_text(remote if piece == "remote" else str(count), self._codec))
        return b"".join(parts)


class _Matcher:
    """One rule, compiled for one codec."""

    def __init__(self, rule: ReplyRule, codec: str) -> None:
        self.rule = rule
        self.template = _Template(rule, codec)
        self.timed_out = False
        self._wanted = b""
        self._expression: Any = None
        if rule.match is ReplyMatch.REGEX:
            self._expression = _compile(rule.pattern)
        elif rule.match is not ReplyMatch.ANY:
            mode = ComposeMode.HEX if rule.hex else ComposeMode.TEXT
            self._wanted = _compose(rule.pattern, mode, codec, "pattern", 0)

    def matches(self, message: bytes, text: str, codec: str) -> bool:
        rule = self.rule
        if rule.match is ReplyMatch.ANY:
            return True
        if rule.match is ReplyMatch.REGEX:
            start = text if len(message) <= REGEX_BYTES else decode_carrying(message[:REGEX_BYTES], codec)
            try:
                return self._expression.search(start, timeout=REGEX_SECONDS) is not None
            except (TimeoutError, MemoryError, RecursionError):
                self.timed_out = True
                return False
        if rule.hex:
            return message == self._wanted if rule.match is ReplyMatch.EXACT else self._wanted in message
        if rule.match is ReplyMatch.CONTAINS:
            return rule.pattern in text
        return rule.pattern in (text, _without_line_end(text))


def _without_line_end(text: str) -> str:
    if text.endswith("\r\n"):
        return text[:-2]
    return text[:-1] if text.endswith(("\n", "\r")) else text


class _PeerCounts:
    """`second`: the one, since the epoch, in which `answers` were given, by each rule."""

    def __init__(self, rules: int) -> None:
        self.messages = 0
        self.second = 0
        self.answers = [0] * rules

    def begin(self, second: int) -> None:
        if second != self.second:
            self.second = second
            self.answers = [0] * len(self.answers)


class ReplyRules:
    """The rules of one session, in order, with their counts for each peer. Every rule that matches replies.

    A peer is a remote address as text; the last 4,096 are remembered. `refused`: the indexes of the rules
    that fitted the last message and did not answer it, because they had reached their limit in this second.
    """

    def __init__(self, rules: Iterable[ReplyRule] = (), codec: str = "utf-8") -> None:
        python_codec(codec)
        self.rules = tuple(rules)
        self.codec = codec
        self._matchers = [_Matcher(rule, codec) for rule in self.rules]
        self._peers: OrderedDict[str, _PeerCounts] = OrderedDict()
        self.refused: list[int] = []

    def answers(self, message: bytes, remote: str, now: datetime, count: int | None = None) -> list[Answer]:
        """The replies to `message` from `remote`, which arrived at `now`; never raises for any message.

        ``{count}`` is `count`, or else the number of messages this peer has sent here.
        """
        peer = self._peers.get(remote)
        if peer is None:
            peer = self._peers[remote] = _PeerCounts(len(self._matchers))
            if len(self._peers) > PEERS_REMEMBERED:
                self._peers.popitem(last=False)
        else:
            self._peers.move_to_end(remote)
        peer.messages += 1
        peer.begin(int(now.timestamp()))
        self.refused = []
        text = decode_carrying(message, self.codec)
        found: list[Answer] = []
        for index, matcher in enumerate(self._matchers):
            rule = matcher.rule
            if not rule.enabled or matcher.timed_out:
                continue
            if not matcher.matches(message, text, self.codec):
                continue
            if peer.answers[index] >= rule.limit:
                self.refused.append(index)
                continue
            peer.answers[index] += 1
            data = matcher.template.fill(message, remote, peer.messages if count is None else count, now)
            found.append(Answer(rule.delay, data, index))
        return found

    @property
    def set_aside(self) -> tuple[int, ...]:
        """The indexes of rules that were disabled because their regular expression took too long."""
        return tuple(index for index, matcher in enumerate(self._matchers) if matcher.timed_out)

    def forget(self, remote: str) -> None:
        """Drop the counts of a peer that has gone."""
        self._peers.pop(remote, None)


def parse_reply(text: str) -> ReplyRule:
    """The rule of a URL's `reply=`: ``echo``, ``any:ANSWER``, ``exact:PATTERN=ANSWER``, ``contains:...``,
    ``regex:...``. ReplyRuleError if it is none of these.

    ``any={text}`` is read like ``any:{text}``. With ``-hex`` after the match, pattern and answer are hex. The
    first ``=`` ends the pattern, unless a backslash precedes it.
    """
    if text.strip().lower() == "echo":
        return ReplyRule()
    parts = re.fullmatch(r"(?s)\s*([a-z]+)(-hex)?\s*([:=])(.*)", text)
    if parts is None or parts.group(1) not in {match.value for match in ReplyMatch}:
        raise ReplyRuleError(ReplyRuleErrorKind.UNKNOWN_MATCH, "match", 0, text[:40])
    match = ReplyMatch(parts.group(1))
    in_hex = parts.group(2) is not None
    rest: str = parts.group(4)
    pattern = ""
    if match is not ReplyMatch.ANY:
        divided = re.fullmatch(r"(?s)((?:\\=|[^=])*)=(.*)", rest)
        if divided is None or parts.group(3) != ":":
            raise ReplyRuleError(ReplyRuleErrorKind.NO_ANSWER, "answer", len(text))
        pattern, rest = divided.group(1).replace("\\=", "="), divided.group(2)
    mode = ComposeMode.HEX if in_hex else ComposeMode.TEXT
    return ReplyRule(match, pattern, in_hex, rest, mode)
