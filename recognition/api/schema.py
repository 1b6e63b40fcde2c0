"""How the API is described: what all operations have in common is said here, once."""

from collections import defaultdict
from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, inline_serializer
from rest_framework import serializers

from recognition.api.errors import status_of
from recognition.messages import sentence

# What stands in the sentences of examples.
SAMPLE: dict[str, Any] = {
    "accepted": "multipart/form-data",
    "allowed": "cursor, emotion, sort",
    "fields": "colour",
    "key": "1f0c5e9a",
    "limit": 255,
    "media_type": "text/plain",
    "n_bytes": 123_400_000,
    "limit_bytes": 100_000_000,
    "n_files": 2,
    "reason": "JSON parse error",
    "retry_after_s": 30,
    "scope": "upload",
    "state": "done",
}
JSON = "application/json"
STATUS_WORDS = {
    400: "Malformed, or with a field that there isn’t.",
    401: "Nobody is signed in, or the token is unknown, revoked or expired.",
    403: "Who asks may not do that, or the token lacks the scope.",
    404: "Nothing is there, or nothing that who asks may see.",
    406: "Another format is wanted than there is.",
    409: "It is as it is meanwhile: asking again changes nothing.",
    412: "It was changed meanwhile.",
    413: "Too large.",
    415: "Another type of content than is taken here.",
    422: "Understood, but not possible: the code says why.",
    429: "Too many requests; Retry-After says for how many seconds.",
    503: "Not at the moment; Retry-After says for how many seconds.",
}
ALWAYS = (
    "api:user:unknown-field",
    "api:user:not-authenticated",
    "api:user:scope",
    "api:user:not-acceptable",
    "api:user:throttled",
)
STATUSES = {
    "api:user:not-authenticated": 401,
    "api:user:not-found": 404,
    "api:user:not-acceptable": 406,
    "api:user:unsupported-media-type": 415,
    "api:user:throttled": 429,
    "api:app:no-stream": 503,
}
WITH_ID = ("api:user:not-found",)
WITH_BODY = ("api:user:unsupported-media-type",)


class ProblemSerializer(serializers.Serializer[Any]):
    """Every answer from 400 on."""

    code = serializers.CharField(help_text="Stable, for programs.")
    message = serializers.CharField(help_text="What was wrong and what to do, for people.")
    extra = serializers.DictField(help_text="The numbers and names of this case.")


class Schema(AutoSchema):
    """Adds to each operation the refusals that all have."""

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        codes = [*ALWAYS, *(WITH_ID if "{" in self.path else ())]
        codes += WITH_BODY if self.method in ("POST", "PUT", "PATCH") else ()
        for status, response in refusals(*codes).items():
            found = self._get_response_for_code(response, str(status))  # type: ignore[no-untyped-call]
            told = bodies.setdefault(str(status), found)
            examples = found["content"][JSON]["examples"]
            told["content"][JSON]["examples"] = examples | told["content"][JSON]["examples"]
        return dict(sorted(bodies.items()))


def refusals(*codes: str) -> dict[int, OpenApiResponse]:
    """Responses by status, each with an example of its codes."""
    by_status = defaultdict(list)
    for code in codes:
        by_status[STATUSES.get(code) or status_of(code)].append(example_of(code))
    return {
        status: OpenApiResponse(ProblemSerializer, STATUS_WORDS[status], examples)
        for status, examples in by_status.items()
    }


def example_of(code: str) -> OpenApiExample:
    body = {"code": code, "message": sentence(code, SAMPLE), "extra": {}}
    return OpenApiExample(code, value=body, response_only=True)


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
