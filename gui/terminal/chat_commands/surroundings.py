"""What the line commands need of the terminal that they are typed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gui.terminal.chat_roster import Roster
from net.chat.commands import ChatCommand
from net.chat.conversation import Conversation
from net.chat.history import HistoryReader

APPEAR_SECONDS = 10.0
"""How long a command waits for a person or room that is not in sight yet: scripts begin before the LAN
answers."""


class LineError(ValueError):
    """The command can't be done; the text is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All may be called from the thread that reads standard input.

    - ``submit``, ``new_id``, ``new_job``, ``history``: of the Engine
    - ``say(conversation, text)``, ``offer(conversation, paths)``: send, and wait for its delivery at the end
    - ``show(line)``: print for scripts; ``note(text)``: for people
    - ``wait(condition, seconds)``: whether ``condition`` came true in time
    - ``begin_anew``: end the chat and go on as somebody new; ``quit``: end the program
    """

    roster: Roster
    submit: Callable[[ChatCommand], object]
    new_id: Callable[[], str]
    new_job: Callable[[], int]
    say: Callable[[Conversation, str], object]
    offer: Callable[[Conversation, list[Path]], object]
    show: Callable[[str], object]
    note: Callable[[str], object]
    wait: Callable[[Callable[[], object], float], bool]
    history: Callable[[], HistoryReader | None]
    begin_anew: Callable[[], object]
    quit: Callable[[], object]
