"""How much a user has here."""

from typing import Any

from django.db.models import Count, Sum
from django.db.models.functions import Coalesce

from recognition.models import Clip, User
from recognition.selectors.tokens import own_tokens


def use_of(user: User) -> dict[str, Any]:
    sums = Clip.objects.filter(owner=user).aggregate(
        clips=Count("pk"),
        bytes=Coalesce(Sum("size_bytes"), 0),
        seconds=Coalesce(Sum("duration_s"), 0.0),
    )
    return {**sums, "tokens": own_tokens(user).count()}
