"""Name, note and tags: how an owner finds a clip again."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Lower
from django.utils.text import Truncator

from recognition.errors import DescribeError
from recognition.models import Clip, Tag, User

NAME_LENGTH = 255
NOTE_LENGTH = 4000
TAG_LENGTH = 50
MOST_TAGS = 20
MOST_TOLD = 100  # characters of a text that a sentence repeats
NOTHING_SEEN: Mapping[str, str] = {}
# They turn the text around that follows, so that a name would read as another one.
DIRECTION_MARKS = {*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}


@transaction.atomic
def describe_clip(
    clip: Clip, *, name: str, note: str, seen: Mapping[str, str] = NOTHING_SEEN
) -> None:
    """Raises DescribeError, and then nothing is changed.

    What a page showed stays if it was left as it was, and is not replaced if it is another by now:
    a second tab may have changed it.
    """
    held = Clip.objects.select_for_update().get(pk=clip.pk)
    given = {"name": checked_name(name), "note": checked_note(note)}
    changes = {field: text for field, text in given.items() if text != tidy_seen(field, seen)}
    for field, text in changes.items():
        stored: str = getattr(held, field)
        if field in seen and TIDY[field](stored) not in (text, tidy_seen(field, seen)):
            raise DescribeError(f"describe:user:{field}-changed", {"found": shortened(stored)})
    Clip.objects.filter(pk=clip.pk).update(**changes)


def tidy_seen(field: str, seen: Mapping[str, str]) -> str | None:
    return TIDY[field](seen[field]) if field in seen else None


def shortened(text: str) -> str:
    return Truncator(one_line(text)).chars(MOST_TOLD)


def checked_name(text: str) -> str:
    name = one_line(text)
    if not is_seen(name):
        raise DescribeError("describe:user:no-name")
    if len(name) > NAME_LENGTH:
        details = {"found": len(name), "limit": NAME_LENGTH}
        raise DescribeError("describe:user:name-too-long", details)
    return name


def checked_note(text: str) -> str:
    note = tidy_note(text)
    if len(note) > NOTE_LENGTH:
        details = {"found": len(note), "limit": NOTE_LENGTH}
        raise DescribeError("describe:user:note-too-long", details)
    return note


def tidy_note(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\x00", "").strip()


def checked_tags(text: str) -> list[str]:
    """One or several, by commas; told twice, a tag is one."""
    names = {name.lower(): name for name in map(one_line, text.split(",")) if is_seen(name)}
    if not names:
        raise DescribeError("describe:user:no-tag")
    for name in names.values():
        if len(name) > TAG_LENGTH:
            raise DescribeError(
                "describe:user:tag-too-long",
                {"found": len(name), "limit": TAG_LENGTH, "tag": name[:TAG_LENGTH]},
            )
    return list(names.values())


def one_line(text: str) -> str:
    """As it will be read: the same letters are the same signs, and nothing is hidden in it."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(
        sign for sign in text if unicodedata.category(sign) != "Cc" and sign not in DIRECTION_MARKS
    )


TIDY: dict[str, Callable[[str], str]] = {"name": one_line, "note": tidy_note}


def is_seen(text: str) -> bool:
    return any(unicodedata.category(sign)[0] not in "ZC" for sign in text)


@transaction.atomic
def add_tags(clip: Clip, text: str) -> list[Tag]:
    """New ones are made; a tag that the clip has already is left. Raises DescribeError."""
    names = checked_tags(text)
    return add_to_all([Clip.objects.select_for_update().get(pk=clip.pk)], names)


def add_to_all(held: Sequence[Clip], names: Iterable[str]) -> list[Tag]:
    """To locked clips of one owner, in as many queries for many as for one."""
    tags = [tag_named(held[0].owner, name) for name in names]
    links = Clip.tags.through.objects
    tag_ids = {clip.pk: {tag.pk for tag in tags} for clip in held}
    for clip_id, tag_id in links.filter(clip__in=held).values_list("clip_id", "tag_id"):
        tag_ids[clip_id].add(tag_id)
    if (n_tags := max(map(len, tag_ids.values()))) > MOST_TAGS:
        details = {"found": n_tags, "limit": MOST_TAGS}
        raise DescribeError("describe:user:too-many-tags", details)
    new = [Clip.tags.through(clip=clip, tag=tag) for clip in held for tag in tags]
    links.bulk_create(new, ignore_conflicts=True)  # those that are there stay
    return tags


def tag_named(owner: User, name: str) -> Tag:
    """Locked until the transaction ends, so that nobody tidies it away before a clip has it."""
    own = Tag.objects.alias(lower=Lower("name")).filter(owner=owner, lower=Lower(Value(name)))
    while not (found := own.select_for_update().first()):
        # ignored where another makes it now; and that one may be tidied away before we lock it
        Tag.objects.bulk_create([Tag(owner=owner, name=name)], ignore_conflicts=True)
    return found


@transaction.atomic
def remove_tag(clip: Clip, tag_id: int) -> str:
    """Its name; empty if it was not there (any more). A tag that no clip has is forgotten."""
    tag = Tag.objects.select_for_update().filter(pk=tag_id, owner=clip.owner).first()
    if tag is None:
        return ""
    clip.tags.remove(tag)
    if not Clip.with_deleted.filter(tags=tag).exists():
        tag.delete()
    return tag.name


@transaction.atomic
def set_tags(clip: Clip, text: str) -> list[Tag]:
    """These and no others from now on; an empty text leaves none. Raises DescribeError."""
    names = checked_tags(text) if text else []
    held = Clip.objects.select_for_update().get(pk=clip.pk)
    wanted = {name.lower() for name in names}
    for tag in list(held.tags.all()):
        if tag.name.lower() not in wanted:
            remove_tag(held, tag.pk)
    return add_tags(held, text) if names else []
