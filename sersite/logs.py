"""One line a record on standard error, for people and for log collectors alike."""

import logging
from typing import Any


def is_unplanned(record: logging.LogRecord) -> bool:
    """503 is chosen: where it tells of trouble, whoever answers it has logged the trouble."""
    return getattr(record, "status_code", None) != 503


def logging_settings(level: str) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
        },
        "filters": {
            "unplanned": {"()": "django.utils.log.CallbackFilter", "callback": is_unplanned},
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # tracebacks of requests go to the log, never to a page
            "django.request": {
                "handlers": ["stderr"],
                "filters": ["unplanned"],
                "level": "ERROR",
                "propagate": False,
            },
            "celery.app.trace": {"level": "WARNING"},
        },
    }
