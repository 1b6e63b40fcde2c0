"""manage.py make_samples: write the clips of docs/samples that visitors can try, anew."""

from typing import Any

import soundfile
from django.core.management.base import BaseCommand

from mlcore.audio import SAMPLE_RATE
from mlcore.synthesis import speak
from recognition.examples import DURATION_S, EXAMPLES


class Command(BaseCommand):
    help = "Writes the example clips into docs/samples; the same ones each time."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for example in EXAMPLES:
            if example.manner is None:
                continue
            waveform = speak(example.manner, DURATION_S, seed=example.seed)
            soundfile.write(example.path, waveform, SAMPLE_RATE, subtype="PCM_16")
            self.stdout.write(f"{example.path.name}  {example.path.stat().st_size} bytes")
