"""Which slices of a waveform the network judges."""

from dataclasses import dataclass

from mlcore.audio import SAMPLE_RATE


@dataclass(frozen=True)
class SegmentConfig:
    """How a long clip is cut.

    Parameters
    ----------
    length_s : float
        Of the segments.
    hop_s : float
        From one segment's start to the next one's.
    whole_s : float
        A clip up to this length, or that of a segment, is one segment. What networks learn from
        are sentences, of up to 6 s; a longer recording holds several and is heard better in
        shorter parts (docs/experiments.md).
    """

    length_s: float = 3.0
    hop_s: float = 1.5
    whole_s: float = 0.0


def cut(n_samples: int, config: SegmentConfig, *, sample_rate: int = SAMPLE_RATE) -> list[slice]:
    """Cover a waveform with overlapping segments of one length.

    Parameters
    ----------
    n_samples : int
        Length of the waveform.
    config : SegmentConfig
    sample_rate : int
        In Hz.

    Returns
    -------
    list of slice
        The last one ends with the waveform, so that all have the same length and no sample is
        left out; a waveform that is short enough is one slice.
    """
    length = round(config.length_s * sample_rate)
    hop = round(config.hop_s * sample_rate)
    if n_samples <= max(length, round(config.whole_s * sample_rate)):
        return [slice(0, n_samples)]
    starts = list(range(0, n_samples - length, hop))
    starts.append(n_samples - length)
    return [slice(start, start + length) for start in starts]
