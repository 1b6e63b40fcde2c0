"""What a network is made of; kept in bundle.json so that it can be built again."""

from dataclasses import asdict, dataclass
from typing import Any

from mlcore.labels import EMOTIONS


@dataclass(frozen=True)
class NetworkConfig:
    """Sizes of a network.

    Parameters
    ----------
    n_mels : int
        Bands of the input.
    n_units : int
        Of the dense layer in each head.
    n_heads : int
        Heads whose logits are averaged.
    dropout : float
        Share of the units that a training step leaves out.
    n_emotions : int
    """

    n_mels: int = 40
    n_units: int = 128
    n_heads: int = 10
    dropout: float = 0.5
    n_emotions: int = len(EMOTIONS)

    def to_dict(self) -> dict[str, Any]:
        """Return the configuration as it is kept in bundle.json."""
        return asdict(self)
