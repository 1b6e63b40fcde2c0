import re
import string
from pathlib import Path

import pytest
from django.utils import translation

from mlcore.errors import SENTENCES as CORE_SENTENCES
from mlcore.labels import EMOTIONS
from recognition.emotions import EMOTION_EMOJI, EMOTION_LABELS
from recognition.messages import SENTENCES, STATE_LABELS, sentence
from recognition.models import Clip

CODES = [code for code in CORE_SENTENCES if code.startswith(("audio:", "dataset:", "report:"))]


@pytest.mark.parametrize("code", CODES)
def test_it_has_a_sentence_for_every_error_of_recordings_and_data(code: str) -> None:
    assert code in SENTENCES


@pytest.mark.parametrize("code", CODES)
def test_it_fills_its_sentence_from_the_details_that_mlcore_gives(code: str) -> None:
    given = {field for _, field, _, _ in string.Formatter().parse(CORE_SENTENCES[code]) if field}
    words = sentence(code, dict.fromkeys(given, 7_000_000.0))
    assert "{" not in words
    assert words.endswith(".")


@pytest.mark.parametrize(
    ("code", "details"),
    [
        ("explanation:user:no-result", {}),
        ("explanation:app:other-model", {"predicted_by": "old", "serving": "new"}),
        ("explanation:app:gave-up", {"attempts": 3}),
    ],
)
def test_it_has_a_sentence_for_every_failed_explanation(
    code: str, details: dict[str, str | int | float]
) -> None:
    words = sentence(code, details)
    assert words.endswith(".")
    assert all(str(value) in words for value in details.values())


def test_it_shows_the_size_in_megabytes() -> None:
    words = sentence("audio:user:too-large", {"n_bytes": 150_400_000, "limit_bytes": 100_000_000})
    assert "150.4 MB" in words
    assert "100 MB" in words


def test_it_knows_all_eight_emotions_in_the_usual_order() -> None:
    assert tuple(EMOTION_LABELS) == tuple(EMOTION_EMOJI) == EMOTIONS
    assert len(set(EMOTION_EMOJI.values())) == len(EMOTIONS)


def test_every_code_of_the_application_has_a_sentence() -> None:
    app = Path(__file__).parents[2]
    files = [path for path in app.rglob("*.py") if "tests" not in path.relative_to(app).parts]
    code = re.compile(r'"([a-z]+:(?:user|app):[a-z0-9-]+)"')
    codes = {found for path in files for found in code.findall(path.read_text("utf-8"))}
    assert len(codes) > 60
    assert codes - set(SENTENCES) == set()


def test_it_names_every_state() -> None:
    assert set(STATE_LABELS) == set(Clip.State.values)


def test_it_speaks_the_language_of_whoever_reads() -> None:
    with translation.override("de"):
        assert sentence("audio:user:empty", {}).startswith("Die Datei ist leer")
        assert f"{EMOTION_LABELS['sad']}" == "traurig"
        short = sentence("audio:user:too-short", {"duration_s": 0.1, "limit_s": 0.3})
        assert "0,1 s" in short
        long = sentence("audio:user:too-long", {"duration_s": 1234.0, "limit_s": 600.0})
        assert "1.234 s" in long
        assert "ab.cd" in sentence("upload:user:extension", {"extension": "ab.cd"})
    assert sentence("audio:user:empty", {}).startswith("The file is empty")
