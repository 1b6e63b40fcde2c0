"""How the API is described: what all operations have in common is said here, once."""

from collections import defaultdict
from collections.abc import Iterator
from string import Formatter
from typing import Any

from django.conf import settings
from django.utils import translation
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, inline_serializer
from rest_framework import serializers

from recognition.api.errors import ApiError, body_of, status_of
from recognition.api.negotiation import AnyAccept
from recognition.api.permissions import READ, REVIEW, SESSION, UPLOAD, StaffPermission
from recognition.api.serializers.base import StrictSerializer
from recognition.messages import SENTENCES
from recognition.services.tokens import PERIODS_DAYS

# What stands in the sentences of examples.
SAMPLE: dict[str, Any] = {
    "accepted": ["multipart/form-data"],
    "answers": ["own-voice", "agreed"],
    "allowed": ["cursor", "emotion", "sort"],
    "clip_name": "monday.wav",
    "container": "WAV",
    "duration_s": 0.12,
    "extension": ".txt",
    "field": "file",
    "fields": ["colour"],
    "found": "My own name",
    "key": "1f0c5e9a",
    "limit": 255,
    "limit_bytes": 100_000_000,
    "limit_files": 200,
    "limit_s": 0.3,
    "media_type": "text/plain",
    "n_bytes": 123_400_000,
    "n_clips": 5,
    "n_files": 201,
    "name": "nightly upload",
    "reason": "JSON parse error",
    "retry_after_s": 30,
    "scope": "upload",
    "state": "recognized",
}
SAMPLES = {"api:user:invalid": {"fields": {"emotion": ["This field is required."]}}}
JSON = "application/json"
STATUS_WORDS = {
    400: "Malformed, or with a field that there isn’t.",
    401: "Nobody is signed in, or the token is unknown, revoked or expired.",
    403: "Who asks may not do that, or the token lacks the scope.",
    404: "Nothing is there, or nothing that who asks may see.",
    406: "Another format is wanted than there is.",
    409: "It is as it is meanwhile: asking again changes nothing.",
    410: "It was there, and is not any more.",
    411: "The body came without its length.",
    412: "It was changed meanwhile, or If-Match names nothing.",
    413: "Too large.",
    415: "Another type of content than is taken here.",
    416: "None of the bytes that Range asks for are there.",
    422: "Understood, but not possible: the code says why.",
    429: "Too many requests; Retry-After says for how many seconds.",
    503: "Not at the moment; Retry-After says for how many seconds.",
}
HEADERS: dict[str, tuple[str, Any]] = {
    "401": ("WWW-Authenticate", {"type": "string"}),
    "429": ("Retry-After", {"type": "integer", "minimum": 0}),
    "503": ("Retry-After", {"type": "integer", "minimum": 0}),
}
WITH_BODY = (
    "api:user:body-too-large",
    "api:user:length-required",
    "api:user:unsupported-media-type",
    "api:user:parse-error",
    "api:user:invalid",
)
PERIODS = [(days, days) for days in PERIODS_DAYS]  # as choices
CHANGING = ("POST", "PUT", "PATCH", "DELETE")
# What ids in addresses are of.
PATH_WORDS = {
    "batch_id": "Of one of your batches.",
    "clip_id": "Of a clip.",
    "extension": "The format of the file.",
    "tag_id": "Of one of your tags, as `list_tags` gives it.",
    "token": "What stands in the link after `/s/`.",
    "token_id": "Of one of your tokens: not the token itself.",
    "version_id": "Of a model version.",
}
SCOPE_WORDS = {
    READ: "A token needs the scope `read`.",
    UPLOAD: "A token needs the scope `upload`.",
    REVIEW: "Only for reviewers; a token needs the scope `review`.",
    SESSION: "Only from a session: no token can do this.",
    "": "Needs no sign-in.",
}
STAFF_WORDS = "Only for staff: for everybody else nothing is there."


class ProblemSerializer(serializers.Serializer[Any]):
    """Every answer from 400 on."""

    code = serializers.CharField(help_text="Stable, for programs.")
    message = serializers.CharField(help_text="What was wrong and what to do, for people.")
    extra = serializers.DictField(help_text="The numbers and names of this case.")


class Schema(AutoSchema):
    """Adds to each operation what all have, and takes no words from the code's own comments."""

    @property
    def scope(self) -> str:
        """Empty where nobody has to be signed in."""
        scopes: dict[str, str] = getattr(self.view, "scopes", {})
        return scopes[self.method] if self.view.permission_classes else ""

    @property
    def is_for_staff(self) -> bool:
        return StaffPermission in self.view.permission_classes

    @property
    def has_body(self) -> bool:
        return self.method in getattr(self.view, "body_methods", ())

    @property
    def has_least(self) -> bool:
        """Fields of which one has to come."""
        serializer = getattr(self.view, "serializer_class", None)
        return bool(getattr(serializer, "n_least", 0))

    def get_description(self) -> str:  # type: ignore[override] # as its parent has it
        return ""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation:
            told = [operation.get("description", ""), SCOPE_WORDS[self.scope]]
            told += [STAFF_WORDS] if self.is_for_staff else []
            operation["description"] = "\n\n".join(told)
        return operation

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if isinstance(serializer, StrictSerializer):
            schema["additionalProperties"] = False
            schema |= {"minProperties": serializer.n_least} if serializer.n_least else {}
        return schema

    def _map_serializer_field(self, field: Any, *args: Any, **kwargs: Any) -> Any:
        """What spectacular leaves out: choices of models that may be empty, lists that may not."""
        model = getattr(getattr(field.parent, "Meta", None), "model", None)
        columns = {it.name: it for it in model._meta.fields} if model and field.read_only else {}
        if field.source in columns and isinstance(field, serializers.ChoiceField):
            field.allow_blank = columns[field.source].blank
        schema = super()._map_serializer_field(field, *args, **kwargs)  # type: ignore[no-untyped-call]
        least = {} if getattr(field, "allow_empty", True) else {"minItems": 1}
        return schema | least

    def _get_request_body(self, direction: Any = "request") -> Any:
        """One of several kinds, or that needs a field, can't be left out. The parent knows none
        with DELETE."""
        asked = self.method
        if asked == "DELETE" and self.has_body:
            self.method = "POST"
        try:
            body = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        finally:
            self.method = asked
        contents = body["content"].values() if body else []
        if body and (self.has_least or any("oneOf" in it["schema"] for it in contents)):
            body["required"] = True
        return body

    def get_auth(self) -> Any:
        """As the scopes of the view say it."""
        found = super().get_auth()
        if self.scope == SESSION:
            return [scheme for scheme in found if SessionScheme.name in scheme]
        return found if self.scope else [*found, {}]

    def _resolve_path_parameters(self, variables: Any) -> Any:
        found = super()._resolve_path_parameters(variables)  # type: ignore[no-untyped-call]
        for parameter in found:
            parameter["description"] = PATH_WORDS[parameter["name"]]
        return found

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for status, response in refusals(*self.common_codes()).items():
            found = self._get_response_for_code(response, str(status))  # type: ignore[no-untyped-call]
            told = bodies.setdefault(str(status), found)
            examples = found["content"][JSON]["examples"]
            told["content"][JSON]["examples"] = examples | told["content"][JSON]["examples"]
        for told_by in HEADERS.keys() & bodies.keys():
            name, schema = HEADERS[told_by]
            bodies[told_by]["headers"] = {name: {"schema": schema, "required": True}}
        return dict(sorted(bodies.items()))

    def common_codes(self) -> Iterator[str]:
        """Of what can be wrong with each."""
        is_token = self.scope in (READ, UPLOAD, REVIEW)
        yield "api:user:unknown-field"
        yield from ("api:user:not-authenticated", "api:user:token-expired")
        if is_token:
            yield "api:user:scope"
        if self.scope == REVIEW:
            yield "api:user:reviewers-only"
        if self.scope == SESSION:
            yield "api:user:session-only"
        if self.method in CHANGING:
            yield "api:user:csrf"
            heeds = getattr(self.view, "heeds_if_match", False)
            heeded, ignored = ("api:user:if-match", "api:user:changed"), ("api:user:no-if-match",)
            yield from heeded if heeds else ignored
        if self.has_body:
            yield from WITH_BODY
        if "{" in self.path or self.is_for_staff:
            yield "api:user:not-found"
        if self.view.content_negotiation_class is not AnyAccept:
            yield "api:user:not-acceptable"
        yield "api:user:throttled"


def refusals(*codes: str) -> dict[int, OpenApiResponse]:
    """Responses by status, each with an example of its codes."""
    by_status = defaultdict(list)
    for code in codes:
        by_status[status_of(code)].append(example_of(code))
    return {
        status: OpenApiResponse(ProblemSerializer, STATUS_WORDS[status], examples)
        for status, examples in by_status.items()
    }


def example_of(code: str) -> OpenApiExample:
    """Of an error, with what its sentence names; addresses are loaded in anybody's language."""
    with translation.override("en"):
        fields = {field for _, field, _, _ in Formatter().parse(str(SENTENCES[code])) if field}
        names = {field.removesuffix("_mb") for field in fields} - {"formats"}
        extra = {name: SAMPLE[name] for name in sorted(names)} | SAMPLES.get(code, {})
        return OpenApiExample(code, value=body_of(ApiError(code, extra)), response_only=True)


def share_refusals(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Each example of an error stands once, not in every operation."""
    shared = result["components"].setdefault("examples", {})
    operations = (one for path in result["paths"].values() for one in path.values())
    for operation in operations:
        for status, response in operation["responses"].items():
            if status < "400":
                continue
            content = response["content"][JSON]
            names = {
                it["value"]["code"].replace(":", "."): it for it in content["examples"].values()
            }
            shared.update(names)
            content["examples"] = {
                name: {"$ref": f"#/components/examples/{name}"} for name in names
            }
    result["components"]["examples"] = dict(sorted(shared.items()))
    return result


def page_of(child: type[serializers.BaseSerializer[Any]], name: str) -> Any:
    """What pagination makes of a list."""
    following = serializers.URLField(allow_null=True, help_text="Address of the next page.")
    before = serializers.URLField(allow_null=True, help_text="Address of the previous page.")
    fields = {"next": following, "previous": before, "results": child(many=True)}
    return inline_serializer(name=f"{name}Page", fields=fields)


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "recognition.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        words = "A token of the account page: `Authorization: Bearer <your token>`."
        return {"type": "http", "scheme": "bearer", "description": words}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "recognition.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        words = "The cookie of a browser; what changes something needs X-CSRFToken besides."
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": words,
        }
