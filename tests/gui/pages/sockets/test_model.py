"""Events update the state of each session."""

from __future__ import annotations

from collections.abc import Iterable

from gui.pages.sockets import model as session_model
from gui.pages.sockets.choice import Choice
from gui.pages.sockets.model import SessionModel
from net.address import Address
from net.events import Event, Fault, FaultKind
from net.sockets.events import (
    Closed,
    CloseReason,
    CountersChanged,
    DatagramsReceived,
    FaultOccurred,
    MessagesReceived,
    Opened,
    OpenFailed,
    Role,
    State,
    StateChanged,
    Transport,
)
from net.transcript.events import Stored

HERE, THERE = Address("127.0.0.1", 12345), Address("127.0.0.1", 50001)


def opened(session: int, role: Role, parent: int | None = None) -> Opened:
    transport = Transport.UDP if role is Role.UNICAST else Transport.TCP
    remote = THERE if role in (Role.ACCEPTED, Role.CLIENT) else None
    return Opened(session, parent, transport, role, HERE, remote, time=session)


def listener_with(*children: int) -> SessionModel:
    model = SessionModel()
    model.begin(1, Choice())
    batch: list[Event] = [opened(1, Role.SERVER), StateChanged(1, State.LISTENING, 1)]
    batch += [opened(child, Role.ACCEPTED, 1) for child in children]
    apply(model, batch)
    return model


def apply(model: SessionModel, events: Iterable[Event]) -> set[int]:
    takers = model.takers()
    for event in events:
        takers[type(event)](event)
    return model.take_touched()


def info(model: SessionModel, session: int) -> session_model.SessionInfo:
    found = model.get(session)
    assert found is not None
    return found


def test_a_client_goes_from_resolving_to_connected_to_closed() -> None:
    model = SessionModel()
    begun = model.begin(5, Choice(role="client", host="127.0.0.1"))
    assert begun.is_starting and begun.trying == Address("127.0.0.1", 12345)
    apply(model, [StateChanged(5, State.CONNECTING, 1, THERE)])
    assert begun.state is State.CONNECTING and begun.trying == THERE
    apply(model, [opened(5, Role.CLIENT)])
    assert begun.is_live and begun.remote == THERE
    assert info(model, 5).state is State.CONNECTED
    fault = Fault(FaultKind.RESET)
    apply(model, [Closed(5, CloseReason.RESET, fault, 9)])
    assert begun.closed and not begun.is_live
    assert (begun.reason, begun.fault) == (CloseReason.RESET, fault)


def test_a_refused_connection_has_failed_to_open() -> None:
    model = SessionModel()
    model.begin(5, Choice(role="client", host="127.0.0.1"))
    apply(model, [OpenFailed(5, Fault(FaultKind.REFUSED), 2)])
    failed = info(model, 5)
    assert failed.open_failed and failed.closed and not failed.is_starting
    assert failed.fault == Fault(FaultKind.REFUSED)


def test_connections_stand_under_their_listener_and_touch_it() -> None:
    model = listener_with(2, 3)
    model.begin(9, Choice(role="client", host="127.0.0.1"))
    assert [(s.session, depth) for s, depth in model.lines()] == [(9, 0), (1, 0), (2, 1), (3, 1)]
    assert apply(model, [MessagesReceived(3, [b"x"], 5)]) == {1, 3}


def test_what_nobody_looks_at_is_unread_until_it_is_shown() -> None:
    model = listener_with(2, 3)
    model.show(2)
    apply(model, [MessagesReceived(2, [b"a"], 5), MessagesReceived(3, [b"b", b"c"], 5)])
    assert info(model, 2).unread == 0
    assert info(model, 3).unread == 2
    model.show(1)
    assert info(model, 3).unread == 0
    apply(model, [MessagesReceived(3, [b"d"], 6)])
    assert info(model, 3).unread == 0


def test_an_endpoint_learns_its_senders_the_latest_last() -> None:
    model = SessionModel()
    apply(model, [opened(4, Role.UNICAST)])
    senders = [("10.0.0.1", 1), ("10.0.0.2", 2), ("10.0.0.1", 1)]
    apply(model, [DatagramsReceived(4, [b"a", b"b", b"c"], list(senders), 5)])
    apply(model, [DatagramsReceived(4, [b"d"], [("10.0.0.1", 1)], 5)])
    assert list(info(model, 4).senders) == [Address("10.0.0.2", 2), Address("10.0.0.1", 1)]
    assert info(model, 4).destination == Address("10.0.0.1", 1)
    flood = [("10.1.0.1", port) for port in range(1, 1000)]
    apply(model, [DatagramsReceived(4, [b"x"] * len(flood), list(flood), 6)])
    assert len(info(model, 4).senders) == session_model.LEARNED_SENDERS
    assert info(model, 4).destination == Address("10.1.0.1", 999)


def test_the_chosen_destination_comes_before_who_wrote() -> None:
    model = SessionModel()
    model.begin(4, Choice(transport="udp", role="unicast", peer="10.0.0.9:9"))
    apply(model, [opened(4, Role.UNICAST), DatagramsReceived(4, [b"a"], [("10.0.0.1", 1)], 5)])
    assert info(model, 4).destination == Address("10.0.0.9", 9)


def test_counters_and_stored_rows_are_kept_and_rates_end_with_the_session() -> None:
    model = listener_with(2)
    apply(model, [CountersChanged(session, 3, 300, 1, 10, 30.0, 1.0, 0, 5) for session in (1, 2)])
    apply(model, [Stored({2: 12, 77: 1})])
    child = info(model, 2)
    assert (child.bytes_received, child.rows, child.queued) == (300, 12, 5)
    assert model.live_count() == 2
    assert 77 not in model
    apply(model, [Closed(2, CloseReason.BY_PEER, None, 9)])
    assert child.rate_received == 0.0
    assert model.live_count() == 1


def test_a_command_that_came_too_late_makes_no_session() -> None:
    model = SessionModel()
    apply(model, [FaultOccurred(99, Fault(FaultKind.NOT_OPEN), 1)])
    assert len(model) == 0


def test_forgetting_a_listener_takes_its_connections_along() -> None:
    model = listener_with(2, 3)
    model.show(3)
    model.forget(2)
    assert [s.session for s, _depth in model.lines()] == [1, 3]
    model.forget(1)
    assert len(model) == 0
    assert model.shown is None


def test_ten_thousand_short_visits_do_not_fill_the_list() -> None:
    model = listener_with()
    for child in range(2, 10_002):
        apply(model, [opened(child, Role.ACCEPTED, 1), Closed(child, CloseReason.BY_PEER, None, child)])
    assert len(model) <= session_model.MAX_ENDED_CHILDREN + 2
    assert 10_001 in model and 2 not in model
