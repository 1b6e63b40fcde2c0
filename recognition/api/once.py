"""What is one value is given once: of two, one would be taken and the other passed over."""

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from recognition.api.errors import ApiError

TWICE = _("Give this once.")


def check_once(given: Mapping[str, Any], several: Collection[str] = ()) -> None:
    """Of an address or a form; `several` may be named more than once."""
    if not isinstance(given, MultiValueDict):
        return
    twice = [name for name in given if name not in several and len(given.getlist(name)) > 1]
    if twice:
        raise ApiError("api:user:invalid", {"fields": {name: [str(TWICE)] for name in twice}})
