"""Export of a conversation: HTML with its pictures beside it, text, or JSON.

It runs on a thread of its own with a reader of its own, so that the history goes on. The rows go to
``NAME.part``, which takes the name when it is whole. Pictures are copied to ``NAME_files`` first.
"""

from __future__ import annotations

import functools
import html
import json
import logging
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TextIO
from urllib.parse import quote

from net.chat.commands import ExportConversation, ExportFormat
from net.chat.conversation import Conversation
from net.chat.events import Proof
from net.chat.history.reader import HistoryReader
from net.chat.history.records import MessageRow, TransferRecord
from net.events import Event, Exported, Fault, FaultKind
from net.faults import fault_from_ours
from net.storage.exporting import ExportCancelled, ExportThreads, part_of
from net.storage.file import written_fault

logger = logging.getLogger("duplex.chat")


_PICTURES = frozenset((".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp"))
_ROWS_AT_ONCE = 1_000
_HEAD = """<!DOCTYPE html>
<html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src 'self'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ font-family: system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; }}
article {{ margin: .75rem 0; padding: .5rem .75rem; border-radius: .75rem; background: #eef0f3; }}
article.out {{ background: #dcebff; margin-left: 4rem; }}
article.in {{ margin-right: 4rem; }}
header {{ font-size: .8rem; color: #555; }}
mark {{ background: none; color: inherit; }}
mark.forged {{ color: #b3261e; font-weight: bold; }}
p {{ margin: .25rem 0; white-space: pre-wrap; overflow-wrap: anywhere; }}
blockquote {{ margin: .25rem 0; padding-left: .5rem; border-left: 3px solid #99a; color: #555; }}
img {{ max-width: 100%; border-radius: .5rem; }}
</style></head><body>
<h1>{title}</h1>
"""

Emit = Callable[[tuple[Event, ...]], None]


class Exporter:
    """Runs exports of the history at ``path`` and emits `Exported`."""

    def __init__(self, path: Path, emit: Emit) -> None:
        self._path = path
        self._emit = emit
        self.threads = ExportThreads()

    def start(self, command: ExportConversation) -> None:
        self.threads.start(functools.partial(self._run, command))

    def finish(self) -> None:
        """Wait a little for the exports under way, then have them given up."""
        self.threads.finish()

    def _run(self, command: ExportConversation) -> None:
        path = Path(command.path)
        reader = HistoryReader(self._path)
        rows = self.threads.counted(_rows(reader, command.conversation))
        fault: Fault | None = None
        try:
            # Half of a surrogate pair must not stop an export.
            with (
                part_of(path) as part,
                open(part, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file,
            ):
                _write(command, iter(rows), file, reader)
        except ExportCancelled:
            fault = Fault(FaultKind.CANCELLED, {"path": str(path)})
        except (OSError, sqlite3.Error) as error:
            fault = written_fault(error, path)
        except Exception as error:  # whoever waits for it gets an answer all the same
            logger.exception("exporting a conversation")
            fault = fault_from_ours(error)
        finally:
            reader.close()
        self._emit((Exported(command.job, str(command.path), rows.count if fault is None else 0, fault),))


def _rows(reader: HistoryReader, conversation: Conversation) -> Iterator[MessageRow]:
    """A page at a time, so that memory stays small and no read transaction holds up the writer."""
    stop = reader.count(conversation)
    for start in range(0, stop, _ROWS_AT_ONCE):
        yield from reader.fetch(conversation, start, min(start + _ROWS_AT_ONCE, stop))


def _write(
    command: ExportConversation, rows: Iterator[MessageRow], file: TextIO, reader: HistoryReader
) -> None:
    if command.format is ExportFormat.HTML:
        write_html(rows, file, _Pictures(reader, Path(command.path)).name_of, command.marks)
    elif command.format is ExportFormat.TEXT:
        write_text(rows, file, command.marks)
    else:
        write_json(rows, file)


def write_text(rows: Iterator[MessageRow], file: TextIO, marks: Mapping[Proof, str]) -> None:
    """A line for each message; further lines of it are indented."""
    for row in rows:
        reply = f"> {row.quote}\n" if row.quote else ""
        text = (reply + row.text).replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\n    ")
        # Before the name, which its owner chose: nobody else's words stand there.
        mark = f"[{marks[row.proof]}] " if row.proof in marks else ""
        file.write(f"{_time_text(row.time)}  {mark}{row.name}: {text}\n")


def write_json(rows: Iterator[MessageRow], file: TextIO) -> None:
    """One array of objects, one on a line, named as in `MessageRow`; ``time`` also as RFC 3339 text."""
    file.write("[")
    separator = "\n"
    for row in rows:
        values = {
            "message": row.message,
            "position": row.position,
            "incoming": row.incoming,
            "author": row.author,
            "name": row.name,
            "text": row.text,
            "time": row.time,
            "time_text": _time_text(row.time, "T"),
            "state": row.state.value,
            "path": row.path,
            "reply_to": row.reply_to,
            "quote": row.quote,
            "announcement": row.announcement,
            "transfer": row.transfer,
            "number": row.number,
            "proof": row.proof.value,
        }
        file.write(separator + json.dumps(values, ensure_ascii=False))
        separator = ",\n"
    file.write("\n]\n")


def write_html(
    rows: Iterator[MessageRow],
    file: TextIO,
    picture_of: Callable[[MessageRow], str | None],
    marks: Mapping[Proof, str],
) -> None:
    """One page that asks for nothing but the pictures beside it. ``picture_of``: a relative path, or None."""
    title = None
    for row in rows:
        if title is None:
            title = html.escape(row.name)
            file.write(_HEAD.format(title="Duplex"))
        side = "in" if row.incoming else "out"
        file.write(f'<article class="{side}" id="m{row.message}"><header>{html.escape(row.name)} · ')
        file.write(f'<time datetime="{_time_text(row.time, "T")}">{_time_text(row.time)}</time>')
        if row.proof in marks:
            file.write(f' · <mark class="{row.proof.value}">{html.escape(marks[row.proof])}</mark>')
        file.write("</header>\n")
        if row.quote:
            file.write(f"<blockquote>{html.escape(row.quote)}</blockquote>\n")
        file.write(f"<p>{html.escape(row.text)}</p>\n")
        picture = picture_of(row) if row.transfer else None
        if picture:
            file.write(f'<img src="{html.escape(quote(picture))}" alt="{html.escape(row.text)}">\n')
        file.write("</article>\n")
    if title is None:
        file.write(_HEAD.format(title="Duplex"))
    file.write("</body></html>\n")


class _Pictures:
    """Copies pictures beside the page."""

    def __init__(self, reader: HistoryReader, page: Path) -> None:
        self._reader = reader
        self._folder = page.with_name(page.stem + "_files")

    def name_of(self, row: MessageRow) -> str | None:
        """The copy's path from the page; None where the message shows no picture that is still there."""
        transfer = self._reader.transfer(row.transfer)
        if transfer is None or not transfer.picture:
            return None
        source = self._reader.picture(row.transfer)
        if source is not None and source.suffix.lower() in _PICTURES and source.is_file():
            return self._copy(row, source)
        return self._preview(row, transfer)

    def _copy(self, row: MessageRow, source: Path) -> str:
        self._folder.mkdir(exist_ok=True)
        name = f"{row.message}{source.suffix.lower()}"
        shutil.copyfile(source, self._folder / name)
        return f"{self._folder.name}/{name}"

    def _preview(self, row: MessageRow, transfer: TransferRecord) -> str | None:
        if not transfer.preview:
            return None
        self._folder.mkdir(exist_ok=True)
        suffix = ".png" if transfer.preview.startswith(b"\x89PNG") else ".jpg"
        (self._folder / f"{row.message}{suffix}").write_bytes(transfer.preview)
        return f"{self._folder.name}/{row.message}{suffix}"


def _time_text(ns: int, separator: str = " ") -> str:
    """Local time with its offset, to the second."""
    moment = time.localtime(ns // 10**9)
    offset = time.strftime("%z", moment)
    return time.strftime(f"%Y-%m-%d{separator}%H:%M:%S", moment) + f"{offset[:3]}:{offset[3:]}"
