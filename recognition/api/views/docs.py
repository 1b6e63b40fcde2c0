"""The API's description of itself, and two pages that show it; for visitors, too."""

import secrets
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.encoding import force_bytes
from django.utils.text import Truncator
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page
from django.views.generic import TemplateView
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from recognition.api.errors import ApiError, json_error
from recognition.api.negotiation import AnyAccept
from recognition.api.permissions import READ
from recognition.api.views.base import ApiView

YAML, JSON = "application/yaml", "application/json"
RENDERERS = {
    YAML: OpenApiYamlRenderer,
    JSON: OpenApiJsonRenderer,
    "application/vnd.oai.openapi": OpenApiYamlRenderer,
    "application/vnd.oai.openapi+json": OpenApiJsonRenderer,
}


@lru_cache(maxsize=len(RENDERERS))
def described(kind: str) -> bytes:
    """It is the same for everybody as long as the process lives, and takes a second."""
    with translation.override("en"):
        schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
        return force_bytes(RENDERERS[kind]().render(schema))


@method_decorator(gzip_page, name="dispatch")
class SchemaApi(ApiView):
    scopes = {"GET": READ}
    permission_classes = []
    content_negotiation_class = AnyAccept

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponseBase:
        """YAML, unless JSON is asked for."""
        kind = request._request.get_preferred_type(list(RENDERERS)) or YAML
        return HttpResponse(described(kind), content_type=kind, headers={"Vary": "Accept"})


@method_decorator(csrf_exempt, name="dispatch")
class DocsPage(TemplateView):
    """To be looked at, no more; programs that err are told as everywhere here."""

    http_method_names = ["get", "head"]

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        allowed = [name.upper() for name in self.http_method_names]
        extra = {"method": Truncator(str(request.method)).chars(20), "allowed": allowed}
        headers = {"Allow": ", ".join(allowed)}
        return json_error(
            ApiError("api:user:method-not-allowed", extra, status=405, headers=headers)
        )


class SwaggerPage(DocsPage):
    """To be tried on the spot, by the session of whoever is signed in."""

    template_name = "recognition/api_swagger.html"


class RedocPage(DocsPage):
    """To be read. Redoc writes sheets of its own: the nonce lets those in, and no others."""

    template_name = "recognition/api_redoc.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.style_nonce = secrets.token_urlsafe(16)  # type: ignore[attr-defined]
        return super().get(request, *args, **kwargs)
