"""The manifest of a run's data, small enough to lie beside every run."""

import gzip
from typing import Final

from ..domain.data_manifest import DataManifest
from ..domain.manifest_lines import manifest_from, manifest_lines

RUN_MANIFEST: Final = "data.manifest.jsonl.gz"
# Half of a row are checksums, which cannot be packed: more effort would win little.
LEVEL: Final = 3


def packed(manifest: DataManifest) -> bytes:
    """The lines of a manifest, packed with gzip; the same for the same data."""
    text = "".join(f"{line}\n" for line in manifest_lines(manifest))
    return gzip.compress(text.encode(errors="surrogatepass"), LEVEL, mtime=0)


def unpacked(data: bytes, *, name: str) -> DataManifest:
    """
    What ``packed`` made small.

    Raises:
        UnreadableData: If it is damaged.
    """
    text = gzip.decompress(data).decode(errors="surrogatepass")
    return manifest_from(text.removesuffix("\n").split("\n"), name=name)
