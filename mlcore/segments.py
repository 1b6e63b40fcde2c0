"""Which slices of a waveform the network judges."""

from dataclasses import dataclass

from mlcore.audio import SAMPLE_RATE


@dataclass(frozen=True)
class SegmentConfig:
    """How a long clip is cut.

    Parameters
    ----------
    length_s : float
        A clip up to this length is one segment, whole; a longer one gives segments of it.
    hop_s : float
        From one segment's start to the next one's.
    """

    length_s: float = 6.0
    hop_s: float = 3.0


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
        left out; a waveform that fits into one segment is one slice.
    """
    length = round(config.length_s * sample_rate)
    hop = round(config.hop_s * sample_rate)
    if n_samples <= length:
        return [slice(0, n_samples)]
    starts = list(range(0, n_samples - length, hop))
    starts.append(n_samples - length)
    return [slice(start, start + length) for start in starts]
