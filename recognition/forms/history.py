"""What the history is filtered by, as an address says it."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recognition.emotions import EMOTION_EMOJI, EMOTION_LABELS
from recognition.messages import STATE_LABELS
from recognition.models import Batch, User
from recognition.selectors import HistoryFilter
from recognition.selectors.actions import MOST_SUGGESTED
from recognition.selectors.dashboard import zone_of

SORTS = [
    ("newest", _("newest first")),
    ("oldest", _("oldest first")),
    ("surest", _("most confident first")),
    ("least-sure", _("least confident first")),
    ("longest", _("longest first")),
    ("name", _("by name")),
]
NO_BATCH = _("You have no such batch.")
NO_TAG = _("You have no tag with this number.")
STATE_CHOICES = [("", _("any")), *STATE_LABELS.items()]
YES_OR_NO = [("", _("either")), ("yes", _("yes")), ("no", _("no"))]
MORE = {"heard", "min", "max", "sure", "since", "until", "state", "tag", "corrected", "reviewed"}
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)


def emotion_choices() -> list[tuple[str, str]]:
    return list(EMOTION_LABELS.items())


def percent_field(label: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=0,
        max_value=100,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": _("Give a whole number of percent, from 0 to 100.")},
    )


def day_field(label: Any) -> forms.DateField:
    limits = {"first": FIRST_DAY.isoformat(), "last": LAST_DAY.isoformat()}
    words = _("Choose a day from 2000 to 2199.")
    return forms.DateField(
        label=label,
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(
            format="%Y-%m-%d",
            attrs={"type": "date", "min": limits["first"], "max": limits["last"]},
        ),
        validators=[MinValueValidator(FIRST_DAY, words), MaxValueValidator(LAST_DAY, words)],
        error_messages={"invalid": _("Give a day as year-month-day, like 2026-03-31.")},
    )


@dataclass(frozen=True)
class Chip:
    """One condition in force, and the address of the same history without it."""

    label: str
    url: str


@dataclass(frozen=True)
class Toggle:
    value: str
    label: str
    emoji: str
    is_on: bool


class HistoryForm(forms.Form):
    q = forms.CharField(
        label=_("Words in name or note"),
        required=False,
        max_length=200,
        validators=[
            RegexValidator(r"[^\W_]", _("Write at least one letter or digit to search for."))
        ],
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    sort = forms.ChoiceField(label=_("Sort"), choices=SORTS, required=False)
    emotion = forms.MultipleChoiceField(
        label=_("Emotion"),
        choices=emotion_choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "What reviewers settled counts, else your correction, else what the model heard."
        ),
    )
    heard = forms.ChoiceField(
        label=_("The model heard"),
        choices=lambda: [("", _("anything")), *emotion_choices()],
        required=False,
    )
    min = percent_field(_("Confidence from %"))
    max = percent_field(_("Confidence to %"))
    sure = forms.ChoiceField(label=_("The model was sure"), choices=YES_OR_NO, required=False)
    since = day_field(_("From day"))
    until = day_field(_("To day"))
    state = forms.ChoiceField(label=_("State"), choices=STATE_CHOICES, required=False)
    tag = forms.TypedChoiceField(
        label=_("Tag"),
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": NO_TAG},
    )
    corrected = forms.ChoiceField(label=_("You corrected"), choices=YES_OR_NO, required=False)
    reviewed = forms.ChoiceField(label=_("Reviewed"), choices=YES_OR_NO, required=False)
    batch = forms.UUIDField(
        label=_("Batch"),
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid": NO_BATCH},
    )

    def __init__(self, data: QueryDict, *, owner: User) -> None:
        self.query = data.copy()
        self.query.setlist("emotion", [it for it in data.getlist("emotion") if it])
        super().__init__(self.query)
        self.owner = owner
        self.tags = list(owner.tags.values_list("pk", "name"))
        self.fields["tag"].choices = [("", _("any")), *self.tags]  # type: ignore[attr-defined]

    def clean_batch(self) -> Batch | None:
        batch_id = self.cleaned_data["batch"]
        batch = self.owner.batches.filter(pk=batch_id).first() if batch_id else None
        if batch_id and batch is None:
            raise forms.ValidationError(NO_BATCH, code="invalid")
        return batch

    def clean(self) -> None:
        self.refuse_backwards("min", "max", gettext("This is less than “from”."))
        self.refuse_backwards("since", "until", gettext("This day is before “from”."))

    def refuse_backwards(self, first: str, last: str, words: str) -> None:
        start, end = self.cleaned_data.get(first), self.cleaned_data.get(last)
        if start is not None and end is not None and end < start:
            self.add_error(last, backwards(words, first))

    def chosen(self) -> HistoryFilter:
        """Of a valid form."""
        values = self.cleaned_data
        return HistoryFilter(
            text=values["q"],
            emotions=tuple(values["emotion"]),
            heard=values["heard"],
            least_percent=values["min"],
            most_percent=values["max"],
            is_sure=as_bool(values["sure"]),
            since=values["since"],
            until=values["until"],
            state=values["state"],
            tag_id=values["tag"],
            is_corrected=as_bool(values["corrected"]),
            is_reviewed=as_bool(values["reviewed"]),
            batch_id=values["batch"] and values["batch"].pk,
            sort=values["sort"] or "newest",
            zone=zone_of(self.owner),
        )

    @property
    def has_more(self) -> bool:
        """Anything that stands under "more filters"."""
        return any(name in MORE for name, _value in self.pairs())

    @property
    def tag_names(self) -> list[str]:
        """To be offered when clips are tagged."""
        return [name for _pk, name in self.tags[:MOST_SUGGESTED]]

    def emotions(self) -> list[Toggle]:
        """By hand in the template: eight widgets would be a quarter of the time of a page."""
        chosen = self.query.getlist("emotion")
        return [
            Toggle(value, label, EMOTION_EMOJI[value], value in chosen)
            for value, label in emotion_choices()
        ]

    def pairs(self) -> list[tuple[str, str]]:
        """What was filled in, for an address: no empty values, nothing that we don't know."""
        pairs = []
        for name in self.fields:
            values = self.query.getlist(name) if name == "emotion" else [self.query.get(name, "")]
            pairs += [(name, value) for value in values if value]
        return [pair for pair in pairs if pair != ("sort", "newest")]

    def address(self) -> str:
        return urlencode(self.pairs())

    def chips(self) -> list[Chip]:
        """Also of what can't be used, so that it can be removed."""
        pairs = self.pairs()
        return [
            Chip(self.words_of(name, value), "?" + urlencode([it for it in pairs if it != pair]))
            for pair in pairs
            for name, value in [pair]
            if name != "sort"
        ]

    def words_of(self, name: str, value: str) -> str:
        field = self.fields[name]
        if name == "batch":
            shown = self.batch_words(self.cleaned_data.get(name))
        else:
            labels = {str(key): label for key, label in getattr(field, "choices", ())}
            shown = str(labels.get(value, value))
        if name == "q":
            return f"“{shown}”"
        return shown if name in ("emotion", "batch") else f"{field.label}: {shown}"

    def batch_words(self, batch: Batch | None) -> str:
        if batch is None:
            return gettext("Batch")
        sent_at = localtime(batch.created_at)
        return gettext("Batch of %(moment)s") % {"moment": date_format(sent_at, "j M Y, H:i")}


def backwards(words: str, first: str) -> forms.ValidationError:
    """With the parameter that says where it begins: programs see no “from”."""
    return forms.ValidationError(words, code="backwards", params={"first": first})


def as_bool(answer: str) -> bool | None:
    return {"yes": True, "no": False}.get(answer)
