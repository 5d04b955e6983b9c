"""Whether an error says that there was not enough memory."""

from typing import Final

# MemoryError is Python's and NumPy's, OutOfMemoryError torch's for an accelerator.
KINDS: Final = frozenset({"MemoryError", "OutOfMemoryError"})
# What torch says in an error of another kind; in lower case.
SAID: Final = (
    "cuda error: out of memory",
    "cuda out of memory",
    "cublas_status_alloc_failed",
    "cudnn_status_alloc_failed",
    "mps backend out of memory",
    "kiogpucommandbuffercallbackerroroutofmemory",
    "invalid buffer size",  # of Metal, which has a largest buffer
    "defaultcpuallocator: can't allocate memory",
    "defaultcpuallocator: not enough memory",
    "std::bad_alloc",
)


def is_out_of_memory(error: BaseException) -> bool:
    """
    Whether an error means that memory ran out, on an NVIDIA card, through MPS, or on the processor.

    torch has a class of its own for this on some devices only; elsewhere it is a ``RuntimeError`` like any other, which
    its words alone tell apart. No other kind of error counts, whatever it says: a file that cannot be read "out of
    memory" is no reason to try again with less.
    """
    if KINDS.intersection(kind.__name__ for kind in type(error).__mro__):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in SAID)
