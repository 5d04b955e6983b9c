"""What kinds of files the pictures are, and which of them are suspicious."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from .findings import SHOWN, Finding, Part, Severity, Sighting, counted
from .looks import Looks
from .spread import bins, summary
from .table import PairTable

SUFFIXES: Final[Mapping[str, frozenset[str]]] = {
    "JPEG": frozenset({".jpg", ".jpeg", ".jpe", ".jfif"}),
    "MPO": frozenset({".jpg", ".jpeg", ".mpo"}),
    "PNG": frozenset({".png"}),
    "WEBP": frozenset({".webp"}),
    "BMP": frozenset({".bmp", ".dib"}),
    "TIFF": frozenset({".tif", ".tiff"}),
    "GIF": frozenset({".gif"}),
    "DICOM": frozenset({".dcm", ".dicom", ".ima", ""}),
}
KNOWN: Final = frozenset().union(*SUFFIXES.values()) - {""}
TINY: Final = 32
HUGE: Final = 25_000_000
NARROW: Final = 5.0
BLANK: Final = 2.0
CLIPPED: Final = 0.01
SOME_SIZES: Final = 12

Told = Callable[[int], str]


@frozen(eq=False)
class Suspicion:
    """
    One way in which a picture can be suspicious.

    Attributes:
        code: Of the finding.
        severity: Of the finding.
        mask: Which pictures it is true of, bool, shape ``(images,)``.
        one: What is said of one picture.
        many: What is said of several.
        advice: What to do.
        told: What is said of a picture by its number.
        order: The worst have the smallest numbers.
    """

    code: str
    severity: Severity
    mask: NDArray[np.bool_]
    one: str
    many: str
    advice: str
    told: Told
    order: NDArray[Any] | None = None


def pictures_part(table: PairTable, looks: Looks, *, resolution: int) -> Part:
    """
    Kinds and sizes of the pictures, and those that are broken or suspicious.

    Args:
        table: The rows.
        looks: A look at each picture.
        resolution: Pixels a side that the model takes.
    """
    usable, numbers = looks.usable, looks.numbers
    sizes = Counter(zip(numbers["width"][usable].tolist(), numbers["height"][usable].tolist(), strict=True))
    facts = {
        "looked_at": int(looks.seen.sum()),
        "usable": int(usable.sum()),
        "formats": _named(looks, "format"),
        "modes": _named(looks, "mode"),
        "bits": {str(bits): count for bits, count in sorted(Counter(numbers["bits"][usable].tolist()).items())},
        "bytes": summary(numbers["size"][looks.seen]),
        "total_bytes": int(numbers["size"].sum()),
        "width": summary(numbers["width"][usable]),
        "height": summary(numbers["height"][usable]),
        "sizes": {f"{width} × {height}": count for (width, height), count in sizes.most_common(SOME_SIZES)},
        "different_sizes": len(sizes),
        "megapixels": bins(numbers["width"][usable] * numbers["height"][usable] / 1e6),
        "brightness": {**summary(numbers["brightness"][usable]), "histogram": bins(numbers["brightness"][usable])},
    }
    return Part(
        facts, tuple(_findings(table, looks, [*_broken(looks), *_odd(looks, table), *_shape(looks, resolution)]))
    )


def _named(looks: Looks, name: str) -> dict[str, int]:
    counts = np.bincount(looks.codes[name][looks.usable & (looks.codes[name] >= 0)], minlength=len(looks.values[name]))
    order = np.argsort(-counts, kind="stable").tolist()
    return {str(looks.values[name][at]): int(counts[at]) for at in order if counts[at]}


def _findings(table: PairTable, looks: Looks, suspicions: Sequence[Suspicion]) -> Iterator[Finding]:
    rows = np.unique(table.image_of, return_index=True)[1] if len(table) else np.array([], dtype=np.int64)
    for one in suspicions:
        found = np.flatnonzero(one.mask & looks.seen)
        if not len(found):
            continue
        if one.order is not None:
            found = found[np.argsort(one.order[found], kind="stable")]
        yield Finding(
            one.code,
            one.severity,
            f"{counted(len(found), 'picture')} {one.one if len(found) == 1 else one.many}",
            one.advice,
            len(found),
            tuple(
                Sighting(one.told(at), (table.where[int(rows[at])],), (table.images[at].key,))
                for at in found[:SHOWN].tolist()
            ),
        )


def _size(looks: Looks) -> Told:
    return lambda at: f"{looks.of('width', at)} × {looks.of('height', at)}, {looks.of('format', at)}"


def _broken(looks: Looks) -> Iterator[Suspicion]:
    usable, numbers = looks.usable, looks.numbers
    deep = looks.seen & (numbers["clipped"] > CLIPPED)
    yield Suspicion(
        "images-broken",
        "error",
        looks.seen & ~usable & ~deep,
        "cannot be used",
        "cannot be used",
        "mend or remove them; training leaves their rows out and stops above `max_bad_fraction`",
        lambda at: str(looks.of("refused", at)),
    )
    yield Suspicion(
        "images-clipped",
        "error",
        deep & ~usable,
        "is refused: it has more than 8 bits, and the usual path of CLIP's processors would clip it",
        "are refused: they have more than 8 bits, and the usual path of CLIP's processors would clip them",
        "declare how their range is shown (`gray_rule: window`, `percentile`, `full_range` or `picture_range`)",
        _clipped(looks),
        -numbers["clipped"],
    )
    yield Suspicion(
        "images-deep",
        "note",
        deep & usable,
        "has more than 8 bits; it is shown by the declared rule, and other tools would clip it",
        "have more than 8 bits; they are shown by the declared rule, and other tools would clip them",
        "use the picture processor that is saved with the model wherever the model is used",
        _clipped(looks),
        -numbers["clipped"],
    )
    yield Suspicion(
        "images-blank",
        "warning",
        usable & (numbers["contrast"] < BLANK),
        "is blank or nearly one colour",
        "are blank or nearly one colour",
        "look at them: a failed export, a lens cap, a placeholder; nothing can be learned from them",
        lambda at: (
            f"mean gray {looks.of('brightness', at):.0f}, standard deviation {looks.of('contrast', at):.1f} of 255"
        ),
        numbers["contrast"],
    )


def _clipped(looks: Looks) -> Told:
    return lambda at: (
        f"{looks.of('mode', at)}, {looks.of('bits', at)} bits: {looks.of('clipped', at):.1%} of its values clipped"
    )


def _odd(looks: Looks, table: PairTable) -> Iterator[Suspicion]:
    usable, numbers = looks.usable, looks.numbers
    suffixes = np.fromiter(
        (_wrong_suffix(table, looks, at) for at in range(len(looks.seen))), np.bool_, len(looks.seen)
    )
    yield Suspicion(
        "images-wrong-suffix",
        "warning",
        suffixes,
        "is not what its name says",
        "are not what their names say",
        "it is read by what it is; other tools may trip over the name, and it can be the trace of a failed export",
        lambda at: f"{table.images[at].key} is {looks.of('format', at)}",
    )
    yield Suspicion(
        "images-rotated",
        "note",
        usable & (numbers["orientation"] != 1),
        "is turned by its EXIF orientation",
        "are turned by their EXIF orientation",
        "cliptune shows them upright; CLIP's own processors do not, so that other tools see them lying",
        lambda at: f"orientation {looks.of('orientation', at)}",
    )
    yield Suspicion(
        "images-animated",
        "warning",
        usable & numbers["animated"],
        "is animated; its first frame is used",
        "are animated; their first frame is used",
        "check that the first frame is the one that the caption is about",
        lambda at: f"{looks.of('pages', at)} frames, {looks.of('format', at)}",
    )
    yield Suspicion(
        "images-several-pages",
        "warning",
        usable & ~numbers["animated"] & (numbers["pages"] > 1),
        "has several pages",
        "have several pages",
        "say which page is meant (docs/images.md); without that the first is used",
        lambda at: f"{looks.of('pages', at)} pages, {looks.of('format', at)}",
    )
    yield Suspicion(
        "images-alpha",
        "note",
        usable & numbers["alpha"],
        "can be seen through and is laid on a background",
        "can be seen through and are laid on a background",
        "check that what is drawn shows on the background (docs/images.md)",
        _size(looks),
    )
    yield Suspicion(
        "images-told",
        "note",
        usable & (looks.codes["warnings"] >= 0),
        "was read with a remark",
        "were read with a remark",
        "read the remarks; none of them stops training",
        lambda at: "; ".join(looks.of("warnings", at)),
    )


def _wrong_suffix(table: PairTable, looks: Looks, at: int) -> bool:
    known = looks.of("format", at)
    suffix = PurePosixPath(table.images[at].key).suffix.lower()
    return bool(known in SUFFIXES and suffix in KNOWN and suffix not in SUFFIXES[known])


def _shape(looks: Looks, resolution: int) -> Iterator[Suspicion]:
    usable, width, height = looks.usable, looks.numbers["width"], looks.numbers["height"]
    short, long = np.minimum(width, height), np.maximum(width, height)
    yield Suspicion(
        "images-tiny",
        "warning",
        usable & (short < TINY),
        f"has fewer than {TINY} pixels a side",
        f"have fewer than {TINY} pixels a side",
        "icons or thumbnails instead of pictures? Little is to be seen when they are enlarged",
        _size(looks),
        short,
    )
    yield Suspicion(
        "images-small",
        "note",
        usable & (short >= TINY) & (short < resolution),
        f"is smaller than the {resolution} pixels that the model takes, and is enlarged",
        f"are smaller than the {resolution} pixels that the model takes, and are enlarged",
        "larger originals show more; otherwise a smaller `image_resolution` loses nothing and is faster",
        _size(looks),
        short,
    )
    yield Suspicion(
        "images-huge",
        "note",
        usable & (width * height > HUGE),
        f"has more than {HUGE // 1_000_000} megapixels",
        f"have more than {HUGE // 1_000_000} megapixels",
        "decoding them takes much of the time of training: write smaller copies, or tiles if details matter",
        _size(looks),
        -(width * height),
    )
    yield Suspicion(
        "images-narrow",
        "note",
        usable & (long > NARROW * np.maximum(short, 1)),
        f"is more than {NARROW:.0f} times as long as wide; the model sees its middle only",
        f"are more than {NARROW:.0f} times as long as wide; the model sees their middle only",
        "cut them into squares, each with a caption of its own, if what matters lies at the ends",
        _size(looks),
        -(long / np.maximum(short, 1)),
    )
