from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.protocol import reply
from net.protocol.codec import CODECS
from net.protocol.compose import ComposeErrorKind, ComposeMode
from net.protocol.reply import (
    DEFAULT_LIMIT,
    LARGEST_LIMIT,
    LONGEST_REGEX,
    PEERS_REMEMBERED,
    Answer,
    ReplyMatch,
    ReplyRule,
    ReplyRuleError,
    ReplyRuleErrorKind,
    ReplyRules,
    parse_reply,
)

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=timezone.utc)
PEER = "127.0.0.1:40000"


def answered(rule: ReplyRule, message: bytes, codec: str = "utf-8") -> list[bytes]:
    return [answer.data for answer in ReplyRules([rule], codec).answers(message, PEER, NOW)]


@pytest.mark.parametrize(
    ("rule", "message", "matches"),
    [
        (ReplyRule(ReplyMatch.EXACT, "hi"), b"hi", True),
        (ReplyRule(ReplyMatch.EXACT, "hi"), b"hi\n", True),
        (ReplyRule(ReplyMatch.EXACT, "hi"), b"hi\r\n", True),
        (ReplyRule(ReplyMatch.EXACT, "hi\n"), b"hi\n", True),
        (ReplyRule(ReplyMatch.EXACT, "hi"), b"hi\n\n", False),
        (ReplyRule(ReplyMatch.EXACT, "hi"), b"hi there", False),
        (ReplyRule(ReplyMatch.EXACT, ""), b"", True),
        (ReplyRule(ReplyMatch.EXACT, "31 32", hex=True), b"12", True),
        (ReplyRule(ReplyMatch.EXACT, "31 32", hex=True), b"12\n", False),
        (ReplyRule(ReplyMatch.CONTAINS, "ping"), b"a ping b", True),
        (ReplyRule(ReplyMatch.CONTAINS, "ping"), b"a pong b", False),
        (ReplyRule(ReplyMatch.CONTAINS, "ff 00", hex=True), b"a\xff\0b", True),
        (ReplyRule(ReplyMatch.CONTAINS, "00 ff", hex=True), b"a\xff\0b", False),
        (ReplyRule(ReplyMatch.REGEX, r"^\d+$"), b"123", True),
        (ReplyRule(ReplyMatch.REGEX, r"^\d+$"), b"12a", False),
        (ReplyRule(ReplyMatch.REGEX, "你(?=好)"), "你好".encode(), True),
        (ReplyRule(ReplyMatch.ANY), b"", True),
        (ReplyRule(ReplyMatch.ANY, enabled=False), b"x", False),
    ],
)
def test_when_a_rule_answers(rule: ReplyRule, message: bytes, matches: bool) -> None:
    assert bool(answered(rule, message)) is matches


def test_text_is_compared_in_characters_not_in_bytes() -> None:
    # In GB18030 the second byte of one character and the first of the next can spell a third.
    message = "中文".encode("gb18030")
    across = message[1:3].decode("gb18030")
    assert answered(ReplyRule(ReplyMatch.CONTAINS, across), message, "gb18030") == []
    assert answered(ReplyRule(ReplyMatch.CONTAINS, "文"), message, "gb18030") == [message]


def test_placeholders_are_filled_in() -> None:
    rule = ReplyRule(answer="{count}|{remote}|{time}|{text}|{nothing}{", delay=1.5)
    rules = ReplyRules([rule])
    assert rules.answers(b"a\xff", PEER, NOW) == [
        Answer(1.5, b"1|127.0.0.1:40000|2026-05-04 03:02:01+00:00|a\xff|{nothing}{")
    ]
    assert rules.answers(b"{time}", PEER, NOW, count=7)[0].data.endswith(b"|{time}|{nothing}{")
    assert rules.answers(b"", PEER, NOW)[0].data.startswith(b"3|")
    assert rules.answers(b"", PEER, NOW, count=9)[0].data.startswith(b"9|")
    assert rules.answers(b"", "[::1]:9", NOW)[0].data.startswith(b"1|[::1]:9|")


def test_answers_in_hex_escapes_and_other_codecs() -> None:
    in_hex = ReplyRule(answer="02 {text} 03", answer_mode=ComposeMode.HEX)
    assert answered(in_hex, b"\xff") == [b"\x02\xff\x03"]
    assert answered(ReplyRule(answer=r"\x02{count}\n", answer_mode=ComposeMode.ESCAPES), b"x") == [b"\x021\n"]
    assert answered(ReplyRule(answer="好{count}"), b"x", "gb18030") == ["好1".encode("gb18030")]
    assert answered(ReplyRule(answer="a{count}"), b"x", "utf-16") == [b"a\x001\0"]


def test_every_matching_rule_answers_in_order() -> None:
    rules = ReplyRules([parse_reply("contains:a=1"), parse_reply("exact:b=2"), parse_reply("any:3")])
    assert [(answer.rule, answer.data) for answer in rules.answers(b"a", PEER, NOW)] == [(0, b"1"), (2, b"3")]


def test_two_that_answer_each_other_do_so_only_so_often_a_second() -> None:
    one, other = ReplyRules([parse_reply("echo")]), ReplyRules([parse_reply("any:again")])
    waiting = [b"start"]
    exchanged = 0
    while waiting and exchanged < 10 * DEFAULT_LIMIT:
        message = waiting.pop(0)
        replying = one if exchanged % 2 == 0 else other
        waiting += [answer.data for answer in replying.answers(message, PEER, NOW)]
        exchanged += 1
    assert exchanged == 2 * DEFAULT_LIMIT + 1


def test_the_limit_is_one_of_rate_and_each_peer_has_its_own() -> None:
    rules = ReplyRules([ReplyRule(limit=2), ReplyRule(ReplyMatch.EXACT, "y", limit=1)])
    given = []
    for _ in range(3):
        given.append((len(rules.answers(b"x", PEER, NOW)), rules.refused))
    assert given == [(1, []), (1, []), (0, [0])]
    assert len(rules.answers(b"x", "other", NOW)) == 1 and rules.refused == []
    # A device is asked for days: the next second has answers of its own.
    for second in range(1, 1000):
        later = NOW + timedelta(seconds=second)
        assert [len(rules.answers(b"x", PEER, later)) for _ in range(3)] == [1, 1, 0]
    rules.forget(PEER)
    assert len(rules.answers(b"x", PEER, NOW)) == 1
    rules.forget("never seen")


def test_memory_of_peers_is_bounded_and_keeps_the_latest() -> None:
    rules = ReplyRules([ReplyRule(limit=1)])
    rules.answers(b"x", "first", NOW)
    for number in range(PEERS_REMEMBERED - 1):
        rules.answers(b"x", f"peer {number}", NOW)
    assert rules.answers(b"x", "first", NOW) == []
    rules.answers(b"x", "one more", NOW)
    assert rules.answers(b"x", "first", NOW) == []
    assert len(rules.answers(b"x", "peer 0", NOW)) == 1


@pytest.mark.parametrize(
    "pattern", [r"(a+)+$", r"(a|aa)+$", r"^(\w+\s?)*$", r"(.*a){20}$", r"(?:a?){30}a{30}b"]
)
def test_a_pattern_that_never_ends_is_set_aside(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # On a fast PC some of these do end, if not nearly as soon.
    monkeypatch.setattr(reply, "REGEX_SECONDS", 0.001)
    rules = ReplyRules([ReplyRule(ReplyMatch.REGEX, pattern), ReplyRule(ReplyMatch.EXACT, "go")])
    for _ in range(2000):
        assert rules.answers(b"a" * 4000 + b"!", PEER, NOW) == []
    assert rules.set_aside
    assert [answer.rule for answer in rules.answers(b"go", PEER, NOW)][-1:] == [1]


def test_running_out_of_time_is_reported() -> None:
    rules = ReplyRules([ReplyRule(ReplyMatch.REGEX, r"(a|aa)+$")])
    assert not rules.set_aside
    assert rules.answers(b"a" * 60 + b"!", PEER, NOW) == []
    assert rules.set_aside == (0,)
    assert rules.answers(b"aa", PEER, NOW) == []


def test_a_regular_expression_sees_the_first_bytes_only() -> None:
    rule = ReplyRule(ReplyMatch.REGEX, "needle")
    assert answered(rule, b"x" * 4090 + b"needle") and not answered(rule, b"x" * 4091 + b"needle")


@pytest.mark.parametrize(
    ("values", "kind", "field", "position"),
    [
        ({"match": "regex", "pattern": "ab(c"}, ReplyRuleErrorKind.BAD_REGEX, "pattern", 4),
        (
            {"match": "regex", "pattern": "a" * (LONGEST_REGEX + 1)},
            ReplyRuleErrorKind.TOO_LONG,
            "pattern",
            1000,
        ),
        ({"match": "regex", "pattern": ""}, ReplyRuleErrorKind.EMPTY_PATTERN, "pattern", 0),
        ({"match": "contains"}, ReplyRuleErrorKind.EMPTY_PATTERN, "pattern", 0),
        ({"match": "regex", "pattern": "a", "hex": True}, ReplyRuleErrorKind.BAD_FIELD, "hex", 0),
        ({"match": "exact", "pattern": "31 3", "hex": True}, ReplyRuleErrorKind.BAD_PATTERN, "pattern", 3),
        ({"answer": "00{text}0g", "answer_mode": "hex"}, ReplyRuleErrorKind.BAD_ANSWER, "answer", 9),
        ({"answer": "\ud800"}, ReplyRuleErrorKind.BAD_ANSWER, "answer", 0),
        ({"answer": "x" * 65_537}, ReplyRuleErrorKind.TOO_LONG, "answer", 65_536),
        ({"delay": -1.0}, ReplyRuleErrorKind.BAD_DELAY, "delay", 0),
        ({"delay": float("nan")}, ReplyRuleErrorKind.BAD_DELAY, "delay", 0),
        ({"limit": 0}, ReplyRuleErrorKind.BAD_LIMIT, "limit", 0),
        ({"limit": LARGEST_LIMIT + 1}, ReplyRuleErrorKind.BAD_LIMIT, "limit", 0),
        ({"limit": "5"}, ReplyRuleErrorKind.BAD_FIELD, "limit", 0),
        ({"limit": True}, ReplyRuleErrorKind.BAD_FIELD, "limit", 0),
        ({"match": "sometimes"}, ReplyRuleErrorKind.BAD_FIELD, "match", 0),
        ({"match": None}, ReplyRuleErrorKind.BAD_FIELD, "match", 0),
        ({"colour": "red"}, ReplyRuleErrorKind.BAD_FIELD, "colour", 0),
    ],
)
def test_a_rule_that_cannot_work_says_why(
    values: dict[str, Any], kind: ReplyRuleErrorKind, field: str, position: int
) -> None:
    with pytest.raises(ReplyRuleError) as caught:
        ReplyRule.from_dict(values)
    assert (caught.value.kind, caught.value.field, caught.value.position) == (kind, field, position)


def test_what_the_codec_lacks_is_known_before_the_first_message() -> None:
    with pytest.raises(ReplyRuleError) as caught:
        ReplyRules([ReplyRule(answer="ok {count} 好")], "ascii")
    assert (caught.value.kind, caught.value.position) == (ReplyRuleErrorKind.BAD_ANSWER, 11)
    with pytest.raises(ReplyRuleError) as caught:
        ReplyRules([ReplyRule(ReplyMatch.EXACT, "a好")], "ascii")
    assert (caught.value.kind, caught.value.position) == (ReplyRuleErrorKind.BAD_PATTERN, 1)


def test_a_rule_survives_json() -> None:
    rule = ReplyRule(
        ReplyMatch.CONTAINS, "ff", True, "00{text}", ComposeMode.HEX, delay=0.25, limit=7, enabled=False
    )
    assert ReplyRule.from_dict(json.loads(json.dumps(rule.to_dict()))) == rule
    assert ReplyRule.from_dict({}) == ReplyRule()
    assert ReplyRule.from_dict({"delay": 2}).delay == 2.0


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("echo", ReplyRule()),
        ("any:{text}", ReplyRule()),
        ("any={text}", ReplyRule()),
        ("any:a=b", ReplyRule(answer="a=b")),
        ("exact:hi=hello", ReplyRule(ReplyMatch.EXACT, "hi", answer="hello")),
        ("contains:ping=pong: {count}=", ReplyRule(ReplyMatch.CONTAINS, "ping", answer="pong: {count}=")),
        (r"exact:a\=b=c", ReplyRule(ReplyMatch.EXACT, "a=b", answer="c")),
        ("regex:^a.*b$=yes", ReplyRule(ReplyMatch.REGEX, "^a.*b$", answer="yes")),
        ("exact-hex:01 02=03", ReplyRule(ReplyMatch.EXACT, "01 02", True, "03", ComposeMode.HEX)),
        ("exact:a=", ReplyRule(ReplyMatch.EXACT, "a", answer="")),
        ("exact:你=好\n", ReplyRule(ReplyMatch.EXACT, "你", answer="好\n")),
    ],
)
def test_the_url_form(text: str, rule: ReplyRule) -> None:
    assert parse_reply(text) == rule


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", ReplyRuleErrorKind.UNKNOWN_MATCH),
        ("hello", ReplyRuleErrorKind.UNKNOWN_MATCH),
        ("always:x", ReplyRuleErrorKind.UNKNOWN_MATCH),
        ("exact:hi", ReplyRuleErrorKind.NO_ANSWER),
        ("contains:=x", ReplyRuleErrorKind.EMPTY_PATTERN),
        ("regex:(=x", ReplyRuleErrorKind.BAD_REGEX),
    ],
)
def test_a_bad_url_form(text: str, kind: ReplyRuleErrorKind) -> None:
    with pytest.raises(ReplyRuleError) as caught:
        parse_reply(text)
    assert caught.value.kind is kind


def test_the_cause_of_a_bad_pattern_is_kept() -> None:
    with pytest.raises(ReplyRuleError) as caught:
        ReplyRule(ReplyMatch.EXACT, "3", hex=True)
    assert getattr(caught.value.__cause__, "kind", None) is ComposeErrorKind.ODD_DIGITS


@given(st.binary(), st.sampled_from([codec.id for codec in CODECS]))
def test_any_message_can_be_answered(message: bytes, codec: str) -> None:
    rules = ReplyRules(
        [parse_reply("echo"), parse_reply("contains:a={text}{time}"), parse_reply("regex:.=x")], codec
    )
    assert rules.answers(message, PEER, NOW)[0].data == message
