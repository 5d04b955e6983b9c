"""How many pairs go through the towers at once: fewer whenever memory runs out, while the loss sees the same batch."""

import gc
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import torch

from ...domain.errors import RunFailed
from ...domain.memory_errors import is_out_of_memory
from .checkpointing import checkpoint_towers
from .transformers_types import Clip

ResultT = TypeVar("ResultT")
ADVICE: Final = "close other programs, or take a smaller model, image_resolution or max_sequence_length"


class Slicing:
    """
    The size of a slice, and whether the towers recompute; both only ever go towards less memory.

    Attributes:
        size: Pairs in one forward pass.
        checkpointed: Whether the towers recompute in the backward pass.
    """

    def __init__(self, model: Clip, *, size: int, checkpointed: bool) -> None:
        self._model = model
        self.size = size
        self.checkpointed = False
        if checkpointed:
            self._checkpoint()

    def run(self, attempt: Callable[[int], ResultT], *, pairs: int) -> tuple[ResultT, tuple[str, ...]]:
        """
        Make an attempt, and further ones with half the slice each time that memory runs out.

        Nothing of a failed attempt survives: no tensor, no gradient, nothing that the device holds in reserve.

        Args:
            attempt: Computes gradients with slices of the given size; starts anew each time that it is called.
            pairs: Pairs in the batch.

        Returns:
            What the attempt came to, and a line for a person for each time that memory ran out.

        Raises:
            RunFailed: If there is not enough memory for one pair at a time.
        """
        notes: list[str] = []
        while True:
            size = min(self.size, pairs)
            try:
                return attempt(size), tuple(notes)
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                said = _first_line(error)
                _let_go(error)
            _free(self._model)
            notes.append(self._with_less(size, said))

    @contextmanager
    def fatal(self, what: str) -> Iterator[None]:
        """
        Say it in words where memory runs out for something that slices do not make smaller.

        Args:
            what: What there is no memory for.

        Raises:
            RunFailed: If memory runs out inside.
        """
        try:
            yield
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            raise RunFailed(f"memory does not hold {what} ({_first_line(error)}); {ADVICE}") from error

    def as_dict(self) -> dict[str, Any]:
        """What has to be kept for the run to go on as it is."""
        return {"slice_size": self.size, "gradient_checkpointing": self.checkpointed}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Go on as `as_dict` said."""
        self.size = kept.get("slice_size", self.size)  # a checkpoint of an earlier version has none
        if kept.get("gradient_checkpointing", False) and not self.checkpointed:
            self._checkpoint()

    def _with_less(self, size: int, said: str) -> str:
        """Settle for less than ``size``; tell how."""
        if size > 1:
            self.size = size // 2
            return f"memory ran out with {size} pairs at once; going on with {self.size}, with the same batch and loss"
        if not self.checkpointed:
            self._checkpoint()
            return "memory ran out with one pair at a time; going on with gradient_checkpointing: true"
        raise RunFailed(f"memory does not hold one pair at a time, even with gradient checkpointing ({said}); {ADVICE}")

    def _checkpoint(self) -> None:
        checkpoint_towers(self._model)
        self.checkpointed = True


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0]


def _let_go(error: BaseException | None) -> None:
    """Release what the frames of a failed attempt hold: a traceback keeps every tensor of theirs alive."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


def _free(model: Clip) -> None:
    for parameter in model.parameters():
        parameter.grad = None
    gc.collect()
    if model.device.type == "cuda":
        torch.cuda.empty_cache()
    elif model.device.type == "mps":
        torch.mps.empty_cache()
