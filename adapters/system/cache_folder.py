"""Where things are kept that can be made again."""

from collections.abc import Mapping
from os.path import expandvars
from pathlib import Path

OWN = "CLIPTUNE_CACHE_DIR"
GENERAL = "XDG_CACHE_HOME"


def cache_folder(environ: Mapping[str, str]) -> Path:
    """
    The folder of this machine's caches; it may not be there yet, and may be deleted at any time.

    ``$CLIPTUNE_CACHE_DIR`` names it; otherwise it is ``cliptune`` below ``$XDG_CACHE_HOME``, or below ``~/.cache``.
    """
    own = environ.get(OWN)
    if own:
        return Path(expandvars(own)).expanduser()
    return Path(expandvars(environ.get(GENERAL) or "~/.cache")).expanduser() / "cliptune"
