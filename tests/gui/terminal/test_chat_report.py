"""What the chat's terminal prints of sendings from which something was left out."""

from __future__ import annotations

import threading

import pytest
from msgspec.structs import replace

from gui.terminal.chat_deliveries import Deliveries
from gui.terminal.chat_report import ChatReport
from gui.terminal.chat_roster import Roster
from gui.terminal.exit_codes import EXIT_FAULT, Outcome
from gui.terminal.output import Output
from net.chat.conversation import Conversation
from net.chat.events import LeftOut, OfferFailed, TransferChanged, TransferStage

LIN, GROUP = "11" * 32, "ab" * 16
LEFT_OUT = LeftOut(
    (("link", 2), ("special", 1)), (("tree/a", "link"), ("tree/b", "link"), ("pipe", "special"))
)


class Reported:
    def __init__(self) -> None:
        changed = threading.Condition()
        self.outcome = Outcome()
        self.deliveries = Deliveries(changed, lambda _command: None, lambda: GROUP, lambda *_: None)
        output = Output(False, self.outcome, changed)
        self.report = ChatReport(Roster(), self.deliveries, output, self.outcome, lambda: None)

    def take(self, event: object) -> None:
        self.report.takers[type(event)](event)


@pytest.fixture
def reported() -> Reported:
    return Reported()


def transfer(number: int) -> TransferChanged:
    return TransferChanged(
        transfer=f"{number:032x}",
        group=GROUP,
        conversation=Conversation.person(LIN),
        identity=LIN,
        incoming=False,
        title="tree",
        count=3,
        size=10,
        done=0,
        rate=0.0,
        seconds_left=None,
        stage=TransferStage.OFFERED,
        left_out=LEFT_OUT,
    )


def test_what_was_left_out_is_one_line(reported: Reported, capsys: pytest.CaptureFixture[str]) -> None:
    for number in (1, 2):
        reported.take(transfer(number))
        reported.take(replace(transfer(number), stage=TransferStage.FINISHED))
    shown = capsys.readouterr()
    assert [line for line in shown.out.splitlines() if not line.startswith("file ")] == [
        "left-out 1 link=2,special=1"
    ]
    assert shown.out.startswith("file 1 out ")
    assert shown.err.count("3 left out: 2 links that lead out of the folder, 1 pipe, socket or device") == 1
    assert not reported.outcome.exit_code


def test_an_offer_of_nothing_is_a_fault(reported: Reported, capsys: pytest.CaptureFixture[str]) -> None:
    reported.deliveries.offer(Conversation.person(LIN), [])
    assert reported.deliveries.pending
    reported.take(OfferFailed(Conversation.person(LIN), GROUP, LEFT_OUT))
    shown = capsys.readouterr()
    assert shown.out == f"fault nothing_to_send p:{LIN[:12]} -\n"
    assert "Nothing of it can be sent: 2 links" in shown.err
    assert not reported.deliveries.pending and reported.outcome.exit_code == EXIT_FAULT
