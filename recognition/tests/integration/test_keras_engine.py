"""RECOGNIZER_ENGINE=keras runs the same bundle in Keras itself."""

import pytest

from recognition.models import Prediction, User
from recognition.tests import recordings
from recognition.tests.processes import Surroundings, submit, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shared_media")]


def test_a_worker_with_the_keras_engine_gives_the_same_posteriors(
    owner: User, surroundings: Surroundings
) -> None:
    posteriors = {}
    for engine in ("onnx", "keras"):
        with surroundings.worker(RECOGNIZER_ENGINE=engine):
            clip = wait_for(submit(owner, recordings.wav()))
        posteriors[engine] = Prediction.objects.get(clip=clip).posteriors
    assert posteriors["onnx"] == pytest.approx(posteriors["keras"], abs=1e-4)
