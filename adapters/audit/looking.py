"""One look at a picture's file: opened once, read once, decoded once."""

import hashlib
import io
import os
import threading
import time
from collections.abc import Callable
from contextlib import closing, nullcontext
from typing import BinaryIO, Final

from attrs import asdict, evolve, field, frozen

from ...domain.audit.looks import Look
from ...domain.config.fidelity import FidelityConfig
from ...domain.errors import UnreadableImage, UsageError
from ...domain.pairs import ImageRef
from ...domain.perceptual import unpacked
from ...domain.picture_facts import PictureFacts
from ..images.decoding import USUAL, read_header
from ..images.inspecting import pixel_limit, reason, refuse_large
from ..images.perceptual import DRAFT, signature_of

# Pixels from which pictures are decoded one at a time.
LARGE: Final = 16_000_000
# A file is read whole; one that is larger, or has no end, would fill the memory.
MOST_BYTES: Final = 2**30
# A clock of a file system may be this coarse: what was written within it could change once more without a trace.
RACY: Final = 2_000_000_000


@frozen(eq=False)
class FileLooker:
    """
    A `PictureLooker` that reads the encoded bytes and takes checksum, facts, brightness and signature from them.

    Attributes:
        open: Opens the encoded bytes of a picture.
        max_pixels: Pictures with more pixels are not decoded.
        rule: The declared rules by which pictures are read.
        now: Time in nanoseconds.
    """

    open: Callable[[ImageRef], BinaryIO]
    max_pixels: int
    rule: FidelityConfig = USUAL
    now: Callable[[], int] = field(default=time.time_ns, kw_only=True)
    # Several large pictures decoded at once would need the memory of all of them.
    _room: threading.Lock = field(factory=threading.Lock, init=False, repr=False)

    def state(self, image: ImageRef) -> str:
        """
        Size, times and inode of a file; empty for what is no file, and for one that was only just written.

        As in git's index, a file written less than two seconds ago may be written once more without a trace.
        """
        if not image.location.startswith(os.sep):
            return ""
        try:
            found = os.stat(image.location)  # noqa: PTH116 - a path object for every picture would cost more
        except (OSError, ValueError):
            return ""
        if max(found.st_mtime_ns, found.st_ctime_ns) > self.now() - RACY:
            return ""
        return f"{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}:{found.st_ino}"

    def look(self, image: ImageRef, *, unless: str = "") -> tuple[Look, bytes] | None:
        """Look at a picture; None if it has the content ``unless``."""
        try:
            with closing(self.open(image)) as stream:
                encoded = stream.read(MOST_BYTES + 1)
        except UnreadableImage as error:
            return Look(refused=error.message.removeprefix(f"{image.key}: ")), b""
        except OSError as error:
            return Look(refused=f"cannot be read ({error.strerror or error})"), b""
        if len(encoded) > MOST_BYTES:
            return Look(refused=f"its file is larger than {MOST_BYTES:,} bytes, and is not looked at"), b""
        content = image.content(hashlib.sha256(encoded).hexdigest())
        return None if content == unless else self._seen(encoded, content, image.page)

    def _seen(self, encoded: bytes, content: str, page: int) -> tuple[Look, bytes]:
        stream, facts = io.BytesIO(encoded), PictureFacts()
        whole = Look(content=content, size=len(encoded))
        try:
            parsed = read_header(stream, self.rule, page=page, max_pixels=pixel_limit(self.max_pixels))
            width, height = parsed.size
            facts = PictureFacts(width=width, height=height)
            refuse_large(parsed, self.max_pixels)
            with self._room if width * height > LARGE else nullcontext():
                facts = parsed.facts()
                parsed.draft((DRAFT, DRAFT))
                signature = b"" if facts.refused else signature_of(parsed.rgb())
        except UsageError as error:
            return _with_facts(whole, evolve(facts, refused=error.message)), b""
        except Exception as error:  # noqa: BLE001 - a damaged file can make a decoder raise anything
            return _with_facts(whole, evolve(facts, refused=reason(error))), b""
        brightness, contrast = light_of(signature) if signature else (0.0, 0.0)
        return evolve(_with_facts(whole, facts), brightness=brightness, contrast=contrast), signature


def _with_facts(look: Look, facts: PictureFacts) -> Look:
    known = asdict(facts)
    return evolve(look, alpha=known.pop("has_alpha"), **known)


def light_of(signature: bytes) -> tuple[float, float]:
    """Mean and standard deviation of the gray levels of a picture, from its signature."""
    luma = unpacked([signature]).luma
    return round(float(luma.mean()), 2), round(float(luma.std()), 2)
