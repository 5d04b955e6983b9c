"""The short configuration that a person starts from."""

import types
from collections.abc import Mapping
from typing import Any, Final

from ...domain.config import flat
from .reading import config_from_dict
from .writing import line_of

_HEAD: Final = """\
# cliptune: fine-tune a CLIP model on your own image-text pairs.
# What is not in this file comes from the preset of its domain, or from the defaults:
# `cliptune config show FILE` prints every value with its origin."""

_COMMENTS: Final = (
    ("model_name", "Model to start from: hub name, local folder, or scratch:tiny, scratch:small, scratch:base."),
    ("domain", "Preset: general, medical, industrial or scientific."),
    ("data_path", "Your pairs: a CSV, TSV, JSON, JSON Lines or captions file, or a folder."),
    ("caption_column", "Column with the caption."),
    ("group_column", "Column whose equal values must stay in one split, such as {group}; null = the image."),
    ("batch_size", "Pairs in a step; null = chosen for this machine."),
    ("num_epochs", "Passes over the training pairs."),
    ("learning_rate", "Peak learning rate. Lower it when the first evaluation is worse than the start."),
    ("temperature", "Softmax temperature; `model` starts from the checkpoint's own, right for a pretrained model."),
    ("output_dir", "Folder that gets one folder for each run."),
)

_GROUPS: Final[Mapping[str, str]] = types.MappingProxyType(
    {
        "general": "product_id",
        "medical": "patient_id",
        "industrial": "part_id",
        "scientific": "sample_id",
    }
)


def starter(domain: str, data: str) -> str:
    """
    Write a configuration of only what people change, each key with a comment.

    Args:
        domain: Name of a preset.
        data: Where the pairs are.

    Raises:
        InvalidConfig: If the domain is not known or the path is none.
    """
    chosen: dict[str, Any] = {"domain": domain, "data_path": data, "temperature": "model"}
    values = flat(config_from_dict(chosen))
    lines = (f"# {comment.format(group=_GROUPS[domain])}\n{line_of(key, values[key])}" for key, comment in _COMMENTS)
    return "\n\n".join((_HEAD, *lines)) + "\n"
