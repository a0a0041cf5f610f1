"""Auto-replies: when, to which peer, how often."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from net.address import Address
from net.events import Fault, FaultKind
from net.protocol.reply import ReplyMatch, ReplyRule, ReplyRuleError
from net.sockets.jobs.replying import PENDING_LIMIT, Replier
from tests.net.sockets.jobs.clock import HandClock
from tests.net.sockets.jobs.fake_session import FakeSession

ANN, BOB = Address("192.0.2.1", 1000), Address("192.0.2.2", 2000)


@pytest.fixture
def clock() -> Iterator[HandClock]:
    loop = HandClock()
    yield loop
    loop.close()


class Case:
    def __init__(self, clock: HandClock, *rules: ReplyRule) -> None:
        self.session = FakeSession(3)
        self.faults: list[Fault] = []
        self.replier = Replier(clock, self.session, rules, "utf-8", self._keep)

    def _keep(self, _session: int, fault: Fault) -> None:
        self.faults.append(fault)

    @property
    def limits(self) -> list[object]:
        return [fault.params["limit"] for fault in self.faults if fault.kind is FaultKind.REPLY_LIMIT]


def test_each_sender_gets_its_own_answer(clock: HandClock) -> None:
    case = Case(clock, ReplyRule(ReplyMatch.CONTAINS, "你", answer="{text}! {count} {remote}"))
    case.replier.on_message("你好".encode(), ANN)
    case.replier.on_message(b"nothing", BOB)
    case.replier.on_message("你".encode(), BOB)
    assert case.session.sent == [
        (f"你好! 1 {ANN}".encode(), ANN, "reply"),
        (f"你! 2 {BOB}".encode(), BOB, "reply"),
    ]


def test_answers_wait_for_their_delay(clock: HandClock) -> None:
    case = Case(clock, ReplyRule(answer="late", delay=2.0), ReplyRule(answer="now"))
    case.replier.on_message(b"x", ANN)
    assert case.session.data == b"now"
    clock.run_to(1001.9)
    assert case.session.data == b"now"
    clock.run_to(1002.0)
    assert case.session.data == b"nowlate"


def test_stopped_or_closed_it_answers_no_more(clock: HandClock) -> None:
    case = Case(clock, ReplyRule(answer="late", delay=2.0), ReplyRule(answer="now"))
    case.replier.on_message(b"x", ANN)
    case.replier.close()
    case.replier.on_message(b"x", ANN)
    clock.run_to(1010.0)
    assert case.session.data == b"now"
    other = Case(clock, ReplyRule(answer="late", delay=2.0))
    other.replier.on_message(b"x", ANN)
    other.session.is_open = False
    clock.run_to(1020.0)
    assert not other.session.sent


def test_the_limit_holds_for_each_peer_and_each_lost_answer_is_told(
    clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case(clock, ReplyRule(answer="a", limit=3))
    moment = datetime.now().astimezone()
    monkeypatch.setattr("net.sockets.jobs.replying.now", lambda: moment)
    for _ in range(10):
        case.replier.on_message(b"x", ANN)
        case.replier.on_message(b"x", BOB)
    assert len(case.session.sent) == 6
    assert case.limits == [3] * 14
    assert {fault.params["address"] for fault in case.faults} == {str(ANN), str(BOB)}


def test_a_simulated_device_is_not_silenced(clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case(clock, ReplyRule(answer="a", limit=3))
    for second in range(500):
        moment = datetime.fromtimestamp(1_700_000_000 + second).astimezone()
        monkeypatch.setattr("net.sockets.jobs.replying.now", lambda moment=moment: moment)
        case.replier.on_message(b"x", ANN)
    assert len(case.session.sent) == 500 and not case.faults


def test_waiting_answers_are_bounded(clock: HandClock) -> None:
    case = Case(clock, ReplyRule(answer="late", delay=5.0, limit=1_000_000))
    for _ in range(PENDING_LIMIT + 50):
        case.replier.on_message(b"x", ANN)
    clock.run_to(1010.0)
    assert len(case.session.sent) == PENDING_LIMIT
    assert [fault.kind for fault in case.faults] == [FaultKind.REPLIES_PENDING] * 50


def test_an_answer_without_bytes_in_the_codec_is_refused(clock: HandClock) -> None:
    with pytest.raises(ReplyRuleError):
        Replier(clock, FakeSession(), [ReplyRule(answer="你")], "latin-1", lambda *_: None)
