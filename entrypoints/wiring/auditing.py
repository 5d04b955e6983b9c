"""What an audit works with: looks at pictures, tokens, the page."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .basics import clock

if TYPE_CHECKING:
    from ...adapters.datasets.detect import Sources
    from ...application.audit import Audit, CountTokens
    from ...application.look_at_pictures import LookStore, PictureLooker
    from ...application.ports import Progress
    from ...domain.config import FineTuneConfig

SMALL: Final = 160


@contextmanager
def audit_of(
    config: "FineTuneConfig",
    tables: "Sources",
    *,
    out: Path | None,
    fresh: bool,
    near: bool | None,
    watcher: "Progress",
) -> "Iterator[Audit]":
    """An audit that keeps its looks in a folder, which one process at a time may use, or without one in memory."""
    from ...adapters.audit.looking import FileLooker
    from ...adapters.images.thumbnails import thumbnail
    from ...application.audit import Audit
    from ...application.look_at_pictures import LookAtPictures

    looker: PictureLooker = FileLooker(tables.opener, config.data.max_image_pixels, config.fidelity)
    with _looks(config, out, fresh=fresh) as store:
        yield Audit(
            LookAtPictures(looker, store, watcher, workers=max(1, config.hardware.num_workers)),
            watcher,
            clock(),
            thumbnail=lambda image: thumbnail(tables.opener, image, pixels=SMALL, rule=config.fidelity),
            tokens=_tokens(config),
            near=near,
        )


@contextmanager
def _looks(config: "FineTuneConfig", out: Path | None, *, fresh: bool) -> "Iterator[LookStore]":
    from ...adapters.audit.looks_file import LooksFile
    from ...adapters.audit.memory import MemoryLooks
    from ...adapters.storage.lock import run_lock
    from ...domain.perceptual import SIZE

    if out is None:
        yield MemoryLooks()
        return
    with run_lock(out):
        looks = LooksFile(out, _rule(config), SIZE)
        if fresh:
            looks.forget()
        try:
            yield looks
        finally:
            looks.close()


def _rule(config: "FineTuneConfig") -> str:
    """Everything besides a file that decides what a look at it sees."""
    from attrs import asdict

    from ...domain.audit.looks import RULE
    from ...domain.perceptual import VERSION

    rules = json.dumps(asdict(config.fidelity), sort_keys=True, default=str)
    return f"{RULE} {VERSION} {config.data.max_image_pixels} {rules}"


def _tokens(config: "FineTuneConfig") -> "CountTokens | None":
    from ...adapters.audit.tokens import tokenizer_at
    from ...application.audit import CountTokens

    for name in (config.model.tokenizer_name, config.model.model_name):
        tokenizer = tokenizer_at(name)
        if tokenizer is not None:
            return CountTokens(str(name), tokenizer.cut)
    return None


def place_of(path: str, config: "FineTuneConfig") -> Path:
    """Where the audit of a data set is kept unless somebody says otherwise: the same place every time."""
    full = path if path.startswith("hub:") else str(Path(path).expanduser().absolute())
    name = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in Path(full).stem)[:40] or "data"
    if Path(full).is_file():
        name = f"{Path(full).parent.name}-{name}"
    return Path(config.output.output_dir) / "audits" / f"{name}-{hashlib.sha256(full.encode()).hexdigest()[:8]}"


def keep_audit(out: Path, document: Mapping[str, Any], *, thumbnails: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write ``audit.json`` and ``audit.html``; each is there whole or as it was before."""
    from ...adapters.audit.files import audit_files
    from ...adapters.storage.durable import replace_file, write_errors_told

    written = []
    with write_errors_told(str(out)):
        out.mkdir(parents=True, exist_ok=True)
        for name, data in audit_files(document, pictures=thumbnails).items():
            replace_file(out / name, data, aside=out / f".aside-{name}")
            written.append(out / name)
    return tuple(written)
