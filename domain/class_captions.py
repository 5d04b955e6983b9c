"""Captions of pictures that lie in a folder for each class."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from .gathering import SPLIT_WORDS

LABEL: Final = "{label}"
_BETWEEN_WORDS: Final = re.compile(r"[\s_-]+")


def label_of(folder: str) -> str:
    """The name of a class as a caption has it: ``hot_spot`` is "hot spot"."""
    return _BETWEEN_WORDS.sub(" ", folder).strip()


def class_captions(label: str, templates: Sequence[str]) -> tuple[str, ...]:
    """One caption for each template, the label in the place of ``{label}``; a template cannot be anything else."""
    return tuple(template.replace(LABEL, label) for template in templates)


def first_folders_are_splits(folders: Iterable[str]) -> bool | None:
    """Whether the folders of the first level name splits and not classes; None where some do and others do not."""
    named = {folder.lower() in SPLIT_WORDS for folder in folders}
    return None if len(named) == 2 else True in named
