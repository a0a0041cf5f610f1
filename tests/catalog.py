"""The sentences of the program, and its catalogs. ``python -m tests.catalog`` brings the ``.po`` files up
to date: new sentences come in untranslated, those no longer used go."""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from gui.shared.i18n import DOMAIN, LANGUAGES, LOCALE_FOLDER

CHANGING_HEADERS = ('"POT-Creation-Date', '"PO-Revision-Date', '"Report-Msgid-Bugs-To', '"Generated-By')
ROOT = Path(__file__).resolve().parent.parent
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "N_": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}


def sources() -> list[Path]:
    return [ROOT / "main.py", *sorted((ROOT / "gui").rglob("*.py"))]


def extracted(paths: list[Path] | None = None) -> Catalog:
    """Every sentence marked in the sources, with the places where it stands."""
    catalog = Catalog(project="Duplex", charset="utf-8")
    for path in sources() if paths is None else paths:
        found = extract_from_file("python", path, keywords=KEYWORDS, comment_tags=("Translators:",))
        for line, text, comments, context in found:
            where = [(path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name, line)]
            catalog.add(text, locations=where, auto_comments=comments, context=context)
    return catalog


def catalog_path(language: str) -> Path:
    return LOCALE_FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def translated_languages() -> list[str]:
    """Every offered language but that of the sources."""
    return [language for language in LANGUAGES if language != "en"]


def read(language: str) -> Catalog:
    path = catalog_path(language)
    if not path.exists():
        return Catalog(locale=language, project="Duplex", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def key(message: Message) -> tuple[str, str]:
    text = message.id if isinstance(message.id, str) else message.id[0]
    return (message.context or "", text)


def update(language: str) -> int:
    """Bring one catalog up to date; the number of sentences that wait for a translation."""
    old = {key(message): message for message in read(language) if message.id}
    catalog = Catalog(
        locale=language, project="Duplex", version="0", charset="utf-8", language_team=language,
        last_translator="the Duplex authors", fuzzy=False, header_comment=f"# Duplex, {LANGUAGES[language]}.",
    )  # fmt: skip
    waiting = 0
    for message in extracted():
        if not message.id:
            continue
        before = old.get(key(message))
        kept = before is not None and isinstance(before.id, str) == isinstance(message.id, str)
        words = before.string if before is not None and kept else ""
        waiting += not any(words if isinstance(words, (tuple, list)) else [words])
        files = [(name, None) for name in dict.fromkeys(name for name, _line in message.locations)]
        catalog.add(message.id, words or None, locations=files, context=message.context)  # type: ignore[arg-type]
    text = io.BytesIO()
    write_po(text, catalog, width=100, sort_output=False, include_lineno=False)
    kept_lines = [
        line
        for line in text.getvalue().decode().splitlines(keepends=True)
        if not line.startswith(CHANGING_HEADERS)
    ]
    path = catalog_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(kept_lines), "utf-8", newline="\n")
    return waiting


if __name__ == "__main__":
    for name in translated_languages():
        print(f"{name}: {update(name)} to translate")
