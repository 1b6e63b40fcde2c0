"""The model card: what a bundle is for, what it was made from, and how good it is."""

from typing import Any

from mlcore.bundles import BundleInfo

HEADER = """# Model card: {name}

Names the emotion of acted speech ({labels}) from how it sounds; it does not understand words.
Architecture `{architecture}`, temperature {temperature:.3f}, bundle format {format_version}.

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
    "ODbL 1.0": "free also for commercial use, if the database is named",
    "freely available": "free to use; name the authors",
}

LIMITS = """
## Limits

The recordings were acted by adults, mostly in North American English, mostly in quiet rooms.
Spontaneous speech, children, other languages, noise, telephones and music are harder than the
figures say; calm occurs in one corpus only. The figures are for speakers whom the model has never
heard, of the same corpora; for other corpora expect less (docs/results.md, leave one corpus out).
People asked to name the actors' intentions in CREMA-D by ear alone agree in 41 % of the cases.

## License

{encoder}The recordings' licenses above bind whoever uses the model:

{meanings}
"""

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


def model_card(info: BundleInfo) -> str:
    """Write the model card of a bundle as Markdown."""
    header = HEADER.format(
        **{**vars(info), "labels": ", ".join(info.labels)},
        whole_s=max(info.segments.length_s, info.segments.whole_s),
        length_s=info.segments.length_s,
        hop_s=info.segments.hop_s,
    )
    parts = [header, _data(info.training)]
    parts += [_scores(name, scores) for name, scores in info.scores.items()]
    return "\n".join(parts) + _limits(info)


def _limits(info: BundleInfo) -> str:
    found = {license for license in info.training["licenses"].values()}
    meanings = [
        f"- {license}: {meaning}."
        for license in sorted(found)
        for start, meaning in MEANINGS.items()
        if license.startswith(start)
    ]
    is_pretrained = info.architecture == "voice_transfer"
    return LIMITS.format(encoder=ENCODER if is_pretrained else "", meanings="\n".join(meanings))


def _data(training: dict[str, Any]) -> str:
    lines = [
        "## Training data",
        "",
        f"{training['n_clips']} clips of {len(training['speakers'])} speakers. The audio is not "
        "part of the bundle.",
        "",
        "| corpus | license |",
        "| --- | --- |",
    ]
    lines += [f"| {corpus} | {license} |" for corpus, license in training["licenses"].items()]
    return "\n".join(lines) + "\n"


def _scores(name: str, scores: dict[str, Any]) -> str:
    lines = [
        f"## Figures: {name}",
        "",
        f"{len(scores['speakers'])} speakers. {SETS.get(name, name)}",
        "",
        "| corpus | clips | UAR | accuracy | macro-F1 | ECE |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [_row(corpus, s) for corpus, s in scores["by_corpus"].items()]
    lines.append(_row("all", scores["overall"]))
    return "\n".join(lines) + "\n"


def _row(name: str, s: dict[str, Any]) -> str:
    figures = " | ".join(f"{s[key]:.3f}" for key in ("uar", "accuracy", "macro_f1", "ece"))
    return f"| {name} | {s['n_clips']} | {figures} |"
