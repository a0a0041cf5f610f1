"""Auto-replies: when, to which peer, how often."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from net.address import Address
from net.events import FaultKind
from net.protocol.reply import ReplyMatch, ReplyRule, ReplyRuleError
from net.sockets.events import FaultOccurred
from net.sockets.jobs.replying import PENDING_LIMIT, Replier
from tests.net.sockets.jobs.clock import HandClock
from tests.net.sockets.jobs.fake_session import FakeSession
from tests.net.sockets.jobs.test_repeat import Kept

ANN, BOB = Address("192.0.2.1", 1000), Address("192.0.2.2", 2000)


@pytest.fixture
def clock() -> Iterator[HandClock]:
    loop = HandClock()
    yield loop
    loop.close()


class Case:
    def __init__(self, clock: HandClock, *rules: ReplyRule) -> None:
        self.session = FakeSession(3)
        self.outlet = Kept(clock)
        self.replier = Replier(clock, self.session, rules, "utf-8", self.outlet)

    @property
    def limits(self) -> list[object]:
        faults = [event.fault for event in self.outlet.events if isinstance(event, FaultOccurred)]
        return [fault.params["limit"] for fault in faults if fault.kind is FaultKind.REPLY_LIMIT]


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


def test_the_limit_holds_for_each_peer_and_is_reported_once(clock: HandClock) -> None:
    case = Case(clock, ReplyRule(answer="a", limit=3))
    for _ in range(10):
        case.replier.on_message(b"x", ANN)
        case.replier.on_message(b"x", BOB)
    assert len(case.session.sent) == 6
    assert case.limits == [3]


def test_two_that_answer_each_other_come_to_rest(clock: HandClock) -> None:
    first, second = Case(clock, ReplyRule(limit=40)), Case(clock, ReplyRule(limit=30, delay=0.5))
    first.replier.on_message(b"ping", BOB)
    taken = [0, 0]
    for _ in range(200):
        for number, (one, other, address) in enumerate(((first, second, ANN), (second, first, BOB))):
            for message, _, _ in one.session.sent[taken[number] :]:
                taken[number] += 1
                other.replier.on_message(message, address)
        clock.run_to(clock.now + 1)
    assert (len(first.session.sent), len(second.session.sent)) == (31, 30)
    assert (first.limits, second.limits) == ([], [30])


def test_waiting_answers_are_bounded(clock: HandClock) -> None:
    case = Case(clock, ReplyRule(answer="late", delay=5.0, limit=1_000_000))
    for _ in range(PENDING_LIMIT + 50):
        case.replier.on_message(b"x", ANN)
    clock.run_to(1010.0)
    assert len(case.session.sent) == PENDING_LIMIT
    faults = [event.fault.kind for event in case.outlet.events if isinstance(event, FaultOccurred)]
    assert faults == [FaultKind.SEND_BUFFER_FULL]


def test_an_answer_without_bytes_in_the_codec_is_refused(clock: HandClock) -> None:
    with pytest.raises(ReplyRuleError):
        Replier(clock, FakeSession(), [ReplyRule(answer="你")], "latin-1", Kept(clock))
