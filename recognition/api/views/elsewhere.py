"""Below /api/, where nothing is."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.text import Truncator
from django.views.decorators.csrf import csrf_exempt

from recognition.api.errors import ApiError, json_error


@csrf_exempt
@login_not_required
def no_address(request: HttpRequest) -> HttpResponse:
    """For every method alike: nothing is sent on to where a slash was forgotten."""
    path = Truncator(request.path).chars(100)
    return json_error(ApiError("api:user:no-address", {"path": path}))
