"""Everything that is kept about one person and nobody else, a little at a time."""

from collections.abc import Iterator

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.db.models import QuerySet

from recognition.models import ApiToken, Clip, ClipAccess, Explanation, Portrait, Tag, User

CHUNK = 100
FEW = 10  # of what is large


def all_clips(owner: User) -> Iterator[Clip]:
    """Also those whose deletion can still be undone."""
    clips = Clip.with_deleted.filter(owner=owner).order_by("created_at", "pk")
    related = ("tags", "corrections", "reviews", "settlements", "shares", "predictions__segments")
    return clips.prefetch_related(*related, "predictions__model_version").iterator(CHUNK)


def audio_of(owner: User) -> Iterator[Clip]:
    return Clip.with_deleted.filter(owner=owner).order_by("created_at", "pk").iterator(CHUNK)


def explanations_of(owner: User) -> Iterator[Explanation]:
    """Those that were made."""
    made = Explanation.objects.filter(prediction__clip__owner=owner, data__isnull=False)
    in_order = made.select_related("prediction__model_version").order_by("pk")
    return in_order.iterator(FEW)


def portraits_of(owner: User) -> Iterator[Portrait]:
    made = Portrait.objects.filter(clip__owner=owner, data__isnull=False)
    return made.order_by("pk").iterator(FEW)


def looks_at(owner: User) -> Iterator[ClipAccess]:
    """Who of administrators and reviewers saw one of the person's clips."""
    own = Clip.with_deleted.filter(owner=owner).values("pk")
    return ClipAccess.objects.filter(clip_id__in=own).order_by("at").iterator(CHUNK)


def own_tokens_ever(owner: User) -> QuerySet[ApiToken]:
    """Also revoked ones."""
    tokens: QuerySet[ApiToken] = ApiToken.objects.filter(user=owner)
    return tokens.order_by("created")


def own_tags(owner: User) -> list[str]:
    return list(Tag.objects.filter(owner=owner).values_list("name", flat=True))


def own_addresses(owner: User) -> list[EmailAddress]:
    return list(EmailAddress.objects.filter(user=owner))


def own_sessions(owner: User) -> list[UserSession]:
    return list(UserSession.objects.filter(user=owner))
