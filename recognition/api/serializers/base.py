"""What all serializers of bodies have in common."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from recognition.api.errors import unknown_fields


class StrictSerializer(serializers.Serializer[Any]):
    """A misspelled field must not look as if it had been taken."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            writable = [name for name, field in self.fields.items() if not field.read_only]
            if unknown := set(map(str, data)) - set(writable):
                raise unknown_fields(unknown, writable)
        return super().to_internal_value(data)


class NothingSerializer(StrictSerializer):
    """For what is asked by address and method alone."""
