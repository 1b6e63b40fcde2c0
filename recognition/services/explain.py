"""A person asks where a result comes from."""

from functools import partial

from django.db import transaction
from django.utils import timezone

from recognition import tasks
from recognition.errors import ExplanationError
from recognition.models import Clip, Explanation, User
from recognition.selectors import clip_for, newest_prediction


@transaction.atomic
def request_explanation(user: User, clip: Clip) -> Explanation:
    """Of the newest prediction; one that is there or under way is left alone, a failed one redone.

    Raises Clip.DoesNotExist for who may not see the clip, ExplanationError without a prediction.
    """
    prediction = newest_prediction(clip_for(user, clip.pk))
    if prediction is None:
        raise ExplanationError("explanation:user:no-result")
    now = timezone.now()
    explanation, is_new = Explanation.objects.get_or_create(
        prediction=prediction, defaults={"announced_at": now}
    )
    failed = Explanation.objects.filter(pk=explanation.pk, state=Explanation.State.FAILED)
    n_again = failed.update(
        state=Explanation.State.QUEUED,
        attempts=0,
        error_code="",
        error_details={},
        announced_at=now,
        started_at=None,
        finished_at=None,
    )
    if is_new or n_again:
        transaction.on_commit(partial(tasks.announce_explanations, [explanation.pk]))
    explanation.refresh_from_db()
    return explanation
