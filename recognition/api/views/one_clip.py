"""Addresses of one clip whose changes can be bound to what a program has seen."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import transaction
from django.http import Http404

from recognition.api.conditional import check_unchanged
from recognition.api.serializers.clips import ClipDetailSerializer
from recognition.api.views.base import ApiView
from recognition.http import visible_clip_or_404
from recognition.models import Clip


class OneClipView(ApiView):
    @contextmanager
    def as_named(self, clip_id: UUID) -> Iterator[bool]:
        """Whether If-Match names it as it is; then nobody else changes it before the end.

        Raises ApiError where it is another by now.
        """
        if "If-Match" not in self.request.headers:
            yield False
            return
        with transaction.atomic():
            if not Clip.objects.select_for_update().filter(pk=clip_id).exists():
                raise Http404  # deleted in this moment
            yield check_unchanged(self.request, self.body_of(clip_id))

    def body_of(self, clip_id: UUID) -> dict[str, object]:
        clip = visible_clip_or_404(self.signed_in, clip_id, what="api")
        return dict(ClipDetailSerializer(clip, context=self.get_serializer_context()).data)
