"""Composition: the only folder that names adapters. Heavy imports stay inside functions: help answers at once."""

from .assessing import evaluated_run, read_gates, settings_of
from .base import starting_clip
from .basics import clock, command_line, doctor, prepare_process, progress, read_config, runs_in, silence
from .bench import workbench
from .captions import cut_captions, tell_cuts
from .data import all_pairs, check_rows, draw_worlds, file_reader, picture_loader, prepare_data, sources
from .evaluating import Target, check_same_data, evaluation_of, load_backend, target_of
from .kept import keep_evaluation
from .measuring import Measured, conditions, measured
from .plotting import check_figures
from .run_folder import keep_status, mark_failed, open_run, settled_conditions
from .subjects import HeldOut, Subject, base_subject, held_out, kept_before, name_before, subject
from .training import dry_run, starting_status, train_run
from .tuning import SweepRuns, sweep

__all__ = [
    "HeldOut",
    "Measured",
    "Subject",
    "SweepRuns",
    "Target",
    "all_pairs",
    "base_subject",
    "check_figures",
    "check_rows",
    "check_same_data",
    "clock",
    "command_line",
    "conditions",
    "cut_captions",
    "doctor",
    "draw_worlds",
    "dry_run",
    "evaluated_run",
    "evaluation_of",
    "file_reader",
    "held_out",
    "keep_evaluation",
    "keep_status",
    "kept_before",
    "load_backend",
    "mark_failed",
    "measured",
    "name_before",
    "open_run",
    "picture_loader",
    "prepare_data",
    "prepare_process",
    "progress",
    "read_config",
    "read_gates",
    "runs_in",
    "settings_of",
    "settled_conditions",
    "silence",
    "sources",
    "starting_clip",
    "starting_status",
    "subject",
    "sweep",
    "target_of",
    "tell_cuts",
    "train_run",
    "workbench",
]
