"""Names of files that are safe on every system, made from what pictures are called."""

import hashlib
import re
import unicodedata
from collections.abc import Container, Iterator
from typing import Final

MOST_BYTES: Final = 180
LONGEST: Final = 400
_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff<>:"\\|?*#]')
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)


def folded(name: str) -> str:
    """What two names have in common that some file system takes for one: case and composed letters do not count."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def folders_of(name: str) -> Iterator[str]:
    """The folders above a relative name, the nearest last."""
    parts = name.split("/")
    yield from ("/".join(parts[:count]) for count in range(1, len(parts)))


def safe_name(key: str, suffix: str, *, files: Container[str], folders: Container[str]) -> str:
    """
    A relative path below a folder, for a picture called ``key``.

    It leads nowhere else, has no character that a table or a system stumbles over, and is no other's, in capitals or
    small letters. A key that is such a name already keeps it.

    Args:
        key: What the picture is called.
        suffix: What the name is to end with, such as ``.png``.
        files: The names that are taken, folded.
        folders: The folders that have been made, folded.
    """
    stem = key.removesuffix(suffix) if key.endswith(suffix) else key
    parts = [_safe_part(part) for part in stem.split("/") if part not in ("", ".", "..")]
    name = "/".join(parts or ["picture"])[:LONGEST].rstrip("/. ") + suffix
    if not _taken(name, files, folders):
        return name
    digest = hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()
    return f"{'_'.join(parts)[: LONGEST // 4]}~{digest[:32]}{suffix}"


def _taken(name: str, files: Container[str], folders: Container[str]) -> bool:
    whole = folded(name)
    return whole in files or whole in folders or any(folder in files for folder in folders_of(whole))


def _safe_part(part: str) -> str:
    text = _UNSAFE.sub("_", part)
    text = text.encode()[:MOST_BYTES].decode(errors="ignore").strip(" .") or "_"
    if part.startswith("."):
        text = f"_{text}"
    return f"_{text}" if _RESERVED.fullmatch(text) else text
