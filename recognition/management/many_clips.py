"""A throwaway user with as many clips as wanted, made by SQL, and what pages of them cost."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mlcore.labels import EMOTIONS
from recognition.models import ModelVersion, User

# Of 1000 clips: 20 failed, 1 set aside; 50 corrected, 25 reviewed, 5 of them both; a quarter not
# sure. Names hold a word of all, one of 1 in 8, one of 1 in 100 and one of their own.
MAKE_CLIPS = """
INSERT INTO recognition_clip (
    id, owner_id, batch_id, name, file_name, file, container, size_bytes, sha256, speaker_consent,
    duration_s, state, attempts, error_code, error_details, created_at, queued_at, announced_at,
    started_at, finished_at, emotion, confidence, is_sure, model_version_id, corrected_emotion,
    reviewed_emotion, note
)
SELECT
    gen_random_uuid(), %(owner)s, CASE WHEN n %% 5000 = 7 THEN %(batch)s::uuid END,
    'take ' || place || ' speaker' || n / 7 %% 100 || ' no' || n || '.wav',
    'sent.wav', 'clips/none/' || n, 'wav', 96044, md5(n::text) || md5(n::text), 'own-voice',
    0.5 + random() * 30, CASE WHEN ended THEN 'done' WHEN n %% 50 = 3 THEN 'failed'
        ELSE 'quarantined' END,
    1, CASE WHEN ended THEN '' ELSE 'recognition:app:gave-up' END, '{"attempts": 3}',
    made_at, made_at, made_at, made_at, made_at, CASE WHEN ended THEN emotion ELSE '' END,
    CASE WHEN ended THEN confidence END, CASE WHEN ended THEN confidence >= 0.4 END,
    CASE WHEN ended THEN %(version)s END,
    CASE WHEN ended AND n %% 20 = 1 THEN other ELSE '' END,
    CASE WHEN ended AND (n %% 50 = 2 OR n %% 200 = 1) THEN settled ELSE '' END,
    CASE WHEN n %% 20 = 0 THEN 'loud fan' ELSE '' END
FROM (
    SELECT n, now() - n * interval '90 seconds' AS made_at, 0.2 + 0.8 * random() AS confidence,
        n %% 50 <> 3 AND n %% 1000 <> 5 AS ended,
        (%(emotions)s::text[])[1 + n / 8 %% 8] AS emotion,
        (%(emotions)s::text[])[1 + n / 3 %% 8] AS other,
        (%(emotions)s::text[])[1 + n / 5 %% 8] AS settled,
        (%(places)s::text[])[1 + n %% 8] AS place
    FROM generate_series(%(first)s, %(last)s) AS n
) AS made
"""
MAKE_PREDICTIONS = """
INSERT INTO recognition_prediction (
    clip_id, model_version_id, emotion, confidence, posteriors, processing_ms, created_at
)
SELECT id, %(version)s, emotion, confidence,
    (SELECT jsonb_object_agg(name, CASE WHEN name = emotion THEN confidence
        ELSE (1 - confidence) / 7 END) FROM unnest(%(emotions)s::text[]) AS name), 11.5, created_at
FROM recognition_clip WHERE owner_id = %(owner)s AND confidence IS NOT NULL
"""
MAKE_TAGS = """
INSERT INTO recognition_clip_tags (clip_id, tag_id)
SELECT id, tag.pk FROM recognition_clip
JOIN (VALUES (%(common)s, 3), (%(some)s, 100), (%(rare)s, 50000)) AS tag (pk, every)
    ON ('x' || substr(md5(name), 1, 7))::bit(28)::int %% tag.every = 0
WHERE owner_id = %(owner)s
"""
FORGET = [
    "DELETE FROM recognition_clip_tags WHERE tag_id IN "
    "(SELECT id FROM recognition_tag WHERE owner_id = %(owner)s)",
    "DELETE FROM recognition_prediction WHERE model_version_id = %(version)s",
    "DELETE FROM recognition_clip WHERE owner_id = %(owner)s",
]
TABLES = ("clip", "prediction", "clip_tags", "tag", "batch")
PLACES = ["kitchen", "street", "office", "car", "hall", "garden", "shop", "studio"]
TURN = 100_000


@dataclass(frozen=True)
class Collection:
    owner: User
    tags: dict[str, int]
    batch_id: str


@dataclass(frozen=True)
class Measured:
    milliseconds: list[float]
    n_queries: int
    n_clips: int


@contextmanager
def many_clips(n_clips: int) -> Iterator[Collection]:
    """Goes with all its clips."""
    owner = User.objects.create(username=f"benchmark-{uuid4()}")
    version = ModelVersion.objects.create(
        name="benchmark", sha256=uuid4().hex * 2, folder="", status="retired", not_sure_below=0.4
    )
    tags = {name: owner.tags.create(name=name).pk for name in ("common", "some", "rare", "unused")}
    batch = owner.batches.create()
    values = {"owner": owner.pk, "version": version.pk, "batch": batch.pk} | tags
    try:
        make_rows(values, n_clips)
        yield Collection(owner, tags, str(batch.pk))
    finally:
        run(FORGET, values)
        owner.delete()
        version.delete()


def make_rows(values: dict[str, Any], n_clips: int) -> None:
    values = values | {"emotions": list(EMOTIONS), "places": PLACES}
    for first in range(1, n_clips + 1, TURN):
        run([MAKE_CLIPS], values | {"first": first, "last": min(first + TURN - 1, n_clips)})
    run([MAKE_PREDICTIONS, MAKE_TAGS], values)
    # as autovacuum does after a while
    run([f"VACUUM (ANALYZE) recognition_{table}" for table in TABLES], {})


def run(statements: list[str], values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, values)


def cases(collection: Collection, n_clips: int) -> dict[str, str]:
    """What is measured of the history: its name and the query of its address."""
    today = timezone.localdate()
    long_ago, later = today - timedelta(days=400), today - timedelta(days=220)
    some = collection.tags["some"]
    sorts = ("newest", "oldest", "surest", "least-sure", "longest", "name")
    return {
        "plain page": "",
        **{f"sorted: {sort}": f"sort={sort}" for sort in sorts},
        "emotion": "emotion=happy",
        "two emotions": "emotion=happy&emotion=sad",
        "emotion, most confident": "emotion=happy&sort=surest",
        "emotion the model heard": "heard=sad",
        "confidence 40 to 60 %": "min=40&max=60",
        "confidence 100 %": "min=100",
        "not sure": "sure=no",
        "corrected": "corrected=yes",
        "heard and corrected": "heard=sad&corrected=yes&emotion=happy",
        "heard, not what counts": "heard=sad&emotion=happy&sort=surest",
        "corrected, by name": "corrected=yes&sort=name",
        "reviewed": "reviewed=yes",
        "reviewed, an emotion, surest": "reviewed=yes&emotion=happy&sort=surest",
        "reviewed, by name": "reviewed=yes&sort=name",
        "corrected and reviewed": "corrected=yes&reviewed=yes&sort=longest",
        "as the model heard it": "corrected=no&reviewed=no&emotion=happy",
        "a day long ago": f"since={long_ago}&until={long_ago}",
        "half a year, by name": f"since={long_ago}&until={later}&sort=name",
        "state: failed": "state=failed",
        "state: set aside": "state=quarantined",
        "state: waiting (none)": "state=queued",
        **{f"tag: {name}": f"tag={pk}" for name, pk in collection.tags.items()},
        "tag: some, longest": f"tag={some}&sort=longest",
        "batch": f"batch={collection.batch_id}",
        "text: word of all": "q=take",
        "text: word of 1 in 8": "q=kitchen",
        "text: word of 1 in 100": "q=speaker42",
        "text: word of one": f"q=no{n_clips // 2}",
        "text: prefix of all": "q=ta",
        "text: prefix of 1 in 8": "q=kit",
        "text: prefix of many words": "q=no12",
        "text: two words": "q=street+speaker33",
        "text: no hit": "q=nowhere",
        "text, emotion, tag, sorted": f"q=office&emotion=calm&tag={some}&sort=surest",
        "text of all, tag, by name": f"q=take&tag={some}&sort=name",
    }


def measure(client: Client, address: str, *, rounds: int) -> Measured:
    """Whole requests of a signed-in person, from the address to the written page."""
    ask(client, address)
    with CaptureQueriesContext(connection) as queries:
        n_clips = ask(client, address)
    n_queries = len(queries)  # now: the next request empties the log
    durations = []
    for _ in range(rounds):
        start = time.perf_counter()
        ask(client, address)
        durations.append(1000 * (time.perf_counter() - start))
    return Measured(durations, n_queries, n_clips)


def ask(client: Client, address: str) -> int:
    """How many clips the page shows."""
    return b"".join(answer(client, address)).count(b'name="clip"')


def answer(client: Client, address: str) -> Iterator[bytes]:
    """In the parts that are sent."""
    secure = bool(settings.SECURE_SSL_REDIRECT)
    response = client.get(address, secure=secure, headers={"host": "localhost"})
    if response.status_code != 200:
        raise RuntimeError(f"{address!r} was answered with {response.status_code}")
    yield from response
