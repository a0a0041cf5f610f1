"""What is shown of a message in a room that its author did not sign."""

from __future__ import annotations

import pytest

from gui.pages.chat.conversation.rows import chat_row
from gui.shared.i18n import _
from gui.terminal.chat_roster import DOUBTFUL, proof_line
from net.chat.conversation import Conversation
from net.chat.events import MessageState, Proof
from net.chat.history import MessageRow

ROOM = Conversation.room("cc" * 16)


def row(proof: Proof, incoming: bool = True) -> MessageRow:
    state = MessageState.RECEIVED if incoming else MessageState.DELIVERED
    message = ("ab" * 16, incoming, "1" * 64, "Lin", "text", 0, 0, state)
    return MessageRow(ROOM, 0, *message, proof=proof)


@pytest.mark.parametrize("incoming", [True, False])
def test_signed_words_stand_without_a_mark_and_others_with_one(incoming: bool) -> None:
    plain = chat_row(row(Proof.NONE, incoming))
    assert chat_row(row(Proof.SIGNED, incoming)) == plain
    unsigned, forged = (chat_row(row(proof, incoming)) for proof in (Proof.UNSIGNED, Proof.FORGED))
    assert (plain.tone, unsigned.tone, forged.tone) == ("normal", "normal", "warn")
    before = f"{plain.meta} · " if plain.meta else ""
    assert unsigned.meta == before + _("not signed")
    assert forged.meta == before + _("not what the author signed")


def test_a_line_for_scripts() -> None:
    assert proof_line(ROOM, "ab" * 16, Proof.FORGED) == "proof r:cccccccccccc abababababab forged"
    assert DOUBTFUL == (Proof.UNSIGNED, Proof.FORGED)
