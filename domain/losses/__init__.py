"""Objectives: pure functions of embeddings and temperature; one file a family."""

from .choice import Objective, objective
from .contrastive import contrastive
from .terms import LossTerms

__all__ = ["LossTerms", "Objective", "contrastive", "objective"]
