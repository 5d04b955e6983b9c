"""What a run was started under, besides its configuration: stored with it, restored on resume, never measured again."""

from typing import Literal

from attrs import frozen

from .devices import DeviceType, Precision
from .errors import NotResumable


@frozen
class Conditions:
    """
    What decides the bits of a run and is not in its configuration.

    Attributes:
        device: Where it computes.
        precision: What the towers compute in.
        batch_size: Pairs in one slice, as stated or as measured when the run began.
        threads: Threads of the processor's arithmetic; one against two give other bits.
        attention: Implementation of attention.
        adamw: Implementation of AdamW.
        torch: Version of torch.
        transformers: Version of transformers.
    """

    device: DeviceType
    precision: Precision
    batch_size: int
    threads: int
    attention: Literal["sdpa", "eager-to-128", "eager", "chunked"]
    adamw: Literal["fused", "loop"]
    torch: str
    transformers: str


def check_resumable(stored: Conditions, here: Conditions) -> tuple[str, ...]:
    """
    Whether a run can go on here exactly as it began; return what is restored, or cannot be promised.

    Precision and batch size are those of the run's start without a word: they may have been measured there, and
    nothing is measured again.

    Raises:
        NotResumable: If the run needs a device, an attention or an AdamW that is not to be had here.
    """
    for name in ("device", "attention", "adamw"):
        was, now = getattr(stored, name), getattr(here, name)
        if was != now:
            raise NotResumable(
                f"the run was started with {name} {was} and this machine offers {now}, so it cannot go on bit for bit; "
                "resume it where it began, or start a new run without --resume"
            )
    notes = []
    for name in ("torch", "transformers"):
        was, now = getattr(stored, name), getattr(here, name)
        if was != now:
            notes.append(f"{name} was {was} and is {now}: the run goes on, but not necessarily bit for bit")
    if stored.threads != here.threads:
        notes.append(f"threads {stored.threads} of the run's start are kept (here it would be {here.threads})")
    return tuple(notes)
