"""Draw how a training went."""

from collections.abc import Sequence
from pathlib import Path

from mlcore.fitting import EpochLog


def draw_curves(epochs: Sequence[EpochLog], path: Path) -> Path:
    """Draw loss and validation UAR of every member by epoch, as PNG.

    Parameters
    ----------
    epochs : sequence of EpochLog
    path : Path

    Returns
    -------
    Path
    """
    from matplotlib.figure import Figure  # without pyplot, which would look for a display

    figure = Figure(figsize=(8, 3), layout="constrained")
    losses, uars = figure.subplots(1, 2)
    for member in sorted({log.member for log in epochs}):
        logs = [log for log in epochs if log.member == member]
        numbers = [log.epoch for log in logs]
        losses.plot(numbers, [log.loss for log in logs], label=member)
        reached = [float("nan") if x is None else x for x in (g.validation_uar for g in logs)]
        uars.plot(numbers, reached, label=member)
    losses.set(xlabel="epoch", ylabel="loss")
    uars.set(xlabel="epoch", ylabel="validation UAR", ylim=(0, 1))
    losses.legend(fontsize="small")
    figure.savefig(path, dpi=120)
    return path
