"""Reviews for tests: embeddings of clean clusters, pairs on the disk, and the commands on their own."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import typer
from hypothesis import strategies as st
from PIL import Image

from cliptune.adapters.storage.embeddings import write_embeddings
from cliptune.domain.decisions import VERBS, Decision, Other
from cliptune.domain.embedded import CaptionRow, EmbeddingsFolder, ImageRow
from cliptune.domain.model_identity import ModelIdentity
from cliptune.domain.pairs import ImageRef, Row
from cliptune.domain.review import Vectors
from cliptune.entrypoints.cli.data import apply
from cliptune.entrypoints.cli.review import review

WIDTH = 16
# A shell that starts the tests in the background has an interrupt ignored, and every process inherits that.
SERVE = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); sys.argv[0] = 'cliptune'; "
    "from support.reviews import commands; commands()()"
)
IDENTITY = ModelIdentity(name="drawn", weights="w", preprocessing="p", tokenizer="t", width=WIDTH)


def unit(vectors: np.ndarray) -> Vectors:
    """The same directions, each of length 1."""
    scaled: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return scaled


def clusters(
    *, kinds: int = 4, pictures: int = 8, captions: int = 2, seed: int = 0, noise: float = 0.15, swap: bool = False
) -> EmbeddingsFolder:
    """
    Pictures and captions around one direction a kind; with ``swap`` the first two captions change places.

    Picture ``i`` is of kind ``i % kinds``, so that the first two are of different kinds.
    """
    generator = np.random.default_rng(seed)
    centres = np.eye(WIDTH)[:kinds]
    kind = np.arange(kinds * pictures) % kinds
    images = unit(centres[kind] + noise * generator.normal(size=(len(kind), WIDTH)))
    owner = np.repeat(np.arange(len(kind)), captions)
    texts = unit(centres[kind[owner]] + noise * generator.normal(size=(len(owner), WIDTH)))
    names = [f"caption {row} of kind {kind[owner[row]]}" for row in range(len(owner))]
    if swap:
        first, second = 0, captions
        texts[[first, second]] = texts[[second, first]]
        names[first], names[second] = names[second], names[first]
    return folder_of(images, texts, owner.tolist(), names)


def folder_of(
    images: Vectors,
    captions: Vectors,
    owner: Sequence[int],
    texts: Sequence[str],
    *,
    contents: Sequence[str] = (),
    columns: Sequence[dict[str, str]] = (),
    locations: Sequence[str] = (),
) -> EmbeddingsFolder:
    """Embeddings with rows of made-up names."""
    image_rows = tuple(
        ImageRow(
            f"images/{at}.jpg",
            locations[at] if locations else "",
            contents[at] if contents else f"sha{at}",
            columns[at] if columns else {},
        )
        for at in range(len(images))
    )
    caption_rows = tuple(
        CaptionRow(image_rows[at].image, text, f"captions.csv:{row + 2}", image_rows[at].columns)
        for row, (at, text) in enumerate(zip(owner, texts, strict=True))
    )
    return EmbeddingsFolder(IDENTITY, images, captions, image_rows, caption_rows, data_name="captions.csv")


def written(folder: Path, made: EmbeddingsFolder) -> Path:
    """Embeddings on the disk, with a table and a small picture for each row beside them."""
    data = folder / "data"
    (data / "images").mkdir(parents=True)
    rows = []
    for at, row in enumerate(made.image_rows):
        place = data / row.image
        Image.new("RGB", (40, 30), (37 * at % 256, 91 * at % 256, 160)).save(place)
        rows.append(ImageRow(row.image, str(place), row.content, row.columns))
    lines = ["image_path,caption", *(f'{row.image},"{row.caption}"' for row in made.caption_rows)]
    (data / "captions.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    place = folder / "embeddings"
    place.mkdir()
    whole = EmbeddingsFolder(
        made.model,
        made.images,
        made.captions,
        tuple(rows),
        made.caption_rows,
        data_name=str(data / "captions.csv"),
        data_fingerprint="f",
        created="2026-01-01T00:00:00+00:00",
    )
    write_embeddings(place, whole, images=[made.images], captions=[made.captions])
    return place


def commands() -> typer.Typer:
    """``review`` and ``data apply`` alone."""
    app = typer.Typer()
    app.command("review")(review)
    group = typer.Typer()
    group.callback()(lambda: None)
    group.command("apply")(apply)
    app.add_typer(group, name="data")
    return app


def kept(path: Path) -> list[dict[str, object]]:
    """The decisions in a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


keys = st.sampled_from([f"{name}.jpg" for name in "abcd"])
captions = st.sampled_from(["one", "two", "three", "a longer one, with a comma"])


@st.composite
def tables(draw: st.DrawFn) -> tuple[Row, ...]:
    """Rows over few pictures and captions, repeats among them."""
    pairs = draw(st.lists(st.tuples(keys, captions), min_size=1, max_size=8))
    return tuple(
        Row(f"t.csv:{at + 2}", ImageRef(image, f"/data/{image}"), caption, {"scene": "s"})
        for at, (image, caption) in enumerate(pairs)
    )


@st.composite
def decisions(draw: st.DrawFn) -> Decision:
    """A decision about a pair that may or may not be there; an edit says something new."""
    verb = draw(st.sampled_from(VERBS))
    caption = draw(captions if verb == "edit" else captions | st.none())
    return Decision(
        queue="mismatched",
        image=draw(keys),
        caption=caption,
        where="t.csv:2",
        decision=verb,
        new_caption=f"new: {draw(captions)}" if verb == "edit" else None,
        other=Other(draw(keys), draw(captions | st.none())) if verb == "same_as" else None,
    )
