"""What workers make on demand, described; presentation.work makes the bodies."""

from typing import Any

from rest_framework import serializers

from recognition.api.serializers.clips import ErrorSerializer
from recognition.models import Work


class ExplanationSerializer(serializers.Serializer[dict[str, Any]]):
    """Which moments and pitches carried the emotion: by how much it falls when they are covered."""

    state = serializers.ChoiceField(choices=["none", *Work.State.values])
    error = ErrorSerializer(allow_null=True)
    explanation = serializers.DictField(allow_null=True, help_text="Null until the state is done.")
