"""Translation: gettext catalogs under ``assets/locale``, switched at run time. No tkinter here.

``_()`` looks a sentence up at the moment it is called, so after a switch the texts only have to be set again:
`gui.look.words.follow_language` does that. ``N_()`` marks a sentence that is looked up later. If there is no
compiled catalog (in a fresh clone), or it is older than its source, the ``.po`` itself is read.
"""

from __future__ import annotations

import contextlib
import gettext
import locale
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

LOCALE_FOLDER = Path(__file__).resolve().parents[2] / "assets" / "locale"
DOMAIN = "duplex"
LANGUAGES = {"en": "English", "zh_CN": "简体中文"}
"""Code and the language's own name, in the order of the settings."""

_catalog: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"
_listeners: list[Callable[[], None]] = []


def _(text: str) -> str:
    """``text`` in the present language."""
    return _catalog.gettext(text)


def ngettext(singular: str, plural: str, count: int) -> str:
    """The plural form for ``count``; the caller fills in the number."""
    return _catalog.ngettext(singular, plural, count)


def pgettext(context: str, text: str) -> str:
    """``text`` where the same English word needs different translations, distinguished by ``context``."""
    return _catalog.pgettext(context, text)


def N_(text: str) -> str:
    """Mark ``text`` for the catalogs; ``_()`` translates it where it is shown."""
    return text


def in_a_row(*sentences: str) -> str:
    """Whole sentences one after the other; Chinese has no space between them."""
    return "".join(
        one if last or one.endswith("。") else f"{one} "
        for one, last in zip(sentences, [False] * (len(sentences) - 1) + [True], strict=True)
    )


def normalise(name: str) -> str | None:
    """The supported language for a locale name, or None.

    ``zh``, ``zh_CN.UTF-8``, ``zh-Hans-CN``, ``zh_SG``, ``zh_TW`` and Windows' ``Chinese
    (Simplified)_China.936`` are all Chinese, of which there is one; every English is English.
    """
    plain = name.strip().replace("-", "_").lower()
    head = plain.split(".", 1)[0].split("@", 1)[0].split("_", 1)[0]
    if head in ("zh", "cmn", "yue") or head.startswith("chinese"):
        return "zh_CN"
    if head == "en" or head.startswith("english"):
        return "en"
    return None


def system_language() -> str:
    """The first supported language among those the system prefers; English if there is none."""
    names: list[str] = []
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        names += [name for name in os.environ.get(variable, "").split(":") if name]
    if not names:
        names += _platform_languages()
    for name in names:
        found = normalise(name)
        if found is not None:
            return found
    return "en"


def _platform_languages() -> list[str]:
    if sys.platform == "win32":
        import ctypes

        language_id = ctypes.windll.kernel32.GetUserDefaultUILanguage()
        return [locale.windows_locale.get(language_id, "")]
    if sys.platform == "darwin":
        import subprocess

        try:
            question = ["defaults", "read", "-g", "AppleLocale"]
            asked = subprocess.run(question, capture_output=True, text=True, timeout=1, check=False)
        except (OSError, subprocess.SubprocessError):
            return []
        return [asked.stdout.strip()]
    return []


def language() -> str:
    """The current language's code: a key of `LANGUAGES`."""
    return _language


def set_language(name: str) -> None:
    """Switch to the language called ``name`` ("" or an unknown one: the system's) and call all
    listeners."""
    global _catalog, _language
    chosen = normalise(name) or system_language()
    _catalog, _language = load_catalog(chosen), chosen
    for listener in list(_listeners):
        listener()


@contextlib.contextmanager
def in_language(name: str) -> Iterator[None]:
    """Inside, sentences are in the language called ``name``; nobody is told, and then all is as before. For
    what is written to a file in another language than the window's."""
    global _catalog, _language
    before = _catalog, _language
    _catalog, _language = load_catalog(name), name
    try:
        yield
    finally:
        _catalog, _language = before


def on_language_change(listener: Callable[[], None]) -> Callable[[], None]:
    """Call ``listener`` after each switch, in the order of registration; returns a function that ends
    that."""
    _listeners.append(listener)

    def forget() -> None:
        if listener in _listeners:
            _listeners.remove(listener)

    return forget


def load_catalog(name: str, folder: Path = LOCALE_FOLDER) -> gettext.NullTranslations:
    """The catalog of a language: the compiled one if it is up to date, else read from its source; English
    needs none."""
    source = folder / name / "LC_MESSAGES" / f"{DOMAIN}.po"
    compiled = source.with_suffix(".mo")
    try:
        source_time = source.stat().st_mtime_ns
    except OSError:
        source_time = 0
    try:
        if compiled.stat().st_mtime_ns >= source_time:
            with compiled.open("rb") as file:
                return gettext.GNUTranslations(file)
    except (OSError, ValueError):
        pass  # absent or damaged: read the source instead
    return _read_source(source) if source_time else gettext.NullTranslations()


def _read_source(source: Path) -> gettext.NullTranslations:
    import io

    from babel.messages import mofile, pofile

    with source.open("rb") as file:
        catalog = pofile.read_po(file)
    compiled = io.BytesIO()
    mofile.write_mo(compiled, catalog)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
