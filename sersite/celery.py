"""The Celery application, and what a recognition worker's child does before it takes work."""

import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_after_setup, worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sersite.settings")
app = Celery("sersite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

_recognizes = False


@celeryd_after_setup.connect
def remember_queues(instance: Any, **kwargs: object) -> None:
    """In the parent, before it forks: does this worker serve the recognize queue?"""
    global _recognizes
    _recognizes = "recognize" in instance.app.amqp.queues.consume_from


@worker_process_init.connect
def warm_up(**kwargs: object) -> None:
    """Load the model in the child itself: one that was built before the fork hangs."""
    if _recognizes:
        from recognition.champion import warm_up_recognizer

        warm_up_recognizer()
