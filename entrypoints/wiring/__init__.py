"""Composition: the only folder that names adapters; heavy imports stay inside functions, so that help answers at once."""

from .basics import clock, doctor, progress, quiet_libraries, read_config, runs_in
from .data import all_pairs, check_rows, draw_worlds, picture_loader, prepare_data, sources
from .evaluating import Target, evaluation_of, load_backend, target_of
from .training import conditions, dry_run, open_run, settled_conditions, starting_status, train_run, workbench

__all__ = [
    "Target",
    "all_pairs",
    "check_rows",
    "clock",
    "conditions",
    "doctor",
    "draw_worlds",
    "dry_run",
    "evaluation_of",
    "load_backend",
    "open_run",
    "picture_loader",
    "prepare_data",
    "progress",
    "quiet_libraries",
    "read_config",
    "runs_in",
    "settled_conditions",
    "sources",
    "starting_status",
    "target_of",
    "train_run",
    "workbench",
]
