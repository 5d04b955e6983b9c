"""Memory that runs out on purpose."""

import weakref
from collections.abc import Callable
from typing import Any

import torch
from attrs import define, field
from torch import Tensor

from cliptune.adapters.models.transformers_types import Clip

CUDA = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
MPS = RuntimeError("MPS backend out of memory (MPS allocated: 17.90 GiB, max allowed: 18.13 GiB).")
CPU = RuntimeError("[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory")
PYTHON = MemoryError()
SHORTAGES = (CUDA, MPS, CPU, PYTHON)


@define(eq=False)
class Shortage:
    """
    A machine that runs out of memory on more than ``fits`` pairs in one pass of the image tower.

    Attributes:
        fits: Pairs for which there is memory.
        error: What is raised.
        backward: Whether memory runs out in the backward pass, with gradients half done, instead of the forward one.
        while_keeping: Whether it runs out only as long as the towers keep what they could compute again.
        sizes: Pairs of each pass that began.
        kept: The errors that were raised; a debugger keeps them, too.
        alive: How many tensors of failed attempts were alive when the next attempt began.
    """

    fits: int
    error: BaseException = CUDA
    backward: bool = False
    while_keeping: bool = False
    sizes: list[int] = field(factory=list)
    kept: list[BaseException] = field(factory=list)
    alive: list[int] = field(factory=list)
    _seen: list["weakref.ref[Tensor]"] = field(factory=list)

    def strike(self, model: Clip) -> None:
        """Let memory run out in a model from now on."""
        layers = model.vision_model.encoder.layers
        layers[0].register_forward_pre_hook(self._begin)
        layers[-1].register_forward_hook(self._end)

    def _begin(self, _: object, inputs: tuple[Any, ...]) -> None:
        if self.kept and self._seen:
            self.alive.append(sum(reference() is not None for reference in self._seen))
            self._seen.clear()
        self.sizes.append(len(inputs[0]))

    def _end(self, module: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        if len(output) <= self.fits or (self.while_keeping and module.gradient_checkpointing):
            return
        if self.backward and not output.requires_grad:
            return
        self._seen += [weakref.ref(tensor) for tensor in (inputs[0], output)]
        if self.backward:
            output.register_hook(self._failing())  # type: ignore[no-untyped-call]
        else:
            self._fail()

    def _failing(self) -> Callable[[Tensor], None]:
        def fail(gradient: Tensor) -> None:
            self._seen.append(weakref.ref(gradient))
            self._fail()

        return fail

    def _fail(self) -> None:
        error = type(self.error)(*self.error.args)
        self.kept.append(error)
        raise error
