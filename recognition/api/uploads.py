"""What programs hand in, checked before a service sees it."""

import re
from typing import Any, cast

from django.core.files import File
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer

from recognition.api.errors import ApiError
from recognition.errors import UploadError
from recognition.models import Clip
from recognition.models.keys import KEY_LENGTH
from recognition.services.submit import Terms

PRINTABLE = re.compile(rf"[\x21-\x7e]([\x20-\x7e]{{0,{KEY_LENGTH - 2}}}[\x21-\x7e])?")


def checked(serializer: BaseSerializer[Any]) -> dict[str, Any]:
    """Raises ApiError for what is missing; what the files are worth is looked at later."""
    if serializer.is_valid():
        return dict(serializer.validated_data)
    wrong: dict[str, Any] = dict(serializer.errors)
    for field in ("file", "files"):
        if field in wrong:
            raise ApiError("api:user:no-file", {"field": field})
    check_consent(wrong)
    raise ValidationError(wrong)


def check_consent(wrong: Any) -> None:
    """Of what is wrong with a body. It is asked for as the pages ask."""
    if "speaker_consent" in wrong:
        answers = {"field": "speaker_consent", "answers": Clip.SpeakerConsent.values}
        raise ApiError("api:user:no-consent", answers)


def check_one_file(request: Request) -> None:
    """Of several the last one would be taken."""
    n_files = len(request.FILES.getlist("file"))
    if n_files > 1:
        raise UploadError("upload:user:two-files", {"n_files": n_files})


def terms_of(given: dict[str, Any], request: Request) -> Terms:
    return Terms(given["speaker_consent"], allows_copies=given["keep_copies"], key=key_of(request))


def key_of(request: Request) -> str:
    """Empty where none was sent."""
    key: str | None = request.headers.get("Idempotency-Key")
    if key is not None and not PRINTABLE.fullmatch(key):
        raise ApiError("api:user:key-malformed", {"limit": KEY_LENGTH})
    return key or ""


def files_of(given: dict[str, Any]) -> "list[File[bytes]]":
    return cast("list[File[bytes]]", given["files"])
