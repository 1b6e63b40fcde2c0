"""Tags: what an owner calls clips by."""

from drf_spectacular.utils import extend_schema

from recognition.api.descriptions import samples
from recognition.api.descriptions.parts import CURSOR, EMPTY, IF_CLIP_MATCHES, answer, asked
from recognition.api.schema import page_of, refusals
from recognition.api.serializers.clips import (
    CountedTagSerializer,
    MoreTagsSerializer,
    TagsOfClipSerializer,
    TagsSerializer,
)

TAGS = ["clips"]
REFUSED = refusals("describe:user:no-tag", "describe:user:too-many-tags")
TAGGED = answer(TagsOfClipSerializer, "The tags that it has now.", tagged={"tags": samples.TAGS})

LIST = extend_schema(
    operation_id="list_tags",
    tags=TAGS,
    summary="List your tags",
    description=(
        "By name, each with how many clips have it. Its id is what `list_clips` and `export_clips` "
        "filter by. A tag that no clip has any more is forgotten."
    ),
    parameters=[CURSOR],
    responses={
        200: answer(
            page_of(CountedTagSerializer, "Tag"),
            "A page.",
            page=samples.page({**samples.TAGS[0], "n_clips": 12}),
        ),
        **refusals("api:user:cursor"),
    },
)
SET = extend_schema(
    operation_id="set_clip_tags",
    tags=TAGS,
    summary="Set the tags of a clip",
    description=(
        "All of them: those that are not named are taken off, an empty list takes off all. Tags "
        "that you did not have yet are made. A tag has no comma in it; it is one however it is "
        "capitalized."
    ),
    parameters=[IF_CLIP_MATCHES],
    request=TagsSerializer,
    examples=[asked("one tag", {"tags": ["interview"]})],
    responses={200: TAGGED, **REFUSED},
)
ADD = extend_schema(
    operation_id="add_clip_tags",
    tags=TAGS,
    summary="Add tags to a clip",
    description=(
        "To those that it has; one that it has already stays. Tags that you did not have yet are "
        "made."
    ),
    parameters=[IF_CLIP_MATCHES],
    request=MoreTagsSerializer,
    examples=[asked("one more tag", {"tags": ["interview"]})],
    responses={200: TAGGED, **REFUSED},
)
REMOVE = extend_schema(
    operation_id="remove_clip_tag",
    tags=TAGS,
    summary="Take a tag off a clip",
    description="The others stay. To take it off twice is no error.",
    parameters=[IF_CLIP_MATCHES],
    responses={204: EMPTY},
)
