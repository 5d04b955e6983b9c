"""What a run does with its captions, told before it begins."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...adapters.models.clip_learner import ClipLearner
    from ...adapters.models.loading import LoadedClip
    from ...application.ports import ArtifactStore, Progress
    from ...domain.captions.cut_list import CutList
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


def new_token_notes(clip: "LoadedClip", learner: "ClipLearner") -> tuple[str, ...]:
    """What to know about the tokens that a model was given."""
    if not clip.new_tokens:
        return ()
    count, still = len(clip.new_tokens), not learner.plan.treatments[EMBEDDING].trained
    return (
        f"{count} new token{'' if count == 1 else 's'}, such as {clip.new_tokens[0]!r}: each starts as the mean of its "
        "pieces" + (", and stays so, for the table of tokens does not learn (text_tower)" if still else ""),
    )
