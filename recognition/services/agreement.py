"""A reviewer wants to know how far reviewers agree."""

from recognition import tasks
from recognition.models import Agreement
from recognition.selectors.agreement import state_of_reviews
from recognition.services.work import request_work


def request_agreement() -> Agreement:
    """Measured once for what was said so far."""
    return request_work(Agreement, tasks.announce_agreements, reviews=state_of_reviews())
