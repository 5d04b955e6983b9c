"""The manifest of a split, read from the file that it was written to."""

import json
from pathlib import Path
from typing import Final

from ...domain.errors import UnreadableData, UsageError
from ...domain.split_manifest import SplitManifest, manifest_from_plain
from ..storage.regular import read_regular

ENDING: Final = ".split.json"
# That of a million pictures has about 150 MB.
MOST_BYTES: Final = 512 * 1024 * 1024


def read_split(path: Path) -> SplitManifest:
    """
    The manifest in a file.

    Raises:
        UsageError: If there is no such file.
        UnreadableData: If it holds something else.
    """
    try:
        content = json.loads(read_regular(path, most=MOST_BYTES))
    except FileNotFoundError as error:
        raise UsageError(f"{path}: there is no such file; a split is told in NEW{ENDING} beside its table") from error
    except OSError as error:
        raise UnreadableData(f"{path}: cannot be read ({error.strerror or error})") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableData(f"{path}: is no JSON; name the {ENDING} that `cliptune data split` wrote") from error
    return manifest_from_plain(content, name=str(path))
