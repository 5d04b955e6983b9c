"""Every objective equals what is written out pair by pair, whatever it is fed with."""

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from cliptune.domain.config.objective import PositivesPolicy
from cliptune.domain.losses import Family, HardNegative, LossTerms, Mixture, Objective
from support.losses import FAMILIES, POLICIES, Scene, families, scenes
from support.written_out import Explained, explained, products, units

DTYPES = [torch.float16, torch.bfloat16, torch.float32]


def both(family: Family, scene: Scene, policy: PositivesPolicy) -> tuple[Explained, LossTerms]:
    written = explained(
        family,
        scene.images,
        scene.texts,
        temperature=scene.temperature,
        keys=scene.keys.tolist(),
        policy=policy,
        bias=scene.bias,
    )
    computed = Objective(family, policy)(
        scene.images,
        scene.texts,
        temperature=scene.temperature,
        positives=scene.positives,
        bias=torch.tensor(scene.bias) if family.biased else None,
    )
    return written, computed


def no_close_call(family: Family, scene: Scene) -> bool:
    """Semi-hard negatives begin and end at a threshold, where rounding would decide who is one."""
    parts = [part for _, _, part in family.parts] if isinstance(family, Mixture) else [family]
    margins = [part.margin for part in parts if isinstance(part, HardNegative)]
    if not margins:
        return True
    cosines = products(units(scene.images), units(scene.texts))
    return all(
        abs(cosines[i][j] - cosines[k][k] + edge) > 1e-5
        for i in range(len(cosines))
        for j in range(len(cosines))
        for k in (i, j)
        for edge in (0.0, *margins)
        if i != j
    )


def assert_equal(written: Explained, computed: LossTerms) -> None:
    assert torch.float32 == computed.loss.dtype
    assert pytest.approx(written.image_to_text, rel=1e-4, abs=1e-4) == computed.image_to_text_loss.item()
    assert pytest.approx(written.text_to_image, rel=1e-4, abs=1e-4) == computed.text_to_image_loss.item()
    assert pytest.approx(written.loss, rel=1e-4, abs=1e-4) == computed.loss.item()
    assert written.diagnostics.keys() == computed.diagnostics.keys()
    for name, values in written.diagnostics.items():
        assert pytest.approx(values, rel=1e-4, abs=1e-4) == computed.diagnostics[name].reshape(-1).tolist()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("policy", POLICIES)
@given(data=st.data(), scene=scenes())
def test_any_family_equals_its_explicit_loops_and_computes_in_float32(
    dtype: torch.dtype, policy: PositivesPolicy, data: st.DataObject, scene: Scene
) -> None:
    family, typed = data.draw(families), scene.as_type(dtype)
    assume(no_close_call(family, typed))

    assert_equal(*both(family, typed, policy))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", FAMILIES)
def test_each_family_as_it_is_shipped_equals_its_explicit_loops(
    dtype: torch.dtype, policy: PositivesPolicy, name: str
) -> None:
    for pairs in (1, 2, 17):
        generator = torch.Generator().manual_seed(pairs)
        images, texts = (torch.randn(pairs, 6, generator=generator) for _ in range(2))
        keys = torch.randint(-1, 6, (2, pairs), generator=generator)
        scene = Scene(images, texts, keys, temperature=0.07, bias=-2.0).as_type(dtype)

        assert_equal(*both(FAMILIES[name], scene, policy))
