"""Files that are handed in together, and what became of each."""

from typing import Any

from rest_framework import serializers

from recognition.api.serializers.clips import (
    ErrorSerializer,
    TermsSerializer,
    counted_field,
    provenance_field,
)
from recognition.models import Batch, Clip
from recognition.presentation.batches import EmotionCount, ShownRefusal, batch_context
from recognition.selectors.batches import clips_of_batch


class BatchUploadSerializer(TermsSerializer):
    files = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True),
        allow_empty=False,
        help_text="Recordings, each in a field of this name, or ZIPs of them.",
    )


class RefusalSerializer(serializers.Serializer[ShownRefusal]):
    file_name = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField(source="sentence")
    clip = serializers.UUIDField(
        source="clip_id",
        allow_null=True,
        help_text="The clip that holds this recording already, if one does.",
    )


class CountSerializer(serializers.Serializer[EmotionCount]):
    emotion = serializers.CharField()
    n_clips = serializers.IntegerField()


class BatchClipSerializer(serializers.ModelSerializer[Clip]):
    """In short: all of it stands at the clip's own address."""

    counted_emotion = counted_field()
    provenance = provenance_field()
    error = ErrorSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Clip
        fields = [
            *("id", "name", "state", "is_final", "duration_s", "created_at"),
            *("emotion", "confidence", "is_sure", "counted_emotion", "provenance", "error"),
        ]
        read_only_fields = fields


class BatchSerializer(serializers.Serializer[dict[str, Any]]):
    id = serializers.UUIDField(source="batch.pk")
    created_at = serializers.DateTimeField(source="batch.created_at")
    n_clips = serializers.IntegerField()
    n_final = serializers.IntegerField()
    n_failed = serializers.IntegerField()
    is_final = serializers.BooleanField()
    counts = CountSerializer(many=True)
    clips = BatchClipSerializer(many=True)
    refusals = RefusalSerializer(many=True)


class BatchEntrySerializer(serializers.Serializer[dict[str, Any]]):
    """In short: its clips stand at its own address."""

    id = serializers.UUIDField(source="batch.pk")
    created_at = serializers.DateTimeField(source="batch.created_at")
    n_clips = serializers.IntegerField(source="sums.n_clips")
    n_final = serializers.IntegerField(source="sums.n_final")
    n_failed = serializers.IntegerField(source="sums.n_failed")
    is_final = serializers.BooleanField()
    n_refused = serializers.IntegerField(help_text="Files of which there is no clip.")
    counts = CountSerializer(many=True)


class RetriedSerializer(serializers.Serializer[dict[str, int]]):
    n_clips = serializers.IntegerField()


def batch_body(batch: Batch) -> dict[str, Any]:
    clips = clips_of_batch(batch)
    return dict(BatchSerializer(batch_context(batch, clips) | {"clips": clips}).data)
