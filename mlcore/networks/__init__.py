"""Architectures by name: `build(name, sizes, features, n_emotions=8)` returns a keras.Model."""

from mlcore.networks.config import Architecture, Member, Recipe
from mlcore.networks.parts import joint_network, set_normalization
from mlcore.networks.registry import ARCHITECTURES, architecture, build, members, trained_part

__all__ = [
    "ARCHITECTURES",
    "Architecture",
    "Member",
    "Recipe",
    "architecture",
    "build",
    "joint_network",
    "members",
    "set_normalization",
    "trained_part",
]
