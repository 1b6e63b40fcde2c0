"""A visitor has one of our own clips judged: a real clip, of a user that nobody is."""

from django.core.files import File

from recognition.examples import USERNAME, Example
from recognition.models import Clip, User
from recognition.services.submit import Terms, submit_clip


def try_example(example: Example) -> Clip:
    """Judged anew each time; jobs.examples removes it after a while."""
    terms = Terms(Clip.SpeakerConsent.AGREED)
    with example.path.open("rb") as content:
        clip = submit_clip(hidden_user(), File(content, name=example.path.name), terms)
    clip.name = str(example.title)
    clip.save(update_fields=["name"])
    return clip


def hidden_user() -> User:
    """Nobody can sign in as this one, and it takes no part in review or training."""
    user, is_new = User.objects.get_or_create(username=USERNAME, defaults={"is_active": False})
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user
