"""What a key may look like: the same rules for every store."""

from collections.abc import Iterable
from typing import Final

MANIFEST: Final = "manifest.json"


def key_parts(key: str) -> tuple[str, ...]:
    """
    The parts of a key, such as ``("checkpoints", "last")``.

    Raises:
        ValueError: If the key is not a relative POSIX path, could lead out of the store, or is a name that stores keep
            for themselves: hidden files and manifests.
    """
    parts = tuple(key.split("/"))
    if "\\" in key or "\0" in key or any(part == "" or part.startswith(".") or part == MANIFEST for part in parts):
        raise ValueError(
            f"{key!r} is not a key: keys are relative paths with '/' between non-empty parts, and no part starts with "
            f"a dot or is {MANIFEST}"
        )
    return parts


def check_free(key: str, *, present: Iterable[str], other_kind: bool) -> None:
    """
    Check that a key can be written among those that are there.

    Args:
        key: The key to write.
        present: Keys that are there, at least all above and below ``key``.
        other_kind: Whether ``key`` holds a folder where a value is to go, or the other way round.

    Raises:
        ValueError: If it cannot.
    """
    if other_kind:
        raise ValueError(f"{key!r} cannot be a value and a folder at once: delete it first")
    for taken in present:
        if taken.startswith(f"{key}/") or key.startswith(f"{taken}/"):
            raise ValueError(f"{key!r} cannot be written beside {taken!r}: one would stand inside the other")
