"""A person asks where a result comes from."""

from recognition import tasks
from recognition.errors import ExplanationError
from recognition.models import Clip, Explanation, User
from recognition.selectors import clip_for, newest_prediction
from recognition.services.work import request_work


def request_explanation(user: User, clip: Clip) -> Explanation:
    """Of the newest prediction; one that is there or under way is left alone, a failed one redone.

    Raises Clip.DoesNotExist for who may not see the clip, ExplanationError without a prediction.
    """
    prediction = newest_prediction(clip_for(user, clip.pk))
    if prediction is None:
        raise ExplanationError("explanation:user:no-result")
    return request_work(Explanation, tasks.announce_explanations, prediction=prediction)
