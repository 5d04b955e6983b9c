"""What a run does with its captions, told before it begins."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...adapters.models.clip_learner import ClipLearner
    from ...adapters.models.loading import LoadedClip
    from ...application.ports import ArtifactStore, Progress
    from ...domain.captions.cut_list import CutList
    from ...domain.config import AugmentationConfig
    from ...domain.prepared import PreparedData

EMBEDDING = "text_model.embeddings.token_embedding.weight"


def cut_captions(clip: "LoadedClip", data: "PreparedData", *, watcher: "Progress") -> "CutList":
    """The captions of a run that have more tokens than its model reads."""
    from ...adapters.models.caption_cuts import may_be_cut, truncations
    from ...application.cut_captions import CutCaptions

    find = CutCaptions(
        truncations=lambda captions: truncations(clip, captions),
        may_be_cut=lambda caption: may_be_cut(clip, caption),
        limit=clip.max_length,
        progress=watcher,
    )
    return find(data)


def tell_cuts(store: "ArtifactStore", cuts: "CutList", *, watcher: "Progress") -> None:
    """Tell of captions that are cut, and keep their list in the run's folder."""
    from ...application.cut_captions import LIST, keep_cuts

    keep_cuts(store, cuts)
    if cuts.note is not None:
        watcher.say(f"note: {cuts.note}; all are in {LIST}")


def clause_notes(data: "PreparedData", augmentation: "AugmentationConfig") -> tuple[str, ...]:
    """How many captions can vary at all, where they are to."""
    from ...domain.captions.mirrored import LOOKED_AT
    from ...domain.captions.variants import has_clauses

    if not augmentation.augment_text or not (augmentation.caption_dropout or augmentation.clause_shuffle):
        return ()
    looked = [caption for example in data.train for caption in example.captions][:LOOKED_AT]
    several = sum(map(has_clauses, looked))
    return (f"augment_text: {several:,} of {len(looked):,} training captions looked at have more than one clause",)


def mirror_notes(data: "PreparedData", augmentation: "AugmentationConfig") -> tuple[str, ...]:
    """What to know of captions that name a side where pictures are mirrored."""
    from ...domain.captions.mirrored import mirror_note

    if not (augmentation.augment_images and augmentation.horizontal_flip):
        return ()
    note = mirror_note([caption for example in data.train for caption in example.captions])
    return () if note is None else (note,)


def new_token_notes(clip: "LoadedClip", learner: "ClipLearner", *, asked: tuple[str, ...]) -> tuple[str, ...]:
    """What to know about the tokens that a model was asked to be given."""
    if not asked:
        return ()
    added, known = clip.new_tokens, [word for word in asked if word not in clip.new_tokens]
    still = ", and stays so, for the table of tokens does not learn (text_tower)"
    start = "each starts as the mean of its pieces" + ("" if learner.plan.treatments[EMBEDDING].trained else still)
    told = f"{len(added)} new token{'' if len(added) == 1 else 's'}" + (
        f" ({', '.join(added)}): {start}" if added else ""
    )
    return (told + (f"; one token already: {', '.join(known)}" if known else ""),)
