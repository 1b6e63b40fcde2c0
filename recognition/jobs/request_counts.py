"""How often somebody asked lately: exact over all processes, a statement for each request."""

from django.db import connection

PERIOD_S = 60

# Requests at once wait for the row. Where no row comes back, that one is too many, and not counted.
# By the statement's own clock: whoever had to wait for the row has seen what came before.
COUNT = """
INSERT INTO recognition_requestcount AS counted (key, moments, counted_at)
VALUES (%(key)s, ARRAY[clock_timestamp()], clock_timestamp())
ON CONFLICT (key) DO UPDATE SET
    moments = {recent} || clock_timestamp(),
    counted_at = clock_timestamp()
WHERE cardinality({recent}) < %(most)s
RETURNING key
"""
RECENT = """ARRAY(
    SELECT moment FROM unnest(counted.moments) AS moment
    WHERE moment > clock_timestamp() - make_interval(secs => %(period_s)s)
)"""
WAIT = """
SELECT extract(epoch FROM moments[1 + greatest(0, cardinality(moments) - %(most)s)]
    - clock_timestamp()) + %(period_s)s
FROM recognition_requestcount WHERE key = %(key)s
"""
FORGET = """
DELETE FROM recognition_requestcount
WHERE counted_at < clock_timestamp() - make_interval(secs => %(period_s)s)
"""


def count_request(key: str, *, most: int) -> float | None:
    """None where it may be; else in how many seconds the next one may."""
    values: dict[str, str | int] = {"key": key, "most": most, "period_s": PERIOD_S}
    with connection.cursor() as cursor:
        cursor.execute(COUNT.format(recent=RECENT), values)
        if cursor.fetchone():
            return None
        cursor.execute(WAIT, values)
        found = cursor.fetchone()
    return max(0.0, float(found[0])) if found else 0.0


def forget_old_counts() -> int:
    """An address is kept no longer than it is counted."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, {"period_s": PERIOD_S})
        return int(cursor.rowcount)
