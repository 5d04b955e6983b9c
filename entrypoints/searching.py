"""Search an index again and again, in Python and behind the command."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from attrs import define, field

from ..domain.errors import UsageError
from ..domain.search import Answer, QueryKind, Threshold
from ..domain.where import where_of
from . import wiring

if TYPE_CHECKING:
    from ..application.ports import VectorIndex
    from ..domain.index_manifest import IndexManifest
    from .retrieving import Picture
    from .wiring.indexing import IndexModel

MinScore = float | Literal["auto"] | None
TOP_K: Final = 10
# Which calibration judges which query of which index; others were never judged.
JUDGED: Final = {("text", "images"): "search", ("image", "captions"): "image_search"}


@define(eq=False)
class Searcher:
    """
    An index that is open for searches.

    The model is loaded by the first text or picture that is searched for, and stays; so does what was read of the
    index.

    Attributes:
        folder: Where the index is.
        manifest: What it says of itself.
        index: What is searched.
        target: The model that embeds queries: a run, a model folder or a hub name.
        overrides: Keys of the configuration, as ``key=value``, over the model's own.
    """

    folder: Path
    manifest: "IndexManifest"
    index: "VectorIndex" = field(repr=False)
    target: str
    overrides: tuple[str, ...] = ()
    _model: "IndexModel | None" = field(default=None, init=False, repr=False)
    _thresholds: dict[str, Threshold | None] = field(factory=dict, init=False, repr=False)

    def search_text(
        self,
        text: str,
        *,
        top_k: int = TOP_K,
        where: Sequence[str] = (),
        min_score: MinScore = "auto",
        exact: bool = False,
    ) -> Answer:
        """
        The entries nearest to a text, the best first; equal scores in the order in which they were added.

        Args:
            text: What is looked for.
            top_k: How many at most.
            where: Conditions such as ``label=crack`` or ``line!=3``: several columns must all fit, of one column any
                of the values.
            min_score: The score below which the best match is none; ``auto`` is what was fitted on the validation
                split of the model's run, where it was; None never abstains.
            exact: Whether every vector is looked at, also where the index has a quicker way.

        Raises:
            UsageError: If the text is empty, the model is not the one that made the index, or a condition names a
                column that there is not.
        """
        if not text.strip():
            raise UsageError("there is nothing to search for: the text is empty")
        from .wiring.retrieving import embed_given_texts

        model = self.model()
        found = embed_given_texts([text], model=model.backend, config=model.config)
        return self._search("text", found[0].numpy(), top_k=top_k, where=where, min_score=min_score, exact=exact)

    def search_image(
        self,
        picture: "Picture",
        *,
        top_k: int = TOP_K,
        where: Sequence[str] = (),
        min_score: MinScore = "auto",
        exact: bool = False,
    ) -> Answer:
        """
        The entries nearest to a picture: a path, encoded bytes or a Pillow picture; otherwise as ``search_text``.

        Raises:
            UnreadableImage: If it cannot be read.
            UsageError: If the model is not the one that made the index, or a condition names a column that there is
                not.
        """
        from .wiring.retrieving import embed_given_pictures

        model = self.model()
        found = embed_given_pictures(
            [picture], model=model.backend, preprocessing=model.preprocessing, config=model.config
        )
        return self._search("image", found[0].numpy(), top_k=top_k, where=where, min_score=min_score, exact=exact)

    def search_vector(
        self,
        vector: Any,
        *,
        top_k: int = TOP_K,
        where: Sequence[str] = (),
        min_score: float | None = None,
        exact: bool = False,
    ) -> Answer:
        """
        The entries nearest to an embedding, shape ``(width,)``, a NumPy array or a tensor; no model is loaded.

        Only who made the embedding knows that the model of the index did. Otherwise as ``search_text``.

        Raises:
            DataError: If it is of another width, or has no direction.
            UsageError: If a condition names a column that there is not.
        """
        given = vector.detach().cpu().float().numpy() if hasattr(vector, "detach") else vector
        return self._search("vector", given, top_k=top_k, where=where, min_score=min_score, exact=exact)

    def model(self) -> "IndexModel":
        """
        The model that embeds queries, loaded once.

        Raises:
            UsageError: If there is no such model, or it is not the one that made the index.
        """
        if self._model is None:
            from .wiring.indexing import index_model

            wiring.prepare_process()
            try:
                model = index_model(self.target, overrides=(*self.manifest.settings, *self.overrides))
            except UsageError as error:
                raise UsageError(
                    f"{self.folder}: the model of the index cannot be loaded: {error}; say where it is now with --model"
                ) from error
            self.manifest.check_model(model.identity, place=str(self.folder))
            self._model = model
        return self._model

    def threshold(self, query: QueryKind) -> Threshold | None:
        """What was fitted for such queries on the validation split of the model's run; None where nothing was."""
        if query not in self._thresholds:
            self._thresholds[query] = self._fitted(query)
        return self._thresholds[query]

    def _search(
        self,
        kind: QueryKind,
        query: Any,
        *,
        top_k: int,
        where: Sequence[str],
        min_score: MinScore,
        exact: bool,
    ) -> Answer:
        from ..application.search import Search

        threshold = self.threshold(kind) if min_score == "auto" else _given(min_score)
        return Search(self.index)(query, top_k=top_k, where=where_of(where), threshold=threshold, exact=exact)

    def _fitted(self, query: QueryKind) -> Threshold | None:
        from ..domain.thresholds import fitted_threshold
        from .wiring.indexing import calibration_of

        name = JUDGED.get((query, self.manifest.of))
        calibration = None if name is None else calibration_of(self.target)
        if name is None or calibration is None:
            return None
        return fitted_threshold(calibration, name, model=self.manifest.model)


def open_index(folder: str | Path, *, model: str | None = None, overrides: Sequence[str] = ()) -> Searcher:
    """
    Open an index for searches; its model is loaded when a text or picture is first searched for.

    Args:
        folder: What ``cliptune index build`` made.
        model: Where the model of the index is now; None is where it was.
        overrides: Keys of the configuration, as ``key=value``, over the model's own.

    Raises:
        UnreadableData: If it is no index.
        UsageError: If a library that it needs is not installed.
        RunFailed: If a file is missing or damaged, or its server does not answer.
    """
    from .wiring.indexing import index_folder, open_stored

    root = Path(folder)
    index, manifest = open_stored(index_folder(root))
    return Searcher(root, manifest, index, model or manifest.target, tuple(overrides))


def _given(score: float | str | None) -> Threshold | None:
    if score is None:
        return None
    if isinstance(score, str) or not math.isfinite(score) or not -1.0 <= score <= 1.0:
        raise UsageError(f"a least score is a cosine similarity between -1 and 1, or auto; found {score!r}")
    return Threshold(float(score), "as demanded")
