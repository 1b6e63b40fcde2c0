"""From a queued explanation to its data."""

from typing import Any

from mlcore.audio import load
from mlcore.errors import AudioError
from mlcore.explanation import explain
from recognition.champion import Champion, current_champion
from recognition.errors import ExplanationError
from recognition.jobs.work import claim, fail, finish
from recognition.limits import audio_limits
from recognition.models import Clip, Explanation, ModelVersion


def explain_prediction(explanation_id: int) -> None:
    related = Explanation.objects.select_related("prediction__clip", "prediction__model_version")
    explanation = claim(related, explanation_id)
    if explanation is None:
        return  # deleted, finished, or another worker has it
    prediction = explanation.prediction
    champion = current_champion()
    try:
        check_version(prediction.model_version, champion.version)
        data = explain_clip(prediction.clip, champion)
    except (AudioError, ExplanationError) as error:
        fail(explanation, error)
    else:
        finish(explanation, Explanation.State.DONE, data=data)


def check_version(predicted_by: ModelVersion, serving: ModelVersion) -> None:
    """Another network would explain what it never said."""
    if predicted_by != serving:
        details = {"predicted_by": str(predicted_by), "serving": str(serving)}
        raise ExplanationError("explanation:app:other-model", details)


def explain_clip(clip: Clip, champion: Champion) -> dict[str, Any]:
    sample_rate = champion.recognizer.bundle.features.sample_rate
    waveform = load(clip.file.path, sample_rate=sample_rate, limits=audio_limits())
    return explain(champion.recognizer, waveform).to_dict()
