"""The model card: what a bundle is for, what it was made from, and how good it is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mlcore.bundles import BundleInfo
from mlcore.corpora import CORPORA
from mlcore.labels import EMOTIONS

HEADER = """# Model card: {name}

Names the emotion of acted speech ({labels}) from how it sounds; it does not understand words.
Architecture `{architecture}`{size}, temperature {temperature:.3f}, bundle format {format_version}.

## Intended use

Exploring and labelling recordings of acted or expressive speech, with a person who reviews the
result. A posterior says how sure the model is about the *expressed* emotion.

## Ruled out

Decisions about people: hiring, work, school, policing, health, credit. Inferring emotions at work
and in schools is prohibited in the European Union. An expression is not what somebody feels.

## Reading the result

Posteriors are calibrated by temperature scaling on the answers for speakers who were set aside.
Below a confidence of **{not_sure_below:.2f}** those answers were wrong more often than right: show
such an answer as "not sure". Clips longer than {whole_s:g} s are judged in segments of
{length_s:g} s every {hop_s:g} s; their posteriors are averaged. Where no speech is found, there is
no answer.
"""

ENCODER = """The encoder's weights are those of Resemblyzer (Apache-2.0, see LICENSE.encoder),
changed as `mlcore/pretrained/ge2e/README.md` says. """

# What a license means for somebody who uses a model that learned from such recordings.
MEANINGS = {
    "CC BY-NC-SA 4.0": "name the authors, no commercial use, what is derived keeps the license",
    "CC BY-NC-ND 4.0": "name the authors, no commercial use, pass on nothing that is derived",
    "research only": "for research only, ask the owners first",
    "ODbL 1.0": (
        "free also for commercial use, if the database is named; a database that is derived from "
        "it keeps the license"
    ),
    "freely available": "free to use; name the authors",
}

LIMITS = """
## Limits

The recordings were acted by adults, mostly in quiet rooms.
Languages: {languages}.{ages}
Spontaneous speech, children, other languages, noise, telephones and music are harder than the
figures say.{emotions}
The figures are for speakers whom the model has never heard, of the same corpora; for other corpora
expect less.{human}

## License

{encoder}The recordings' licenses above bind whoever uses the model:

{meanings}
"""

LANGUAGES = {
    "en-US": "North American English",
    "en-CA": "Canadian English",
    "en-GB": "British English",
    "de": "German",
    "pl": "Polish",
    "it": "Italian",
    "am": "Amharic",
}
# In years, as the corpora's authors say.
AGES = {"cremad": "20 to 74", "tess": "26 and 64"}
HUMAN = """
People asked to name the actors' intentions in CREMA-D by ear alone agree in 41 % of the cases."""

SETS = {
    "validation": (
        "Nobody here was heard in training; temperature and threshold come from these answers."
    ),
    "cross_validation": (
        "Every speaker was judged by a network of the same recipe that had never heard them, and "
        "whose temperature was set by the other parts' speakers. Temperature and threshold of "
        "this bundle, which was trained on all of them, come from these answers."
    ),
    "test": "Nobody here was heard in training, and nothing was chosen by these figures.",
}
CHOSEN = (
    " The shares of the network's members and the statistics that they hear were chosen by results "
    "on these same folds, so the figures are a little too good."
)

FOLDS = """
*Mean of folds* gives every fold the same weight, *pooled* every clip. They differ where folds hold
few speakers of a corpus, or other numbers of them: one person then counts for a whole fold.
Intervals hold 95 of 100 draws of other speakers (bootstrap); fewer than five speakers have none."""

GROUPS = """
Other things differ between these groups, too: a language here is one corpus or two, and some
corpora have speakers of one sex only."""
GROUP_NAMES = LANGUAGES | {"f": "women", "m": "men"}
KINDS = ("sex", "language", "intensity", "duration")
LEFT_OUT_OF_GROUPS = ("unknown", "unspecified")

COVERAGE = (1.0, 0.9, 0.75, 0.5, 0.25)

ELSEWHERE = """## Other figures

{left_out}

Robustness against noise, coding, telephone lines and rooms, and other architectures under the same
protocols: docs/results.md.
"""


def model_card(info: BundleInfo) -> str:
    """Write the model card of a bundle as Markdown."""
    header = HEADER.format(
        **{**vars(info), "labels": ", ".join(info.labels)},
        size=_size(info.training),
        whole_s=max(info.segments.length_s, info.segments.whole_s),
        length_s=info.segments.length_s,
        hop_s=info.segments.hop_s,
    )
    parts = [header, _data(info.training)]
    for name, scores in info.scores.items():
        parts += [_scores(info, name, scores), *_details(info.labels, scores)]
    parts += [ELSEWHERE.format(left_out=_left_out(info.scores))]
    return "\n".join(parts) + _limits(info)


def _size(training: Mapping[str, Any]) -> str:
    count = training.get("n_parameters")
    return f", {count:,} parameters ({4e-6 * count:.1f} MB as served)" if count else ""


def _limits(info: BundleInfo) -> str:
    licenses = set(info.training["licenses"].values())
    meanings = [
        f"- {license}: {meaning}."
        for license in sorted(licenses)
        for start, meaning in MEANINGS.items()
        if license.startswith(start)
    ]
    corpora = info.training["corpora"]
    ages = ", ".join(f"{corpus} {AGES[corpus]}" for corpus in corpora if corpus in AGES)
    return LIMITS.format(
        languages=_languages(corpora),
        ages=f"\nAges in years: {ages}; results by age were not measured." if ages else "",
        emotions=_rare(info),
        human=HUMAN if "cremad" in corpora else "",
        encoder=ENCODER if info.architecture == "voice_transfer" else "",
        meanings="\n".join(meanings),
    )


def _languages(corpora: Sequence[str]) -> str:
    tags = [CORPORA[corpus].language if corpus in CORPORA else "" for corpus in corpora]
    return ", ".join(dict.fromkeys(LANGUAGES.get(tag, tag or "unknown") for tag in tags))


def _rare(info: BundleInfo) -> str:
    """Say which emotions the network can't name, and which it learned from few corpora."""
    missing = [emotion for emotion in EMOTIONS if emotion not in info.labels]
    found = f" It can't name {' or '.join(missing)}." if missing else ""
    sets: list[dict[str, Any]] = list(info.scores.values())
    by_corpus = sets[0]["by_corpus"] if sets else {}
    for emotion in info.labels:
        having = [c for c, s in by_corpus.items() if s["emotions"].get(emotion, {}).get("n_clips")]
        if having and 2 * len(having) < len(by_corpus):
            found += f" Only {' and '.join(having)} have {emotion}."
    return found


def _data(training: dict[str, Any]) -> str:
    lines = [
        "## Training data",
        "",
        f"{training['n_clips']} clips of {len(training['speakers'])} speakers. The audio is not "
        "part of the bundle.",
        "",
        *_table(("corpus", "license"), training["licenses"].items()),
    ]
    return "\n".join(lines) + "\n"


def _scores(info: BundleInfo, name: str, scores: dict[str, Any]) -> str:
    chosen = name == "cross_validation" and info.architecture == "voice_transfer"
    sentences = SETS.get(name, name) + (CHOSEN if chosen else "")
    folds = scores.get("folds_by_corpus", {}) | {"all": scores.get("folds")}
    rows = [
        _row(corpus, s, folds.get(corpus))
        for corpus, s in (*scores["by_corpus"].items(), ("all", scores["overall"]))
    ]
    names = ("corpus", "clips", "UAR, mean of folds (95 %)", "UAR, pooled (95 %)")
    lines = [
        f"## Figures: {name}",
        "",
        f"{len(scores['speakers'])} speakers. {sentences}",
        "",
        *_table((*names, "accuracy", "macro-F1", "ECE"), rows),
    ]
    return "\n".join(lines) + "\n" + FOLDS + "\n"


def _row(name: str, s: dict[str, Any], folds: dict[str, Any] | None) -> tuple[str, ...]:
    mean = _with_interval(folds["uar_mean"], folds["uar_interval"]) if folds else "–"
    pooled = _with_interval(s["uar"], s.get("uar_interval"))
    return name, str(s["n_clips"]), mean, pooled, *_figures(s, "accuracy", "macro_f1", "ece")


def _figures(s: Mapping[str, Any], *names: str) -> tuple[str, ...]:
    return tuple("–" if s[name] is None else f"{s[name]:.3f}" for name in names)


def _with_interval(value: float, interval: Mapping[str, float] | None) -> str:
    between = f" ({interval['low']:.2f} to {interval['high']:.2f})" if interval else ""
    return f"{value:.3f}{between}"


def _details(labels: Sequence[str], scores: dict[str, Any]) -> Iterator[str]:
    """Yield recall by emotion, results by group, and what rejecting uncertain answers brings."""
    rows = [(name, *_recalls(labels, s)) for name, s in scores["by_corpus"].items()]
    rows.append(("all", *_recalls(labels, scores["overall"])))
    yield _section("Recall of each emotion", ("corpus", *labels), rows)
    groups = [
        (kind, *_group(name, s))
        for kind in KINDS
        for name, s in scores.get("by_group", {}).get(kind, {}).items()
        if name not in LEFT_OUT_OF_GROUPS
    ]
    if groups:
        names = ("by", "group", "clips", "speakers", "UAR, pooled (95 %)", "accuracy", "ECE")
        yield _section("For whom", names, groups) + GROUPS + "\n"
    points = {point["coverage"]: point for point in scores.get("coverage", ())}
    kept = [
        (f"{share:.0%}", *_figures(points[share], "confidence", "accuracy", "uar"))
        for share in COVERAGE
        if share in points
    ]
    if kept:
        columns = ("most certain answers", "confidence of at least", "accuracy", "UAR")
        yield _section("Accuracy against coverage", columns, kept)


def _group(name: str, s: Mapping[str, Any]) -> tuple[str, ...]:
    counts = str(s["n_clips"]), str(s["n_speakers"])
    uar = _with_interval(s["uar"], s["uar_interval"])
    return GROUP_NAMES.get(name, name), *counts, uar, *_figures(s, "accuracy", "ece")


def _recalls(labels: Sequence[str], s: dict[str, Any]) -> tuple[str, ...]:
    found = [s["emotions"].get(label) for label in labels]
    return tuple(f"{one['recall']:.2f}" if one and one["n_clips"] else "–" for one in found)


def _left_out(scores: Mapping[str, Any]) -> str:
    """Return what networks of the recipe say of a corpus that they never heard, if it is known."""
    found = scores.get("cross_validation", {}).get("left_out", {})
    if not found:
        return "One corpus left out at a time (for the recipe of `research`): docs/results.md."
    mean = sum(found.values()) / len(found)
    rows = [(corpus, f"{uar:.3f}") for corpus, uar in (*found.items(), ("mean", mean))]
    lines = _table(("corpus left out (five emotions)", "UAR"), rows)
    return "\n".join(lines)


def _section(title: str, names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join([f"### {title}", "", *_table(names, rows)]) + "\n"


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [names, ["---"] * len(names), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]
