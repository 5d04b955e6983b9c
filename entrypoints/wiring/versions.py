"""What tells versions of data sets apart: manifests of tables, of runs, and in files."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...domain.config import FineTuneConfig
from ...domain.errors import UsageError
from .basics import read_config
from .data import picture_contents, prepare_data, sources

if TYPE_CHECKING:
    from ...application.describe_data import Described
    from ...application.ports import Progress

CONFIGURATIONS: Final = (".yaml", ".yml")


def described(what: str, config: FineTuneConfig, *, watcher: "Progress") -> "Described":
    """
    The manifest of whatever a person names.

    Args:
        what: A manifest, a run's folder, a configuration (its data with the splits of a run) or a data set.
        config: How a data set is to be read.
        watcher: A person watching.

    Raises:
        DataError: If it cannot be read.
        UsageError: If it is a run that kept no manifest.
    """
    from ...adapters.storage.data_manifest_file import is_manifest_file, read_manifest
    from ...application.describe_data import Described
    from ...application.packed_manifest import RUN_MANIFEST

    path = Path(what).expanduser()
    if (path / RUN_MANIFEST).is_file():
        return Described(read_manifest(path / RUN_MANIFEST), ())
    if (path / "status.json").is_file():
        raise UsageError(
            f"{what}: the run kept no manifest of its data: it is of an older version, or of hash_pictures: false"
        )
    if is_manifest_file(path):
        return Described(read_manifest(path), ())
    if path.suffix.lower() in CONFIGURATIONS:
        return _of_configuration(path, watcher=watcher)
    return _of_table(what, config, watcher=watcher)


def write_manifest_of(found: "Described", out: Path) -> None:
    """
    Write a manifest; another manifest that is there is replaced.

    Raises:
        UsageError: If the name is not one of a manifest, or something else is there.
        RunFailed: If it cannot be written.
    """
    from ...adapters.storage.data_manifest_file import write_manifest

    check_manifest_name(out)
    write_manifest(out, found.manifest)


def check_manifest_name(out: Path) -> None:
    """
    Make sure that a manifest can be written before anything is read.

    Raises:
        UsageError: If the name is not one of a manifest, or something else is there.
    """
    from ...adapters.storage.data_manifest_file import ENDINGS, is_manifest_file

    if not out.name.endswith(ENDINGS):
        raise UsageError(f"--out {out}: the name of a manifest ends in {' or '.join(ENDINGS)}")
    if out.exists() and not is_manifest_file(out):
        raise UsageError(f"--out {out}: something else is there, and only a manifest is replaced: choose another name")


def _of_configuration(path: Path, *, watcher: "Progress") -> "Described":
    from ...application.describe_data import Described
    from ...application.packed_manifest import unpacked

    config = read_config(path).config
    prepared = prepare_data(config, sources(config), watcher=watcher)
    if not prepared.manifest:
        raise UsageError(f"{path}: with hash_pictures: false nobody reads the bytes of its pictures")
    return Described(unpacked(prepared.manifest, name=str(path)), prepared.quarantine)


def _of_table(what: str, config: FineTuneConfig, *, watcher: "Progress") -> "Described":
    from ...adapters.datasets.detect import open_source
    from ...application.describe_data import DescribeData

    source = open_source(what, config.data)
    with picture_contents(source.open, watcher=watcher) as contents:
        return DescribeData(contents, watcher)(source, config.data)
