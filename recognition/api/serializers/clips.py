from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from recognition.models import Clip, Prediction, Segment
from recognition.presentation import failure_of
from recognition.selectors import newest_prediction


class UploadSerializer(serializers.Serializer[Any]):
    """What a program hands in: a page asks a person for the same."""

    file = serializers.FileField(
        allow_empty_file=True,  # refused where all files are looked at, with a sentence
        help_text=_("The recording, in one of the formats that the upload page names."),
    )
    speaker_consent = serializers.ChoiceField(
        choices=Clip.SpeakerConsent.choices,
        help_text=_(
            "Whose voice it is. Whoever is heard must have agreed that a program judges the voice; "
            "the answer is kept with the clip."
        ),
    )


class SegmentSerializer(serializers.ModelSerializer[Segment]):
    class Meta:
        model = Segment
        fields = ["start_s", "end_s", "emotion", "posteriors"]


class PredictionSerializer(serializers.ModelSerializer[Prediction]):
    model = serializers.CharField(source="model_version.name")
    model_sha256 = serializers.CharField(source="model_version.sha256")

    class Meta:
        model = Prediction
        fields = [
            "emotion",
            "confidence",
            "is_sure",
            "posteriors",
            "model",
            "model_sha256",
            "processing_ms",
            "created_at",
        ]


class PredictionWithSegmentsSerializer(PredictionSerializer):
    segments = SegmentSerializer(many=True)

    class Meta(PredictionSerializer.Meta):
        fields = [*PredictionSerializer.Meta.fields, "segments"]


class ClipSerializer(serializers.ModelSerializer[Clip]):
    prediction = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()
    prediction_serializer: type[PredictionSerializer] = PredictionSerializer

    class Meta:
        model = Clip
        fields = [
            "id",
            "name",
            "state",
            "container",
            "size_bytes",
            "speaker_consent",
            "duration_s",
            "created_at",
            "finished_at",
            "prediction",
            "corrected_emotion",
            "reviewed_emotion",
            "error",
        ]

    def get_prediction(self, clip: Clip) -> dict[str, Any] | None:
        prediction = newest_prediction(clip)
        return dict(self.prediction_serializer(prediction).data) if prediction else None

    def get_error(self, clip: Clip) -> dict[str, str] | None:
        failure = failure_of(clip)
        return {"code": failure.code, "message": failure.sentence} if failure else None


class ClipDetailSerializer(ClipSerializer):
    prediction_serializer = PredictionWithSegmentsSerializer
