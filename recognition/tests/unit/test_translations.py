"""Every word that people read is in the German catalog, translated, and what is loaded is that."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(settings.BASE_DIR)
FOLDER = ROOT / "locale" / "de" / "LC_MESSAGES"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
MODULES = sorted(
    path
    for app in ("recognition", "sersite")
    for path in (ROOT / app).rglob("*.py")
    if "tests" not in path.parts
)
MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
MARKS_WITH_CONTEXT = {"pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"}
STRING = r"""u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
CALL = re.compile(rf"\b(_|n?p?gettext)\(\s*{STRING}(?:\s*,\s*{STRING})?")
# what every language writes alike
NO_WORDS = {
    *("sersite", "English", "Deutsch", "MB", "kHz", "Hz", "ms", "CSV", "JSON", "XLSX", "ZIP"),
    *("WAV", "FLAC", "MP", "OGG", "WebM", "Opus"),
}


def catalog() -> dict[tuple[str, str], list[str]]:
    """By context and English words, all German forms; fuzzy ones count as missing."""
    entries = {}
    text = (FOLDER / "django.po").read_text(encoding="utf-8")
    for block in text.split("\n\n"):
        parts: dict[str, str] = {}
        key = ""
        for line in block.splitlines():
            if found := re.match(r"(msg\S+) (\".*)", line):
                key = found[1]
                parts[key] = ""
            if not line.startswith("#") and '"' in line:
                parts[key] += ast.literal_eval(line[line.index('"') :])
        forms = [text for name, text in parts.items() if name.startswith("msgstr")]
        if parts.get("msgid") and ", fuzzy" not in block:
            entries[parts.get("msgctxt", ""), parts["msgid"]] = forms
    return entries


def marked_in_module(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        words = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
        if node.func.id in MARKS and words:
            yield "", str(words[0])
        if node.func.id in MARKS_WITH_CONTEXT:
            yield str(words[0]), str(words[1])


def marked_in_template(path: Path) -> Iterator[tuple[str, str]]:
    for mark, first, second in CALL.findall(templatize(path.read_text(encoding="utf-8"))):
        words = [ast.literal_eval(literal) for literal in (first, second) if literal]
        yield (words[0], words[1]) if "pgettext" in mark else ("", words[0])


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_marked_word_is_translated() -> None:
    translated = {key for key, forms in catalog().items() if all(forms)}
    marked = {key for path in TEMPLATES for key in marked_in_template(path)}
    marked |= {key for path in MODULES for key in marked_in_module(path)}
    assert len(marked) > 500
    assert sorted(marked - translated) == []


def test_nothing_in_the_catalog_is_fuzzy_or_empty() -> None:
    text = (FOLDER / "django.po").read_text(encoding="utf-8")
    assert "#, fuzzy" not in text
    assert [key for key, forms in catalog().items() if not all(forms)] == []


def places(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[a-z]|(?<!%)%[ds]|\{\w*[^}]*\}|%%n", text))


def test_each_translation_fills_the_same_places() -> None:
    for (_, words), forms in catalog().items():
        for form in forms:
            assert places(form) == places(words) or len(forms) == 2, words


def test_what_is_loaded_is_what_is_written() -> None:
    """Committed, so that a machine without gettext's tools speaks German, too."""
    with (FOLDER / "django.mo").open("rb") as file:
        loaded = gettext.GNUTranslations(file)
    for (context, words), forms in catalog().items():
        if len(forms) == 2:
            found = [loaded.ngettext(words, "", number) for number in (1, 2)]
        else:
            found = [loaded.pgettext(context, words) if context else loaded.gettext(words)]
        assert found == forms, words


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_no_template_has_words_that_are_not_marked(path: Path) -> None:
    assert unmarked(path.read_text(encoding="utf-8")) == []


def unmarked(text: str) -> list[str]:
    """Words that a person would see or hear, outside of what gettext gets."""
    for pattern in (
        r"\{% blocktranslate.*?\{% endblocktranslate %\}",
        r"\{% comment %\}.*?\{% endcomment %\}",
        r"\{#.*?#\}",
        r"<(script|style|code)\b.*?</\1>",
    ):
        text = re.sub(pattern, " ", text, flags=re.S)
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " ", text, flags=re.S)
    heard = " ".join(re.findall(r'\b(?:aria-label|alt|title|placeholder)="([^"]*)"', text))
    seen = re.sub(r"<[^>]*>", " ", text, flags=re.S)
    words = re.findall(r"[^\W\d_]{2,}", re.sub(r"&\w+;", " ", f"{heard} {seen}"))
    return [word for word in words if word not in NO_WORDS]
