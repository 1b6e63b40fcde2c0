"""The page of a report: every figure of its JSON, nothing unescaped, nothing from elsewhere."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlcore.dataset import Utterance
from mlcore.evaluation import report
from mlcore.labels import EMOTIONS
from mlcore.protocols import PROTOCOLS, RANDOM_SPLIT, SPEAKER_INDEPENDENT, Protocol
from mlcore.report_page import write_page

EVIL = '<script>alert("1")</script> & $x^2$'
ROBUSTNESS = {
    "n_per_corpus": 12,
    "seed": 345,
    "conditions": [
        {
            "name": name,
            "description": f"what {name} is",
            "n_clips": 77,
            "n_refused": 3,
            "uar": uar,
            "accuracy": 0.512,
            "macro_f1": 0.498,
            "ece": 0.0871,
            "uar_loss": 0.6123 - uar,
            "agreement": 0.8765,
        }
        for name, uar in (("clean", 0.6123), ("noise_20_db", 0.5811))
    ],
}


class Reader(HTMLParser):
    """Collects the words of a page, its elements, and whether every element is closed."""

    VOID = frozenset({"meta", "img", "source"})

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def content(protocol: Protocol = SPEAKER_INDEPENDENT, *, n_speakers: int = 6) -> dict[str, Any]:
    """Return a report's JSON, with a speaker and a corpus of evil names."""
    rng = np.random.default_rng(0)
    items = [
        Utterance(
            path=f"{speaker}-{take}.wav",
            corpus=EVIL if speaker == 1 else "made",
            speaker=EVIL if speaker == 1 else f"s{speaker}",
            emotion=EMOTIONS[int(rng.integers(8))],
            fold=speaker % 3,
            duration_s=float(rng.uniform(0.5, 6)),
            sex="f" if speaker % 2 else "m",
        )
        for speaker in range(n_speakers)
        for take in range(20)
    ]
    posteriors = rng.dirichlet(np.full(8, 0.4), len(items))
    posteriors[5] = np.nan
    refusals = {items[5].path: "audio:user:no-speech"}
    found = report(items, posteriors, refusals, protocol=protocol).to_dict()
    facts = {"model": {"name": EVIL, "n_parameters": 1_234_567, "latency_ms": 12.5}}
    loaded: dict[str, Any] = json.loads(json.dumps({**facts, **found, "robustness": ROBUSTNESS}))
    return loaded


def read(page: Path) -> Reader:
    reader = Reader()
    reader.feed(page.read_text(encoding="utf-8"))
    assert not reader.open
    return reader


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages") / "new" / "folder"
    return write_page(folder, content(), title=f"Evaluation of {EVIL}")


def figures(value: Any) -> Iterator[float | int | str]:
    """Walk over all that stands in JSON, keys left out."""
    if isinstance(value, dict):
        for item in value.values():
            yield from figures(item)
    elif isinstance(value, list):
        for item in value:
            yield from figures(item)
    elif value is not None and not isinstance(value, bool):
        yield value


def test_every_figure_of_the_json_stands_on_the_page(page: Path) -> None:
    words = set(" ".join(read(page).words).replace(",", " ").split())
    missing = []
    for figure in figures(content()):
        if isinstance(figure, str):
            written = set(figure.replace(",", " ").split())
        else:
            written = {f"{figure:.3f}" if isinstance(figure, float) else str(figure)}
        if figure != 12.5 and not written <= words:  # a fact, written as 12.5
            missing.append(figure)
    assert not missing
    assert {"12.5", "1234567"} <= words


def test_every_group_and_part_is_named(page: Path) -> None:
    names = {text.strip() for text in read(page).words}
    found = content()
    groups = [found["by_corpus"], found["folds"]["parts"], *found["by_group"].values()]
    for group in groups:
        assert set(group) <= names


def test_names_are_escaped(page: Path) -> None:
    for path in page.parent.iterdir():
        assert "<script" not in path.read_text(encoding="utf-8")
    reader = read(page)
    assert not reader.attributes("script")
    assert any(EVIL in word for word in reader.words)


def test_nothing_is_loaded_from_elsewhere_and_what_is_loaded_is_there(page: Path) -> None:
    reader = read(page)
    sources = [str(image["src"]) for image in reader.attributes("img")]
    sources += [str(source["srcset"]) for source in reader.attributes("source")]
    assert len(sources) == 2 * len(reader.attributes("img")) == 10
    for source in sources:
        svg = (page.parent / source).read_text(encoding="utf-8")
        assert re.match(r"[a-z]+-(light|dark)\.svg$", source)
        assert "</svg>" in svg
        assert 'href="http' not in svg
    assert not re.search(r"(src|href|url)[=(]\W*(https?:)?//", page.read_text(encoding="utf-8"))


def test_it_can_be_read_without_seeing_it(page: Path) -> None:
    reader = read(page)
    assert reader.attributes("html") == [{"lang": "en"}]
    assert all(len(image["alt"] or "") > 30 for image in reader.attributes("img"))
    assert all(cell.get("scope") in ("row", "col") for cell in reader.attributes("th"))
    tables = len(reader.attributes("table"))
    assert tables == len(reader.attributes("caption")) > 8
    targets = {str(heading.get("id")) for heading in reader.attributes("h2")}
    assert targets == {str(link["href"])[1:] for link in reader.attributes("a")}
    assert len(reader.attributes("h1")) == 1


@pytest.mark.parametrize("name", PROTOCOLS)
def test_marks_stand_beside_all_figures(name: str, tmp_path: Path) -> None:
    protocol = PROTOCOLS[name]
    reader = read(write_page(tmp_path, content(protocol), title="x"))
    marks = sum(protocol.mark in word for word in reader.words) if protocol.mark else 0
    beside = len(reader.attributes("caption")) + len(reader.attributes("figcaption"))
    tiles = len(reader.attributes("dt"))
    assert marks == (0 if protocol.is_comparable else beside + tiles + 1)


def test_it_says_why_there_is_no_interval(tmp_path: Path) -> None:
    few = content(RANDOM_SPLIT, n_speakers=4)
    assert few["overall"]["uar_interval"] is None
    text = " ".join(read(write_page(tmp_path, few, title="x")).words)
    assert "no interval: fewer than 5 speakers" in text


def test_a_report_without_extras_is_a_page_too(tmp_path: Path) -> None:
    items = [Utterance("a.wav", "made", "anna", "sad"), Utterance("b.wav", "made", "ben", "angry")]
    found = report(items, np.full((2, 8), np.nan)).to_dict()
    reader = read(write_page(tmp_path, json.loads(json.dumps(found)), title="All refused"))
    assert "robustness" not in {heading.get("id") for heading in reader.attributes("h2")}


def test_the_same_report_gives_the_same_files(page: Path, tmp_path: Path) -> None:
    again = write_page(tmp_path, content(), title=f"Evaluation of {EVIL}").parent
    for path in page.parent.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes(), path.name


def test_only_drawing_needs_matplotlib() -> None:
    code = "import sys, mlcore.report_page; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
