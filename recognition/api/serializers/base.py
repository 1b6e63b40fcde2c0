"""What all serializers of bodies have in common."""

from collections.abc import Mapping
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from recognition.api.errors import NO_CHOICE, unknown_fields
from recognition.api.once import check_once

A_TEXT = _("Give this as text in quotes.")
A_TRUTH = _("Give this as true or false.")
A_NUMBER = _("Give this as a number, without quotes.")
A_LIST = _("Give this as a list.")
A_LIST_OF_TEXTS = _("Give this as a list of texts in quotes.")


class StrictSerializer(serializers.Serializer[Any]):
    """A misspelled field must not look as if it had been taken."""

    n_least = 0  # fields that have to come; the description of the API tells it

    def get_fields(self) -> dict[str, Any]:
        """A program does not see what there is to choose from: it is told."""
        fields = super().get_fields()
        for field in fields.values():
            if isinstance(field, serializers.ChoiceField):
                values = ", ".join(str(value) for value in field.choices)
                words = format_lazy(NO_CHOICE, input="{input}", values=values)
                field.error_messages["invalid_choice"] = words
            if isinstance(field, serializers.BooleanField):
                field.error_messages["invalid"] = A_TRUTH
        return fields

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
            raise serializers.ValidationError(
                {name: [type_of(self.fields[name])] for name in wrong}
            )


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


def type_of(field: Any) -> Any:
    """In words."""
    match field:
        case serializers.BooleanField():
            return A_TRUTH
        case serializers.MultipleChoiceField():
            return A_LIST_OF_TEXTS
        case serializers.ListField():
            return A_LIST_OF_TEXTS if isinstance(field.child, serializers.CharField) else A_LIST
        case serializers.FloatField():
            return A_NUMBER
        case serializers.ChoiceField() if int in set(map(type, field.choices)):
            return A_NUMBER
    return A_TEXT


class NothingSerializer(StrictSerializer):
    """For what is asked by address and method alone."""
