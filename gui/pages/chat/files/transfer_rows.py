"""Transfers as rows of a list: which rows there are, their words, and the actions of each. No tkinter here.

What was offered to a room is one row for all its receivers, with a row for each below it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from gui.shared import wording
from gui.shared.chat_wording import left_out_text
from gui.shared.i18n import N_, _, ngettext
from net.chat.conversation import Conversation
from net.chat.events import NOTHING_LEFT_OUT, LeftOut, TransferChanged, TransferStage

Action = Literal["accept", "accept_to", "decline", "pause", "resume", "cancel", "retry", "folder"]
NameOf = Callable[[str], str]

OVER = frozenset(
    {
        TransferStage.FINISHED,
        TransferStage.DECLINED,
        TransferStage.CANCELLED_HERE,
        TransferStage.CANCELLED_THERE,
    }
)
"""Stages after which nothing more happens."""

_ACTION_WORDS: Mapping[Action, str] = {
    "accept": N_("Accept"),
    "accept_to": N_("Save in …"),
    "decline": N_("Decline"),
    "pause": N_("Pause"),
    "resume": N_("Go on"),
    "cancel": N_("Cancel"),
    "retry": N_("Try again what failed"),
    "folder": N_("Open the folder"),
}
_REASONS: Mapping[str, tuple[str, str]] = {
    # reason: (shown to the receiver, shown to the sender)
    "deleted": (
        N_("The file is no longer at the sender's. Ask for it again."),
        N_("The file is no longer there. Put it back and try again."),
    ),
    "changed": (
        N_("The file changed at the sender's while it was sent. Ask for it again."),
        N_("The file changed after it was offered. Offer it again."),
    ),
    "unreadable": (
        N_("The sender's PC may not read the file. Ask them to check it."),
        N_("This PC may not read the file. Check that you may open it, then try again."),
    ),
    "disk_full": (
        N_("The disk is full here. Make room, then try again: it goes on where it stopped."),
        N_("The receiver's disk is full. It goes on once there is room."),
    ),
    "read_only": (
        N_("Nothing may be written into the folder. Choose another one."),
        N_("The receiver may not write into the folder chosen there."),
    ),
    "unwritable": (
        N_("The disk here refused to take the file. Check it, then try again."),
        N_("The receiver's disk refused to take the file."),
    ),
    "hash": (
        N_("What arrived is not what was sent, so it was not kept. Try again."),
        N_("What arrived is not what was sent, so it was not kept there. It can be tried again."),
    ),
    "too_many": (
        N_("There are more files than Duplex takes at once. Ask for them in parts, or packed."),
        N_("There are more files than Duplex takes at once. Send them in parts, or packed."),
    ),
    "protocol": (
        N_("The other Duplex said something that makes no sense. Update both."),
        N_("The other Duplex said something that makes no sense. Update both."),
    ),
}


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a message that offers files shows. ``share``: how much is done, 0 to 1; -1 where nothing runs."""

    transfer: str
    title: str
    about: str
    stage: TransferStage
    incoming: bool
    share: float = -1.0
    preview: bytes = b""
    left_out: LeftOut = NOTHING_LEFT_OUT

    @property
    def missing(self) -> str:
        """What was left out, in words."""
        return left_out_text(self.left_out)


@dataclass(frozen=True, slots=True)
class TransferRow:
    """``transfers``: one, or all of a ``group`` in the order in which they began. ``below``: the row is one
    receiver of the group above it. ``opened``: its receivers, or its files, are shown below."""

    key: str
    transfers: tuple[TransferChanged, ...]
    group: bool = False
    below: bool = False
    opened: bool = False

    @property
    def first(self) -> TransferChanged:
        return self.transfers[0]

    @property
    def can_open(self) -> bool:
        return self.group or self.first.count > 1 or bool(self.left_out.names)

    @property
    def left_out(self) -> LeftOut:
        """Of the sending: shown once, not below each of its receivers."""
        return NOTHING_LEFT_OUT if self.below else self.first.left_out

    @property
    def size(self) -> int:
        return sum(one.size for one in self.transfers)

    @property
    def done(self) -> int:
        return sum(one.done for one in self.transfers)

    @property
    def share(self) -> float:
        """How much is done, 0 to 1; for empty files 1 once the transfer is finished."""
        if self.size:
            return min(1.0, self.done / self.size)
        return float(all(one.stage is TransferStage.FINISHED for one in self.transfers))

    @property
    def is_over(self) -> bool:
        return all(one.stage in OVER for one in self.transfers)


def rows_of(
    transfers: Iterable[TransferChanged],
    conversation: Conversation | None = None,
    opened: frozenset[str] = frozenset(),
) -> list[TransferRow]:
    """The rows of one conversation (None: of all): unfinished ones first, and of each kind the newest first.
    ``opened``: the keys of the rows that show what is below them."""
    groups: dict[str, list[TransferChanged]] = {}
    for one in transfers:
        if conversation is None or one.conversation == conversation:
            shared = not one.incoming and one.conversation.is_room
            groups.setdefault(f"g{one.group}" if shared else f"t{one.transfer}", []).append(one)
    rows = [
        TransferRow(key, tuple(members), key[0] == "g", opened=key in opened)
        for key, members in groups.items()
    ]
    rows.reverse()
    rows.sort(key=lambda row: row.is_over)
    shown: list[TransferRow] = []
    for row in rows:
        shown.append(row)
        if row.opened and row.group:
            below = sorted(row.transfers, key=lambda one: one.stage is not TransferStage.FAILED)
            for one in below:
                key = f"t{one.transfer}"
                shown.append(TransferRow(key, (one,), below=True, opened=key in opened))
    return shown


def actions_of(row: TransferRow) -> tuple[Action, ...]:
    """The actions possible now, the likeliest first."""
    if row.group:
        return _group_actions(row)
    one = row.first
    stage = one.stage
    if stage is TransferStage.OFFERED:
        return ("accept", "decline", "accept_to") if one.incoming else ("cancel",)
    if stage in (TransferStage.RUNNING, TransferStage.WAITING, TransferStage.PAUSED_THERE):
        return ("pause", "cancel")
    if stage is TransferStage.PAUSED_HERE:
        return ("resume", "cancel")
    if stage is TransferStage.FAILED:
        folder: tuple[Action, ...] = ("folder",) if one.incoming and one.folder and one.done else ()
        return ("retry", "cancel", *folder)
    return ("folder",) if stage is TransferStage.FINISHED and one.incoming and one.folder else ()


def _group_actions(row: TransferRow) -> tuple[Action, ...]:
    stages = {one.stage for one in row.transfers}
    actions: list[Action] = []
    if TransferStage.FAILED in stages:
        actions.append("retry")
    if stages & {TransferStage.RUNNING, TransferStage.WAITING, TransferStage.PAUSED_THERE}:
        actions.append("pause")
    elif TransferStage.PAUSED_HERE in stages:
        actions.append("resume")
    if stages - OVER:
        actions.append("cancel")
    return tuple(actions)


def targets(row: TransferRow, action: Action) -> list[str]:
    """The ids of the transfers that an action of the row applies to: of "retry" only those that failed."""
    wanted: Mapping[str, Callable[[TransferStage], bool]] = {
        "retry": lambda stage: stage is TransferStage.FAILED,
        "resume": lambda stage: stage is TransferStage.PAUSED_HERE,
        "pause": lambda stage: (
            stage in (TransferStage.RUNNING, TransferStage.WAITING, TransferStage.PAUSED_THERE)
        ),
        "cancel": lambda stage: stage not in OVER,
    }
    fits = wanted.get(action, lambda stage: True)
    return [one.transfer for one in row.transfers if fits(one.stage)]


def action_text(action: Action) -> str:
    return _(_ACTION_WORDS[action])


def title_of(row: TransferRow, name_of: NameOf) -> str:
    return name_of(row.first.identity) if row.below else row.first.title


def icon_of(row: TransferRow) -> str:
    one = row.first
    if row.below:
        return "person-fill"
    if row.group:
        return "people-fill"
    if one.count > 1:
        return "files"
    return "file-earmark-arrow-down" if one.incoming else "file-earmark-arrow-up"


def tone_of(row: TransferRow) -> str:
    stages = {one.stage for one in row.transfers}
    if TransferStage.FAILED in stages:
        return "error"
    if stages & {TransferStage.PAUSED_HERE, TransferStage.PAUSED_THERE}:
        return "warn"
    if TransferStage.RUNNING in stages:
        return "accent"
    if stages == {TransferStage.FINISHED}:
        return "ok"
    return "info" if stages - OVER else "mute"


def about_text(row: TransferRow, name_of: NameOf) -> str:
    """The peer and the size."""
    one = row.first
    size = wording.size_text(one.size)
    if row.below:
        return size if not one.done or one.stage is TransferStage.FINISHED else _done_of(one.done, one.size)
    if one.count > 1:
        count = ngettext("{count} file", "{count} files", one.count)
        size = f"{count.format(count=wording.count_text(one.count))}, {size}"
    if row.group:
        people = ngettext("to {count} person", "to {count} people", len(row.transfers))
        return f"{people.format(count=wording.count_text(len(row.transfers)))} · {size}"
    whom = _("from {name}") if one.incoming else _("to {name}")
    return f"{whom.format(name=name_of(one.identity))} · {size}"


def state_text(row: TransferRow) -> str:
    """The state in words."""
    return _group_state(row) if row.group else _stage_text(row.first)


def missing_text(row: TransferRow) -> str:
    """What was left out, in words; "" if nothing was."""
    return left_out_text(row.left_out)


def _group_state(row: TransferRow) -> str:
    counts = Counter(one.stage for one in row.transfers)
    parts_of = (
        ((TransferStage.FINISHED,), N_("{count} have it")),
        ((TransferStage.RUNNING,), N_("{count} receiving")),
        ((TransferStage.PAUSED_HERE, TransferStage.PAUSED_THERE), N_("{count} paused")),
        ((TransferStage.OFFERED, TransferStage.WAITING), N_("{count} waiting")),
        (
            (TransferStage.DECLINED, TransferStage.CANCELLED_HERE, TransferStage.CANCELLED_THERE),
            N_("{count} without"),
        ),
        ((TransferStage.FAILED,), N_("{count} failed")),
    )
    parts = []
    for stages, words in parts_of:
        count = sum(counts[stage] for stage in stages)
        if count:
            parts.append(_(words).format(count=wording.count_text(count)))
    return " · ".join(parts)


def _stage_text(one: TransferChanged) -> str:
    stage, done = one.stage, _done_of(one.done, one.size)
    if stage is TransferStage.RUNNING:
        # the line above has the whole size; a narrow card has no room for it twice
        parts = [wording.size_text(one.done), wording.rate_text(one.rate)]
        if one.seconds_left is not None:
            parts.append(_("{time} left").format(time=left_text(one.seconds_left)))
        return " · ".join(parts)
    if stage is TransferStage.FAILED:
        return reason_text(one)
    if stage is TransferStage.OFFERED:
        return _("Do you want it?") if one.incoming else _("offered, not answered yet")
    texts = {
        TransferStage.WAITING: N_("waits until the other is there"),
        TransferStage.PAUSED_HERE: N_("paused here at {done}"),
        TransferStage.PAUSED_THERE: N_("paused by the other at {done}"),
        TransferStage.DECLINED: N_("declined"),
        TransferStage.CANCELLED_HERE: N_("cancelled here at {done}"),
        TransferStage.CANCELLED_THERE: N_("cancelled by the other at {done}"),
    }
    if stage is TransferStage.FINISHED:
        return _("received and checked") if one.incoming else _("arrived and checked")
    return _(texts[stage]).format(done=done)


def left_text(seconds: float) -> str:
    """The time left, which is an estimate, in whole seconds."""
    whole = max(1, round(seconds))
    return _("{number} s").format(number=whole) if whole < 60 else wording.duration_text(whole)


def _done_of(done: int, size: int) -> str:
    return _("{done} of {size}").format(done=wording.size_text(done), size=wording.size_text(size))


def reason_text(one: TransferChanged) -> str:
    """Why it failed and what to do, for the side this PC is on."""
    words = _REASONS.get(one.reason)
    if words is None:
        reason = wording.clean(one.reason, 60)
        text = _("It failed ({reason}). Try again.").format(reason=reason) if reason else _("It failed.")
    else:
        text = _(words[0] if one.incoming else words[1])
    if len(one.failed) and one.count > 1:
        failed = ngettext("{count} of {all} files failed.", "{count} of {all} files failed.", len(one.failed))
        text = f"{failed.format(count=len(one.failed), all=wording.count_text(one.count))} {text}"
    return text
