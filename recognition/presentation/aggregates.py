"""What the dashboard asks of the database, and the days on its axes."""

from collections import Counter
from datetime import date, timedelta
from functools import cached_property

from django.utils import timezone

from recognition.models import User
from recognition.selectors import dashboard as selectors
from recognition.selectors.dashboard import Period, Rows, Totals, Unit

LONGEST_DAILY = 14  # days that a trend is drawn by day


class Aggregates:
    """What was asked of the database so far: each question once, and only if a figure needs it."""

    def __init__(self, user: User, period: Period) -> None:
        self.user, self.period = user, period

    @cached_property
    def totals(self) -> Totals:
        return selectors.totals(self.user, self.period)

    @cached_property
    def span(self) -> tuple[date, date]:
        """The days on an axis: from the first clip where no day was asked for, to today at most."""
        zone = self.period.zone
        today, first, last = timezone.localdate(timezone=zone), *self._ends
        until = min(self.period.until or today, max(today, last))
        return min(self.period.since or first, until), until

    @cached_property
    def _ends(self) -> tuple[date, date]:
        zone = self.period.zone
        first, last = self.totals.first_at, self.totals.last_at
        today = timezone.localdate(timezone=zone)
        return (
            timezone.localdate(first, zone) if first else today,
            timezone.localdate(last, zone) if last else today,
        )

    @cached_property
    def unit(self) -> Unit:
        return selectors.unit_for(*self.span)

    @cached_property
    def starts(self) -> list[date]:
        """Of every day, week, month or year of the span, also where nothing happened."""
        start, starts = first_day(self.span[0], self.unit), []
        while start <= self.span[1]:
            starts.append(start)
            start = next_start(start, self.unit)
        return starts

    @cached_property
    def over_time(self) -> Rows:
        return selectors.counts_over_time(self.user, self.period, self.unit)

    @cached_property
    def counts(self) -> Counter[tuple[date, str]]:
        return Counter({(row["start"], row["counted"]): row["n"] for row in self.over_time})

    @cached_property
    def trend_unit(self) -> Unit:
        """Shares of a single day's few clips would only jump."""
        return "week" if self.unit == "day" and len(self.starts) > LONGEST_DAILY else self.unit

    @cached_property
    def trend_counts(self) -> Counter[tuple[date, str]]:
        found: Counter[tuple[date, str]] = Counter()
        for (start, emotion), n in self.counts.items():
            found[first_day(start, self.trend_unit), emotion] += n
        return found

    @cached_property
    def of_emotions(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for (_start, emotion), n in self.counts.items():
            found[emotion] += n
        del found[""]
        return found


def first_day(day: date, unit: Unit) -> date:
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if unit == "year" else day


def next_start(start: date, unit: Unit) -> date:
    days = {"day": 1, "week": 7, "month": 31, "year": 366}[unit]
    return first_day(start + timedelta(days=days), unit)
