"""How far reviewers agree beyond chance, measured by libraries that no web process loads."""

from collections.abc import Iterable, Sequence
from itertools import combinations
from math import isnan
from typing import TypedDict

import krippendorff
import numpy as np
from sklearn.metrics import cohen_kappa_score

from mlcore.labels import EMOTIONS
from recognition.jobs.work import claim, finish
from recognition.models import Agreement
from recognition.selectors.agreement import Opinion, all_opinions, settled_beside

PLACE = {emotion: place for place, emotion in enumerate(EMOTIONS)}
Answers = dict[str, int]  # of one reviewer, by clip


class Pair(TypedDict):
    """Kappa is None where it is not defined: nothing in common, or always the same answer."""

    first: str
    second: str
    n: int
    kappa: float | None


class OfEmotion(TypedDict):
    emotion: str
    n: int
    alpha: float | None


class OfReviewer(TypedDict):
    """`kappa` is the mean over the other reviewers, by clips in common.

    What is settled is set beside only where somebody else has judged the clip, too: a single
    opinion settles it as it says.
    """

    name: str
    n: int
    n_shared: int
    kappa: float | None
    n_settled: int
    n_like_settled: int


class Report(TypedDict):
    n_opinions: int
    n_clips: int
    n_shared: int
    alpha: float | None
    emotions: list[OfEmotion]
    reviewers: list[OfReviewer]
    pairs: list[Pair]
    beside: list[Pair]


def measure_agreement(agreement_id: int) -> None:
    agreement = claim(Agreement.objects.all(), agreement_id)
    if agreement is None:
        return  # finished, or another worker has it
    report = report_of(list(all_opinions()), settled_beside())
    finish(agreement, Agreement.State.DONE, data=report)
    Agreement.objects.filter(pk__lt=agreement.pk).delete()


def report_of(
    opinions: Sequence[Opinion], settled: Sequence[tuple[str, str, str, str]] = ()
) -> Report:
    """`settled`: clip, what counts as heard, what the model heard, what its owner heard."""
    by_clip = counts_by_clip(opinions)
    shared = by_clip[by_clip.sum(axis=1) > 1] if len(by_clip) else by_clip
    by_reviewer: dict[str, Answers] = {}
    for opinion in opinions:
        by_reviewer.setdefault(opinion.reviewer, {})[opinion.clip] = PLACE[opinion.emotion]
    pairs = [pair_of(first, second, by_reviewer) for first, second in pairs_of(by_reviewer)]
    counted = {clip: PLACE[emotion] for clip, emotion, _, _ in settled}
    return Report(
        n_opinions=len(opinions),
        n_clips=len(by_clip),
        n_shared=len(shared),
        alpha=alpha_of(shared),
        emotions=[of_emotion(shared, emotion) for emotion in EMOTIONS],
        reviewers=[of_reviewer(name, by_reviewer, pairs, counted) for name in by_reviewer],
        pairs=[pair for pair in pairs if pair["n"]],
        beside=[
            beside("model", [(row[1], row[2]) for row in settled]),
            beside("owner", [(row[1], row[3]) for row in settled]),
        ],
    )


def counts_by_clip(opinions: Iterable[Opinion]) -> "np.ndarray[tuple[int, int], np.dtype[np.int_]]":
    """(n_clips, 8): how many said what."""
    rows: dict[str, list[int]] = {}
    for opinion in opinions:
        rows.setdefault(opinion.clip, [0] * len(EMOTIONS))[PLACE[opinion.emotion]] += 1
    return np.array(list(rows.values()), dtype=int).reshape(len(rows), len(EMOTIONS))


def alpha_of(counts: "np.ndarray[tuple[int, int], np.dtype[np.int_]]") -> float | None:
    """Krippendorff's, nominal; None where all opinions are the same or nothing is shared."""
    if len(counts) == 0 or np.count_nonzero(counts.sum(axis=0)) < 2:
        return None
    return rounded(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"))


def of_emotion(counts: "np.ndarray[tuple[int, int], np.dtype[np.int_]]", name: str) -> OfEmotion:
    """This emotion against all others, where anybody said it at all."""
    here = counts[:, PLACE[name]]
    either = np.stack([here, counts.sum(axis=1) - here], axis=1)
    return OfEmotion(emotion=name, n=int(np.count_nonzero(here)), alpha=alpha_of(either))


def pairs_of(by_reviewer: dict[str, Answers]) -> Iterable[tuple[str, str]]:
    return combinations(sorted(by_reviewer), 2)


def pair_of(first: str, second: str, by_reviewer: dict[str, Answers]) -> Pair:
    common = sorted(by_reviewer[first].keys() & by_reviewer[second].keys())
    answers = [[by_reviewer[name][clip] for clip in common] for name in (first, second)]
    return Pair(first=first, second=second, n=len(common), kappa=kappa_of(*answers))


def kappa_of(first: list[int], second: list[int]) -> float | None:
    if not first or len({*first, *second}) < 2:
        return None
    return rounded(cohen_kappa_score(first, second))


def of_reviewer(
    name: str, by_reviewer: dict[str, Answers], pairs: Sequence[Pair], counted: Answers
) -> OfReviewer:
    answers = by_reviewer[name]
    others = {clip for other, said in by_reviewer.items() if other != name for clip in said}
    shared = answers.keys() & others
    mine = [pair for pair in pairs if name in (pair["first"], pair["second"])]
    known = [(pair["kappa"], pair["n"]) for pair in mine if pair["kappa"] is not None]
    total = sum(n for _, n in known)
    settled = shared & counted.keys()
    return OfReviewer(
        name=name,
        n=len(answers),
        n_shared=len(shared),
        kappa=rounded(sum(kappa * n for kappa, n in known) / total) if total else None,
        n_settled=len(settled),
        n_like_settled=sum(answers[clip] == counted[clip] for clip in settled),
    )


def beside(name: str, said: Iterable[tuple[str, str]]) -> Pair:
    """What is settled beside what the model or the owner said of the same clips."""
    both = [(PLACE[one], PLACE[other]) for one, other in said if other]
    kappa = kappa_of([one for one, _ in both], [other for _, other in both])
    return Pair(first="settled", second=name, n=len(both), kappa=kappa)


def rounded(value: float) -> float | None:
    return None if isnan(value) else round(float(value), 4)
