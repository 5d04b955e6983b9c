"""A data set divided, from the command to the files that come of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve, field, frozen

from ..domain.config import FineTuneConfig
from ..domain.errors import UsageError
from . import wiring

if TYPE_CHECKING:
    from ..application.ports import Progress

COLUMN = "split"


@frozen
class SplitPlan:
    """
    What is asked of a split.

    Attributes:
        data: The data set; it is only read.
        out: The new data set; None writes nothing.
        group_by: Column whose equal values stay together, over the configuration's ``group_column``.
        stratify: Column of classes that every split gets its share of.
        near: Whether pictures that are nearly the same stay together.
        column: Column that the splits are written to.
        past: Manifest of an earlier split, whose splits stay.
        config: Configuration with column names and shares.
        overrides: ``key=value`` over it.
    """

    data: str
    out: Path | None = None
    group_by: str | None = None
    stratify: str | None = None
    near: bool = field(default=False, kw_only=True)
    column: str = COLUMN
    past: Path | None = None
    config: Path | None = None
    overrides: Sequence[str] = ()


def split_data(plan: SplitPlan, *, watcher: "Progress") -> dict[str, Any]:
    """
    Divide a data set, and return what is to be told of it.

    Raises:
        UsageError: If the plan contradicts itself, or the new data set cannot be written as asked.
        DataError: If the data cannot be read or divided.
    """
    from ..application.split_data import SplitRequest, write_split
    from .wiring.splitting import past_split, quarantine_list, split_of, split_writer, table_of

    config = _configuration(plan)
    writer = None if plan.out is None else split_writer(plan.out, config)
    if writer is not None:
        # Early: what is there already would be found only after every picture was looked at.
        writer.check(())
    past = None if plan.past is None else past_split(plan.past)
    asked = SplitRequest(
        config.data, plan.stratify, near=plan.near, column=plan.column, past=past, past_name=str(plan.past)
    )
    with split_of(plan.data, config, watcher=watcher) as divide:
        found = divide(asked)
    told: dict[str, Any] = {
        **found.as_plain(),
        "data": None,
        "manifest": None,
        "quarantine_list": None,
        "train_with": {},
    }
    if writer is not None and plan.out is not None:
        told |= write_split(found, table=table_of(plan.data, config), writer=writer, column=plan.column)
        told["data"] = str(plan.out)
        told["train_with"] = _train_with(plan.out, config, column=plan.column)
        if found.quarantine:
            told["quarantine_list"] = quarantine_list(plan.out, found.quarantine)
    return {**told, "column": plan.column}


def _train_with(out: Path, config: FineTuneConfig, *, column: str) -> dict[str, str]:
    """The keys that a run on the new data set needs besides its own."""
    data = config.data
    wanted = {
        "data_path": str(out),
        "split_column": column,
        "group_column": data.group_column,
        "metadata_path": data.metadata_path,
        "image_column": data.image_column,
    }
    return {key: value for key, value in wanted.items() if value is not None}


def _configuration(plan: SplitPlan) -> FineTuneConfig:
    config = wiring.read_config(plan.config, overrides=plan.overrides).config
    other = next((key for key in ("val_path", "test_path") if getattr(config.data, key)), None)
    if other is not None:
        raise UsageError(
            f"{other}: one table is divided, and what it shares with another is not looked at; put the rows of both "
            f"into one table with a column of splits, which `split_column` holds fast, or set {other}: null"
        )
    if plan.group_by is None:
        return config
    return evolve(config, data=evolve(config.data, group_column=plan.group_by))
