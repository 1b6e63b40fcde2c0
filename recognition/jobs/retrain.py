"""From settled clips to a challenger with a verdict; killed anywhere, it goes on from there."""

import json
import logging
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from mlcore.adaptation import RECIPE, FineTuning, Lesson, fine_tune
from mlcore.bundles import BundleInfo, read_info
from mlcore.errors import BundleError, SersiteError
from mlcore.evaluation import report
from mlcore.hashing import bytes_sha256, code_version
from mlcore.inference import Recognizer
from mlcore.options import Places, Progress, TrainingOptions
from mlcore.promotion import beats, judge_both
from mlcore.training import Splits, TrainingReport, hold_out, train_on
from recognition.champion import Champion, current_champion
from recognition.errors import RetrainError
from recognition.jobs.material import (
    Material,
    check_not_withdrawn,
    gather,
    trained_alike,
    unlearned,
)
from recognition.jobs.progress import Told
from recognition.jobs.trainings import TrainingLock, training_lock
from recognition.jobs.work import claim, fail, finish
from recognition.models import ModelVersion, TrainingRun, WorkState
from recognition.selectors.bundles import bundle_folder, folder_name, read_bundle
from recognition.selectors.training import work_folder
from recognition.shipped import about

logger = logging.getLogger(__name__)

ROOM_BYTES = 200_000_000  # for features, checkpoints, and a bundle of at most 20 MB twice
N_PARTS = 8  # of the speakers, one of which validates
# What is left of them is worth having: the next attempt begins where they ended.
GOES_ON = ("retrain:app:disk", "retrain:app:lock-lost", "retrain:user:interrupted")


def run_training(run_id: int, watch: Progress | None = None) -> bool:
    """False if it is not ours to do: another training is under way, or this one has ended."""
    with training_lock() as lock:
        run = claim(TrainingRun.objects.all(), run_id) if lock.is_held else None
        if run is None:
            return False
        told = Told(run, watch or Progress())
        try:
            train_challenger(run, lock, told)
        except KeyboardInterrupt:
            give_up(run, RetrainError("retrain:user:interrupted"))
            raise
        except OSError as error:
            give_up(run, RetrainError("retrain:app:disk", {"reason": reason_of(error)}))
        except SersiteError as error:
            give_up(run, error)
    return True


def give_up(run: TrainingRun, error: SersiteError) -> None:
    fail(run, SersiteError(error.code, told_details(run, error)))
    if error.code not in GOES_ON:
        shutil.rmtree(work_folder(run), ignore_errors=True)


def told_details(run: TrainingRun, error: SersiteError) -> dict[str, Any]:
    """Where the media and the corpora lie on the server is nobody's business."""
    corpora = str(run.options.get("corpora") or "")
    roots = [Path(settings.MEDIA_ROOT), *([Path(corpora).parent] if corpora else [])]
    details: dict[str, Any] = dict(error.details)
    for root in roots:
        for name, value in details.items():
            details[name] = value.replace(f"{root}/", "") if isinstance(value, str) else value
    return details


def reason_of(error: OSError) -> str:
    """In a few words: the library that writes weights tells a long story."""
    return os.strerror(error.errno) if error.errno else str(error)[:200]


def check_room() -> None:
    """Before it takes time: a disk that fills up while weights are written can kill the process."""
    free = shutil.disk_usage(settings.MEDIA_ROOT).free
    if free < ROOM_BYTES:
        reason = f"{free / 1e6:.0f} MB are free, {ROOM_BYTES / 1e6:.0f} MB are needed"
        raise RetrainError("retrain:app:disk", {"reason": reason})


def train_challenger(run: TrainingRun, lock: TrainingLock, told: Told) -> None:
    """Each stage finds again what was done before the kill; nothing serves because of it."""
    told.stage("gathering")
    champion = current_champion()
    bundle = champion.recognizer.bundle
    material = gather(run, bundle.training_speakers, bundle.learned)
    found = material.data_hash
    keep(run, data_hash=found, code_version=code_version(), parent=parent_of(run, champion))
    if (alike := trained_alike(run, found)) is not None:
        if is_judged(alike, material, champion):
            finish(run, WorkState.DONE, data={"outcome": "nothing-new", **material.to_dict()})
            return
        if (challenger := at_hand(alike)) is not None:
            told.stage("judging")
            lock.check()
            judge_again(run, challenger, material, champion)
            return
    check_room()
    try:
        folder, course = train(run, material, champion, told)
        told.stage("judging")
        verdict, scores = judge(folder, material, champion)
        told.stage("registering")
    except SersiteError:
        check_not_withdrawn(material)  # a recording that is gone explains it better
        raise
    check_not_withdrawn(material)
    lock.check()
    data = {"outcome": "trained", **material.to_dict(), "verdict": verdict, "report": course}
    data["learned"] = [u.path for u in material.settled]
    register(run, folder, data, scores)
    shutil.rmtree(work_folder(run), ignore_errors=True)


def is_judged(alike: TrainingRun, material: Material, champion: Champion) -> bool:
    """Its candidate serves, or was judged by the same clips against the same model."""
    if alike.challenger is None or alike.challenger == champion.version:
        return True
    data = alike.data or {}
    before = (data.get("gold_hash"), data["verdict"]["judged_against"])
    return before == (material.to_dict()["gold_hash"], champion.version.sha256)


def at_hand(alike: TrainingRun) -> ModelVersion | None:
    """Its candidate, if it is one still and whole."""
    version = alike.challenger
    assert version is not None
    if version.status != ModelVersion.Status.CHALLENGER or version.removed_at is not None:
        return None
    try:
        read_bundle(version)
    except BundleError:
        return None
    return version


def parent_of(run: TrainingRun, champion: Champion) -> ModelVersion | None:
    return champion.version if run.options["from_champion"] else None


def keep(run: TrainingRun, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(run, name, value)
    run.save(update_fields=list(changes))


def train(
    run: TrainingRun, material: Material, champion: Champion, told: Told
) -> tuple[Path, dict[str, Any]]:
    """The bundle's folder and its report; the report comes last and says that all is there."""
    of = f"{material.data_hash} {champion.version.sha256}".encode()
    folder = work_folder(run) / bytes_sha256(of)[:16]
    written = folder / "report.json"
    if not written.exists():
        places = Places(
            data=Path(settings.MEDIA_ROOT),
            output=folder / "bundle",
            cache=work_folder(run) / "cache",
        )
        fit = tune if run.options["from_champion"] else train_anew
        course = fit(run, material, champion, places, told.progress())
        scratch = written.with_suffix(".tmp")
        scratch.write_text(json.dumps(course.to_dict()), encoding="utf-8")
        scratch.rename(written)
    return folder / "bundle", json.loads(written.read_text(encoding="utf-8"))


def tune(
    run: TrainingRun, material: Material, champion: Champion, places: Places, progress: Progress
) -> TrainingReport:
    recipe = replace(RECIPE, **recipe_of(run))
    options = FineTuning(name=name_of(run), seed=run.seed, recipe=recipe)
    lesson = Lesson(material.settled, material.corpora)
    return fine_tune(bundle_folder(champion.version), lesson, places, options, progress)


def train_anew(
    run: TrainingRun, material: Material, champion: Champion, places: Places, progress: Progress
) -> TrainingReport:
    """A network like the serving one, with fresh weights."""
    info = champion.recognizer.bundle
    options = TrainingOptions(
        name=name_of(run),
        architecture=info.architecture,
        sizes={name: size for name, size in info.sizes.items() if name != "n_domains"},
        recipe=recipe_of(run),
        n_parts=min(N_PARTS, len({u.speaker for u in material.examples})),
        seed=run.seed,
    )
    return train_on(options, hold_out(options, Splits(material.examples)), places, progress)


def recipe_of(run: TrainingRun) -> dict[str, Any]:
    return {"epochs": run.options["epochs"]} if run.options.get("epochs") else {}


def name_of(run: TrainingRun) -> str:
    return f"training-{run.pk}"


def judge(
    bundle: Path, material: Material, champion: Champion
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both models on the same clips of people whom neither has heard; the new one's figures."""
    data = Path(settings.MEDIA_ROOT)
    challenger = Recognizer.load(bundle)
    heard, learned = challenger.bundle.training_speakers, challenger.bundle.learned
    gold = tuple(u for u in unlearned(material.gold, learned) if u.speaker not in heard)
    before, after = judge_both(champion.recognizer, challenger, gold, data)
    verdict = beats(before, after)
    scores: dict[str, Any] = {}
    if verdict.outcome != "cannot-tell":  # figures of too few clips would say nothing
        scores["gold"] = report(gold, after.posteriors).to_dict()
    return {**verdict.to_dict(), "judged_against": champion.version.sha256}, scores


def judge_again(
    run: TrainingRun, challenger: ModelVersion, material: Material, champion: Champion
) -> None:
    """The new verdict counts, where the candidate was trained; earlier ones stay on record."""
    verdict, scores = judge(bundle_folder(challenger), material, champion)
    news = {**material.to_dict(), "verdict": verdict}
    trained = challenger.training_run
    old = trained.data or {}
    earlier = [*old.get("earlier_verdicts", []), old["verdict"]]
    kept = {name: found for name, found in challenger.scores.items() if name != "gold"}
    told = {"version": str(challenger), "version_id": challenger.pk}
    with transaction.atomic():
        ModelVersion.objects.filter(pk=challenger.pk).update(scores={**kept, **scores})
        TrainingRun.objects.filter(pk=trained.pk).update(
            data={**old, **news, "earlier_verdicts": earlier}
        )
        finish(run, WorkState.DONE, data={"outcome": "judged-again", **told, **news})


def register(
    run: TrainingRun, bundle: Path, data: dict[str, Any], scores: dict[str, Any]
) -> ModelVersion:
    """The files first: a version without them must not exist, not even for a moment."""
    info = read_info(bundle)
    keep_bundle(bundle, info)
    with transaction.atomic():
        version = ModelVersion.objects.create(
            name=info.name,
            sha256=info.sha256,
            folder=folder_name(info.sha256),
            status=ModelVersion.Status.CHALLENGER,
            not_sure_below=info.not_sure_below,
            scores={**info.scores, **scores},
            about=about(info),
            parent=run.parent,
        )
        held = TrainingRun.objects.filter(
            pk=run.pk, state=WorkState.RUNNING, attempts=run.attempts, started_at=run.started_at
        )
        ended = {"state": WorkState.DONE, "finished_at": timezone.now()}
        if not held.update(**ended, data=data, challenger=version):
            raise RetrainError("retrain:app:lock-lost")
    logger.info("Training %s made %s: %s", run.pk, version, data["verdict"]["outcome"])
    return version


def keep_bundle(bundle: Path, info: BundleInfo) -> None:
    """A copy, renamed into place when it is whole; one that is there is of an earlier attempt."""
    folder = Path(settings.MEDIA_ROOT) / folder_name(info.sha256)
    scratch = folder.with_name(f".{folder.name}")
    for left in (scratch, folder):
        shutil.rmtree(left, ignore_errors=True)
    try:
        scratch.mkdir(parents=True)
        for path in bundle.iterdir():
            shutil.copyfile(path, scratch / path.name)
        scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
