"""Laws of the plan of what learns, on the names that CLIP models of any depth have."""

import json
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.adaptation import FROZEN, AdaptationPlan, adaptation_plan, lora_targets, what_learns
from cliptune.domain.config import AdaptationConfig, TowerMode
from cliptune.domain.decay import NEVER_DECAYED
from cliptune.domain.errors import UsageError
from cliptune.domain.model_card import Origin, model_card
from cliptune.domain.places import tower_of

BASE = 5e-4
BODIES = {"image": "vision_model", "text": "text_model"}
HEADS = {"image": "visual_projection.weight", "text": "text_projection.weight"}
NORMS = {"image": "vision_model.post_layernorm", "text": "text_model.final_layer_norm"}
LINEAR = (
    *("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj"),
    *("mlp.fc1", "mlp.fc2"),
)
Shapes = Mapping[str, tuple[int, ...]]
MODES: tuple[TowerMode, ...] = ("full", "frozen", "last_blocks", "head", "lora")


def below(tower: str) -> dict[str, tuple[int, ...]]:
    """What stands below the blocks of a tower."""
    body = f"{BODIES[tower]}.embeddings"
    if tower == "text":
        return {f"{body}.token_embedding.weight": (9, 4), f"{body}.position_embedding.weight": (7, 4)}
    return {
        f"{body}.class_embedding": (4,),
        f"{body}.patch_embedding.weight": (4, 3, 2, 2),
        f"{body}.position_embedding.weight": (5, 4),
        "vision_model.pre_layrnorm.weight": (4,),
    }


def block(tower: str, at: int, *, lora: bool) -> Iterator[tuple[str, tuple[int, ...]]]:
    """One block of a tower, with LoRA in its linear layers or without."""
    start = f"{BODIES[tower]}.encoder.layers.{at}"
    yield f"{start}.layer_norm1.weight", (4,)
    for layer in LINEAR:
        base = f"{start}.{layer}.base_layer" if lora else f"{start}.{layer}"
        yield f"{base}.weight", (4, 4)
        yield f"{base}.bias", (4,)
        if lora:
            yield f"{start}.{layer}.lora_A.default.weight", (2, 4)
            yield f"{start}.{layer}.lora_B.default.weight", (4, 2)


def shapes_for(config: AdaptationConfig, *, depths: Mapping[str, int]) -> Shapes:
    """The parameters of a CLIP model, LoRA where it is asked for."""
    found: dict[str, tuple[int, ...]] = {"logit_scale": (), "logit_bias": ()}
    for tower, mode in (("text", config.text_tower), ("image", config.image_tower)):
        found |= below(tower)
        for at in range(depths[tower]):
            found |= dict(block(tower, at, lora=mode == "lora"))
        found |= {f"{NORMS[tower]}.weight": (4,), f"{NORMS[tower]}.bias": (4,), HEADS[tower]: (4, 4)}
    return found


configs = st.builds(
    AdaptationConfig,
    image_tower=st.sampled_from(MODES),
    text_tower=st.sampled_from(MODES),
    last_blocks=st.integers(1, 5),
    image_learning_rate=st.none() | st.floats(1e-6, 1e-2),
    text_learning_rate=st.none() | st.floats(1e-6, 1e-2),
    layer_decay=st.floats(0.1, 1.0),
)
depths = st.fixed_dictionaries({"image": st.integers(1, 4), "text": st.integers(1, 4)})


def plan_of(config: AdaptationConfig, shapes: Shapes, *, learn_temperature: bool = True) -> AdaptationPlan:
    return adaptation_plan(config, shapes, learning_rate=BASE, learn_temperature=learn_temperature)


def trained(plan: AdaptationPlan) -> set[str]:
    return {name for name, treatment in plan.treatments.items() if treatment.trained}


def expected_trained(config: AdaptationConfig, tower: str, *, depth: int) -> set[str]:
    """What learns of a tower, collected part by part."""
    mode = config.image_tower if tower == "image" else config.text_tower
    head, norm = {HEADS[tower]}, {f"{NORMS[tower]}.weight", f"{NORMS[tower]}.bias"}
    blocks = [dict(block(tower, at, lora=mode == "lora")).keys() for at in range(depth)]
    if mode == "full":
        return {*below(tower)}.union(*blocks, norm, head)
    if mode == "last_blocks":
        return norm.union(*blocks[-config.last_blocks :], head)
    if mode == "lora":
        return {name for names in blocks for name in names if ".lora_" in name} | head
    return head if mode == "head" else set()


@given(configs, depths, st.booleans())
def test_each_mode_trains_exactly_its_part_of_the_tower(
    config: AdaptationConfig, deep: dict[str, int], learn_temperature: bool
) -> None:
    plan = plan_of(config, shapes_for(config, depths=deep), learn_temperature=learn_temperature)

    expected = {"logit_bias"} | ({"logit_scale"} if learn_temperature else set())
    for tower in BODIES:
        expected |= expected_trained(config, tower, depth=deep[tower])
    assert expected == trained(plan)


@given(configs, depths)
def test_every_parameter_is_in_exactly_one_group_and_its_group_treats_all_alike(
    config: AdaptationConfig, deep: dict[str, int]
) -> None:
    shapes = shapes_for(config, depths=deep)
    plan = plan_of(config, shapes)

    assert sorted(shapes) == sorted(name for names in plan.groups.values() for name in names)
    for group, names in plan.groups.items():
        treatments = {plan.treatments[name] for name in names}
        assert 1 == len(treatments)
        assert (group == FROZEN) == (not next(iter(treatments)).trained)


@given(configs, depths)
def test_a_plan_survives_json(config: AdaptationConfig, deep: dict[str, int]) -> None:
    plan = plan_of(config, shapes_for(config, depths=deep))

    assert plan == AdaptationPlan.from_dict(json.loads(json.dumps(plan.as_dict())))


@given(configs, depths)
def test_nothing_frozen_has_a_rate_or_decays_nor_does_a_bias_norm_embedding_or_scale(
    config: AdaptationConfig, deep: dict[str, int]
) -> None:
    shapes = shapes_for(config, depths=deep)

    for name, treatment in plan_of(config, shapes).treatments.items():
        kept = len(shapes[name]) < 2 or any(part in NEVER_DECAYED for part in name.split("."))
        assert (treatment.trained and not kept) == treatment.decays
        assert treatment.trained == (treatment.factor > 0)


@given(configs, depths)
def test_a_towers_own_peak_replaces_the_base_and_every_level_below_the_top_is_slower_by_the_layer_decay(
    config: AdaptationConfig, deep: dict[str, int]
) -> None:
    """Exactly d^(L − k) in block k of L, counted from 0, and d^(L + 1) in the embeddings."""
    shapes = shapes_for(config, depths=deep)

    for name, treatment in plan_of(config, shapes).treatments.items():
        tower = tower_of(name)
        if not treatment.trained:
            continue
        if tower is None:
            assert 1.0 == treatment.factor
            continue
        rate = config.image_learning_rate if tower == "image" else config.text_learning_rate
        top = 1.0 if rate is None else rate / BASE
        if ".layers." in name:
            exponent = deep[tower] - int(name.split(".layers.")[1].split(".")[0])
        else:
            exponent = deep[tower] + 1 if name in below(tower) else 0
        assert top * config.layer_decay**exponent == treatment.factor


def test_ratios_between_neighbouring_levels_are_the_layer_decay() -> None:
    config = AdaptationConfig(layer_decay=0.5)
    plan = plan_of(config, shapes_for(config, depths={"image": 3, "text": 1}))

    factors = [
        plan.treatments[name].factor
        for name in (
            "visual_projection.weight",
            "vision_model.post_layernorm.weight",
            "vision_model.encoder.layers.2.mlp.fc1.weight",
            "vision_model.encoder.layers.1.mlp.fc1.weight",
            "vision_model.encoder.layers.0.mlp.fc1.weight",
            "vision_model.embeddings.class_embedding",
            "text_model.encoder.layers.0.mlp.fc1.weight",
        )
    ]
    assert [1.0, 1.0, 0.5, 0.25, 0.125, 0.0625, 0.5] == factors


def test_with_everything_full_there_is_one_group_that_decays_and_one_that_does_not() -> None:
    config = AdaptationConfig()

    assert ["kept × 1.0", "decayed × 1.0"] == list(
        plan_of(config, shapes_for(config, depths={"image": 2, "text": 2})).groups
    )


@given(depths)
def test_a_plan_that_trains_nothing_is_refused(deep: dict[str, int]) -> None:
    config = AdaptationConfig(image_tower="frozen", text_tower="frozen")
    shapes = {name: shape for name, shape in shapes_for(config, depths=deep).items() if name != "logit_bias"}

    with pytest.raises(UsageError, match="nothing is left to train: set image_tower or text_tower"):
        plan_of(config, shapes, learn_temperature=False)
    assert {"logit_scale"} == trained(plan_of(config, shapes, learn_temperature=True))


@given(configs, depths)
def test_frozen_towers_are_those_without_anything_that_learns(config: AdaptationConfig, deep: dict[str, int]) -> None:
    plan = plan_of(config, shapes_for(config, depths=deep))

    asked = {"image": config.image_tower, "text": config.text_tower}
    assert {tower for tower, mode in asked.items() if mode == "frozen"} == plan.frozen_towers


@given(configs, depths)
def test_what_learns_is_counted_once_and_by_tower(config: AdaptationConfig, deep: dict[str, int]) -> None:
    shapes = shapes_for(config, depths=deep)
    plan = plan_of(config, shapes)

    counts = {"image": 0, "text": 0, "shared": 0}
    for name in trained(plan):
        numbers = 1
        for side in shapes[name]:
            numbers *= side
        counts[tower_of(name) or "shared"] += numbers
    assert counts == plan.trained_numbers(shapes)


@given(configs, depths)
def test_lora_goes_into_every_linear_layer_of_the_towers_that_ask_for_it_and_nowhere_else(
    config: AdaptationConfig, deep: dict[str, int]
) -> None:
    plain = AdaptationConfig()
    modules = [name.rpartition(".")[0] for name in shapes_for(plain, depths=deep)]

    expected = {
        f"{BODIES[tower]}.encoder.layers.{at}.{layer}"
        for tower, mode in (("image", config.image_tower), ("text", config.text_tower))
        if mode == "lora"
        for at in range(deep[tower])
        for layer in LINEAR
    }
    assert expected == {*lora_targets(config, modules)}


@given(configs)
def test_the_model_card_says_what_learned_unless_everything_did(config: AdaptationConfig) -> None:
    origin = Origin("base", "general", "pairs.csv", from_scratch=False, learned=what_learns(config))
    card = model_card(origin, pictures=1, steps=1, rows=(), queries=(0, 0))

    everything = config.image_tower == config.text_tower == "full"
    assert everything == (not what_learns(config))
    assert everything == ("Learned:" not in card)
    assert what_learns(config) in card
