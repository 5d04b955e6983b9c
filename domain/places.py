"""Where in a CLIP model a parameter stands, told from its name."""

import re
from collections.abc import Iterable, Mapping
from typing import Final, Literal

TowerName = Literal["image", "text"]
BODIES: Final[Mapping[str, TowerName]] = {"vision_model": "image", "text_model": "text"}
HEADS: Final[Mapping[str, TowerName]] = {"visual_projection": "image", "text_projection": "text"}
_BLOCK: Final = re.compile(r"\.layers\.(\d+)\.")
_LORA: Final = re.compile(r"\.lora_[AB]\.")
_LINEAR: Final = re.compile(r"\.layers\.\d+\.(self_attn\.(q|k|v|out)_proj|mlp\.fc[12])$")
_FINAL_NORM: Final = re.compile(r"\.(final_layer_norm|post_layernorm)\.")


def tower_of(name: str) -> TowerName | None:
    """The tower of a parameter or module, projection included; None for what belongs to both or none."""
    top = name.partition(".")[0]
    return BODIES.get(top) or HEADS.get(top)


def depth_of(tower: TowerName, names: Iterable[str]) -> int:
    """How many blocks a tower has, from the names of all parameters."""
    blocks = (_BLOCK.search(name) for name in names if tower_of(name) == tower)
    return max((int(block.group(1)) + 1 for block in blocks if block), default=0)


def level_of(name: str, *, depth: int) -> int:
    """How high in its tower a parameter stands: embeddings 0, block k (from 0) k + 1, norm and projection last."""
    block = _BLOCK.search(name)
    if block:
        return int(block.group(1)) + 1
    return depth + 1 if is_projection(name) or _FINAL_NORM.search(name) else 0


def is_projection(name: str) -> bool:
    """Whether a parameter projects a tower's output into the common space."""
    return name.partition(".")[0] in HEADS


def is_lora(name: str) -> bool:
    """Whether a parameter is one of the two factors of a low-rank update."""
    return _LORA.search(name) is not None


def is_linear_of_block(module: str) -> bool:
    """Whether a module is a linear layer of attention or MLP in a tower's block."""
    return _LINEAR.search(module) is not None
