"""What all serializers of bodies have in common."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from recognition.api.errors import unknown_fields
from recognition.api.once import check_once

OTHER_TYPE = _("This is of another type than the description says.")


class StrictSerializer(serializers.Serializer[Any]):
    """A misspelled field must not look as if it had been taken."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            writable = [name for name, field in self.fields.items() if not field.read_only]
            if unknown := set(map(str, data)) - set(writable):
                raise unknown_fields(unknown, writable)
            check_once(data, [name for name in writable if takes_several(self.fields[name])])
            if self.is_json:
                self.check_types(data)
        return super().to_internal_value(data)

    @property
    def is_json(self) -> bool:
        """Forms and addresses have nothing but text."""
        request = self.context.get("request")
        return request is not None and str(request.content_type).startswith("application/json")

    def check_types(self, data: Mapping[str, Any]) -> None:
        wrong = [name for name, value in data.items() if not has_type(self.fields[name], value)]
        if wrong:
            raise serializers.ValidationError({name: [OTHER_TYPE] for name in wrong})


def takes_several(field: Any) -> bool:
    return isinstance(field, serializers.ListField | serializers.MultipleChoiceField)


def has_type(field: Any, value: Any) -> bool:
    """DRF itself takes 1 for true and 5 for "5"; whether a value may be missing it knows well."""
    match field:
        case _ if value is None:
            return True
        case serializers.CharField() | serializers.UUIDField():
            return isinstance(value, str)
        case serializers.BooleanField():
            return isinstance(value, bool)
        case serializers.FloatField():
            return isinstance(value, int | float) and not isinstance(value, bool)
        case serializers.ListField():
            return isinstance(value, list) and all(has_type(field.child, it) for it in value)
        case serializers.MultipleChoiceField():
            return isinstance(value, list) and all(isinstance(it, str) for it in value)
        case serializers.ChoiceField():
            return type(value) in set(map(type, field.choices))
    return True


class NothingSerializer(StrictSerializer):
    """For what is asked by address and method alone."""
