"""Laws of training on captions that vary: resumed exactly, related by what is written, and cut after the change."""

import pytest
from attrs import evolve

from cliptune.adapters.images.loader import picture_loader
from cliptune.adapters.images.memory import MemoryReader
from cliptune.adapters.models.clip_backend import ClipTokens
from cliptune.application.training_batches import TrainingBatches, plain_plan
from cliptune.domain.batches import Batch
from cliptune.domain.captions.meaning import weighty_words
from cliptune.domain.config import AugmentationConfig
from cliptune.domain.features import KnownFeatures
from cliptune.domain.pairs import Example, ImageRef
from cliptune.domain.relation import example_keys
from support.clips import TOKENS, tiny_clip
from support.ledger import LedgerLearner, flat_pictures

PICTURES = 12
LONG = "A dog runs, holding a stick, near a lake. No cat is left. The sky is grey. A tree stands. The sun is up."
VARIED = AugmentationConfig(
    augment_images=False,
    augment_text=True,
    caption_dropout=0.5,
    clause_shuffle=0.8,
    caption_templates=("{caption}", "a photo: {caption}"),
)


def batches(augmentation: AugmentationConfig = VARIED, *, epochs: int = 4) -> TrainingBatches:
    examples = [Example(ImageRef(f"{n}.png", ""), (f"{LONG} Scene {n % 5}.",), str(n)) for n in range(PICTURES)]
    return TrainingBatches(
        examples=examples,
        loader=picture_loader(MemoryReader(flat_pictures(PICTURES)), workers=0, kind="thread"),
        tokenize=LedgerLearner().tokenize,
        augmentation=augmentation,
        plan=plain_plan(PICTURES, batch_size=4, epochs=epochs),
        seed=3,
        keys=example_keys(examples, ("caption",)),
    )


def shown(each: TrainingBatches, *, step: int = 0) -> list[Batch]:
    return list(each.from_step(step))


def test_a_resumed_run_sees_the_captions_that_an_unbroken_one_would() -> None:
    whole = [batch.captions for batch in shown(batches())]

    for step in range(len(whole)):
        assert whole[step:] == [batch.captions for batch in shown(batches(), step=step)]


def test_captions_differ_from_epoch_to_epoch_and_say_the_same() -> None:
    told = {caption for batch in shown(batches()) for caption in batch.captions}
    plain = {caption for batch in shown(batches(evolve(VARIED, augment_text=False))) for caption in batch.captions}

    assert 5 == len(plain)
    assert len(told) > 20
    assert {weighty_words(caption) for caption in plain} == {weighty_words(caption) for caption in told}


def test_pairs_that_say_the_same_are_told_by_their_captions_as_written() -> None:
    for varied, plain in zip(shown(batches()), shown(batches(evolve(VARIED, augment_text=False))), strict=True):
        assert varied.images == plain.images
        assert varied.positives is not None
        assert plain.positives is not None
        assert varied.positives.keys.tolist() == plain.positives.keys.tolist()


def test_the_limit_on_tokens_holds_for_what_a_caption_became() -> None:
    clip = tiny_clip()
    tokens = ClipTokens(clip.tokenizer, clip.max_length)
    for batch in shown(evolve(batches(), tokenize=tokens)):
        assert batch.input_ids.shape[1] <= TOKENS
        assert batch.input_ids.tolist() == tokens(batch.captions).tolist()


def test_what_was_encoded_once_is_not_laid_over_captions_that_vary() -> None:
    (batch, *_) = shown(batches())

    with pytest.raises(ValueError, match="captions that vary are not encoded once"):
        KnownFeatures(captions={}).laid_over(batch)
