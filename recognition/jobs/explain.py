"""From a queued explanation to its data: safe to run twice, late, or beside itself."""

import logging
from typing import Any

from django.db.models import F
from django.utils import timezone

from mlcore.audio import load
from mlcore.errors import AudioError
from mlcore.explanation import explain
from recognition.champion import Champion, current_champion
from recognition.errors import ExplanationError
from recognition.limits import audio_limits
from recognition.models import Clip, Explanation, ModelVersion, WorkState

logger = logging.getLogger(__name__)


def explain_prediction(explanation_id: int) -> None:
    explanation = claim_explanation(explanation_id)
    if explanation is None:
        return  # deleted, finished, or another worker has it
    prediction = explanation.prediction
    champion = current_champion()
    try:
        check_version(prediction.model_version, champion.version)
        data = explain_clip(prediction.clip, champion)
    except (AudioError, ExplanationError) as error:
        logger.info("Explanation %s: %s", explanation.pk, error.code)
        changes = {"error_code": error.code, "error_details": error.details}
        finish_explanation(explanation, Explanation.State.FAILED, **changes)
    else:
        finish_explanation(explanation, Explanation.State.DONE, data=data)


def check_version(predicted_by: ModelVersion, serving: ModelVersion) -> None:
    """Another network would explain what it never said."""
    if predicted_by != serving:
        details = {"predicted_by": str(predicted_by), "serving": str(serving)}
        raise ExplanationError("explanation:app:other-model", details)


def explain_clip(clip: Clip, champion: Champion) -> dict[str, Any]:
    sample_rate = champion.recognizer.bundle.features.sample_rate
    waveform = load(clip.file.path, sample_rate=sample_rate, limits=audio_limits())
    return explain(champion.recognizer, waveform).to_dict()


def claim_explanation(explanation_id: int) -> Explanation | None:
    """One worker gets it: the row count of a conditional UPDATE decides."""
    mine = Explanation.objects.filter(pk=explanation_id)
    n_claimed = mine.filter(state=Explanation.State.QUEUED).update(
        state=Explanation.State.RUNNING, attempts=F("attempts") + 1, started_at=timezone.now()
    )
    related = mine.select_related("prediction__clip", "prediction__model_version")
    return related.first() if n_claimed else None


def finish_explanation(explanation: Explanation, state: WorkState, **changes: object) -> None:
    """Nothing is kept if the claim was lost meanwhile: reaped, or the clip was deleted."""
    held = Explanation.objects.filter(
        pk=explanation.pk,
        state=Explanation.State.RUNNING,
        attempts=explanation.attempts,
        started_at=explanation.started_at,
    )
    if not held.update(state=state, finished_at=timezone.now(), **changes):
        logger.warning("Explanation %s: the claim was lost, it is dropped", explanation.pk)
