"""One line a record on standard error, for people and for log collectors alike."""

from typing import Any


def logging_settings(level: str) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # tracebacks of requests go to the log, never to a page
            "django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
            "celery.app.trace": {"level": "WARNING"},
        },
    }
