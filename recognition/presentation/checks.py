"""What is in order and what is not: figures of the site beside the limits where they turn."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mlcore.drift import LARGE, SMALL
from recognition.presentation.scores import fixed
from recognition.selectors.drift import FEWEST_CLIPS as DRIFT_CLIPS
from recognition.selectors.drift import Drift, Movement
from recognition.selectors.monitoring import Outcomes, Queue, Training, VersionUse


class Level(StrEnum):
    GOOD = "good"
    WATCH = "watch"
    ALARM = "alarm"
    UNKNOWN = "unknown"


LEVEL_WORDS = {
    Level.GOOD: gettext_lazy("in order"),
    Level.WATCH: gettext_lazy("keep an eye on it"),
    Level.ALARM: gettext_lazy("act now"),
    Level.UNKNOWN: gettext_lazy("can’t be told yet"),
}
ORDER = (Level.ALARM, Level.WATCH, Level.UNKNOWN, Level.GOOD)
FEWEST_CLIPS = 20  # a share of fewer says nothing


@dataclass(frozen=True)
class Limit:
    """From where a figure wants attention, and from where it is an alarm."""

    watch: float
    alarm: float


QUEUE_AGE_S = Limit(60, 300)
FAILED = Limit(0.15, 0.3)
OUR_FAULT = Limit(0.01, 0.05)
NO_SPEECH = Limit(0.1, 0.25)
NOT_SURE = Limit(0.3, 0.5)
CORRECTED = Limit(0.1, 0.2)
PSI = Limit(SMALL, LARGE)


@dataclass(frozen=True)
class Check:
    """One figure; `words` says what it means and where it turns."""

    slug: str
    name: str
    value: str
    level: Level
    words: str

    @property
    def level_words(self) -> str:
        return str(LEVEL_WORDS[self.level])


def check_queue(found: Queue) -> Check:
    return Check(
        "queue-age",
        _("Longest wait in the queue"),
        seconds(found.oldest_s),
        level_of(found.oldest_s, QUEUE_AGE_S),
        _("How long the clip that waits longest does. From %(watch)s on look, from %(alarm)s act.")
        % {"watch": seconds(QUEUE_AGE_S.watch), "alarm": seconds(QUEUE_AGE_S.alarm)},
    )


def check_outcomes(found: Outcomes, *, n_our_fault: int) -> list[Check]:
    return [
        check_share(
            "failed",
            _("No result"),
            (found.n_failed, found.n_ended),
            FAILED,
            _("Of the clips that ended, whatever the reason."),
        ),
        check_share(
            "our-fault",
            _("No result, by our fault"),
            (n_our_fault, found.n_ended),
            OUR_FAULT,
            _("Of the clips that ended: broken off too often, or set aside."),
        ),
        check_share(
            "no-speech",
            _("No speech"),
            (found.n_no_speech, found.n_ended),
            NO_SPEECH,
            _("Of the clips that ended, those without enough speech."),
        ),
        check_share(
            "not-sure",
            _("Not sure"),
            (found.n_not_sure, found.n_done),
            NOT_SURE,
            _("Of the clips with a result, those whose confidence is below the model’s threshold."),
        ),
    ]


def check_corrected(found: VersionUse | None) -> Check:
    """Of the serving version; whoever says nothing may agree or not care, so it is no error."""
    n_wrong, n_clips = (found.n_wrong, found.n_clips) if found else (0, 0)
    words = _("Of the serving version’s clips, those where a person heard something else.")
    return check_share("corrected", _("Corrected"), (n_wrong, n_clips), CORRECTED, words)


def check_drift(drift: Drift | None) -> list[Check]:
    emotions = _("By how much the emotions that it hears moved away from those where it was tried.")
    confidence = _("By how much its confidence moved away from that where it was tried.")
    return [
        _check_movement(
            "psi-emotions", _("Emotions (PSI)"), drift.emotions if drift else None, emotions
        ),
        _check_movement(
            "psi-confidence", _("Confidence (PSI)"), drift.confidence if drift else None, confidence
        ),
    ]


def check_alarms(n_alarms: int) -> Check:
    level = Level.ALARM if n_alarms else Level.GOOD
    words = _("Model versions whose files could not be opened.")
    return Check("model-alarms", _("Alarms of models"), str(n_alarms), level, words)


def check_training(found: Training) -> Check:
    failed = found.last_failed
    words = _("Whether the newest training came to an end.")
    if failed:
        return Check("training", _("Training"), failed.error_code, Level.WATCH, words)
    if found.running:
        return Check("training", _("Training"), _("is running"), Level.GOOD, words)
    value = _("ended well") if found.last_done else _("none yet")
    return Check("training", _("Training"), value, Level.GOOD, words)


def check_share(slug: str, name: str, of: tuple[int, int], limit: Limit, words: str) -> Check:
    """`of` is part and whole."""
    part, whole = of
    if whole < FEWEST_CLIPS:
        few = _("It takes %(n)s clips to tell.") % {"n": FEWEST_CLIPS}
        value = f"{part} / {whole}"
        return Check(slug, name, value, Level.UNKNOWN, f"{words} {few}")
    turns = _("From %(watch)s on look, from %(alarm)s act.") % {
        "watch": percent(limit.watch),
        "alarm": percent(limit.alarm),
    }
    share = part / whole
    return Check(slug, name, percent(share), level_of(share, limit), f"{words} {turns}")


def level_of(value: float, limit: Limit) -> Level:
    if value >= limit.alarm:
        return Level.ALARM
    return Level.WATCH if value >= limit.watch else Level.GOOD


def level_of_movement(movement: Movement) -> Level:
    """What chance alone brings about in so few clips is no movement."""
    if movement.psi is None or movement.by_chance is None:
        return Level.UNKNOWN
    return Level.GOOD if movement.psi <= movement.by_chance else level_of(movement.psi, PSI)


def _check_movement(slug: str, name: str, movement: Movement | None, words: str) -> Check:
    if movement is None or movement.psi is None:
        few = _("It takes %(n)s clips to tell.") % {"n": DRIFT_CLIPS}
        return Check(slug, name, "–", Level.UNKNOWN, f"{words} {few}")
    turns = _("From %(watch)s on look, from %(alarm)s act; chance alone reaches %(chance)s.") % {
        "watch": fixed(PSI.watch, 2),
        "alarm": fixed(PSI.alarm, 2),
        "chance": fixed(movement.by_chance or 0, 2),
    }
    level = level_of_movement(movement)
    return Check(slug, name, fixed(movement.psi, 2), level, f"{words} {turns}")


def percent(share: float) -> str:
    return f"{fixed(100 * share, 1)} %"


def seconds(value: float) -> str:
    """In the unit in which a person would say it."""
    if value < 1:
        return _("%(n)s ms") % {"n": round(1000 * value)}
    if value < 120:
        return _("%(n)s s") % {"n": fixed(value, 0 if value >= 10 else 1)}
    if value < 7200:
        return _("%(n)s min") % {"n": round(value / 60)}
    return _("%(n)s h") % {"n": fixed(value / 3600, 1)}
