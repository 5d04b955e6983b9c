"""Build and fill indexes: what the commands and Python share."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from attrs import asdict, evolve, frozen

from ..domain.errors import UsageError
from ..domain.index_manifest import KINDS, SEARCHED, STORAGES, IndexManifest
from . import wiring

if TYPE_CHECKING:
    from ..application.fill_index import Filled
    from ..application.ports import Progress
    from ..domain.embedded import EmbeddingsFolder
    from ..domain.search import Searched


@frozen
class BuiltIndex:
    """
    An index after a change.

    Attributes:
        folder: Where it is.
        manifest: What it says of itself now.
        filled: What became of what was to be indexed.
    """

    folder: Path
    manifest: IndexManifest
    filled: "Filled"

    def as_plain(self) -> dict[str, Any]:
        """The same as JSON has it."""
        return {"index": self.folder, **described(self.manifest), **asdict(self.filled)}


@frozen
class _Settings:
    """How pairs are read and embedded: a configuration, and keys over it."""

    config: Path | None
    overrides: tuple[str, ...]


def described(manifest: IndexManifest) -> dict[str, Any]:
    """What a person wants to know of an index, as JSON has it."""
    names = ("target", "kind", "storage", "of", "width", "count", "columns", "data", "created", "made_by")
    told = {name: getattr(manifest, name) for name in names}
    return told | {
        "model": asdict(manifest.model),
        "approximation": manifest.approximation,
        "server": None if manifest.server is None else asdict(manifest.server),
    }


def build_index(
    source: str | Path,
    out: str | Path,
    *,
    model: str | None = None,
    of: str = "images",
    kind: str = "flat",
    storage: str = "float32",
    qdrant: str | None = None,
    config: Path | None = None,
    overrides: Sequence[str] = (),
    watcher: "Progress | None" = None,
) -> BuiltIndex:
    """
    Index a data set; an index that is there already is replaced once the new one is whole.

    Args:
        source: A folder of embeddings, or with ``model`` pairs, which are embedded into ``out/embeddings`` first.
        out: The index's folder.
        model: A run, a model folder or a hub name.
        of: What can be found: ``images`` or ``captions``.
        kind: ``flat``, ``hnsw`` or ``qdrant``.
        storage: ``float32`` or ``float16``.
        qdrant: Address of the server of kind ``qdrant``.
        config: Names of columns and the like, for pairs.
        overrides: ``key=value`` over what the configuration says.
        watcher: Is told what is going on; None is nobody.

    Raises:
        UsageError: If a choice is not one, or the folder holds something else.
        DataError: If the source cannot be read.
        RunFailed: If the index cannot be written.
    """
    from .wiring import indexing

    _check_choices(of=of, kind=kind, storage=storage, qdrant=qdrant)
    watcher = watcher or wiring.silence()
    folder = indexing.index_folder(Path(out))
    folder.last_generation()
    settings = _Settings(config, tuple(overrides))
    embedded, target = _embedded(str(source), model, settings, beside=Path(out), watcher=watcher)
    manifest = IndexManifest(
        model=embedded.model,
        target=str(Path(target).absolute()) if Path(target).exists() else target,
        kind=kind,
        storage=storage,
        of=of,
        width=embedded.model.width,
        count=0,
        next_id=0,
        columns=(),
        data=(embedded.data_name,),
        created=indexing.now(),
        made_by=indexing.made_by(kind),
        settings=indexing.settings_of(target, config=config, overrides=overrides),
        server=None if qdrant is None else indexing.server_collection(qdrant),
    )
    return _filled_anew(manifest, embedded, Path(out), watcher=watcher)


def add_to_index(
    root: str | Path,
    source: str | Path,
    *,
    model: str | None = None,
    config: Path | None = None,
    overrides: Sequence[str] = (),
    watcher: "Progress | None" = None,
) -> BuiltIndex:
    """
    Add a data set to an index: what is there already stays, what changed is replaced.

    Args:
        root: The index's folder.
        source: A folder of embeddings, or pairs, which the index's model embeds into ``root/embeddings``.
        model: Where the index's model is now; None is where it was.
        config: Names of columns and the like, for pairs.
        overrides: ``key=value`` over what the configuration says.
        watcher: Is told what is going on; None is nobody.

    Raises:
        UsageError: If the embeddings are another model's.
        DataError: If the source cannot be read.
        RunFailed: If the index cannot be written.
    """
    from ..application.fill_index import FillIndex
    from ..domain.index_entries import indexed
    from .wiring import indexing

    watcher = watcher or wiring.silence()
    index, manifest = indexing.open_stored(indexing.index_folder(Path(root)))
    named = model or manifest.target
    settings = _Settings(config, (*manifest.settings, *overrides))
    embedded, _ = _embedded(str(source), named, settings, beside=Path(root), watcher=watcher, check=manifest)
    manifest.check_model(embedded.model, place=str(root))
    of = cast("Searched", manifest.of)
    filled = FillIndex(index, watcher)(indexed(embedded, of), of=of)
    folder = indexing.index_folder(Path(root))
    return BuiltIndex(Path(root), _with_data(folder, embedded.data_name), filled)


def _filled_anew(
    manifest: IndexManifest, embedded: "EmbeddingsFolder", root: Path, *, watcher: "Progress"
) -> BuiltIndex:
    from ..application.fill_index import FillIndex
    from ..domain.index_entries import indexed, probes
    from .wiring import indexing

    folder = indexing.index_folder(root)
    before = folder.server()
    of = cast("Searched", manifest.of)
    try:
        index = indexing.new_index(folder, manifest, probes(embedded, of))
        filled = FillIndex(index, watcher)(indexed(embedded, of), of=of)
    except BaseException:
        if manifest.server is not None:
            indexing.try_to_drop(manifest.server)
        raise
    if before is not None and not indexing.try_to_drop(before):
        watcher.say(f"note: the collection {before.collection} of the index before is still on {before.url}")
    return BuiltIndex(root, folder.read(), filled)


def _embedded(
    source: str,
    model: str | None,
    settings: "_Settings",
    *,
    beside: Path,
    watcher: "Progress",
    check: IndexManifest | None = None,
) -> "tuple[EmbeddingsFolder, str]":
    """A folder of embeddings, or one made of pairs; and the model as a person names it."""
    from .wiring import indexing

    if indexing.is_embeddings(source):
        embedded = indexing.read_source(Path(source))
        return embedded, model or indexing.target_behind(embedded.model.name)
    if model is None:
        raise UsageError(f"{source}: no folder of embeddings; name the model that embeds its pairs with --model")
    from .embedding import embed_dataset

    if check is not None:
        # Before hours of embedding, not after.
        wiring.prepare_process()
        asked = indexing.index_model(model, config=settings.config, overrides=settings.overrides)
        check.check_model(asked.identity, place=str(beside))
    given = wiring.target_of(model, config=settings.config, overrides=settings.overrides).config
    made = embed_dataset(source, model=model, out=beside / indexing.EMBEDDINGS, config=given, watcher=watcher)
    return indexing.read_source(made.folder), model


def _with_data(folder: Any, name: str) -> IndexManifest:
    """Note a data set among those that an index holds."""
    manifest: IndexManifest = folder.read()
    if name in manifest.data:
        return manifest
    with folder.writing():
        noted = folder.read()
        noted = evolve(noted, data=(*noted.data, name))
        folder.commit(noted)
    return cast("IndexManifest", noted)


def _check_choices(*, of: str, kind: str, storage: str, qdrant: str | None) -> None:
    for name, value, choices in (("--of", of, SEARCHED), ("--kind", kind, KINDS), ("--storage", storage, STORAGES)):
        if value not in choices:
            raise UsageError(f"{name}: {value!r} is none of {', '.join(choices)}")
    if (kind == "qdrant") != (qdrant is not None):
        raise UsageError("--kind qdrant and --qdrant URL belong together: the one needs the other")
    if kind == "qdrant" and storage != "float32":
        raise UsageError(f"--storage {storage}: a Qdrant server decides itself how it keeps vectors")
