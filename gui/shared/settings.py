"""The settings: one JSON file in the profile folder, written completely or not at all. No tkinter here."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

FILE_NAME = "settings.json"
THEMES = ("system", "light", "dark")
RETENTIONS = ("days", "forever", "none")
PAGES = ("chat", "sockets", "lessons")
MAX_FILE_BYTES = 16 * 1024 * 1024
MAX_KEEP_DAYS = 3650


@dataclass(slots=True)
class WindowPlace:
    """Pixels of the screen. A size of zero: never placed yet."""

    x: int = 0
    y: int = 0
    width: int = 0
    height: int = 0
    maximised: bool = False


@dataclass(slots=True)
class Settings:
    """Plain values; after changing one, call ``Services.save_settings``. ``language`` "" follows the
    system."""

    language: str = ""
    theme: str = "system"
    system_dark: bool = False  # the last value of "system", so that the first paint need not query it
    projector: bool = False
    page: str = "sockets"
    retention: str = "days"  # of transcripts: "days" (then ``keep_days``), "forever" or "none"
    keep_days: int = 30
    exit_word: bool = True
    enter_sends: bool = True
    show_dates: bool = False
    window: WindowPlace = field(default_factory=WindowPlace)
    sockets: dict[str, Any] = field(default_factory=dict)  # the page's own: presets, history, sashes
    chat: dict[str, Any] = field(default_factory=dict)  # the page's own: name, colour, sound
    lessons: dict[str, Any] = field(default_factory=dict)  # the page's own: route, tasks passed
    unknown: dict[str, Any] = field(default_factory=dict)  # keys of a newer version, kept for it

    @property
    def transcript_days(self) -> int | None:
        """Days to keep transcripts; None: for ever; 0: only as long as the program runs."""
        return {"days": self.keep_days, "forever": None, "none": 0}[self.retention]


_CHOICES = {"theme": THEMES, "retention": RETENTIONS, "page": PAGES, "language": ("", "en", "zh_CN")}


def from_json(values: Mapping[str, Any]) -> Settings:
    """Settings of a decoded file. A value of a wrong type, or outside its choices, gets its default."""
    settings = Settings()
    known = {each.name for each in fields(Settings)} - {"unknown"}
    for name, value in values.items():
        if name not in known:
            settings.unknown[name] = value
        elif name == "window":
            settings.window = _place(value)
        elif type(value) is type(getattr(settings, name)) and value in _CHOICES.get(name, (value,)):
            setattr(settings, name, value)
    settings.keep_days = min(max(settings.keep_days, 1), MAX_KEEP_DAYS)
    return settings


def _place(value: object) -> WindowPlace:
    place = WindowPlace()
    if isinstance(value, dict):
        for each in fields(WindowPlace):
            given = value.get(each.name)
            fits = type(given) is type(getattr(place, each.name))
            if fits and isinstance(given, int) and abs(given) < 100_000:
                setattr(place, each.name, given)
    return place


def to_json(settings: Settings) -> str:
    """The settings as the text of their file; unknown keys of a newer version are included."""
    values = asdict(settings)
    unknown = values.pop("unknown")
    return json.dumps({**unknown, **values}, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def profile_folder(chosen: str | os.PathLike[str] | None) -> Path:
    """The folder with all of a user's data: ``--profile`` or the system's place for such data. Does not
    create it."""
    if chosen:
        return Path(chosen).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_data_dir("Duplex", appauthor=False, roaming=False))


def write_atomically(path: Path, text: str) -> None:
    """Replace ``path`` by a complete new file: after a power failure either the old or the new one is there.
    Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.new")
    try:
        with beside.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise


class SettingsFile:
    """The file of one profile. `load` once, then `save` as often as needed: a background thread writes the
    newest values.

    ``set_aside``: the name under which a damaged file was kept, or None. ``problem``: why the last write (or
    the reading) failed, or None.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self.set_aside: Path | None = None
        self.problem: OSError | None = None
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._next: str | None = None
        self._written = ""

    def load(self) -> Settings:
        """Never raises: without a readable file all settings have their defaults."""
        try:
            if self.path.stat().st_size > MAX_FILE_BYTES:
                raise ValueError("too large")
            text = self.path.read_text("utf-8")
            values = json.loads(text)
            if not isinstance(values, dict):
                raise ValueError("no object")
        except FileNotFoundError:
            return Settings()
        except OSError as error:
            self.problem = error
            return Settings()
        except (ValueError, RecursionError):
            self._put_aside()
            return Settings()
        self._written = text
        return from_json(values)

    def _put_aside(self) -> None:
        stamp = time.strftime("%Y%m%d-%H%M%S")
        target = self.path.with_name(f"{self.path.name}.damaged-{stamp}")
        number = 1
        while target.exists():
            number += 1
            target = self.path.with_name(f"{self.path.name}.damaged-{stamp}-{number}")
        try:
            os.replace(self.path, target)
        except OSError as error:
            self.problem = error
        else:
            self.set_aside = target

    def save(self, settings: Settings) -> None:
        """Take the values now, write them in the background: fsync may take long on a busy disk. Tk
        thread."""
        self._take(settings)
        threading.Thread(target=self._write, name="settings", daemon=True).start()

    def save_now(self, settings: Settings) -> bool:
        """As `save`, but wait for it; False if it could not be written (see ``problem``)."""
        self._take(settings)
        self._write()
        return self.problem is None

    def _take(self, settings: Settings) -> None:
        text = to_json(settings)
        with self._lock:
            self._next = text

    def _write(self) -> None:
        with self._writing:
            with self._lock:
                text, self._next = self._next, None
            if text is None or (text == self._written and self.problem is None):
                return
            try:
                write_atomically(self.path, text)
            except OSError as error:
                self.problem = error
            else:
                self.problem, self._written = None, text
