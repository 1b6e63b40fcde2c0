"""Which architectures there are and what they can be told."""

from collections.abc import Callable
from typing import Any

from mlcore.networks import voice_transfer
from mlcore.networks.config import NetworkConfig

Build = Callable[[NetworkConfig], Any]

ARCHITECTURES: dict[str, Build] = {"voice_transfer": voice_transfer.build}


def build(name: str, config: NetworkConfig) -> Any:
    """Build an untrained network.

    Parameters
    ----------
    name : str
        A key of `ARCHITECTURES`.
    config : NetworkConfig

    Returns
    -------
    keras.Model
        From power mel spectrograms (n_clips, n_frames, n_mels) to logits (n_clips, n_emotions).

    Raises
    ------
    ValueError
        When there is no architecture of that name.
    """
    if name not in ARCHITECTURES:
        raise ValueError(f"no architecture {name!r}; there are {', '.join(ARCHITECTURES)}")
    return ARCHITECTURES[name](config)
