"""What ``import cliptune`` offers besides values and ports: models, pairs, batches, training, evaluation."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from ..domain.config import FineTuneConfig, Resolved
from ..domain.errors import UsageError
from ..domain.pairs import Example, ImageRef, Rejected
from . import fine_tuning, retrieving, tuning, wiring

if TYPE_CHECKING:
    from torch import Tensor

    from ..application.ports import ModelBackend, PairSource
    from ..domain.batches import Batch
    from ..domain.devices import ModelState
    from ..domain.evaluation import Evaluation
    from ..domain.preprocessing import Preprocessing
    from .retrieving import Embeddings, Given, Picture


@frozen(eq=False)
class Pairs:
    """
    A data set of pictures and captions.

    Attributes:
        examples: Every picture with its captions.
        rejected: Rows that cannot be used, with reasons.
        source: Opens the pictures.
        config: How the table was read.
    """

    examples: tuple[Example, ...]
    rejected: tuple[Rejected, ...]
    source: "PairSource" = field(repr=False)
    config: FineTuneConfig = field(repr=False)

    def __len__(self) -> int:
        return len(self.examples)


@frozen(eq=False)
class Model:
    """
    A CLIP model that embeds pictures and captions.

    Attributes:
        backend: Embeds tensors.
        preprocessing: How a picture becomes the model's input.
        config: Limits on pictures, and how embeddings are compared.
    """

    backend: "ModelBackend" = field(repr=False)
    preprocessing: "Preprocessing"
    config: FineTuneConfig = field(repr=False)

    @property
    def state(self) -> "ModelState":
        """Device, precision, domain and mode."""
        return self.backend.state

    def encode_text(self, captions: Sequence[str]) -> "Tensor":
        """
        Embed captions: float32, shape ``(captions, width)``, each of length 1.

        Raises:
            UsageError: If it is a single text, or there is none.
        """
        from ..domain.similarity import normalize

        _check_several(captions)
        return normalize(self.backend.encode_text(self.backend.tokenize(captions)))

    def encode_image(self, pictures: "Sequence[str | Path] | Tensor") -> "Tensor":
        """
        Embed pictures: float32, shape ``(pictures, width)``, each of length 1.

        Args:
            pictures: Paths, or preprocessed pixels of shape ``(pictures, 3, height, width)``.

        Raises:
            UnreadableImage: If a picture cannot be read.
            UsageError: If it is a single path, or there is none.
        """
        from torch import Tensor, stack

        from ..domain.similarity import normalize

        if not isinstance(pictures, Tensor):
            _check_several(pictures)
            reader = wiring.file_reader(self.preprocessing, config=self.config)
            pictures = stack([reader.pixels(ImageRef(str(path), str(path))) for path in pictures])
        return normalize(self.backend.encode_image(pictures))

    def similarity(self, images: "Tensor", texts: "Tensor") -> "Tensor":
        """Scores of embeddings, shape ``(images, texts)``, under ``similarity_metric``; more is more similar."""
        from ..domain.similarity import similarity

        alignment = self.config.alignment
        return similarity(
            images, texts, metric=alignment.similarity_metric, normalize_embeddings=alignment.normalize_embeddings
        )

    def retrieve_text(
        self, image: "Picture | Embeddings", texts: "Sequence[str] | Embeddings", top_k: int | None = None
    ) -> list[tuple[Any, float]]:
        """The texts that fit a picture best, with scores, as ``cliptune.retrieve_text`` finds them."""
        return retrieving.retrieve_text(image, texts, top_k, model=self)

    def retrieve_image(
        self,
        text: "str | Embeddings",
        images: "Sequence[Picture | Embeddings] | Embeddings",
        top_k: int | None = None,
    ) -> list[tuple[int, float]]:
        """The numbers of the pictures that fit a text best, with scores, as ``cliptune.retrieve_image`` finds them."""
        return retrieving.retrieve_image(text, images, top_k, model=self)

    def batch_retrieve(
        self,
        queries: "Sequence[Given] | Embeddings",
        candidates: "Sequence[Given] | Embeddings",
        top_k: int | None = None,
    ) -> dict[Any, list[tuple[Any, float]]]:
        """The best candidates of every query, with scores, as ``cliptune.batch_retrieve`` finds them."""
        return retrieving.batch_retrieve(queries, candidates, top_k, model=self)

    def mutual_nearest_neighbours(
        self, images: "Sequence[Picture | Embeddings] | Embeddings", texts: "Sequence[str] | Embeddings"
    ) -> list[tuple[int, int, float]]:
        """Pairs in which each is the other's best, as ``cliptune.mutual_nearest_neighbours`` finds them."""
        return retrieving.mutual_nearest_neighbours(images, texts, model=self)


def _check_several(given: Sequence[str | Path]) -> None:
    """A single text is a sequence, too: of its letters."""
    if isinstance(given, str | Path) or not len(given):
        raise UsageError(f"expected a list with at least one item, found {given!r}")


def load_model(name: str, config: FineTuneConfig | None = None) -> Model:
    """
    Load a model folder, a run's folder or a hub name, on the best device, in float32.

    Of a run, the run's own configuration holds unless another is given.

    Raises:
        UnknownModel: If the name leads nowhere.
    """
    wiring.prepare_process()
    target = wiring.target_of(name, config=None, overrides=())
    given = config or target.config
    backend, clip = wiring.load_backend(target.model, given)
    return Model(backend, clip.preprocessing, given)


def load_pairs(path: str, config: FineTuneConfig | None = None) -> Pairs:
    """
    Load every pair of a table, a folder or ``hub:NAME``; the configuration names columns.

    Raises:
        DataError: If it cannot be read.
    """
    given = config or FineTuneConfig()
    (examples, rejected), source = wiring.all_pairs(path, given)
    return Pairs(examples, rejected, source, given)


def batches(
    pairs: Pairs, model: Model, *, batch_size: int, epoch: int | None = None, seed: int = 42
) -> "Iterator[Batch]":
    """
    Iterate over pairs as the model takes them: ``pixel_values``, ``input_ids``, captions and image keys.

    Args:
        pairs: The data set.
        model: Its tokenizer and picture rule are used.
        batch_size: Pictures in a batch.
        epoch: None shows every picture unchanged, in the order of the table, with one of its captions; a number, what
            training shows in that epoch: shuffled, augmented, one caption drawn for each picture.
        seed: Decides order, captions and augmentations of an epoch.
    """
    from ..application.training_batches import TrainingBatches, plain_plan
    from ..domain.config import AugmentationConfig

    augmentation = pairs.config.augmentation if epoch is not None else AugmentationConfig(augment_images=False)
    plan = plain_plan(len(pairs), batch_size=batch_size, epochs=(epoch or 0) + 1)
    with wiring.picture_loader(pairs.source.open, model.preprocessing, config=pairs.config) as loader:
        made = TrainingBatches(
            examples=pairs.examples,
            loader=loader,
            tokenize=model.backend.tokenize,
            augmentation=augmentation,
            plan=plan,
            seed=seed,
            shuffle=epoch is not None,
        )
        yield from made.from_step((epoch or 0) * plan.steps_per_epoch)


def evaluate(model: Model, pairs: Pairs) -> "Evaluation":
    """
    Measure how well a model's pictures and captions find each other.

    Raises:
        DataError: If fewer than two pictures can be decoded.
    """
    with wiring.picture_loader(pairs.source.open, model.preprocessing, config=pairs.config) as loader:
        return wiring.evaluation_of(
            model.backend, loader, pairs.examples, config=pairs.config, watcher=wiring.silence()
        )


def fine_tune(config: FineTuneConfig | Mapping[str, Any], *, resume: str | None = None) -> fine_tuning.Trained:
    """
    Fine-tune under a configuration or a flat dictionary of its keys, as ``cliptune train`` does.

    Raises:
        CliptuneError: As the parts raise it.
    """
    from .wiring.configuration import config_from_dict

    whole = config if isinstance(config, FineTuneConfig) else config_from_dict(config)
    return fine_tuning.fine_tune(Resolved(whole, {}), resume=resume)


def tune(
    config: FineTuneConfig | Mapping[str, Any],
    *,
    minutes: float | None = None,
    trials: int | None = None,
    seed: int | None = None,
    out: str | Path | None = None,
    resume: bool = False,
) -> tuning.Tuned:
    """
    Try learning rates, temperatures, losses and batches around a configuration, as ``cliptune tune`` does.

    Args:
        config: The configured run, or a flat dictionary of its keys.
        minutes: How long the sweep may take; 10 where neither it nor ``trials`` is given.
        trials: How many configurations, the given one among them, instead of a time.
        seed: Decides what is drawn; None is the configuration's own.
        out: Where to write the winner besides the sweep's folder.
        resume: Whether to go on with the same sweep where it stopped.

    Raises:
        CliptuneError: As the parts raise it.
    """
    from .wiring.configuration import config_from_dict

    whole = config if isinstance(config, FineTuneConfig) else config_from_dict(config)
    return tuning.tune(
        Resolved(whole, {}),
        minutes=minutes,
        trials=trials,
        seed=seed,
        out=None if out is None else Path(out),
        resume=resume,
    )
