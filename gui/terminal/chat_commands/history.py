"""Line commands that look into the history."""

from __future__ import annotations

from collections.abc import Callable

from gui.terminal import chat_roster as lines
from gui.terminal.chat_commands.choice import Choice
from gui.terminal.chat_commands.surroundings import Surroundings
from net.chat.commands import Search

HISTORY_LINES = 20


class HistoryCommands:
    """``commands``: by their word, each taking the rest of the line."""

    def __init__(self, terminal: Surroundings, choice: Choice) -> None:
        self._terminal = terminal
        self._choice = choice
        self.commands: dict[str, Callable[[str], object]] = {
            "history": self._history,
            "search": self._search,
        }

    def _history(self, rest: str) -> None:
        conversation = self._choice.conversation()
        reader = self._terminal.history()
        if reader is None:
            return
        wanted = int(rest) if rest.isdecimal() else HISTORY_LINES
        try:
            count = reader.count(conversation)
            for row in reader.fetch(conversation, max(0, count - wanted), count):
                way = "in" if row.incoming else "out"
                who = f"{way} {lines.short(row.author)} {row.state.value}"
                message = f"{lines.short(row.message)} {row.time // 1_000_000}"
                self._terminal.show(f"history {row.position} {message} {who} {lines.one_line(row.text)}")
                if row.proof in lines.DOUBTFUL:
                    self._terminal.show(lines.proof_line(row.conversation, row.message, row.proof))
        finally:
            reader.close()
        self._terminal.show(f"messages {count}")

    def _search(self, rest: str) -> None:
        if rest:
            self._terminal.submit(Search(self._terminal.new_job(), rest))
