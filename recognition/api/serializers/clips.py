"""Clips as programs send and get them."""

from typing import Any, cast

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from recognition.api.serializers.base import StrictSerializer
from recognition.api.waiting import MOST_SECONDS
from recognition.emotions import EMOTION_LABELS
from recognition.models import Clip, Prediction, Segment, Tag, User
from recognition.models.clips import EMOTION_CHOICES
from recognition.presentation import failure_of
from recognition.presentation.clip_page import knows_owner, name_context, speech_found
from recognition.presentation.clips import Failure
from recognition.presentation.comparison import Place, place_of
from recognition.presentation.steps import Step, steps_of
from recognition.presentation.trust import Trust, trust_of
from recognition.selectors import newest_prediction
from recognition.services.describe import MOST_TAGS, NAME_LENGTH, NOTE_LENGTH, TAG_LENGTH, is_seen

NO_DESCRIPTION = _("Give a name, a note, or both.")


class ConsentSerializer(StrictSerializer):
    speaker_consent = serializers.ChoiceField(
        choices=Clip.SpeakerConsent.choices,
        help_text=(
            "Whose voice it is. Whoever is heard must have agreed that a program judges the voice; "
            "the answer is kept with the clip."
        ),
    )


class TermsSerializer(ConsentSerializer):
    """What is said of files when they are handed in."""

    keep_copies = serializers.BooleanField(
        default=True,
        help_text="Whether a recording that you have already is kept once more, or refused.",
    )


class UploadSerializer(TermsSerializer):
    """What a program hands in: a page asks a person for the same."""

    file = serializers.FileField(
        allow_empty_file=True,  # refused where all files are looked at, with a sentence
        help_text="The recording, in one of the formats that the upload page names.",
    )


class CopySerializer(ConsentSerializer):
    file_name = serializers.RegexField(
        r"^[^/\\\x00-\x1f\x7f]*$",
        default="",
        allow_blank=True,
        max_length=NAME_LENGTH,
        error_messages={"invalid": _("A file name has no slashes and no control characters.")},
        help_text="With its extension; empty for the name that the recording came with.",
    )
    batch = serializers.UUIDField(
        default=None, allow_null=True, help_text="One of yours that the copy becomes part of."
    )


class WaitSerializer(StrictSerializer):
    wait = serializers.IntegerField(
        default=0,
        min_value=0,
        max_value=MOST_SECONDS,
        help_text="For so many seconds the answer is held back until there is a result.",
    )


class DescribeSerializer(StrictSerializer):
    """What is not sent stays as it is."""

    name = serializers.CharField(required=False, max_length=NAME_LENGTH)
    note = serializers.CharField(
        required=False, allow_blank=True, trim_whitespace=False, max_length=NOTE_LENGTH
    )
    n_least = 1  # without any it would only read

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if not given:
            raise serializers.ValidationError(NO_DESCRIPTION)
        return given


def check_seen(name: str) -> None:
    """It would vanish."""
    if not is_seen(name):
        raise serializers.ValidationError(_("A tag has at least one sign that can be seen."))


def tag_names(**options: Any) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.RegexField(
            r"^[^,]+$",
            max_length=TAG_LENGTH,
            error_messages={"invalid": _("A tag has no comma in it.")},
            validators=[check_seen],
        ),
        max_length=MOST_TAGS,
        help_text="Names. Tags that you did not have yet are made.",
        **options,
    )


class TagsSerializer(StrictSerializer):
    """All tags of a clip: those that are not sent are taken away."""

    tags = tag_names()


class MoreTagsSerializer(StrictSerializer):
    tags = tag_names(allow_empty=False)


class TagSerializer(serializers.ModelSerializer[Tag]):
    class Meta:
        model = Tag
        fields = ["id", "name"]
        read_only_fields = fields


class TagsOfClipSerializer(serializers.Serializer[dict[str, Any]]):
    tags = TagSerializer(many=True, help_text="All that it has now.")


class CountedTagSerializer(TagSerializer):
    n_clips = serializers.IntegerField(help_text="Deleted ones are not counted.")

    class Meta(TagSerializer.Meta):
        fields = [*TagSerializer.Meta.fields, "n_clips"]
        read_only_fields = fields


def counted_field() -> serializers.ChoiceField:
    words = "The label that counts; empty without a result."
    return serializers.ChoiceField(
        choices=EMOTION_CHOICES, allow_blank=True, read_only=True, help_text=words
    )


def provenance_field() -> serializers.ChoiceField:
    words = "Whose label counts; empty without a result."
    return serializers.ChoiceField(
        choices=Clip.Provenance.choices, allow_blank=True, read_only=True, help_text=words
    )


class ErrorSerializer(serializers.Serializer[Failure]):
    """Why there is no result."""

    code = serializers.CharField()
    message = serializers.CharField(source="sentence")

    def get_attribute(self, instance: Any) -> Failure | None:
        """Of a clip."""
        return failure_of(instance)


class SegmentSerializer(serializers.ModelSerializer[Segment]):
    class Meta:
        model = Segment
        fields = ["start_s", "end_s", "emotion", "posteriors"]
        read_only_fields = fields


class PredictionSerializer(serializers.ModelSerializer[Prediction]):
    """What the model heard, newest version: `is_sure` is False below its own threshold."""

    model = serializers.CharField(source="model_version.name")
    model_id = serializers.IntegerField(source="model_version_id")
    model_sha256 = serializers.CharField(source="model_version.sha256")

    class Meta:
        model = Prediction
        fields = [
            "emotion",
            "confidence",
            "is_sure",
            "posteriors",
            "model",
            "model_id",
            "model_sha256",
            "processing_ms",
            "created_at",
        ]
        read_only_fields = fields


class NewestPredictionSerializer(PredictionSerializer):
    def get_attribute(self, instance: Any) -> Prediction | None:
        """Of a clip."""
        return newest_prediction(instance)


class PredictionWithSegmentsSerializer(NewestPredictionSerializer):
    segments = SegmentSerializer(many=True, read_only=True)

    class Meta(PredictionSerializer.Meta):
        fields = [*PredictionSerializer.Meta.fields, "segments"]
        read_only_fields = fields


class PlaceSerializer(serializers.Serializer[Place]):
    """From −1 to 1: unpleasant to pleasant, drowsy to excited."""

    valence = serializers.FloatField()
    arousal = serializers.FloatField()


class TrustSerializer(serializers.Serializer[Trust]):
    """How far a confidence like this can be believed."""

    n_right = serializers.IntegerField(help_text="In 100 such clips the model is right so often.")
    n_measured = serializers.IntegerField(
        help_text="On so many clips of voices that it never heard; 0: it is the confidence itself."
    )


class OutcomeSerializer(serializers.ModelSerializer[Clip]):
    """What pages draw and say of a prediction."""

    place = serializers.SerializerMethodField(help_text="Null without a result.")
    trust = serializers.SerializerMethodField(help_text="Null without a result.")

    @extend_schema_field(PlaceSerializer(allow_null=True))
    def get_place(self, clip: Clip) -> dict[str, Any] | None:
        prediction = newest_prediction(clip)
        return dict(PlaceSerializer(place_of(prediction)).data) if prediction else None

    @extend_schema_field(TrustSerializer(allow_null=True))
    def get_trust(self, clip: Clip) -> dict[str, Any] | None:
        prediction = newest_prediction(clip)
        return dict(TrustSerializer(trust_of(prediction)).data) if prediction else None


class ClipSerializer(serializers.ModelSerializer[Clip]):
    """Without the names, notes and tags of other people."""

    prediction = NewestPredictionSerializer(read_only=True, allow_null=True)
    counted_emotion = counted_field()
    provenance = provenance_field()
    error = ErrorSerializer(read_only=True, allow_null=True)
    tags = TagSerializer(many=True, read_only=True)

    class Meta:
        model = Clip
        fields = [
            "id",
            "name",
            "note",
            "tags",
            "batch",
            "state",
            "is_final",
            "container",
            "size_bytes",
            "sample_rate",
            "n_channels",
            "codec",
            "speaker_consent",
            "duration_s",
            "created_at",
            "finished_at",
            "prediction",
            "corrected_emotion",
            "reviewed_emotion",
            "counted_emotion",
            "provenance",
            "error",
        ]
        read_only_fields = fields

    def to_representation(self, instance: Clip) -> dict[str, Any]:
        found = super().to_representation(instance)
        if not knows_owner(self.reader, instance):
            name = name_context(instance, self.reader)["shown_name"]
            found |= {"name": name, "note": "", "tags": [], "batch": None}
        return found

    @property
    def reader(self) -> User:
        return cast(User, self.context["request"].user)


class StepSerializer(serializers.Serializer[Step]):
    """One thing that was said of a clip, by a model or a person."""

    by = serializers.ChoiceField(source="mark", choices=["model", "corrected", "reviewed"])
    who = serializers.CharField()
    emotion = serializers.ChoiceField(choices=list(EMOTION_LABELS), allow_blank=True)
    what = serializers.CharField()
    why = serializers.CharField()
    at = serializers.DateTimeField()
    counts = serializers.BooleanField()
    is_undone = serializers.BooleanField()


class ClipDetailSerializer(OutcomeSerializer, ClipSerializer):
    prediction = PredictionWithSegmentsSerializer(read_only=True, allow_null=True)
    has_speech = serializers.SerializerMethodField(help_text="Null where nothing was listened to.")
    steps = serializers.SerializerMethodField()

    class Meta(ClipSerializer.Meta):
        fields = [
            *ClipSerializer.Meta.fields,
            *("file_name", "has_speech", "place", "trust", "steps"),
        ]
        read_only_fields = fields

    def to_representation(self, instance: Clip) -> dict[str, Any]:
        found = super().to_representation(instance)
        return found if knows_owner(self.reader, instance) else found | {"file_name": ""}

    def get_has_speech(self, clip: Clip) -> bool | None:
        return speech_found(clip)

    def get_steps(self, clip: Clip) -> list[dict[str, Any]]:
        return [dict(StepSerializer(step).data) for step in steps_of(clip, self.reader)]


class StatusSerializer(serializers.ModelSerializer[Clip]):
    """What changes while a clip is worked on."""

    error = ErrorSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Clip
        fields = ["id", "state", "is_final", "emotion", "confidence", "is_sure", "error"]
        read_only_fields = fields
