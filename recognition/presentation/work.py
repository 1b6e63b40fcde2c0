"""What workers make on demand, as JSON: how far it is, and the data when it is done."""

from typing import Any

from recognition.messages import sentence
from recognition.models import Work


def work_body(work: Work | None, key: str) -> dict[str, Any]:
    """State "none" where nobody has asked yet."""
    if work is None:
        return {"state": "none", "error": None, key: None}
    code, details = work.error_code, work.error_details
    error = {"code": code, "message": sentence(code, details)} if code else None
    return {"state": work.state, "error": error, key: work.data}


def status_of(work: Work) -> int:
    """202 while it is made."""
    return 200 if work.state == Work.State.DONE else 202
