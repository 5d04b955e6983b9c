"""Memory that ran out is told from everything else that can go wrong."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.memory_errors import is_out_of_memory

# As torch words them on each device.
SAID = (
    "CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 79.15 GiB",
    "CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported",
    "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
    "MPS backend out of memory (MPS allocated: 17.9 GiB, other allocations: 1.2 GiB, max allowed: 18.1 GiB).",
    "Invalid buffer size: 36.00 GiB",
    "Insufficient Memory (00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)",
    "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate "
    "80000000000 bytes. Error code 12 (Cannot allocate memory)",
    "[enforce fail at alloc_cpu.cpp:83] data. DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes.",
    "std::bad_alloc",
)


class StrangeError(Exception):
    """An error of another kind."""


@pytest.mark.parametrize("message", SAID)
def test_every_device_s_words_are_known_in_a_runtime_error_and_in_no_other(message: str) -> None:
    assert is_out_of_memory(RuntimeError(message))
    assert is_out_of_memory(torch.OutOfMemoryError(message))
    assert not is_out_of_memory(StrangeError(message))
    assert not is_out_of_memory(OSError(message))


def test_torch_on_the_processor_is_known_by_what_it_really_says() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60, dtype=torch.uint8)

    assert is_out_of_memory(caught.value)


def test_numpy_and_python_are_known_by_the_kind_of_error() -> None:
    with pytest.raises(MemoryError) as caught:
        np.empty(2**60, dtype=np.uint8)

    assert is_out_of_memory(caught.value)
    assert is_out_of_memory(MemoryError())


@given(
    st.sampled_from(
        (
            "mat1 and mat2 shapes cannot be multiplied (4x3 and 2x2)",
            "CUDA error: device-side assert triggered",
            "element 0 of tensors does not require grad and does not have a grad_fn",
            "The operator 'aten::foo' is not currently implemented for the MPS device.",
            "out of bounds",
            "",
        )
    ),
    st.sampled_from((RuntimeError, ValueError, KeyError, NotImplementedError)),
)
def test_other_mistakes_are_not_about_memory(message: str, kind: type[Exception]) -> None:
    assert not is_out_of_memory(kind(message))
