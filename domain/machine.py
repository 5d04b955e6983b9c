"""What a person should know about a machine before a run: hardware, hub and cache."""

from attrs import frozen


@frozen
class Machine:
    """
    The hardware and the system on it.

    Attributes:
        chip: What the maker calls the processor, such as ``Apple M4 Pro``.
        cores: Logical processors that this process may use.
        memory_bytes: Physical memory.
        available_bytes: Memory that can be had without swapping.
        system: Operating system and version, such as ``macOS 15.1``.
        architecture: Of the running Python, such as ``arm64``.
        python: Version of Python.
    """

    chip: str
    cores: int
    memory_bytes: int
    available_bytes: int
    system: str
    architecture: str
    python: str


@frozen
class CachedModel:
    """A CLIP model that needs no download."""

    name: str
    bytes: int


@frozen
class HubFacts:
    """
    Where models come from.

    Attributes:
        endpoint: Address that models are asked from.
        reachable: Whether it answered, or None where it was not asked.
        why: How it answered, or why it was not asked.
        cache: Folder of downloaded models.
        cache_bytes: Its size.
        models: The CLIP models in it, by name.
    """

    endpoint: str
    reachable: bool | None
    why: str
    cache: str
    cache_bytes: int
    models: tuple[CachedModel, ...] = ()
