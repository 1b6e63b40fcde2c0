"""Addresses of one clip whose changes can be bound to what a program has seen."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from recognition.api.conditional import as_seen
from recognition.api.serializers.clips import ClipDetailSerializer
from recognition.api.views.base import ApiView
from recognition.http import visible_clip_or_404
from recognition.models import Clip


class OneClipView(ApiView):
    heeds_if_match = True

    @contextmanager
    def as_named(self, clip_id: UUID) -> Iterator[bool]:
        """Whether If-Match names it as it is; then nobody else changes it before the end.

        Raises ApiError where it is another by now.
        """
        clip = Clip.objects.filter(pk=clip_id)
        with as_seen(self.request, clip, lambda: self.body_of(clip_id)) as is_named:
            yield is_named

    def body_of(self, clip_id: UUID) -> dict[str, object]:
        clip = visible_clip_or_404(self.signed_in, clip_id, what="api")
        return dict(ClipDetailSerializer(clip, context=self.get_serializer_context()).data)
