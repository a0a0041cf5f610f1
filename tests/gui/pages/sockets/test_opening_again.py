"""What helps a session whose address is taken, and faults that go on."""

from __future__ import annotations

import time

from msgspec.structs import replace

from net.events import Fault, FaultKind
from net.protocol.reply import ReplyRule
from net.sockets.commands import SetReplyRules, TcpListen
from net.sockets.events import (
    Closed,
    CloseReason,
    FaultEnded,
    FaultOccurred,
    FaultRepeated,
    OpenFailed,
    ReplyRulesChanged,
    Role,
    Transport,
    UrgentReceived,
)
from tests.gui.pages.sockets.played import connected, joined, listening
from tests.gui.pages.sockets.stage import Stage


def start(stage: Stage) -> int:
    """A server's session, asked for and not answered."""
    stage.page.setup.start_or_stop()
    command = stage.commands[-1]
    assert isinstance(command, TcpListen)
    return command.session


def refuse(stage: Stage, session: int, holder: str, **values: str | int | float) -> None:
    known: dict[str, str | int | float] = {"address": "0.0.0.0:12345", "program": "", "pid": "", "seconds": 0}
    fault = Fault(FaultKind.ADDRESS_IN_USE, {**known, "holder": holder, **values})
    stage.play(OpenFailed(session, fault, time.time_ns()))


def opened(stage: Stage) -> list[TcpListen]:
    return [command for command in stage.commands if isinstance(command, TcpListen)]


def press(stage: Stage) -> None:
    banner = stage.page.chat.banner
    vars(banner)["_action"].event_generate("<Button-1>")
    stage.root.update()


def test_a_port_that_rests_is_opened_by_itself_when_it_is_free(stage: Stage) -> None:
    session = start(stage)
    refuse(stage, session, "time_wait", seconds=60)
    text = stage.texts(stage.page.chat.banner)
    assert "no program holds it" in text and "free again in" in text and "another program" not in text
    assert "Open it when it is free" in text
    assert str(stage.page.chat.status.cget("text")) == "Port not free yet"
    press(stage)
    assert "opens it by itself" in stage.texts(stage.page.chat.banner)
    assert len(opened(stage)) == 1
    known = stage.page.model.get(session)
    assert known is not None
    known.ended_at -= 60 * 10**9  # a minute later
    stage.wait(lambda: len(opened(stage)) == 2, "opened again")
    assert opened(stage)[1].address == opened(stage)[0].address


def test_one_may_change_ones_mind(stage: Stage) -> None:
    session = start(stage)
    refuse(stage, session, "time_wait", seconds=60)
    press(stage)
    assert "Don't wait" in stage.texts(stage.page.chat.banner)
    press(stage)
    assert "Open it when it is free" in stage.texts(stage.page.chat.banner)
    assert len(opened(stage)) == 1


def test_a_port_that_duplex_has_leads_to_its_session(stage: Stage) -> None:
    first = listening(stage)
    stage.page.setup.open_choice()
    second = opened(stage)[-1].session
    refuse(stage, second, "duplex", program="duplex", pid=1)
    text = stage.texts(stage.page.chat.banner)
    assert "in use by Duplex itself" in text and "end that program" not in text
    assert "Show that session" in text
    press(stage)
    assert stage.page.model.shown == first


def test_a_port_of_another_program_offers_the_next_one(stage: Stage) -> None:
    session = start(stage)
    refuse(stage, session, "program", program="python3", pid=77)
    assert "python3 (process 77)" in stage.texts(stage.page.chat.banner)
    press(stage)
    assert opened(stage)[-1].address.port == opened(stage)[0].address.port + 1
    assert stage.page.setup.port.value == str(opened(stage)[-1].address.port)


def test_a_fault_that_goes_on_is_one_state_with_a_count(stage: Stage) -> None:
    session = connected(stage)
    off = Fault(FaultKind.PORT_CLOSED, {"address": "192.168.1.7:502"})
    since = time.time_ns()
    stage.play(FaultOccurred(session, off, since))
    for count in range(2, 215):
        stage.play(FaultRepeated(session, off, count, since, time.time_ns()))
    card = stage.page.chat
    assert "No answer from 192.168.1.7:502 since " in stage.texts(card.banner)
    assert "214 times" in stage.texts(card.banner) and card.banner.tone == "warn"
    assert str(card.status.cget("text")) == "No answer" == stage.status.partition(" · ")[0]
    assert len(stage.toasts) <= 1
    stage.play(FaultEnded(session, off.kind, time.time_ns(), off, 214, since))
    assert not card.banner.winfo_manager() and str(card.status.cget("text")) == "Connected"
    stage.wait(lambda: "Over: No answer from 192.168.1.7:502" in stage.visible_text(), "its note")


def test_an_urgent_byte_is_told_where_it_stands(stage: Stage) -> None:
    session = connected(stage)
    stage.play(UrgentReceived(session, 0x21, 3, time.time_ns()))
    stage.wait(
        lambda: "The byte 21 (byte 4 of the stream) was sent as urgent" in stage.visible_text(), "note"
    )


def test_reply_rules_are_kept_over_stop_and_start(stage: Stage) -> None:
    session = listening(stage)
    stage.page.setup.show_choice(stage.page.model.get(session).choice)  # type: ignore[union-attr, arg-type]
    rules = (ReplyRule(answer="23.5"), ReplyRule(answer="off", enabled=False))
    stage.play(ReplyRulesChanged(session, rules))
    stage.page.setup.start_or_stop()
    stage.play(Closed(session, CloseReason.BY_ME, None, time.time_ns()))
    assert "1 automatic reply" in str(stage.page.setup.status.cget("text"))
    stage.page.setup.start_or_stop()
    assert tuple(opened(stage)[-1].reply_rules) == rules
    # Another kind of session is not made to answer unseen.
    client = replace(stage.page.setup.choice).with_role(Transport.TCP, Role.CLIENT)
    assert client.reply_rules == ()


def test_rules_of_one_client_alone_are_not_the_servers(stage: Stage) -> None:
    listener = listening(stage)
    stage.page.setup.show_choice(stage.page.model.get(listener).choice)  # type: ignore[union-attr, arg-type]
    before = stage.page.setup.choice
    stage.play(*joined(100, listener))
    stage.play(ReplyRulesChanged(100, (ReplyRule(),)))
    assert stage.page.setup.choice == before
    assert not [command for command in stage.commands if isinstance(command, SetReplyRules)]
