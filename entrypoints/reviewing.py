"""A review from its beginning to its consequences: build the queues, serve the page, apply the decisions."""

import getpass
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve, field, frozen

from ..domain.config import FineTuneConfig
from ..domain.errors import UsageError
from . import wiring

if TYPE_CHECKING:
    from ..adapters.review.server import ReviewServer
    from ..application.ports import Progress
    from ..application.review_desk import ReviewDesk
    from ..application.review_queue import Queues

LIMIT = 100
NEAR = 0.98
EMBEDDINGS = ".embeddings"


@frozen
class ReviewPlan:
    """
    What is asked of a review.

    Attributes:
        source: A folder of embeddings, or a data set that ``model`` embeds first.
        model: Run folder, model folder or hub name, where the source is a data set.
        data: The data set behind a folder of embeddings, where its pictures are no files of their own.
        out: The file of decisions; embeddings that are made first lie beside it.
        config: Configuration with column names and the like.
        overrides: ``key=value`` over it.
        limit: The longest that a queue may be.
        near: The smallest cosine at which two pictures count as nearly the same.
    """

    source: str
    model: str | None = None
    data: str | None = None
    out: Path = field(default=Path("decisions.jsonl"))
    config: Path | None = None
    overrides: Sequence[str] = ()
    limit: int = LIMIT
    near: float = NEAR


def queues_for(plan: ReviewPlan, *, watcher: "Progress") -> "tuple[Queues, FineTuneConfig]":
    """
    What a person should look at, and under which configuration that was found.

    Raises:
        UsageError: If the plan contradicts itself.
        DataError: If data or embeddings cannot be read.
    """
    from ..application.review_queue import build_queues
    from .wiring.reviewing import embeddings_in, shown_as_learned

    if plan.limit < 1 or not -1 <= plan.near <= 1:
        raise UsageError("--limit is at least 1, and --near lies between -1 and 1")
    config, configured = _configuration(plan)
    folder = embeddings_in(_embedded(plan, config, watcher=watcher))
    pairs = f"{len(folder.image_rows):,} pictures and {len(folder.caption_rows):,} captions"
    watcher.say(f"looking for suspicious pairs among {pairs}")
    queues = build_queues(folder, config.data, configured=configured, limit=plan.limit, near=plan.near)
    return queues, evolve(config, fidelity=shown_as_learned(folder, config.fidelity))


def desk_of(plan: ReviewPlan, queues: "Queues", *, reviewer: str | None) -> "ReviewDesk":
    """
    A review of the queues that goes on where the file of decisions ends.

    Raises:
        UnreadableData: If the file holds something else.
    """
    from ..application.review_desk import ReviewDesk
    from .wiring.reviewing import decision_log

    return ReviewDesk(queues, decision_log(plan.out), wiring.clock(), reviewer or _person())


def server_of(plan: ReviewPlan, desk: "ReviewDesk", config: FineTuneConfig, *, port: int) -> "ReviewServer":
    """
    The page of a review, not serving yet.

    Raises:
        UsageError: If the port cannot be used.
    """
    from .wiring.reviewing import previews, review_server, source_of

    data = plan.data or (plan.source if plan.model else None)
    source = None if data is None else source_of(data, config)
    return review_server(desk, previews(desk.queues.folder, source, rule=config.fidelity), port=port)


def apply_decisions(decisions: Path, *, data: str, out: Path, config: FineTuneConfig) -> dict[str, Any]:
    """
    Write a new version of a data set, and return what was done.

    Raises:
        UsageError: If the new data set cannot be written as asked.
        DataError: If decisions or data cannot be read, or do not fit one another.
    """
    from .wiring.reviewing import decision_log, decisions_applied, source_of

    if not decisions.is_file():
        raise UsageError(f"{decisions}: there are no decisions; make some with `cliptune review`")
    # Whatever lies outside is reviewed, too; the new file says how it is to be read.
    whole = evolve(config, data=evolve(config.data, allow_outside_paths=True))
    apply = decisions_applied(source_of(data, whole), out, whole)
    return apply(decision_log(decisions).read(), name=str(decisions))


def _configuration(plan: ReviewPlan) -> tuple[FineTuneConfig, bool]:
    """The configuration, and whether somebody chose its splits."""
    if plan.config is None and plan.model is not None:
        target = wiring.target_of(plan.model, config=None, overrides=plan.overrides)
        return target.config, target.run is not None
    return wiring.read_config(plan.config, overrides=plan.overrides).config, plan.config is not None


def _embedded(plan: ReviewPlan, config: FineTuneConfig, *, watcher: "Progress") -> Path:
    from .wiring.reviewing import holds_embeddings

    if plan.model is None:
        if Path(plan.source).is_dir() and holds_embeddings(Path(plan.source)):
            return Path(plan.source)
        raise UsageError(
            f"{plan.source}: no embeddings here; name a folder that `cliptune embed` wrote, or the model that is to "
            "embed the data with --model"
        )
    from .embedding import embed_dataset

    folder = plan.out.with_name(plan.out.stem + EMBEDDINGS)
    embed_dataset(plan.source, model=plan.model, out=folder, config=config, watcher=watcher)
    return folder


def _person() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
