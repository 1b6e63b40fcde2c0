"""Architectures by name: `build(name, config)` returns an untrained keras.Model."""

from mlcore.networks.config import NetworkConfig
from mlcore.networks.registry import ARCHITECTURES, build

__all__ = ["ARCHITECTURES", "NetworkConfig", "build"]
