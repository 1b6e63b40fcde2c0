"""A person opens a clip's page, which draws it."""

from recognition import tasks
from recognition.models import Clip, Portrait, User
from recognition.selectors import clip_for
from recognition.services.work import request_work


def request_portrait(user: User, clip: Clip) -> Portrait:
    """Raises Clip.DoesNotExist for who may not see the clip."""
    seen = clip_for(user, clip.pk)
    return request_work(Portrait, tasks.announce_portraits, clip=seen)
