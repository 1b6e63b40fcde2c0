"""Parameters and headers that operations share, and what forms say of theirs."""

from collections.abc import Mapping
from re import Pattern
from typing import Any, Literal

from django import forms
from django.core.validators import RegexValidator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from recognition.api.schema import refusals
from recognition.models.keys import KEY_LENGTH

FORM = "multipart/form-data"
HEADER: Literal["header"] = "header"
QUERY: Literal["query"] = "query"

CURSOR = OpenApiParameter(
    "cursor",
    {"type": "string", "minLength": 1},
    QUERY,
    description="Where a page begins: it stands in the addresses of pages, such as `next`.",
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": f"^[!-~]([ -~]{{0,{KEY_LENGTH - 2}}}[!-~])?$"},
    HEADER,
    description=(
        "Made anew for each upload, such as a UUID. Whoever sends the same again within a day, "
        "because an answer was lost, gets what was made the first time, and nothing is made twice."
    ),
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    HEADER,
    description=(
        "The ETag of what you have seen, or several with commas, or `*`: it is done only if that "
        "is still how it is."
    ),
)
IF_CLIP_MATCHES = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    HEADER,
    description="The ETag that `get_clip` gave: it is done only if the clip is still like that.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    OpenApiTypes.STR,
    HEADER,
    description="The ETag of what you have already: the answer is an empty 304 if it is the same.",
)
RANGE = OpenApiParameter(
    "Range",
    OpenApiTypes.STR,
    HEADER,
    description="One range of bytes, as players ask for to seek; another unit is passed over.",
)
IF_RANGE = OpenApiParameter(
    "If-Range",
    OpenApiTypes.STR,
    HEADER,
    description="The ETag of what you have a part of: for another, all of it comes instead.",
)
LAST_EVENT_ID = OpenApiParameter(
    "Last-Event-ID",
    OpenApiTypes.STR,
    HEADER,
    description="The id of the last event that came: what it told is not told again.",
)
# What can be answered where an ETag stands in the question.
CONDITIONAL = {
    304: OpenApiResponse(description="It is what If-None-Match names."),
    **refusals("api:user:if-match", "api:user:changed"),
}
EMPTY = OpenApiResponse(description="Done; there is nothing to tell.")
NOT_TOLD = OpenApiResponse(description="Done; a token that may not read learns nothing else.")


def sent(name: str, words: str, *statuses: int, schema: Any = OpenApiTypes.STR) -> OpenApiParameter:
    """A header of answers."""
    return OpenApiParameter(
        name, schema, HEADER, description=words, required=True, response=list(statuses)
    )


def etag(*statuses: int) -> OpenApiParameter:
    return sent("ETag", "Of what is shown; it changes with everything in it.", *statuses)


def location(*statuses: int) -> OpenApiParameter:
    return sent("Location", "Its own address, without the host.", *statuses)


def retry_after(words: str, *statuses: int) -> OpenApiParameter:
    return OpenApiParameter(
        "Retry-After",
        {"type": "integer", "minimum": 0},
        HEADER,
        description=words,
        response=list(statuses),
    )


def answer(serializer: Any, words: str, **examples: Any) -> OpenApiResponse:
    """With a body for each example; their names say what is the case."""
    named = [
        OpenApiExample(name, summary=name.replace("_", " "), value=body, response_only=True)
        for name, body in examples.items()
    ]
    return OpenApiResponse(serializer, words, named)


def asked_by_form(name: str, body: Any) -> OpenApiExample:
    """As asked, of fields of a form; for a file stands what is in it."""
    return OpenApiExample(name, value=body, request_only=True, media_type=FORM)


def asked(name: str, body: Any) -> OpenApiExample:
    """What may be sent."""
    return OpenApiExample(name, value=body, request_only=True)


def one_of_a_kind(kind: str, *, by: str = "kind", **fields: Any) -> dict[str, Any]:
    """With all that this kind has, and nothing else; `by` is the field that names it."""
    return {
        "type": "object",
        "title": kind,
        "properties": {by: {"type": "string", "enum": [kind]}, **fields},
        "required": [by, *fields],
        "additionalProperties": False,
    }


def parameters_of(form: type[forms.Form], words: Mapping[str, str]) -> list[OpenApiParameter]:
    """So that the description knows every filter that the form knows; labels of pages say little
    of values."""
    return [
        OpenApiParameter(
            name, schema_of(field), QUERY, description=words[name], required=field.required
        )
        for name, field in form.base_fields.items()
    ]


def schema_of(field: forms.Field) -> dict[str, Any]:
    """Of what it takes; empty values are as good as none in pages, and refused by the API."""
    match field:
        case forms.MultipleChoiceField():
            return {"type": "array", "items": {"type": "string", "enum": values_of(field)}}
        case forms.ModelChoiceField():
            return {"type": "integer", "minimum": 1}
        case forms.TypedChoiceField():  # of rows: they are different for everybody
            return {"type": "integer"}
        case forms.ChoiceField():
            return {"type": "string", "enum": values_of(field)}
        case forms.IntegerField():
            limits = {"minimum": field.min_value, "maximum": field.max_value}
            return {"type": "integer", **limits}
        case forms.DateField():
            return {"type": "string", "format": "date", "pattern": "^2[01][0-9]{2}-"}
        case forms.UUIDField():
            return {"type": "string", "format": "uuid"}
        case forms.CharField():
            return {"type": "string", "maxLength": field.max_length, **pattern_of(field)}
    raise TypeError(f"How is {field} described?")


def values_of(field: forms.ChoiceField) -> list[Any]:
    choices: Any = field.choices
    return [value for value, _words in choices if value]


def pattern_of(field: forms.Field) -> dict[str, str]:
    for it in field.validators:
        if isinstance(it, RegexValidator) and isinstance(it.regex, Pattern):
            return {"pattern": it.regex.pattern}
    return {}
