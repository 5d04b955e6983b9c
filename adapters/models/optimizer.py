"""AdamW over a CLIP model's parameters, in the right groups."""

from collections.abc import Iterator, Mapping
from typing import Final, Literal

import torch
from torch import Tensor
from torch.nn import Parameter

from ...domain.adaptation import AdaptationPlan
from .transformers_types import Clip

Variant = Literal["fused", "loop"]
BETAS: Final = (0.9, 0.98)
EPSILON: Final = 1e-6


def variant_for(device: torch.device) -> Variant:
    """
    The implementation of AdamW for a device.

    Not the fused or vectorised one on MPS, where strided parameters and the fused scaler path were silently wrong
    (pytorch issue 118115, pull request 186360).
    """
    return "loop" if device.type == "mps" else "fused"


def adamw(model: Clip, *, plan: AdaptationPlan, weight_decay: float, variant: Variant) -> torch.optim.AdamW:
    """
    AdamW in the groups of a plan; each has its ``lr_factor``, by which whoever sets a rate multiplies it.

    What does not learn is in no group, and so has no state and no decay.

    References:
        Loshchilov and Hutter, *Decoupled Weight Decay Regularization*, 2019;
        betas and epsilon as in Radford et al., 2021.
    """
    parameters = dict(model.named_parameters())
    groups = []
    for group, names in plan.groups.items():
        treatment = plan.treatments[names[0]]
        if treatment.trained:
            groups.append(
                {
                    "params": [parameters[name] for name in names],
                    "name": group,
                    "weight_decay": weight_decay if treatment.decays else 0.0,
                    "lr_factor": treatment.factor,
                }
            )
    return torch.optim.AdamW(
        groups,
        lr=0.0,
        betas=BETAS,
        eps=EPSILON,
        fused=variant == "fused",
        foreach=False if variant == "loop" else None,
    )


def set_rate(optimizer: torch.optim.AdamW, rate: float) -> None:
    """Let every group learn at its share of a base rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["lr_factor"]


def trained(model: Clip) -> Iterator[tuple[str, Parameter]]:
    """Every parameter that learns, by name."""
    return ((name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad)


def moments(model: Clip, optimizer: torch.optim.AdamW) -> dict[str, Tensor]:
    """The optimiser's state as ``what/parameter`` → tensor."""
    return {
        f"{what}/{name}": value
        for name, parameter in trained(model)
        for what, value in optimizer.state.get(parameter, {}).items()
    }


def restore_moments(model: Clip, optimizer: torch.optim.AdamW, found: Mapping[str, Tensor]) -> None:
    """Give the optimiser the state that ``moments`` returned; AdamW itself decides where each tensor has to live."""
    names = {id(parameter): name for name, parameter in trained(model)}
    state: dict[int, dict[str, Tensor]] = {}
    order = [names[id(parameter)] for group in optimizer.param_groups for parameter in group["params"]]
    for index, name in enumerate(order):
        of_parameter = {key.partition("/")[0]: value for key, value in found.items() if key.partition("/")[2] == name}
        if of_parameter:
            state[index] = of_parameter
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
