"""People whose settled clips teach: low voices and high ones, and a tiny champion to be taught."""

import json
import shutil
from collections.abc import Iterator
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from mlcore.tests.synth import voice
from recognition.models import Clip, ModelVersion, Settlement, TrainingRun, User
from recognition.selectors.training import is_gold_owner
from recognition.services.review import settle
from recognition.tests import factories, recordings

LOW, HIGH = 105.0, 230.0  # Hz
_keys = count(1000)


def people(n_people: int, *, gold: bool = False, **fields: Any) -> list[User]:
    """Who consent to training; in the gold share or not."""
    return [person(key, **fields) for key, _ in zip(keys(gold=gold), range(n_people), strict=False)]


def keys(*, gold: bool) -> Iterator[int]:
    return (key for key in _keys if is_gold_owner(key) == gold)


def person(key: int, **fields: Any) -> User:
    consent = {"training_consent_at": timezone.now()}
    return factories.user(f"person-{key}", pk=key, **consent | fields)


@lru_cache
def recording(f0: float, seed: int) -> bytes:
    return recordings.encode(voice(1.0, f0=f0, seed=seed))


def settled_clip(owner: User, emotion: str = "happy", **fields: Any) -> Clip:
    clip = factories.done_clip(owner, **{"content": recording(LOW, 0)} | fields)
    settle(clip, emotion, how=Settlement.How.ADMIN, by=None)
    clip.refresh_from_db()
    return clip


def taught(owner: User, n_clips: int, *, low: str, high: str) -> list[Clip]:
    """By turns a low voice and a high one, settled as what the emotions say."""
    return [
        settled_clip(
            owner,
            low if number % 2 else high,
            content=recording((LOW if number % 2 else HIGH) + owner.pk % 13 + number, owner.pk),
        )
        for number in range(n_clips)
    ]


def train_tiny_champion(folder: Path) -> Path:
    """A linear model of two emotions that takes low voices for happy and high ones for sad."""
    from mlcore.dataset import Utterance
    from mlcore.options import Places, TrainingOptions
    from mlcore.training import Splits, hold_out, train_on

    utterances = []
    for number in range(24):
        is_low = number % 2 == 1
        path = folder / f"{number}.wav"
        path.write_bytes(recording((LOW if is_low else HIGH) + number, number))
        emotion = "happy" if is_low else "sad"
        utterances.append(Utterance(path.name, "made", f"s{number // 6}", emotion))
    options = TrainingOptions(name="tiny", architecture="baseline", recipe={"epochs": 3}, n_parts=4)
    places = Places(folder, folder / "bundle", folder / "cache")
    train_on(options, hold_out(options, Splits(tuple(utterances))), places)
    return folder / "bundle"


def renamed(bundle: Path, folder: Path) -> Path:
    """The same network as another model version: the name is a part of its identity."""
    from mlcore.bundles import sealed

    shutil.copytree(bundle, folder / "renamed")
    path = folder / "renamed" / "bundle.json"
    path.write_text(sealed(json.loads(path.read_text()) | {"name": "another"}))
    return folder / "renamed"


def champion_of(bundle: Path, **fields: Any) -> ModelVersion:
    """Registers a bundle as a training would have, and lets it serve."""
    return version_of(bundle, status=ModelVersion.Status.CHAMPION, **fields)


def version_of(bundle: Path, **fields: Any) -> ModelVersion:
    from mlcore.bundles import read_info

    info = read_info(bundle)
    folder = f"models/{info.sha256}"
    shutil.copytree(bundle, Path(settings.MEDIA_ROOT) / folder, dirs_exist_ok=True)
    defaults = {"name": info.name, "sha256": info.sha256, "folder": folder, "not_sure_below": 0.4}
    return ModelVersion.objects.create(**defaults | fields)


def training(state: str = "queued", **fields: Any) -> TrainingRun:
    now = timezone.now()
    ends = state in ("done", "failed")
    defaults: dict[str, Any] = {
        "state": state,
        "announced_at": now,
        "started_at": now if state == "running" else None,
        "finished_at": now if ends else None,
        "data": {"outcome": "nothing-new"} if state == "done" else None,
        "error_code": "retrain:app:disk" if state == "failed" else "",
        "options": {"from_champion": True, "corpora": ""},
    }
    return TrainingRun.objects.create(trigger="command", **defaults | fields)
