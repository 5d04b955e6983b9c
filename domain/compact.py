"""Attributes that take less room than they seem to: a million of them are kept."""

import sys
from collections.abc import Callable
from typing import Any, Final, Protocol

FOLDER_END: Final = "/"


class Slot(Protocol):
    """Where a class with slots keeps one attribute."""

    def __get__(self, one: Any, owner: type | None = None) -> Any:
        """What is kept."""
        ...

    def __set__(self, one: Any, value: Any) -> None:
        """Keep it."""
        ...


class InFolder:
    """
    A path that mostly is a folder and a key: the folder is kept, once for all that lie in it.

    The key must be set before the path is.
    """

    __slots__ = ("_slot",)

    def __init__(self, slot: Slot) -> None:
        self._slot = slot

    def __get__(self, one: Any, owner: type | None = None) -> Any:
        if one is None:
            return self
        kept = self._slot.__get__(one, owner)
        if isinstance(kept, tuple):
            return kept[0]
        return kept + one.key if kept.endswith(FOLDER_END) else kept

    def __set__(self, one: Any, value: str) -> None:
        folder = value[: len(value) - len(one.key)]
        if folder.endswith(FOLDER_END) and value.endswith(one.key) and one.key:
            self._slot.__set__(one, sys.intern(folder))
        else:
            # A path that ends as a folder does would be taken for one.
            self._slot.__set__(one, (value,) if value.endswith(FOLDER_END) else value)


class MostlyOne:
    """A tuple of texts that mostly has one: that is kept without the tuple."""

    __slots__ = ("_slot",)

    def __init__(self, slot: Slot) -> None:
        self._slot = slot

    def __get__(self, one: Any, owner: type | None = None) -> Any:
        if one is None:
            return self
        kept = self._slot.__get__(one, owner)
        return (kept,) if isinstance(kept, str) else kept

    def __set__(self, one: Any, value: tuple[str, ...]) -> None:
        alone = len(value) == 1 and type(value) is tuple and isinstance(value[0], str)
        self._slot.__set__(one, value[0] if alone else value)


def keep(kind: type, attribute: str, how: Callable[[Slot], object]) -> None:
    """Have a class with slots keep one of its attributes in another way; nobody else can tell."""
    setattr(kind, attribute, how(getattr(kind, attribute)))
