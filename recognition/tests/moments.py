"""Moments that somebody may send."""

# in years and with offsets that Python, PostgreSQL or both can't put into UTC
FAR_MOMENTS = [
    *(f"9999-12-31T23:59:59{offset}" for offset in ("Z", "+23:59", "-23:59")),
    *(f"0001-01-01T00:00:00{offset}" for offset in ("Z", "+23:59", "-23:59")),
    "2026-01-01T00:00:00+23:59",
]
