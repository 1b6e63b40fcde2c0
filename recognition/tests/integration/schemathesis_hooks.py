"""Loaded by schemathesis: what no description of an API can tell it."""

import os
from typing import Any

import schemathesis
from hypothesis import strategies

from recognition.tests.recordings import wav

RECORDINGS = [wav(seconds) for seconds in (0.4, 0.5, 0.6)]  # bytes at random are none
CSRF = os.environ.get("SERSITE_CSRF")

schemathesis.openapi.format("binary", strategies.sampled_from([*RECORDINGS, b"no recording"]))


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """A session's requests carry the CSRF token as those of pages do."""
    if CSRF:
        case.cookies = {**(case.cookies or {}), "csrftoken": CSRF}
        case.headers["X-CSRFToken"] = CSRF
