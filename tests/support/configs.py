"""Strategies for configurations, derived from how the keys are declared."""

import types
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, Union, get_args, get_origin

from hypothesis import strategies as st

from cliptune.domain.config import DOMAINS, FineTuneConfig, declared_keys, from_flat
from cliptune.domain.config.fields import EXCLUSIVE_MINIMUM, LENGTH, MAXIMUM, MINIMUM

if TYPE_CHECKING:
    import attrs

# Text that a careless reader or writer of YAML takes for something else.
TRICKY: Final = (
    *("null", "~", "true", "no", "y", "1e-5", "5", "0.5", ".5", "5.", "1_000", "010", "0x1F", "0o7", "1:30", ".inf"),
    *("2024-01-01", "<<", "=", "- a", "a: b", "a #b", "#a", "[a", "{a", "*a", "&a", "!a", "%a", "@a", "|", ">", "? a"),
    *(
        " a",
        "a ",
        "a\nb",
        "a\n",
        "\ta",
        "a\r\nb",
        "a\x85b",
        "a\u2028b",
        "\ufeffa",
        "it's",
        '"',
        "\\",
        "é",
        "😀",
        "\x1b",
    ),
)

texts = st.sampled_from(TRICKY) | st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12
).filter(lambda text: bool(text.strip()))


def values_for(attribute: "attrs.Attribute[Any]") -> st.SearchStrategy[Any]:
    """Values that one key accepts."""
    if attribute.name == "domain":
        return st.sampled_from(DOMAINS)
    if attribute.name == "domain_template":
        return st.none() | st.fixed_dictionaries({"margin": st.floats(0, 1), "band_low": st.floats(0, 0.9)})
    if attribute.name == "new_tokens":
        return st.lists(st.sampled_from(("ards", "covid-19", "größe")), unique=True, max_size=2).map(tuple)
    if attribute.name == "caption_templates":
        return st.lists(st.sampled_from(("{caption}", "a photo: {caption}")), max_size=2).map(tuple)
    if attribute.name == "encoding":
        return st.sampled_from(("utf-8", "cp1252", "utf-16", "shift_jis"))
    if attribute.name == "alpha_background":
        return st.sampled_from(("white", "gray", "black", "#0a0B0c"))
    if attribute.name in ("prompt_templates", "class_captions"):
        return st.lists(texts.map(lambda text: text + "{label}"), min_size=1, max_size=3).map(tuple)
    if attribute.name in ("positive_keys", "image_resolutions"):
        return _values(attribute.type, attribute.metadata).map(lambda drawn: drawn and tuple(sorted(set(drawn))))
    return _values(attribute.type, attribute.metadata)


def _values(declared: Any, bounds: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    members = get_args(declared)
    if get_origin(declared) is Literal:
        return st.sampled_from(members)
    if get_origin(declared) in (Union, types.UnionType):
        return st.one_of(*(_values(member, bounds) for member in members))
    if get_origin(declared) is tuple:
        least, most = (bounds[LENGTH],) * 2 if LENGTH in bounds else (1, 4)
        return st.lists(_values(members[0], bounds), min_size=least, max_size=most).map(tuple)
    if get_origin(declared) is Mapping:
        return st.just({"contrastive": 1.0, "hard_negative": 0.5})
    return {
        bool: st.booleans(),
        str: texts,
        types.NoneType: st.none(),
        int: st.integers(bounds.get(MINIMUM), bounds.get(MAXIMUM)),
        float: st.floats(
            bounds.get(MINIMUM, bounds.get(EXCLUSIVE_MINIMUM)),
            bounds.get(MAXIMUM),
            exclude_min=EXCLUSIVE_MINIMUM in bounds,
            allow_nan=False,
            allow_infinity=False,
        ),
    }[declared]


@st.composite
def configs(draw: st.DrawFn) -> FineTuneConfig:
    """Any valid configuration."""
    values = {attribute.name: draw(values_for(attribute)) for _, attribute in declared_keys()}
    # The rules that span keys are met by construction.
    train = draw(st.integers(1, 100))
    validated = draw(st.integers(0, 100 - train))
    values |= {"train_split": train / 100, "val_split": validated / 100, "test_split": (100 - train - validated) / 100}
    if not validated and values["val_path"] is None and values["split_column"] is None:
        values["early_stopping_patience"] = None
    sharpest = 0.01 if values["temperature_scheduling"] else 0.0
    low, high = sorted(max(values[key], sharpest) for key in ("temperature_min", "temperature_max"))
    values |= {"temperature_min": low, "temperature_max": high}
    if values["temperature_scheduling"]:
        values |= {"learnable_temp": False, "temperature": "model" if values["temperature"] == "model" else low}
    _meet_newer_rules(values, validated=validated > 0)
    scales = values["multi_scale_scales"]
    weights = st.lists(st.floats(0, 1e6), min_size=len(scales), max_size=len(scales)).filter(any)
    values["multi_scale_weights"] = tuple(draw(weights))
    return from_flat(values)


def _meet_newer_rules(values: dict[str, Any], *, validated: bool) -> None:
    varies = values["caption_dropout"] or values["clause_shuffle"] or values["caption_templates"]
    values["augment_text"] = values["augment_text"] and bool(varies)
    low, high = sorted(values["gray_percentiles"])
    values["gray_percentiles"] = (low, high) if low < high else (0.5, 99.5)
    center, width = values["gray_window"] or (40.0, 400.0)
    values["gray_window"] = (center, max(abs(width), 1.0)) if values["gray_rule"] == "window" else None
    values["wise_ft_alphas"] = (0.0, *values["wise_ft_alphas"])
    if values["folder_layout"] in ("table", "captions"):
        values["class_captions"] = ()
    values["shuffle"] = values["shuffle"] or values["batch_plan"] == "avoid"
    values["mixed_precision"] = values["mixed_precision"] or values["precision"] in ("bf16", "fp16")
    if values["effective_batch_size"] is not None:
        values["gradient_accumulation_steps"] = 1
    if values["image_resolutions"] is not None:
        values["image_resolution"] = None
    if values["image_tower"] == "frozen":
        values |= {"image_learning_rate": None, "text_tower": "full"}
    if values["text_tower"] == "frozen":
        values["text_learning_rate"] = None
    if not validated and values["val_path"] is None and values["split_column"] is None:
        values["retention_path"] = None
