"""The reviewer's screen for programs, blind until asked. Reading changes nothing: POST claims."""

from typing import Any
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from recognition.api.descriptions import reviews
from recognition.api.parsers import JSONParser
from recognition.api.permissions import REVIEW
from recognition.api.serializers.base import NothingSerializer
from recognition.api.serializers.reviews import (
    AnswerSerializer,
    AnswerWishSerializer,
    GivenSerializer,
    GiveSerializer,
    NextSerializer,
    QueueSerializer,
    ReviewSerializer,
)
from recognition.api.views.base import ApiView
from recognition.api.views.clip_parts import ClipAudioApi
from recognition.errors import ReviewError
from recognition.models import Review, ReviewCase
from recognition.selectors import clip_for, newest_prediction
from recognition.selectors.reviews import (
    held_clips,
    n_waiting,
    reviewable,
    reviews_today,
    standing_reviews,
)
from recognition.services.access import record_access
from recognition.services.claims import claim_next, release, show_answer
from recognition.services.review import Opinion, give_review, undo_review


class ReviewView(ApiView):
    parser_classes = [JSONParser]
    serializer_class: type[BaseSerializer[Any]] = NothingSerializer

    def queue(self) -> dict[str, Any]:
        """That somebody was given a clip is on record, whatever is said of it then."""
        held = held_clips(self.user)
        if held:
            record_access(self.user, held[0], "review")
        found = {
            "clip": held[0] if held else None,
            "next": held[1] if len(held) > 1 else None,
            "n_waiting": n_waiting(self.user),
            "n_today": reviews_today(self.user),
        }
        return dict(QueueSerializer(found, context=self.get_serializer_context()).data)


@extend_schema_view(get=reviews.QUEUE_STATE)
class ReviewQueueApi(ReviewView):
    scopes = {"GET": REVIEW}
    serializer_class = QueueSerializer

    def get(self, request: Request) -> Response:
        """What is held; nothing is claimed."""
        return Response(self.queue(), headers={"Cache-Control": "no-store"})


@extend_schema_view(post=reviews.CLAIM)
class ReviewNextApi(ReviewView):
    scopes = {"POST": REVIEW}
    serializer_class = NextSerializer

    def post(self, request: Request) -> Response:
        """Claims the clip to review now and the next one, or holds on to those that are held."""
        claim_next(self.user, self.given()["clip"])
        return Response(self.queue())


@extend_schema_view(post=reviews.RELEASE)
class ReviewReleaseApi(ReviewView):
    scopes = {"POST": REVIEW}

    def post(self, request: Request) -> Response:
        self.given()
        return Response({"n_clips": release(self.user)})


@extend_schema_view(post=reviews.UNDO)
class ReviewUndoApi(ReviewView):
    scopes = {"POST": REVIEW}

    def post(self, request: Request) -> Response:
        """Takes back what was said last; that clip comes first again, if that can be."""
        self.given()
        undone = undo_review(self.user)
        claim_next(self.user)
        return Response({"review": ReviewSerializer(undone).data, "queue": self.queue()})


@extend_schema_view(post=reviews.GIVE)
class ReviewGiveApi(ReviewView):
    scopes = {"POST": REVIEW}
    serializer_class = GiveSerializer

    def post(self, request: Request, clip_id: UUID) -> Response:
        given = self.given()
        kind = Review.Kind(given["kind"])
        opinion = Opinion(kind, given["emotion"], given["reason"])
        try:
            review = give_review(self.user, clip_id, opinion)
        except ReviewError as error:
            if error.code == "review:user:withdrawn" and not self.knows(clip_id):
                raise Http404 from None
            raise
        is_told = kind != Review.Kind.SKIPPED
        heard = newest_prediction(clip_for(self.user, clip_id)) if is_told else None
        body = GivenSerializer({"review": review, "prediction": heard}).data
        return Response(body, status=201)

    def knows(self, clip_id: UUID) -> bool:
        """Of other clips not even that they exist is said."""
        return ReviewCase.objects.filter(pk=clip_id, claimed_by=self.user).exists()


@extend_schema_view(post=reviews.REVEAL)
class ReviewAnswerApi(ReviewView):
    """The one way not to work blind: what is shown is on record before it is shown."""

    scopes = {"POST": REVIEW}
    serializer_class = AnswerWishSerializer

    def post(self, request: Request, clip_id: UUID) -> Response:
        chosen = self.given()["emotion"] or ""
        if not show_answer(self.user, clip_id, chosen):
            raise Http404  # not held
        clip = clip_for(self.user, clip_id)
        record_access(self.user, clip, "review")
        found = {
            "clip": clip,
            "prediction": newest_prediction(clip),
            "opinions": standing_reviews(clip),
        }
        return Response(AnswerSerializer(found).data)


@extend_schema_view(get=reviews.GET_AUDIO)
class ReviewAudioApi(ClipAudioApi):
    """For a token that may only review."""

    scopes = {"GET": REVIEW}
    what = "review"

    def get(self, request: Request, clip_id: UUID) -> Any:
        if not reviewable(self.user).filter(pk=clip_id).exists():
            raise Http404
        return super().get(request, clip_id)
