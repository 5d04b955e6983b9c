"""Laws of attention: the same numbers whichever implementation computes them, and in chunks with less memory."""

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from cliptune.adapters.models.attention import CHUNK, Attention, attention_for, chunked_attention, set_attention
from cliptune.adapters.models.loading import load_clip
from cliptune.domain.config import InputConfig, ModelConfig
from cliptune.domain.devices import DeviceType
from cliptune.domain.learning import StepPlan
from support.clips import CAPTIONS, batch, learner, tiny_clip

HEADS, WIDTH = 2, 8
SCALING = WIDTH**-0.5


def qkv(length: int, *, seed: int = 0, dtype: torch.dtype = torch.float32) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(2, HEADS, length, WIDTH, generator=generator, dtype=dtype) for _ in range(3)]


def by_hand(query: Tensor, key: Tensor, value: Tensor, *, mask: Tensor | None, causal: bool) -> Tensor:
    """One query at a time."""
    rows = []
    for place in range(query.shape[2]):
        scores = (key @ query[:, :, place, :, None]).squeeze(-1) * SCALING  # (batch, heads, keys)
        if mask is not None:
            scores = scores + mask[:, :, place]
        if causal:
            scores = torch.cat([scores[..., : place + 1], torch.full_like(scores[..., place + 1 :], -torch.inf)], -1)
        rows.append((scores.softmax(dim=-1)[..., None, :] @ value).squeeze(-2))
    return torch.stack(rows, dim=1)  # (batch, length, heads, width)


def in_chunks(sides: list[Tensor], *, mask: Tensor | None = None, causal: bool | None = None, **keys: Any) -> Tensor:
    query, key, value = sides
    found, weights = chunked_attention(nn.Module(), query, key, value, mask, scaling=SCALING, is_causal=causal, **keys)
    assert weights is None
    return found


def with_gradients(sides: list[Tensor], attend: Any) -> list[Tensor]:
    leaves = [side.clone().requires_grad_() for side in sides]
    output = attend(leaves)
    (output * torch.linspace(-1, 1, output.numel(), dtype=output.dtype).reshape(output.shape)).sum().backward()
    return [output.detach(), *(leaf.grad for leaf in leaves if leaf.grad is not None)]


@given(st.integers(1, 2 * CHUNK + 3), st.sampled_from(["none", "causal", "mask"]), st.integers(0, 99))
def test_chunks_attend_as_one_query_at_a_time_does(length: int, kind: str, seed: int) -> None:
    sides = qkv(length, seed=seed, dtype=torch.float64)
    masked = torch.randn(2, 1, length, length, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    mask = masked if kind == "mask" else None

    expected = with_gradients(sides, lambda s: by_hand(*s, mask=mask, causal=kind == "causal"))
    actual = with_gradients(sides, lambda s: in_chunks(s, mask=mask, causal=kind == "causal"))

    assert 4 == len(expected) == len(actual)
    assert all(torch.allclose(one, other, rtol=0, atol=1e-10) for one, other in zip(expected, actual, strict=True))


def test_a_layer_says_itself_whether_it_is_causal_where_nobody_else_does() -> None:
    layer, (query, key, value) = nn.Module(), qkv(5)
    layer.is_causal = True  # type: ignore[assignment]

    found, _ = chunked_attention(layer, query, key, value, None, scaling=SCALING)

    assert torch.equal(in_chunks([query, key, value], causal=True), found)


class Largest(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """The largest tensor that was made."""

    numel = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        for tensor in found if isinstance(found, tuple | list) else (found,):
            if isinstance(tensor, Tensor):
                self.numel = max(self.numel, tensor.numel())
        return found


def test_no_matrix_of_length_by_length_is_ever_there_nor_kept() -> None:
    length = 8 * CHUNK
    kept: list[int] = []
    leaves = [side.requires_grad_() for side in qkv(length)]

    def keep(tensor: Tensor) -> Tensor:
        kept.append(tensor.numel())
        return tensor

    with Largest() as largest:  # type: ignore[no-untyped-call]
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            output = in_chunks(leaves)
        output.sum().backward()  # type: ignore[no-untyped-call]

    chunk = 2 * HEADS * CHUNK * length
    assert chunk == largest.numel
    assert max(kept) <= 2 * HEADS * WIDTH * length


def test_dropout_in_chunks_is_a_function_of_the_seed_and_replayed_in_the_backward_pass() -> None:
    """The gradient with respect to the values is the transposed weights, those of the forward pass."""
    query, key, value = qkv(2 * CHUNK)
    value.requires_grad_()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        output = in_chunks([query.requires_grad_(), key, value], dropout=0.5)
        torch.manual_seed(3)
        again = in_chunks([query, key, value], dropout=0.5)
        output.sum().backward()  # type: ignore[no-untyped-call]

    assert torch.equal(output, again)
    assert value.grad is not None
    assert torch.allclose((value.grad * value.detach()).sum(), output.detach().sum(), rtol=1e-4)


def embeddings_and_gradients(attention: Attention) -> list[Tensor]:
    """Of a model whose pictures are longer than a chunk."""
    clip = load_clip(
        ModelConfig(model_name="scratch:tiny"),
        InputConfig(max_sequence_length=80, image_resolution=96),  # 145 patches
        seed=0,
        captions=lambda: CAPTIONS,
    )
    set_attention(clip.model, attention)
    pixels = torch.randn(3, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    tokens = clip.tokenizer(list(CAPTIONS[:3]), padding="max_length", max_length=80, return_tensors="pt")["input_ids"]
    images = clip.model.get_image_features(pixel_values=pixels).pooler_output
    texts = clip.model.get_text_features(input_ids=tokens).pooler_output
    (images * texts).sum().backward()
    gradient = torch.cat([p.grad.flatten() for p in clip.model.parameters() if p.grad is not None])
    return [images.detach(), texts.detach(), gradient]


@pytest.mark.parametrize("attention", ["chunked", "sdpa", "eager-to-128"])
def test_both_towers_compute_what_eager_attention_does(attention: Attention) -> None:
    expected, actual = embeddings_and_gradients("eager"), embeddings_and_gradients(attention)

    for one, other in zip(expected, actual, strict=True):
        assert float((one - other).norm()) <= 1e-6 * float(one.norm())


def test_a_model_trained_in_chunks_is_saved_as_any_other(tmp_path: Path) -> None:
    clip = tiny_clip()
    set_attention(clip.model, "chunked")
    teacher = learner(clip)
    teacher.step(batch(tiny_clip()), StepPlan(learning_rate=1e-3, seed=0))

    teacher.export(tmp_path)

    assert "chunked" not in (tmp_path / "config.json").read_text()
    saved = load_clip(ModelConfig(model_name=str(tmp_path)), InputConfig(max_sequence_length=24), seed=0)
    assert "sdpa" == saved.model.config.vision_config._attn_implementation


@given(st.sampled_from(["cpu", "cuda", "mps"]), st.sampled_from(["sdpa", "eager", "chunked"]))
def test_what_the_configuration_names_is_kept_to(device: DeviceType, choice: Any) -> None:
    assert choice == attention_for(device, choice)
    assert attention_for(device) == attention_for(device, "auto") == ("eager-to-128" if device == "cpu" else "sdpa")
