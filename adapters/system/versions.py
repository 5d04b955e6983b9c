"""Which libraries are installed, read from their metadata without importing them."""

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Final

PACKAGES: Final = (
    "cliptune",
    "torch",
    "transformers",
    "tokenizers",
    "safetensors",
    "huggingface_hub",
    "numpy",
    "pillow",
)


def installed_versions(packages: Iterable[str] = PACKAGES) -> dict[str, str | None]:
    """The version of each package, or None where it is not installed."""
    return {name: _version(name) for name in packages}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
