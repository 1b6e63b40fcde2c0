"""What stands above the charts: the figures that a person looks for first."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recognition.emotions import EMOTION_EMOJI
from recognition.presentation.aggregates import Aggregates
from recognition.presentation.dashboard import count, decimal, label_of, percent
from recognition.selectors.dashboard import Totals


@dataclass(frozen=True)
class Tile:
    name: str
    value: str
    more: str = ""
    emoji: str = ""


def tiles_of(found: Aggregates) -> list[Tile]:
    totals = found.totals
    tiles = [
        Tile(_("Clips"), count(totals.n_clips).text, _without_result(totals)),
        Tile(_("Minutes"), decimal(totals.seconds / 60).text, ""),
    ]
    if found.of_emotions:
        emotion, n = max(found.of_emotions.items(), key=lambda item: item[1])
        share = percent(n / found.of_emotions.total()).text
        more = _("%(share)s of clips") % {"share": share}
        tiles.append(Tile(_("Most often"), label_of(emotion), more, EMOTION_EMOJI[emotion]))
    if totals.mean_confidence is not None:
        sure = percent(totals.n_sure / totals.n_heard).text if totals.n_heard else "–"
        mean = percent(totals.mean_confidence).text
        tiles.append(Tile(_("Mean confidence"), mean, _("sure in %(share)s") % {"share": sure}))
    more = ngettext("of %(n)s clip you judged", "of %(n)s clips you judged", totals.n_judged)
    more %= {"n": count(totals.n_judged).text}
    tiles.append(Tile(_("You corrected"), count(totals.n_corrected).text, more))
    if totals.n_reviewed:
        words = _("%(n)s something else than the model heard")
        more = words % {"n": count(totals.n_overruled).text}
        tiles.append(Tile(_("Reviewed"), count(totals.n_reviewed).text, more))
    return tiles


def _without_result(totals: Totals) -> str:
    n = totals.n_failed
    return ngettext("%(n)d without a result", "%(n)d without a result", n) % {"n": n} if n else ""
