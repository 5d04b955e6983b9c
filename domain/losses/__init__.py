"""Objectives: pure functions of embeddings, temperature and the positives relation; one file a family."""

from .choice import contrastive, family, objective
from .domain_specific import DomainSpecific
from .hard_negative import HardNegative
from .infonce import Contrastive
from .mixture import Mixture
from .multi_scale import MultiScale
from .rows import Family, Rows, RowTerms
from .sigmoid import Sigmoid, starting_bias
from .symmetric import DIRECTIONS, Direction, Objective, Sides, check_sides
from .terms import LossTerms

__all__ = [
    "DIRECTIONS",
    "Contrastive",
    "Direction",
    "DomainSpecific",
    "Family",
    "HardNegative",
    "LossTerms",
    "Mixture",
    "MultiScale",
    "Objective",
    "RowTerms",
    "Rows",
    "Sides",
    "Sigmoid",
    "check_sides",
    "contrastive",
    "family",
    "objective",
    "starting_bias",
]
