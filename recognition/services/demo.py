"""The demo user's clips: made by rule, so that a site can be shown without anybody's voice."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import soundfile
from allauth.account.models import EmailAddress
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from mlcore.audio import SAMPLE_RATE, Waveform
from mlcore.synthesis import Manner, speak
from recognition.models import Clip, Review, Tag, User
from recognition.selectors.reviews import reviewable
from recognition.services.correct import correct_clip
from recognition.services.review import Opinion, give_review
from recognition.services.submit import Terms, submit_clip

USERNAME, EMAIL = "demo", "demo@example.org"
REVIEWER, REVIEWER_EMAIL = "demo-reviewer", "demo-reviewer@example.org"
WEEKS = 8
TAGS = ("phone", "studio", "first take", "interview")
TOPICS = ("greeting", "weather report", "voice mail", "rehearsal", "story", "question", "answer")
# Found by trying some thousand: the model hears different things in them, and speech in most of
# the time. What it hears is its guess about a sound that nobody made.
MANNERS = (
    Manner(117, 3.0, -6.3, 2.2, 0.12, 0.027, 1.13, 0.1),
    Manner(210, 0.6, 1.9, 3.1, 0.13, 0.01, 1.14, 0.03, damping=6.0),
    Manner(204, 6.4, 4.0, 4.9, 0.72, 0.01, 1.12, 0.1),
    Manner(222, 8.8, 8.6, 5.8, 0.84, 0.01, 1.13, 0.1, damping=6.0),
    Manner(187, 9.4, 8.0, 3.3, 0.66, 0.035, 1.23, 0.2, damping=5.4),
    Manner(189, 7.9, 8.4, 3.8, 0.49, 0.02, 1.02, 0.03, damping=3.0),
)


@dataclass(frozen=True)
class Plan:
    """One clip before it is made."""

    name: str
    manner: Manner
    seed: int
    duration_s: float
    days_ago: float
    tag: str = ""


def plans(n_clips: int) -> Iterator[Plan]:
    """The same ones each time: all manners, varied, more of them in the last weeks."""
    rng = np.random.default_rng(7)
    for number in range(n_clips):
        manner = MANNERS[number % len(MANNERS)]
        varied = replace(
            manner,
            f0=manner.f0 * rng.uniform(0.93, 1.08),
            effort=float(np.clip(manner.effort + rng.uniform(-0.08, 0.08), 0, 1)),
            level=float(rng.uniform(0.25, 0.85)),
        )
        yield Plan(
            name=f"{TOPICS[number % len(TOPICS)]} {number + 1}.flac",
            manner=varied,
            seed=1000 + number,
            duration_s=float(rng.uniform(2.5, 7.0)),
            days_ago=7 * WEEKS * float(rng.beta(1.0, 1.7)),
            tag=TAGS[number % len(TAGS)] if number % 3 == 0 else "",
        )


def demo_user(password: str) -> User:
    """Lets reviewers hear the clips: they are nobody's voice."""
    consent = {"review_consent_at": timezone.now()}
    return demo_account(USERNAME, password, email=EMAIL, name="Demo", **consent)


def demo_reviewer(password: str) -> User:
    name = "Demo reviewer"
    return demo_account(REVIEWER, password, email=REVIEWER_EMAIL, name=name, is_reviewer=True)


@transaction.atomic
def demo_account(username: str, password: str, **fields: object) -> User:
    """A password is set only if one is given, so that a second run locks nobody out."""
    user, is_new = User.objects.get_or_create(username=username, defaults=fields)
    if password:
        user.set_password(password)
    elif is_new:
        user.set_unusable_password()
    user.save()
    if is_new:
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def seed(user: User, n_clips: int) -> list[Clip]:
    """Only what is not there yet: run again, it adds nothing."""
    there = set(Clip.with_deleted.filter(owner=user).values_list("file_name", flat=True))
    clips = [make_clip(user, plan) for plan in plans(n_clips) if plan.name not in there]
    for name, waveform, days_ago in special_waveforms():
        if name not in there:
            clips.append(keep(user, name, waveform, days_ago=days_ago))
    return clips


def special_waveforms() -> Iterator[tuple[str, Waveform, float]]:
    """A long one whose voice changes, and one in which nobody speaks, so that it fails."""
    parts = [speak(manner, 7.5, seed=90 + n) for n, manner in enumerate(MANNERS)]
    yield "conversation of a minute and a half.flac", np.concatenate([*parts, *parts]), 1.2
    noise = 0.003 * np.random.default_rng(3).standard_normal(4 * SAMPLE_RATE)
    yield "microphone was off.flac", noise.astype(np.float32), 0.6


def make_clip(user: User, plan: Plan) -> Clip:
    waveform = speak(plan.manner, plan.duration_s, seed=plan.seed)
    clip = keep(user, plan.name, waveform, days_ago=plan.days_ago)
    if plan.tag:
        clip.tags.add(Tag.objects.get_or_create(owner=user, name=plan.tag)[0])
    return clip


def keep(user: User, name: str, waveform: Waveform, *, days_ago: float) -> Clip:
    buffer = io.BytesIO()
    soundfile.write(buffer, waveform, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    terms = Terms(Clip.SpeakerConsent.AGREED)
    clip = submit_clip(user, ContentFile(buffer.getvalue(), name=name), terms)
    clip.created_at = timezone.now() - timedelta(days=days_ago)
    clip.save(update_fields=["created_at"])
    return clip


def correct_some(user: User, n_clips: int) -> int:
    """Every seventh clip that was recognized: as if its owner had heard something else."""
    others = {"angry": "happy", "fearful": "surprised", "calm": "neutral", "sad": "calm"}
    names = [plan.name for plan in plans(n_clips)][::7]
    found = Clip.objects.filter(owner=user, state=Clip.State.DONE, file_name__in=names)
    fresh = [clip for clip in found if not clip.corrected_emotion]
    for clip in fresh:
        correct_clip(user, clip, others.get(clip.emotion, "neutral"))
    return len(fresh)


def review_some(reviewer: User, user: User, n_clips: int) -> int:
    """Every fifth clip: as if a reviewer had heard what its owner did, else the model."""
    names = [plan.name for plan in plans(n_clips)][::5]
    found = reviewable(reviewer).filter(owner=user, file_name__in=names)
    fresh = list(found.filter(review_case__isnull=True))
    for clip in fresh:
        give_review(reviewer, clip.pk, Opinion(Review.Kind.HEARD, clip.counted_emotion))
    return len(fresh)
