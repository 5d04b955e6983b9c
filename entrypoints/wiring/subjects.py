"""What is evaluated, on what."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from attrs import evolve, field, frozen

from ...domain.config import FineTuneConfig
from ...domain.errors import DataError
from ...domain.quarantine import check_undecodable
from .assessing import assessor, classes_of, identity_of, reporter, robustness, with_picture_checksums
from .base import starting_clip
from .basics import command_line
from .data import all_pairs, check_rows, picture_loader, prepare_data, sources
from .evaluating import Target, check_same_data, load_backend, model_state
from .run_facts import kept_sections, run_facts

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...adapters.models.loading import LoadedClip
    from ...application.ports import ModelBackend, PictureLoader, Progress
    from ...application.write_report import Findings, Written
    from ...domain.assessed import Assessed
    from ...domain.encoded import EncodedExamples
    from ...domain.gates import Gate
    from ...domain.model_identity import ModelIdentity
    from ...domain.outcomes import Outcomes
    from ...domain.pairs import Example, ImageRef
    from ...domain.prepared import PreparedData

    Opener = Callable[[ImageRef], BinaryIO]

BEFORE: Final = "evaluation/before.npz"
# Columns of the table that a run was made from, which another table need not have.
OF_ONE_TABLE: Final = ("group_column", "split_column", "metadata_path", "encoding", "label_column", "slice_columns")


@frozen(eq=False)
class HeldOut:
    """
    What models are evaluated on.

    Attributes:
        name: What a person calls it.
        examples: The pictures with their captions.
        opener: Opens the pictures.
        config: How the table was read.
        val: Pictures to calibrate on; none where there are none.
        train: Pictures to learn probes on.
        classes: Every class of the data.
        card: What the report says about the data besides.
        prepared: All splits, where it is a run's own test split.
    """

    name: str
    examples: "tuple[Example, ...]"
    opener: "Opener"
    config: FineTuneConfig
    val: "tuple[Example, ...]" = ()
    train: "tuple[Example, ...]" = ()
    classes: tuple[str, ...] = ()
    card: Mapping[str, Any] = field(factory=dict)
    prepared: "PreparedData | None" = None


def held_out(target: Target, *, data: str | None, stated: frozenset[str] | None, watcher: "Progress") -> HeldOut:
    """
    The test split of a run, or all pairs of a table.

    Args:
        target: Whose configuration says how to read it.
        data: The table; None takes the run's own test split.
        stated: Keys that somebody wrote for this table; of a run's own configuration only these hold for it. None: all.
        watcher: A person watching.

    Raises:
        DataError: If it cannot be read, or is not the run's any more.
    """
    if data is None:
        return _own_split(target, watcher=watcher)
    config = target.config if target.run is None or stated is None else _for_any_table(target.config, kept=stated)
    (examples, rejected), source = all_pairs(data, config)
    check_rows(rejected, examples, config=config)
    for row in rejected:
        watcher.say(f"left out: {row.where}: {row.reason}")
    examples, root = with_picture_checksums(examples, source.open, name=data, config=config, watcher=watcher)
    rows = len(rejected) + sum(len(example.captions) for example in examples)
    return HeldOut(data, examples, source.open, config, card={"rows": rows} | ({"root": root} if root else {}))


def _own_split(target: Target, *, watcher: "Progress") -> HeldOut:
    tables = sources(target.config)
    prepared = prepare_data(target.config, tables, watcher=watcher)
    check_same_data(target, prepared)
    if not prepared.test:
        raise DataError(f"{target.name}: the run has no test split; name pairs with --data")
    return HeldOut(
        name=f"{target.config.data.data_path}, test split",
        examples=prepared.test,
        opener=tables.opener,
        config=target.config,
        val=prepared.val,
        train=prepared.train,
        classes=classes_of(prepared, target.config),
        card=prepared.card(),
        prepared=prepared,
    )


def _for_any_table(config: FineTuneConfig, *, kept: frozenset[str]) -> FineTuneConfig:
    """All rows count, whatever their split: a table need not have the columns that the run was split by."""
    dropped = [name for name in OF_ONE_TABLE if name not in kept]
    plain = FineTuneConfig()
    data: dict[str, Any] = {name: getattr(plain.data, name) for name in dropped if hasattr(plain.data, name)}
    other: dict[str, Any] = {
        name: getattr(plain.evaluation, name) for name in dropped if hasattr(plain.evaluation, name)
    }
    return evolve(config, data=evolve(config.data, **data), evaluation=evolve(config.evaluation, **other))


@frozen(eq=False)
class Subject:
    """
    A loaded model in front of a test set.

    Attributes:
        target: Where it comes from.
        test: The test set.
        model: What embeds.
        clip: Tokenizer and picture rule.
        loader: Decodes the test set's pictures.
        watcher: A person watching.
    """

    target: Target
    test: HeldOut
    model: "ModelBackend"
    clip: "LoadedClip"
    loader: "PictureLoader"
    watcher: "Progress"

    @property
    def scale(self) -> float:
        """One over the model's temperature."""
        return float(self.clip.model.logit_scale.detach().exp())

    @cached_property
    def identity(self) -> "ModelIdentity":
        """What identifies the model; every weight is read for it, and so once."""
        from ...adapters.models.identity import clip_identity

        return clip_identity(self.clip)

    def assess(self, examples: "Sequence[Example]") -> "Assessed":
        """Measure everything on examples of the test set's table, and name the pictures that are left out."""
        measure = assessor(self.model, self.loader, config=self.test.config, scale=self.scale, watcher=self.watcher)
        found = measure(examples, classes=self.test.classes)
        self._tell_undecodable(found.encoded)
        return found

    def pictures(self, examples: "Sequence[Example]") -> "EncodedExamples":
        """Embed pictures of the test set's table, without their captions, and name those that are left out."""
        measure = assessor(self.model, self.loader, config=self.test.config, scale=self.scale, watcher=self.watcher)
        found = measure.encode.pictures(examples)
        self._tell_undecodable(found)
        return found

    def _tell_undecodable(self, encoded: "EncodedExamples") -> None:
        for row in encoded.undecodable:
            self.watcher.say(f"left out: {row.where}: {row.image}: {row.reason}")

    def check_undecodable(self, found: "Assessed") -> None:
        """
        Refuse to conclude from a test set of which too much is missing.

        Raises:
            TooManyBadRows: If too many pictures were left out.
        """
        check_undecodable(
            [row.image for row in found.encoded.undecodable],
            pictures=len(self.test.examples),
            max_bad_fraction=self.test.config.data.max_bad_fraction,
        )

    def robustness(self, found: "Assessed") -> dict[str, Any] | None:
        """The report's section of damaged pictures; None where none are asked for."""
        config = self.test.config
        measure = robustness(self.model, self.clip.preprocessing, self.test.opener, config=config, watcher=self.watcher)
        return measure(found.encoded, pictures=config.evaluation.robustness_pictures)

    def retained(self) -> "Outcomes | None":
        """What must not be forgotten, measured; None where nothing is named."""
        path = self.test.config.retention.retention_path
        if path is None:
            return None
        config = _for_any_table(self.test.config, kept=frozenset())
        (examples, rejected), source = all_pairs(path, config)
        check_rows(rejected, examples, config=config)
        with picture_loader(source.open, self.clip.preprocessing, config=config) as loader:
            measure = assessor(self.model, loader, config=config, scale=self.scale, watcher=self.watcher)
            return measure(examples).outcomes

    def report(self, findings: "Findings", *, gates: "Sequence[Gate]") -> "Written":
        """Conclude, and write."""
        config, test = self.test.config, self.test
        write = reporter(self.clip, test.opener, config=config, watcher=self.watcher)
        return write(
            findings,
            title=f"{Path(self.target.name).name or self.target.name} on {test.name}",
            data_name=test.name,
            identity=self._identity(),
            data=test.card,
            sections=kept_sections(self.target.run) if self.target.run and test.prepared else {},
            gates=gates,
        )

    def _identity(self) -> dict[str, Any]:

        return {
            "target": self.target.name,
            **identity_of(self.identity, config=self.test.config, device=self.model.state.device_type),
            **(run_facts(self.target.run) if self.target.run else {"from_scratch": None}),
            "command": command_line(),
        }


@contextmanager
def subject(target: Target, test: HeldOut, *, watcher: "Progress") -> Iterator[Subject]:
    """A target's model, loaded; worker processes end with the context."""
    model, clip = load_backend(target.model, target.config, watcher=watcher)
    with picture_loader(test.opener, clip.preprocessing, config=test.config) as loader:
        yield Subject(target, test, model, clip, loader, watcher)


@contextmanager
def base_subject(target: Target, test: HeldOut, *, watcher: "Progress") -> Iterator[Subject]:
    """The model that a run started from, in front of the run's test split."""
    from ...adapters.models.clip_backend import ClipBackend, ClipTokens
    from ...adapters.system.devices import device_facts
    from ...domain.devices import choose_device

    if test.prepared is None:
        raise ValueError("the base of a run is known together with its own data only")
    clip = starting_clip(target.config, test.prepared)
    device = choose_device(device_facts(), use_mps=target.config.hardware.use_mps).value
    state = model_state(target.config, device=device, precision="float32", mode="evaluation")
    model = ClipBackend(clip.model.to(device), ClipTokens(clip.tokenizer, clip.max_length), state)
    with picture_loader(test.opener, clip.preprocessing, config=test.config) as loader:
        yield Subject(target, test, model, clip, loader, watcher)


def name_before(target: Target, test: HeldOut) -> str:
    """What a report calls the model before: with a warning where it may have learned from the very test set."""
    card = None if target.run is None else target.run / "data.json"
    if test.prepared is None or card is None or not card.is_file():
        return target.name
    same = json.loads(card.read_text(encoding="utf-8"))["fingerprint"] == test.prepared.fingerprint
    return target.name if same else f"{target.name}, which had other splits and may have learned from these pictures"


def kept_before(run: Path) -> "Outcomes | None":
    """What a run's test split came to before it began, where that was kept."""
    from ...application.outcome_file import outcomes_from_npz

    path = run / BEFORE
    return outcomes_from_npz(path.read_bytes(), name=str(path)) if path.is_file() else None
