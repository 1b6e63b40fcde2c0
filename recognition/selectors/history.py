"""The history of one person: filtered, sorted, and cut into pages by keyset.

No page is counted and none is skipped over, so that the last of a million clips is as near as the
first: a cursor names the last clip seen, and each order has its index.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchQuery
from django.db.models import BooleanField, F, Func, Q, QuerySet, Value
from django.db.models.expressions import Combinable, OrderBy
from django.db.models.functions import Coalesce, Lower
from django.utils.dateparse import parse_datetime

from recognition.errors import SelectionError
from recognition.models import Clip, User
from recognition.models.clips import COUNTED_EMOTION, IS_SAID_BY_PEOPLE, NO_WORD, RegexpReplace
from recognition.selectors.clips import predictions_of

PAGE_SIZE = 25
CHUNK_SIZE = 1000
NEAR = 250  # clips looked through for one that fits, before all that fit are sorted
BACK = "~"  # at the end of a cursor
N_FEW = 15_000  # where at most so many have a tag, all of them are looked at instead of near ones


@dataclass(frozen=True)
class HistoryFilter:
    """What is looked for; whatever is empty doesn't matter."""

    text: str = ""
    emotions: tuple[str, ...] = ()  # the label that counts
    heard: str = ""  # what the model said, whatever counts
    least_percent: int | None = None
    most_percent: int | None = None
    is_sure: bool | None = None
    since: date | None = None
    until: date | None = None
    state: str = ""
    tag_id: int | None = None
    is_corrected: bool | None = None  # by the owner, whether reviewers had the last word or not
    is_reviewed: bool | None = None
    batch_id: UUID | None = None
    sort: str = "newest"
    zone: tzinfo = field(default=UTC, compare=False)  # in which the days are counted

    @property
    def is_empty(self) -> bool:
        return replace(self, sort="newest") == HistoryFilter()

    @property
    def wants_said(self) -> bool:
        """What counts can be something else than what was heard only where people said so."""
        is_other = self.heard and self.emotions and self.heard not in self.emotions
        return bool(self.is_corrected or self.is_reviewed or is_other)

    @property
    def wants_heard(self) -> bool:
        """Only what the model heard has these, and then a confidence and a length, too."""
        percents = self.least_percent, self.most_percent
        return bool(self.heard) or self.is_sure is not None or percents != (None, None)

    @property
    def has_index(self) -> bool:
        """Clips without conditions, and those that people said something of by what was said, lie
        ready in every order."""
        rest = replace(self, heard="", emotions=(), is_corrected=None, is_reviewed=None)
        return self.is_empty or (self.wants_said and rest.is_empty)


EVERYTHING = HistoryFilter()


@dataclass(frozen=True)
class HistoryPage:
    clips: list[Clip]
    next_cursor: str  # empty on the last page
    previous_cursor: str = ""  # empty on the first one


@dataclass(frozen=True)
class Order:
    value: Combinable
    parse: Callable[[str], Any]
    descending: bool = True
    has_nulls: bool = False  # clips without the value come last
    is_back: bool = False  # then everything the other way round

    def turned(self) -> "Order":
        return replace(self, descending=not self.descending, is_back=not self.is_back)

    def by(self) -> list[OrderBy | str]:
        """As an index has it, forward or backward; nulls stand aside, so their place is free."""
        if self.descending:
            nulls_last = True if self.has_nulls else None
            return [OrderBy(F("position"), descending=True, nulls_last=nulls_last), "-id"]
        return [OrderBy(F("position"), nulls_first=True if self.has_nulls else None), "id"]

    def by_sorting(self) -> list[OrderBy | str]:
        """The same order, as no index has it."""
        value = Coalesce(F("position"), F("position"))
        return [OrderBy(value, descending=self.descending), "-id" if self.descending else "id"]


def parse_moment(text: str) -> datetime:
    """In UTC, since PostgreSQL knows fewer offsets. Raises ValueError."""
    moment = parse_datetime(text)
    if moment is None or moment.tzinfo is None:
        raise ValueError(text)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(text) from None


ORDERS = {
    "newest": Order(F("created_at"), parse_moment),
    "oldest": Order(F("created_at"), parse_moment, descending=False),
    "surest": Order(F("confidence"), float, has_nulls=True),
    "least-sure": Order(F("confidence"), float, descending=False, has_nulls=True),
    "longest": Order(F("duration_s"), float, has_nulls=True),
    "name": Order(Lower("name"), str, descending=False),
}


class PrefixQuery(SearchQuery):
    """Every word of a text, each as the beginning of one.

    PostgreSQL itself takes the text apart, the way it did with what is searched, and only words
    that it quoted get the mark of a prefix: nothing that a person writes can act as an operator.
    """

    def __init__(self, text: str) -> None:
        words = RegexpReplace(Value(text), NO_WORD, Value(" "), Value("g"))
        super().__init__(words, config="simple")

    def as_sql(self, *args: Any, **options: Any) -> tuple[str, Any]:
        sql, parameters = super().as_sql(*args, **options)
        return f"regexp_replace({sql}::text, '''( |$)', ''':*\\1', 'g')::tsquery", parameters


class IsOneOf(Func):
    """Of a list that is made first: by a join the planner may go through all clips for it."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY ("
    output_field = BooleanField()


@dataclass(frozen=True)
class Cursor:
    """The last clip seen, or the first, by what was sorted by; None: it has no such value."""

    value: Any
    clip_id: UUID
    is_back: bool = False  # what comes before it is wanted

    @classmethod
    def of(cls, clip: Clip, *, is_back: bool = False) -> "Cursor":
        return cls(clip.position, clip.pk, is_back)  # type: ignore[attr-defined] # from take

    @classmethod
    def parse(cls, text: str, order: Order) -> "Cursor | None":
        """None for one that we did not make: the history then starts at its first page."""
        value, _, hexadecimal = text.removesuffix(BACK).rpartition("_")
        try:
            if "\0" in value:
                return None
            is_null = order.has_nulls and not value
            parsed = None if is_null else order.parse(value)
            return cls(parsed, UUID(hex=hexadecimal), text.endswith(BACK))
        except ValueError:
            return None

    def __str__(self) -> str:
        value = self.value
        if isinstance(value, datetime):
            value = f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        mark = BACK if self.is_back else ""
        return f"{'' if value is None else value}_{self.clip_id.hex}{mark}"


def history(user: User, cursor: str = "", chosen: HistoryFilter = EVERYTHING) -> HistoryPage:
    """One page of own clips, with tags and predictions."""
    return Search.of(user, chosen, with_all).page(cursor, size=PAGE_SIZE)


def history_rows(user: User, cursor: str, chosen: HistoryFilter) -> HistoryPage:
    """The same with what a list shows: a clip itself knows its emotion."""
    return Search.of(user, chosen, with_tags).page(cursor, size=PAGE_SIZE)


def matching_in_chunks(user: User, chosen: HistoryFilter) -> Iterator[list[Clip]]:
    """All of them, for an export: a list at a time is in memory, and no cursor is held open."""
    search, cursor = Search.of(user, chosen, with_all), ""
    while True:
        page = search.page(cursor, size=CHUNK_SIZE)
        yield page.clips
        if not (cursor := page.next_cursor):
            return


def own_clips(user: User, clip_ids: Iterable[UUID]) -> QuerySet[Clip]:
    """Those of them that are the user's, newest first; others are as if they did not exist."""
    clips = Clip.objects.filter(owner=user, pk__in=list(clip_ids))
    return clips.defer("words").order_by("-created_at", "-id")


def own_clips_by_id(user: User, clip_ids: Collection[UUID]) -> list[Clip]:
    """As own_clips, with all that an export tells; SelectionError where one is none of them."""
    found = list(with_all(own_clips(user, clip_ids)))
    if missing := set(clip_ids) - {clip.pk for clip in found}:
        raise SelectionError(missing)
    return found


def with_all(clips: QuerySet[Clip]) -> QuerySet[Clip]:
    """What an export or a program wants of each."""
    return clips.prefetch_related("tags", predictions_of(with_segments=False))


def with_tags(clips: QuerySet[Clip]) -> QuerySet[Clip]:
    return clips.prefetch_related("tags")


@dataclass(frozen=True)
class Search:
    """Clips that fit, in an order."""

    own: QuerySet[Clip]
    fitting: QuerySet[Clip]
    order: Order
    chosen: HistoryFilter
    is_narrow: bool

    @classmethod
    def of(
        cls, user: User, chosen: HistoryFilter, fetch: Callable[[QuerySet[Clip]], QuerySet[Clip]]
    ) -> "Search":
        order = ORDERS[chosen.sort]
        own = Clip.objects.filter(owner=user).defer("words").annotate(position=order.value)
        if is_narrow := is_of_few(chosen):
            tagged = own.filter(IsOneOf(F("pk"), ArraySubquery(tagged_with(chosen.tag_id))))
            fitting = matching(tagged, replace(chosen, tag_id=None))
        else:
            fitting = matching(own, chosen)
        return cls(own, fetch(fitting), order, chosen, is_narrow)

    def page(self, cursor: str, *, size: int) -> HistoryPage:
        """With a clip more than it shows, to know whether there are others."""
        last = Cursor.parse(cursor, self.order)
        is_back = last is not None and last.is_back
        search = replace(self, order=self.order.turned()) if is_back else self
        found = search.take(last, n=size + 1)
        shown, has_more = found[:size], len(found) > size
        if is_back:
            shown.reverse()
        if is_back and not shown:  # all that came before is deleted
            return self.page("", size=size)
        if not shown:
            return HistoryPage([], "")
        after = str(Cursor.of(shown[-1])) if is_back or has_more else ""
        leads_back = has_more if is_back else last is not None
        before = str(Cursor.of(shown[0], is_back=True)) if leads_back else ""
        return HistoryPage(shown, after, before)

    def take(self, last: Cursor | None, *, n: int) -> list[Clip]:
        """Clips without the value by queries of their own: no index has "less than or null"."""
        if not self.order.has_nulls:
            return self.take_after(last, Q(), n=n)
        parts = [True, False] if self.order.is_back else [False, True]
        if last is not None:
            del parts[: parts.index(last.value is None)]
        found: list[Clip] = []
        for is_null in parts:
            if len(found) < n and not (is_null and self.chosen.wants_heard):
                found += self.take_after(last, Q(position__isnull=is_null), n=n - len(found))
            last = None
        return found

    def take_after(self, last: Cursor | None, part: Q, *, n: int) -> list[Clip]:
        """Near clips are looked through in their order; if too few fit, all that do are sorted.

        The planner, left alone, guesses how far it has to look. Of a rare word it thinks that it is
        soon found, and looks through a million clips for it.
        """
        rest = after(self.fitting.filter(part), self.order, last)
        in_order = rest.order_by(*self.order.by())
        if self.chosen.has_index:
            return list(in_order[:n])
        by_sorting = rest.order_by(*self.order.by_sorting())
        if self.is_narrow:
            return list(by_sorting[:n])
        ahead = after(self.own.filter(part), self.order, last).order_by(*self.order.by())
        horizon = [Cursor.of(clip) for clip in ahead.only("id")[NEAR * n : NEAR * n + 1]]
        if not horizon:
            return list(in_order[:n])
        near = list(before(in_order, self.order, horizon[0])[:n])
        return near if len(near) == n else list(by_sorting[:n])


def tagged_with(tag_id: int | None) -> QuerySet[Any]:
    return Clip.tags.through.objects.filter(tag=tag_id).values("clip")


def is_of_few(chosen: HistoryFilter) -> bool:
    """Of near clips hardly one may have the tag and fit the rest; all that have it are few."""
    if chosen.tag_id is None or replace(chosen, tag_id=None).is_empty:
        return False
    return not tagged_with(chosen.tag_id)[N_FEW : N_FEW + 1].exists()


def after(clips: QuerySet[Clip], order: Order, last: Cursor | None) -> QuerySet[Clip]:
    """What comes after a clip; the first condition alone is what the index is searched by."""
    if last is None:
        return clips
    than = "lt" if order.descending else "gt"
    behind = Q(**{f"id__{than}": last.clip_id})
    if last.value is None:
        return clips.filter(behind)
    at_or_behind = clips.filter(**{f"position__{than}e": last.value})
    return at_or_behind.filter(Q(**{f"position__{than}": last.value}) | behind)


def before(clips: QuerySet[Clip], order: Order, horizon: Cursor) -> QuerySet[Clip]:
    """What comes before a clip, or with it; a little more does no harm."""
    of = "gte" if order.descending else "lte"
    if horizon.value is None:
        return clips.filter(**{f"id__{of}": horizon.clip_id})
    return clips.filter(**{f"position__{of}": horizon.value})


def matching(clips: QuerySet[Clip], chosen: HistoryFilter) -> QuerySet[Clip]:
    clips = clips.alias(counted=COUNTED_EMOTION)
    conditions: dict[str, object] = {
        "emotion": chosen.heard or None,
        "is_sure": chosen.is_sure,
        "state": chosen.state or None,
        "tags": chosen.tag_id,
        "batch": chosen.batch_id,
        "created_at__gte": chosen.since and start_of(chosen.since, chosen.zone),
        "created_at__lt": chosen.until and start_of(chosen.until + timedelta(days=1), chosen.zone),
        # figures are shown rounded, so they are compared rounded
        "confidence__gte": _below(chosen.least_percent),
        "confidence__lt": _above(chosen.most_percent),
        "words": PrefixQuery(chosen.text) if chosen.text else None,
    }
    clips = clips.filter(**{name: it for name, it in conditions.items() if it is not None})
    if chosen.emotions:
        clips = clips.filter(counted__in=chosen.emotions)
    return clips.filter(said(chosen))


def said(chosen: HistoryFilter) -> Q:
    """By people, as the index has it; what follows from another part would mislead the planner."""
    is_told = chosen.is_corrected or chosen.is_reviewed
    found = IS_SAID_BY_PEOPLE if chosen.wants_said and not is_told else Q()
    answers = {
        "corrected_emotion": chosen.is_corrected,
        "reviewed_emotion": chosen.is_reviewed,
    }
    for name, answer in answers.items():
        if answer is not None:
            found &= Q(**{f"{name}__gt" if answer else name: ""})
    return found


def _below(percent: int | None) -> float | None:
    return (percent - 0.5) / 100 if percent else None  # at least 0 % is no condition


def _above(percent: int | None) -> float | None:
    return None if percent is None else (percent + 0.5) / 100


def start_of(day: date, zone: tzinfo) -> datetime:
    """Of the day as the person who looks counts it."""
    return datetime.combine(day, time.min, zone)
