"""``cliptune demo``: the whole way on drawn pictures, offline, in a few minutes."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from attrs import evolve, frozen

from .failures import command
from .interrupt import stopping_on_interrupt
from .output import JsonOption, Output

if TYPE_CHECKING:
    from ...application.train_run import TrainResult
    from ..fine_tuning import Trained

SEED: Final = 7
GENERAL: Final = 1000
INSPECTION: Final = 800
SHOWN: Final = ("i2t_R@1", "i2t_R@10", "t2i_R@1", "t2i_R@10")

COMMON: Final = """\
# Drawn pictures are small, and their captions say left and right: nothing is mirrored or cut.
augment_images: false
batch_size: 64
num_epochs: 20
num_workers: 2
seed: {seed}
max_sequence_length: 48
data_path: {data!r}
output_dir: {runs!r}
"""
BASE: Final = """\
# The base: a tiny CLIP with random weights learns a general world of shapes and colors.
model_name: scratch:tiny
learning_rate: 0.002
"""
TUNED: Final = """\
# The fine-tune: the base learns the inspection world, as your own pictures would be learned.
model_name: {model!r}
domain: industrial
learning_rate: 0.001
"""


NEXT: Final = """\
Both models started from random weights and know nothing but these drawings.

The run is in {run}; its model/ loads with transformers.
Where the shell does not know cliptune: `. .venv/bin/activate` in the project's folder. Go on with
  cliptune runs {runs}
  cliptune evaluate {run}
  cliptune evaluate {run} --data {table}
and with pictures of your own
  cliptune init --domain industrial --data captions.csv
  cliptune train cliptune.yaml --dry-run
  cliptune train cliptune.yaml
"""


@frozen
class World:
    """One world's test split, before and after the fine-tune, as flat metrics."""

    name: str
    before: Mapping[str, float]
    after: Mapping[str, float]


def demo(
    folder: Annotated[
        Path, typer.Option("--output", metavar="DIR", help="Folder for pictures, runs and models.")
    ] = Path("cliptune-demo"),
    *,
    as_json: JsonOption = False,
) -> None:
    """Draw two worlds, train a small base on one, fine-tune it on the other, and show before and after. Offline."""
    with command(as_json=as_json) as output:
        from .. import wiring

        output.say(f"drawing {GENERAL + INSPECTION} pictures into {folder}")
        general, inspection = wiring.draw_worlds(folder, general=GENERAL, inspection=INSPECTION, seed=SEED)
        output.say("\n1/2  a small base learns the general world, from random weights")
        base = _train(folder / "base.yaml", BASE + _common(folder, general))
        output.say("\n2/2  the base is fine-tuned on the inspection world")
        start = base.folder / "model"
        tuned = _train(folder / "inspection.yaml", TUNED.format(model=str(start)) + _common(folder, inspection))
        output.say("\nmeasuring the general world once more: what was forgotten?")
        worlds = (
            World("general", _after(base), _again(base, tuned)),
            World("inspection", {row.metric: row.before for row in _result(tuned).comparison}, _after(tuned)),
        )
        _show(worlds, tuned=tuned, inspection=inspection, output=output)


def _common(folder: Path, table: Path) -> str:
    return COMMON.format(seed=SEED, data=str(table), runs=str(folder / "runs"))


def _train(path: Path, text: str) -> "Trained":
    """Write a configuration that a person can look at and run again, and train under it."""
    from .. import wiring
    from ..fine_tuning import fine_tune

    path.write_text(text, encoding="utf-8")
    return fine_tune(wiring.read_config(path), stopping=stopping_on_interrupt)


def _result(trained: "Trained") -> "TrainResult":
    """What a run came to; an interrupted one ends the demo."""
    if trained.result is None or trained.result.evaluation is None:
        raise KeyboardInterrupt
    return trained.result


def _after(trained: "Trained") -> Mapping[str, float]:
    evaluation = _result(trained).evaluation
    return evaluation.metrics.flat() if evaluation else {}


def _again(base: "Trained", tuned: "Trained") -> Mapping[str, float]:
    """The fine-tuned model on the test split of the base."""
    from .. import wiring

    watcher = wiring.progress()
    target = evolve(wiring.target_of(str(base.folder), config=None, overrides=()), model=str(tuned.folder / "model"))
    split = wiring.held_out(target, data=None, stated=None, watcher=watcher)
    with wiring.subject(target, split, watcher=watcher) as subject:
        return subject.assess(split.examples).evaluation.metrics.flat()


def _show(worlds: tuple[World, ...], *, tuned: "Trained", inspection: Path, output: Output) -> None:
    document = {
        "from_scratch": True,
        "run": tuned.folder,
        "model": tuned.folder / "model",
        "worlds": {world.name: {"before": dict(world.before), "after": dict(world.after)} for world in worlds},
    }
    told = NEXT.format(run=tuned.folder, runs=tuned.folder.parent, table=inspection)

    def person(console: Any) -> None:
        from .tables import worlds_table

        console.print(worlds_table([(world.name, world.before, world.after) for world in worlds], metrics=SHOWN))
        console.print(told)

    output.answer(document, person=person)
