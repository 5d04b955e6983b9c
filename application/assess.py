"""Everything that can be measured of one model on one test set."""

import hashlib
import json
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from attrs import frozen

from ..domain.assessed import Assessed, ZeroShot, outcomes_of
from ..domain.both_directions import rank_all
from ..domain.config import FineTuneConfig
from ..domain.encoded import EncodedExamples
from ..domain.pairs import Example
from ..domain.prompts import prompts_of
from ..domain.relation import CAPTION, IMAGE
from ..domain.relevance import image_text_relevance
from ..domain.retrieval import FullMetrics
from ..domain.zero_shot import class_embeddings, zero_shot_logits
from .embed import embed_captions
from .encode_examples import EncodeExamples


@frozen(eq=False)
class Assess:
    """
    Embed a test set once, and measure retrieval and classification on it.

    Attributes:
        encode: Embeds examples.
        config: How embeddings are compared, and which columns are looked at.
        scale: What cosines are multiplied by to be logits: one over the model's temperature.
        prompts: Prompts of each class; None takes the configured templates.
    """

    encode: EncodeExamples
    config: FineTuneConfig
    scale: float
    prompts: Mapping[str, Sequence[str]] | None = None

    def __call__(self, examples: Sequence[Example], *, classes: Sequence[str] = ()) -> Assessed:
        """
        Measure a model on examples.

        Args:
            examples: Pictures with their captions.
            classes: Every class of the data set; the examples need not have all of them. None given: those they have.

        Raises:
            DataError: If fewer than two pictures can be decoded.
            RunFailed: If an embedding is not finite.
            UsageError: If a class has no prompt.
        """
        encoded = self.encode(examples)
        relevance = image_text_relevance(encoded.examples, _kinds(self.config.loss.positive_keys, encoded.examples))
        alignment = self.config.alignment
        ranked = rank_all(
            encoded.images,
            encoded.texts,
            *relevance,
            metric=alignment.similarity_metric,
            normalize_embeddings=alignment.normalize_embeddings,
        )
        metrics = FullMetrics.of(ranked)
        zero_shot = self._classify(encoded, classes)
        return Assessed(
            encoded=encoded,
            relevance=relevance,
            ranked=ranked,
            metrics=metrics,
            zero_shot=zero_shot,
            outcomes=outcomes_of(
                encoded, ranked, metrics.flat(), zero_shot, settings=settings_of(self.config, self.prompts)
            ),
        )

    def _classify(self, encoded: EncodedExamples, classes: Sequence[str]) -> ZeroShot | None:
        wanted = self.config.evaluation
        labels = labels_of(encoded.examples, wanted.label_column, separator=wanted.label_separator)
        names = {*classes, *(label for own in labels for label in own)}
        known = [number for number, own in enumerate(labels) if own]
        if not known or len(names) < 2:
            return None
        asked = prompts_of(names, wanted.prompt_templates if self.prompts is None else self.prompts)
        owner = [number for number, prompts in enumerate(asked.values()) for _ in prompts]
        texts = [prompt for prompts in asked.values() for prompt in prompts]
        model, size = self.encode.model, self.encode.batch_size
        with self.encode.progress.track("embedding prompts", total=len(set(texts))) as ticker:
            embedded = embed_captions(texts, model=model, batch_size=size, ticker=ticker)
        centers = class_embeddings(embedded, torch.tensor(owner))
        return ZeroShot(
            classes=tuple(asked),
            prompts=tuple(texts),
            pictures=np.array(known, dtype=np.int64),
            target=np.array([[name in labels[number] for name in asked] for number in known]),
            logits=zero_shot_logits(encoded.images[known], centers, scale=self.scale).double().numpy(),
            several=wanted.label_separator is not None,
        )


def settings_of(config: FineTuneConfig, prompts: Mapping[str, Sequence[str]] | None) -> str:
    """Fingerprint of what decides outcomes besides model and data; under other settings they mean something else."""
    alignment, wanted = config.alignment, config.evaluation
    parts = (
        alignment.similarity_metric,
        alignment.normalize_embeddings,
        config.loss.positive_keys,
        wanted.label_column,
        wanted.label_separator,
        None if wanted.label_column is None else prompts or wanted.prompt_templates,
    )
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=list).encode()).hexdigest()


def labels_of(examples: Sequence[Example], column: str | None, *, separator: str | None) -> list[tuple[str, ...]]:
    """The classes of each picture; none where the cell is empty, or there is no such column."""
    if column is None:
        return [()] * len(examples)
    cells = (example.attribute(column) for example in examples)
    parts = ((cell,) if separator is None else cell.split(separator) for cell in cells)
    return [tuple(dict.fromkeys(part.strip() for part in own if part.strip())) for own in parts]


def _kinds(wanted: Sequence[str], examples: Sequence[Example]) -> tuple[str, ...]:
    """The keys by which pairs say the same, as far as these examples carry them."""
    carried = {CAPTION, IMAGE, *(name for name, _ in examples[0].labels)}
    return tuple(kind for kind in wanted if kind in carried)
