"""Commands of the transcript wing, given to ``Engine.submit`` from any thread."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from net.transcript.reader import RowPart


class TranscriptFormat(str, Enum):
    """What an export is written as."""

    JSON_LINES = "jsonl"
    TEXT = "text"
    CSV = "csv"
    CAPTURE = "pcap"


class Export(Struct, frozen=True):
    """Write transcript rows to a file in the background; `ExportProgressed` and then `Exported` follow.
    ``part`` None: all rows of the session (a listener: of its connections too). ``codec``: for the text of
    messages."""

    job: int
    session: int
    path: str
    format: TranscriptFormat
    part: RowPart | None = None
    codec: str = "utf-8"


class CancelExport(Struct, frozen=True):
    """End an export; its `Exported` reports CANCELLED, and no file is left."""

    job: int


class ClearTranscript(Struct, frozen=True):
    """Delete stored rows: of one session (a listener: of its connections too), or (None) of all sessions that
    have ended."""

    session: int | None


class KeepTranscripts(Struct, frozen=True):
    """From now on keep sessions for ``days`` days after their end (None: for ever), and delete older
    ones. With 0 nothing is kept: the sessions of earlier runs are deleted now, those of this run at its
    end."""

    days: int | None


TranscriptCommand = Export | CancelExport | ClearTranscript | KeepTranscripts
