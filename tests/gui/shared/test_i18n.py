"""The catalogs hold every sentence of the program and no other, and the right language is chosen."""

from __future__ import annotations

import ast
import gettext
import os
import re
import string
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from gui.shared import i18n
from tests import catalog as catalogs


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    yield
    i18n.set_language("en")


def translations(message: Message) -> list[str]:
    words = message.string if isinstance(message.string, (tuple, list)) else [message.string]
    return [each or "" for each in words]


def sentences(message: Message) -> list[str]:
    return list(message.id) if isinstance(message.id, (tuple, list)) else [message.id]


@pytest.mark.parametrize("language", catalogs.translated_languages())
def test_every_sentence_is_translated_and_none_is_left_over(language: str) -> None:
    used = {catalogs.key(message): message for message in catalogs.extracted() if message.id}
    known = {catalogs.key(message): message for message in catalogs.read(language) if message.id}
    advice = "run `python -m tests.catalog`, then translate"
    assert sorted(used.keys() - known.keys()) == [], f"missing: {advice}"
    assert sorted(known.keys() - used.keys()) == [], f"unused: {advice}"
    assert [key for key, message in known.items() if not all(translations(message))] == [], "not translated"
    assert [key for key, message in known.items() if message.fuzzy] == [], "fuzzy"
    plural = [key for key in used if isinstance(used[key].id, str) != isinstance(known[key].id, str)]
    assert plural == [], "singular here, plural there"


def test_no_sentence_hides_where_extraction_does_not_look() -> None:
    """Inside an f-string, Babel does not see a sentence before Python 3.12."""
    known = {text for message in catalogs.extracted() for text in sentences(message)}
    hidden = []
    for path in catalogs.sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "N_"):
                (text, *_rest) = node.args
                if isinstance(text, ast.Constant) and isinstance(text.value, str) and text.value not in known:
                    hidden.append(f"{path.name}:{node.lineno}: {text.value}")
    assert not hidden


def gaps(text: str) -> Counter[str]:
    """The placeholders of a sentence, with their formats."""
    parts = string.Formatter().parse(text)
    return Counter(f"{name}:{form}" for _text, name, form, _conversion in parts if name is not None)


@pytest.mark.parametrize("language", catalogs.translated_languages())
def test_placeholders_are_kept(language: str) -> None:
    wrong = []
    for message in catalogs.read(language):
        allowed = [set(gaps(text)) for text in sentences(message) if message.id]
        for words in translations(message) if message.id else []:
            if set(gaps(words)) not in allowed:
                wrong.append((sentences(message)[-1], words))
    assert wrong == []


def test_no_sentence_is_put_together_before_it_is_looked_up() -> None:
    """``_(f"...")`` is never found in a catalog; Babel passes over it in silence."""
    found = []
    for path in catalogs.sources():
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            if re.search(r"\b(_|N_|ngettext)\(\s*f[\"']", line):
                found.append(f"{path.name}:{number}")
    assert found == []


def test_extraction_finds_all_forms(tmp_path: Path) -> None:
    source = tmp_path / "sample.py"
    source.write_text(
        '_("one")\nngettext("{n} dog", "{n} dogs", 2)\nN_("later")\npgettext("verb", "open")\nother("not")\n'
    )
    found = {catalogs.key(message) for message in catalogs.extracted([source]) if message.id}
    assert found == {("", "one"), ("", "{n} dog"), ("", "later"), ("verb", "open")}


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("zh_CN.UTF-8", "zh_CN"),
        ("zh-Hans-CN", "zh_CN"),
        ("zh_SG", "zh_CN"),
        ("zh_TW.Big5", "zh_CN"),
        ("zh", "zh_CN"),
        ("zh_HK@x", "zh_CN"),
        ("Chinese (Simplified)_China.936", "zh_CN"),
        ("en_GB.UTF-8", "en"),
        ("English", "en"),
        ("EN", "en"),
        ("C", None),
        ("", None),
        ("fr_FR.UTF-8", None),
        ("zhuang", None),
    ],
)
def test_locale_names(name: str, language: str | None) -> None:
    assert i18n.normalise(name) == language


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "fr:zh_CN:en"}, "zh_CN"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "C"}, "en"),
    ],
)
def test_the_systems_language(
    variables: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert i18n.system_language() == language
    i18n.set_language("")
    assert i18n.language() == language


def test_a_switch_changes_words_and_calls_the_listeners() -> None:
    said = []
    forget = i18n.on_language_change(lambda: said.append(i18n._("Settings")))
    i18n.set_language("zh_CN")
    i18n.set_language("en")
    forget()
    i18n.set_language("zh_CN")
    assert said == ["设置", "Settings"]


def write_source(folder: Path, words: str) -> Path:
    path = folder / "zh_CN" / "LC_MESSAGES" / "duplex.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n'
        'Plural-Forms: nplurals=1; plural=0;\\n"\n'
        f'msgid "Settings"\nmsgstr "{words}"\n',
        "utf-8",
    )
    return path


def compile_source(source: Path) -> Path:
    from babel.messages import mofile, pofile

    compiled = source.with_suffix(".mo")
    with source.open("rb") as text, compiled.open("wb") as binary:
        mofile.write_mo(binary, pofile.read_po(text))
    return compiled


def test_without_a_compiled_catalog_the_source_is_read(tmp_path: Path) -> None:
    write_source(tmp_path, "来自源")
    assert i18n.load_catalog("zh_CN", tmp_path).gettext("Settings") == "来自源"


def test_a_compiled_catalog_counts_unless_it_is_older_or_damaged(tmp_path: Path) -> None:
    source = write_source(tmp_path, "旧")
    compiled = compile_source(source)
    write_source(tmp_path, "新")
    os.utime(compiled, (2_000_000_000, 2_000_000_000))
    assert i18n.load_catalog("zh_CN", tmp_path).gettext("Settings") == "旧"
    os.utime(compiled, (1, 1))
    assert i18n.load_catalog("zh_CN", tmp_path).gettext("Settings") == "新"
    compiled.write_bytes(b"no catalog")
    assert i18n.load_catalog("zh_CN", tmp_path).gettext("Settings") == "新"


def test_the_packaged_program_has_only_the_compiled_one(tmp_path: Path) -> None:
    source = write_source(tmp_path, "编译")
    compile_source(source)
    source.unlink()
    assert i18n.load_catalog("zh_CN", tmp_path).gettext("Settings") == "编译"


def test_a_language_without_a_catalog_speaks_english(tmp_path: Path) -> None:
    assert type(i18n.load_catalog("zh_CN", tmp_path)) is gettext.NullTranslations
