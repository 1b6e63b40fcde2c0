"""What workers make on demand, described; presentation.work makes the bodies."""

from typing import Any

from rest_framework import serializers

from recognition.api.serializers.clips import ErrorSerializer
from recognition.models import Work

WORK_STATES = [(state, state) for state in ("none", *Work.State.values)]
UNTIL_DONE = "Null until the state is done."


class ExplanationSerializer(serializers.Serializer[dict[str, Any]]):
    """Which moments and pitches carried the emotion: by how much it falls when they are covered."""

    state = serializers.ChoiceField(choices=WORK_STATES)
    error = ErrorSerializer(allow_null=True)
    explanation = serializers.DictField(allow_null=True, help_text=UNTIL_DONE)


class PortraitSerializer(serializers.Serializer[dict[str, Any]]):
    """What the clip's page draws of the recording."""

    state = serializers.ChoiceField(choices=WORK_STATES)
    error = ErrorSerializer(allow_null=True)
    portrait = serializers.DictField(allow_null=True, help_text=UNTIL_DONE)
