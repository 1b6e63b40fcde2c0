"""How far a training is, kept in its row for whoever looks at it."""

import time
from dataclasses import dataclass, field

from mlcore.fitting import EpochLog
from mlcore.options import Progress
from recognition.models import TrainingRun

EVERY_S = 0.5


@dataclass
class Told:
    """Tells the row, not too often, and whoever watches."""

    run: TrainingRun
    watch: Progress
    name: str = ""
    done: int = 0
    total: int = 0
    _told_at: float = field(default=0.0, repr=False)

    def stage(self, name: str) -> None:
        self.name, self.done, self.total = name, 0, 0
        self._tell()

    def progress(self) -> Progress:
        """What mlcore tells: clips that are read, then epochs."""
        return Progress(self._on_clips, self._on_clip, self._on_epoch)

    def _on_clips(self, n_clips: int) -> None:
        if self.name != "reading":
            self.stage("reading")
        self.total += n_clips
        self.watch.on_clips(n_clips)
        self._tell()

    def _on_clip(self, n_clips: int) -> None:
        self.done += n_clips
        self.watch.on_clip(n_clips)
        if time.monotonic() - self._told_at > EVERY_S:
            self._tell()

    def _on_epoch(self, log: EpochLog) -> None:
        if self.name != "fitting":
            self.stage("fitting")
        self.done += 1
        self.watch.on_epoch(log)
        self._tell()

    def _tell(self) -> None:
        """Only to the attempt that is ours."""
        self._told_at = time.monotonic()
        mine = TrainingRun.objects.filter(pk=self.run.pk, attempts=self.run.attempts)
        mine.update(progress={"stage": self.name, "done": self.done, "total": self.total})
