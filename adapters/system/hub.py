"""Whether models can be had: the hub asked once and briefly, and the cache looked through."""

import json
import threading
from collections.abc import Mapping
from os.path import expandvars
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...domain.machine import CachedModel, HubFacts

if TYPE_CHECKING:
    from huggingface_hub import CachedRepoInfo

ENDPOINT: Final = "https://huggingface.co"
SECONDS: Final = 5.0
YES: Final = frozenset({"1", "ON", "YES", "TRUE"})
OFFLINE: Final = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


def hub_facts(environ: Mapping[str, str], *, seconds: float = SECONDS) -> HubFacts:
    """
    Where models come from, as the environment sets it.

    Args:
        environ: The environment; read as huggingface_hub reads it.
        seconds: How long the hub may take to answer.
    """
    endpoint = (environ.get("HF_ENDPOINT") or ENDPOINT).rstrip("/")
    reachable, why = _reach(endpoint, environ, seconds=seconds)
    cache = cache_folder(environ)
    size, models = _cached(cache)
    return HubFacts(endpoint, reachable, why, str(cache), size, models)


def cache_folder(environ: Mapping[str, str]) -> Path:
    """The folder in which huggingface_hub keeps what it downloaded."""
    general = environ.get("XDG_CACHE_HOME", "~/.cache")
    home = environ.get("HF_HOME", f"{general}/huggingface")
    older_name = environ.get("HUGGINGFACE_HUB_CACHE", f"{home}/hub")
    return Path(expandvars(environ.get("HF_HUB_CACHE", older_name))).expanduser()


def _reach(endpoint: str, environ: Mapping[str, str], *, seconds: float) -> tuple[bool | None, str]:
    """Whether the hub answers, and how; None where it must not be asked."""
    offline = next((name for name in OFFLINE if environ.get(name)), None)  # the first that is set decides
    if offline and environ[offline].upper() in YES:
        return None, f"not asked: {offline} is set"
    if not endpoint.startswith(("https://", "http://")):
        return False, "HF_ENDPOINT is not an address that starts with https://"
    answers: list[tuple[bool, str]] = []
    # Looking up a name obeys no time limit, so a thread asks, and is left behind when it takes too long.
    asking = threading.Thread(target=lambda: answers.append(_ask(endpoint, seconds=seconds)), daemon=True)
    asking.start()
    asking.join(seconds)
    return answers[0] if answers else (False, f"no answer within {seconds:g} s")


def _ask(endpoint: str, *, seconds: float) -> tuple[bool, str]:
    """Send one request without following where it leads; any answer means that the hub can be reached."""
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    request = Request(endpoint, method="HEAD", headers={"User-Agent": "cliptune"})  # noqa: S310 - http(s) was checked
    try:
        with urlopen(request, timeout=seconds):  # noqa: S310 - http(s) was checked
            return True, "it answers"
    except HTTPError as error:
        error.close()
        return error.code < 500, f"it answers with status {error.code}"
    except URLError as error:
        return False, f"it cannot be reached: {error.reason}"
    except (OSError, HTTPException) as error:
        return False, f"it cannot be reached: {error or type(error).__name__}"


def _cached(folder: Path) -> tuple[int, tuple[CachedModel, ...]]:
    """Size of the cache in bytes, and the CLIP models in it by name."""
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        found = scan_cache_dir(folder)
    except (CacheNotFound, ValueError):  # a file in its place is a ValueError
        return 0, ()
    models = (CachedModel(repo.repo_id, repo.size_on_disk) for repo in found.repos if _is_clip(repo))
    return found.size_on_disk, tuple(sorted(models, key=lambda model: model.name))


def _is_clip(repo: "CachedRepoInfo") -> bool:
    return repo.repo_type == "model" and any(_names_clip(revision.snapshot_path) for revision in repo.revisions)


def _names_clip(snapshot: Path) -> bool:
    try:
        found = json.loads((snapshot / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("model_type") == "clip"
