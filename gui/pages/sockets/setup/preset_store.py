"""Presets: named choices, kept in the settings, written to and read from JSON files. No tkinter here.

A file is ``{"format": "duplex-presets", "version": 1, "presets": [{"name": ..., "choice": {...}}]}`` with
choices as from `Choice.as_dict`. It is imported completely or not at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from gui.pages.sockets.choice import Choice
from gui.shared.i18n import N_, _
from net.protocol.codec import clean_text
from net.protocol.reply import ReplyMatch, ReplyRule
from net.sockets.events import Role, Transport

FORMAT = "duplex-presets"
VERSION = 1
LONGEST_NAME = 60
MOST_PRESETS = 500
MAX_FILE_BYTES = 4 * 1024 * 1024
LONGEST_FIELD = 70_000
_KEY = "presets"


class Preset(Struct, frozen=True):
    """``bundled``: the key of a bundled one, whose name is translated; "" for a user's own."""

    name: str
    choice: Choice
    bundled: str = ""


class PresetError(ValueError):
    """A preset, or a file of presets, is invalid. ``kind``: "name_empty", "name_long", "name_taken", "many",
    "not_text", "not_json" (line, column), "large", "format", "version" (value), "no_list", "none", "entry"
    (number), "entry_name" (number), "entry_field" (number, value: the field)."""

    def __init__(self, kind: str, value: str = "", number: int = 0, column: int = 0) -> None:
        super().__init__(f"{kind} {value} {number} {column}")
        self.kind = kind
        self.value = value
        self.number = number
        self.column = column


def _tutorial(transport: Transport, role: Role, answer: str = "", limit: int = 100) -> Choice:
    rules = (ReplyRule(match=ReplyMatch.ANY, answer=answer, limit=limit),) if answer else ()
    return Choice(transport.value, role.value, "127.0.0.1", "12345", reply_rules=rules)


TUTORIAL_PRESETS: Mapping[str, tuple[str, Choice]] = {
    "tcp-once": (N_("TCP one-shot"), _tutorial(Transport.TCP, Role.SERVER, "Hello, Client", 1)),
    "tcp-chat": (N_("TCP chat"), _tutorial(Transport.TCP, Role.SERVER)),
    "udp": (N_("UDP exchange"), _tutorial(Transport.UDP, Role.UNICAST, "Hello, UDP Client")),
}


class Presets:
    """The presets of one profile. ``kept``: the page's own part of the settings, changed in place; ``save``
    writes it."""

    def __init__(self, kept: dict[str, Any], save: Callable[[], None]) -> None:
        self._kept = kept
        self._save = save
        stored = kept.get(_KEY)
        values = stored if isinstance(stored, dict) else {}
        self._own: list[Preset] = []
        # Entries that this version can't read are kept in the file for one that can.
        self._unread: list[Any] = []
        own = values.get("own")
        for entry in own if isinstance(own, list) else []:
            try:
                self._own.append(_read_entry(entry, 0))
            except PresetError:
                self._unread.append(entry)
        hidden = values.get("hidden")
        known = hidden if isinstance(hidden, list) else []
        self._hidden = [key for key in TUTORIAL_PRESETS if key in known]

    def listed(self) -> list[Preset]:
        """The bundled presets that are not hidden, then the user's own in the order they were added."""
        shown = [
            Preset(_(name), choice, key)
            for key, (name, choice) in TUTORIAL_PRESETS.items()
            if key not in self._hidden
        ]
        return [*shown, *self._own]

    @property
    def some_hidden(self) -> bool:
        return bool(self._hidden)

    def find(self, name: str) -> Preset | None:
        return next((preset for preset in self.listed() if preset.name == name), None)

    def check_name(self, name: str, but: str = "") -> str:
        """The name as it will be stored. Raises `PresetError`; ``but``: the preset's own name, which is
        allowed."""
        clean = clean_name(name)
        if not clean:
            raise PresetError("name_empty")
        if len(clean) > LONGEST_NAME:
            raise PresetError("name_long", clean, LONGEST_NAME)
        if clean != but and clean in self._taken():
            raise PresetError("name_taken", clean)
        return clean

    def save(self, name: str, choice: Choice, replace: bool = False) -> Preset:
        """Store ``choice`` under ``name``; with ``replace`` a user's own preset of that name is overwritten.
        Raises `PresetError`."""
        clean = clean_name(name)
        own = next((index for index, preset in enumerate(self._own) if preset.name == clean), None)
        if replace and own is not None:
            self._own[own] = Preset(clean, choice)
            self._write()
            return self._own[own]
        return self._add(self.check_name(name), choice)

    def rename(self, preset: Preset, name: str) -> Preset:
        """Raises `PresetError`; KeyError for a bundled preset, whose name comes from the catalogs."""
        at = self._index(preset)
        renamed = Preset(self.check_name(name, preset.name), preset.choice)
        self._own[at] = renamed
        self._write()
        return renamed

    def remove(self, preset: Preset) -> None:
        """Delete a user's own preset; hide a bundled one."""
        if preset.bundled:
            self._hidden.append(preset.bundled)
        else:
            del self._own[self._index(preset)]
        self._write()

    def put_back(self, preset: Preset, at: int | None = None) -> None:
        """Undo `remove`."""
        if preset.bundled:
            self._hidden = [key for key in self._hidden if key != preset.bundled]
        else:
            self._own.insert(len(self._own) if at is None else at, preset)
        self._write()

    def show_bundled(self) -> None:
        """Show all bundled presets again."""
        self._hidden = []
        self._write()

    def duplicate(self, preset: Preset) -> Preset:
        """Store a copy of the preset under a free name."""
        return self._add(self.free_name(preset.name), preset.choice)

    def free_name(self, name: str, also: Iterable[str] = ()) -> str:
        """``name``, followed by " (2)", " (3)" … if that is taken, here or in ``also``."""
        taken = {*self._taken(), *also}
        base = re.sub(r" \(\d{1,3}\)$", "", name) if name in taken else name
        number, found = 2, name
        while found in taken:
            ending = f" ({number})"
            found = base[: LONGEST_NAME - len(ending)] + ending
            number += 1
        return found

    def export_text(self, presets: Sequence[Preset] | None = None) -> str:
        """All listed presets, or those given, as the text of a file."""
        chosen = self.listed() if presets is None else presets
        entries = [_entry(preset) for preset in chosen]
        values = {"format": FORMAT, "version": VERSION, "presets": entries}
        return json.dumps(values, ensure_ascii=False, indent=2) + "\n"

    def import_data(self, data: bytes) -> tuple[list[Preset], list[tuple[str, str]]]:
        """Import all presets of a file: returns those added, and (name in the file, new name) for names that
        were taken.

        An identical preset is not added again. Raises `PresetError`, in which case nothing has changed.
        """
        arrived = read_file(data)
        added: list[Preset] = []
        renamed: list[tuple[str, str]] = []
        here = {(preset.name, preset.choice) for preset in self.listed()}
        for preset in arrived:
            if (preset.name, preset.choice) in here:
                continue
            name = self.free_name(preset.name, [each.name for each in added])
            if name != preset.name:
                renamed.append((preset.name, name))
            added.append(Preset(name, preset.choice))
        if len(self._own) + len(added) > MOST_PRESETS:
            raise PresetError("many", number=MOST_PRESETS)
        self._own += added
        if added:
            self._write()
        return added, renamed

    def index(self, preset: Preset) -> int:
        """The index of a user's own preset among the user's own. KeyError if it is none."""
        return self._index(preset)

    def _taken(self) -> set[str]:
        # bundled names of both languages: switching the language must not make two names equal
        bundled = {name for key, (name, _choice) in TUTORIAL_PRESETS.items()}
        return bundled | {_(name) for name in bundled} | {preset.name for preset in self._own}

    def _index(self, preset: Preset) -> int:
        for at, own in enumerate(self._own):
            if own.name == preset.name:
                return at
        raise KeyError(preset.name)

    def _add(self, name: str, choice: Choice) -> Preset:
        if len(self._own) >= MOST_PRESETS:
            raise PresetError("many", number=MOST_PRESETS)
        self._own.append(Preset(name, choice))
        self._write()
        return self._own[-1]

    def _write(self) -> None:
        own = [*map(_entry, self._own), *self._unread]
        self._kept[_KEY] = {"version": VERSION, "own": own, "hidden": list(self._hidden)}
        self._save()


def clean_name(name: str) -> str:
    """The name on one line, without control characters and characters that a file cannot hold."""
    return " ".join(clean_text(name).split())


def read_file(data: bytes) -> list[Preset]:
    """The presets of an exported file, validated value by value. Raises `PresetError`."""
    if len(data) > MAX_FILE_BYTES:
        raise PresetError("large", number=MAX_FILE_BYTES)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PresetError("not_text") from None
    try:
        values = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise PresetError("not_json", "", error.lineno, error.colno) from None
    except (ValueError, RecursionError):
        raise PresetError("not_json", "", 1, 1) from None
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise PresetError("format")
    version = values.get("version")
    if type(version) is not int or version != VERSION:
        raise PresetError("version", clean_text(str(version))[:20])
    entries = values.get("presets")
    if not isinstance(entries, list):
        raise PresetError("no_list")
    if not entries:
        raise PresetError("none")
    return [_read_entry(entry, number) for number, entry in enumerate(entries, 1)]


def _entry(preset: Preset) -> dict[str, Any]:
    return {"name": preset.name, "choice": preset.choice.as_dict()}


def _read_entry(entry: object, number: int) -> Preset:
    if (
        not isinstance(entry, dict)
        or set(entry) != {"name", "choice"}
        or not isinstance(entry["choice"], dict)
    ):
        raise PresetError("entry", number=number)
    name = entry["name"]
    if not isinstance(name, str) or not clean_name(name) or len(clean_name(name)) > LONGEST_NAME:
        raise PresetError("entry_name", number=number)
    saved = entry["choice"]
    for field, value in saved.items():
        spoilt = isinstance(value, str) and (len(value) > LONGEST_FIELD or clean_text(value) != value)
        if field not in Choice.__struct_fields__ or spoilt:
            raise PresetError("entry_field", clean_text(field)[:40], number)
    for needed in ("transport", "role", "host", "port"):
        if needed not in saved:
            raise PresetError("entry_field", needed, number)
    try:
        if saved["transport"] not in (Transport.TCP.value, Transport.UDP.value):
            raise ValueError("transport")
        choice = Choice.from_dict(saved)
        json.dumps(choice.as_dict(), ensure_ascii=False).encode("utf-8")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        field = str(error) if str(error) in Choice.__struct_fields__ else _wrong_field(saved)
        raise PresetError("entry_field", field, number) from None
    return Preset(clean_name(name), choice)


def _wrong_field(saved: Mapping[str, Any]) -> str:
    """The first field that `Choice.from_dict` rejects, tried one at a time."""
    fit = {"transport": saved["transport"], "role": saved["role"]}
    for name, value in saved.items():
        try:
            Choice.from_dict({**fit, name: value})
        except (ValueError, TypeError, KeyError, AttributeError):
            return name
    return "choice"


def _no_constant(name: str) -> object:
    raise ValueError(name)
