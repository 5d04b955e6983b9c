"""What a configuration must satisfy: the bounds of every key, and the rules that span keys."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, get_args

from attrs import frozen

from ..captions.variants import template_problem as caption_template_problem
from ..errors import Problem
from .fidelity import background_problem, gray_problem
from .fields import bound_problem, shown
from .model import DOMAINS
from .objective import LossType
from .suggestions import did_you_mean
from .templates import template_problem
from .whole import declared_keys

# Three shares such as 0.7, 0.2 and 0.1 do not add up to 1 exactly in binary.
SHARE_TOLERANCE: Final = 1e-6
# One over the largest scale that a model may have, 100.
SHARPEST: Final = 0.01

Values = Mapping[str, Any]


@frozen
class Rule:
    """A sentence about keys: what is wrong with their values, or None; told at the first key that somebody wrote."""

    keys: tuple[str, ...]
    broken: Callable[[Values], str | None]


def problems_of(values: Values, places: Mapping[str, str], *, spared: Collection[str] = ()) -> tuple[Problem, ...]:
    """
    Everything that is wrong with values that are of the right types.

    Args:
        values: Every key.
        places: Where the keys that somebody wrote stand.
        spared: Keys with a problem already; nothing is said about them, nor by a rule that looks at them.
    """
    bounds = {
        attribute.name: problem
        for _, attribute in declared_keys()
        if attribute.name not in spared and (problem := bound_problem(values[attribute.name], attribute.metadata))
    }
    unusable = {*spared, *bounds}
    found = [Problem(key, message, places.get(key) or None) for key, message in bounds.items()]
    for rule in RULES:
        message = None if unusable & {*rule.keys} else rule.broken(values)
        if message is not None:
            key = next((key for key in rule.keys if key in places), rule.keys[0])
            found.append(Problem(key, message, places.get(key) or None))
    return tuple(found)


def _unknown_domain(values: Values) -> str | None:
    domain = values["domain"]
    if domain in DOMAINS or values["domain_template"] is not None:
        return None
    near = did_you_mean(domain, DOMAINS) or "; a domain of your own needs domain_template"
    return f"unknown domain {domain!r}; known are {', '.join(DOMAINS)}{near}"


def _new_tokens(values: Values) -> str | None:
    words = values["new_tokens"]
    marked = next((word for word in words if "<|" in word or word != " ".join(word.split())), None)
    if marked is not None:
        return f"{marked!r} cannot be a token; write a word, without spaces around it"
    return None if len({word.casefold() for word in words}) == len(words) else "names a word twice; case is ignored"


def _caption_templates(values: Values) -> str | None:
    return next(filter(None, map(caption_template_problem, values["caption_templates"])), None)


def _nothing_varies(values: Values) -> str | None:
    varies = values["caption_dropout"] or values["clause_shuffle"] or values["caption_templates"]
    if not values["augment_text"] or varies:
        return None
    return "nothing of a caption varies; set caption_dropout, clause_shuffle or caption_templates"


def _encoding(values: Values) -> str | None:
    name = values["encoding"]
    try:
        "".encode(name)
    except (LookupError, ValueError):
        usual = ("utf-8", "cp1252", "utf-16", "latin-1", "cp1250", "cp1251", "gb18030", "shift_jis", "euc_kr", "big5")
        return f"Python knows no encoding {name!r}; usual ones are {', '.join(usual)}{did_you_mean(name, usual)}"
    return None


def _shares(values: Values) -> str | None:
    shares = [values["train_split"], values["val_split"], values["test_split"]]
    total, sum_ = sum(shares), " + ".join(map(shown, shares))
    if total > 1 + SHARE_TOLERANCE:
        return f"train_split, val_split and test_split must not add up to more than 1, found {sum_} = {shown(total)}"
    split_elsewhere = any(values[key] is not None for key in ("val_path", "test_path", "split_column"))
    if total < 1 - SHARE_TOLERANCE and not split_elsewhere:
        return f"train_split, val_split and test_split must add up to 1, found {sum_} = {shown(total)}"
    return None


def _two_temperatures(values: Values) -> str | None:
    if values["learnable_temp"] and values["temperature_scheduling"]:
        return "the temperature is either learned or scheduled; set learnable_temp or temperature_scheduling to false"
    return None


def _temperature_range(values: Values) -> str | None:
    low, high = values["temperature_min"], values["temperature_max"]
    if low > high:
        return f"temperature_min ({shown(low)}) must be at most temperature_max ({shown(high)})"
    return None


def _sharpest_temperature(values: Values) -> str | None:
    low = values["temperature_min"]
    if values["temperature_scheduling"] and low < SHARPEST:
        return f"a scheduled temperature cannot fall below {SHARPEST}, where the scale is 100; found {shown(low)}"
    return None


def _scheduled_temperature(values: Values) -> str | None:
    low, high, temperature = values["temperature_min"], values["temperature_max"], values["temperature"]
    if not values["temperature_scheduling"] or isinstance(temperature, str) or low > high:
        return None
    if low <= temperature <= high:
        return None
    return (
        "a scheduled temperature must lie between temperature_min and temperature_max "
        f"({shown(low)} to {shown(high)}), found {shown(temperature)}"
    )


def _scales(values: Values) -> str | None:
    scales, weights = values["multi_scale_scales"], values["multi_scale_weights"]
    if len(scales) != len(weights):
        return f"multi_scale_scales has {len(scales)} numbers and multi_scale_weights {len(weights)}; they go in pairs"
    if not scales:
        return "multi_scale_scales and multi_scale_weights must not be empty"
    return None if any(weights) else "multi_scale_weights must not all be 0"


def _validated(values: Values) -> bool:
    return values["val_split"] > 0 or values["val_path"] is not None or values["split_column"] is not None


def _patience_without_validation(values: Values) -> str | None:
    if values["early_stopping_patience"] is None or _validated(values):
        return None
    return "nothing can be waited for without a validation split; give val_split a share, or name val_path"


def _template(values: Values) -> str | None:
    template = values["domain_template"]
    return None if template is None else template_problem(template)


def _mix(values: Values) -> str | None:
    mix, known = values["loss_mix"], get_args(LossType)
    if mix is None:
        return None
    unknown = next((name for name in mix if name not in known), None)
    if unknown is not None:
        return f"unknown objective {unknown!r}; known are {', '.join(known)}{did_you_mean(unknown, known)}"
    return None if any(mix.values()) else "at least one objective needs a weight above 0"


def _positive_keys(values: Values) -> str | None:
    keys = values["positive_keys"]
    if not keys and (values["positives"] != "ignore" or values["batch_plan"] == "avoid"):
        return "name at least one key, or set positives: ignore and batch_plan: shuffle"
    return None if len(set(keys)) == len(keys) else "names a key twice"


def _avoiding_in_order(values: Values) -> str | None:
    if values["batch_plan"] == "avoid" and not values["shuffle"]:
        return "batch_plan: avoid makes its own order; set shuffle: true, or batch_plan: shuffle"
    return None


def _two_batches(values: Values) -> str | None:
    if values["effective_batch_size"] is not None and values["gradient_accumulation_steps"] > 1:
        return "set effective_batch_size or gradient_accumulation_steps, not both"
    return None


def _two_precisions(values: Values) -> str | None:
    if values["precision"] in ("bf16", "fp16") and not values["mixed_precision"]:
        return (
            f"mixed_precision: false is fp32; set precision: fp32, or mixed_precision: true for {values['precision']}"
        )
    return None


def _resolutions(values: Values) -> str | None:
    sizes = values["image_resolutions"]
    if sizes is None:
        return None
    if values["image_resolution"] is not None:
        return "set image_resolutions or image_resolution, not both"
    if not sizes or list(sizes) != sorted(set(sizes)):
        return "image_resolutions must grow from size to size"
    return None


def _alphas(values: Values) -> str | None:
    return None if 0.0 in values["wise_ft_alphas"] else "0, the base itself, must be among the shares that are tried"


def _retention_without_validation(values: Values) -> str | None:
    if values["retention_path"] is None or _validated(values):
        return None
    return "interpolation is chosen on the validation split; give val_split a share, or name val_path"


def _nothing_learns(values: Values) -> str | None:
    if {values["image_tower"], values["text_tower"]} == {"frozen"} and not values["learnable_temp"]:
        return "nothing is left to train; let a tower learn, or set learnable_temp: true"
    return None


def _templates_without_label(values: Values) -> str | None:
    if not values["prompt_templates"]:
        return "name at least one, such as 'a photo of {label}.'"
    missing = next((template for template in values["prompt_templates"] if "{label}" not in template), None)
    return None if missing is None else f"{missing!r} says the same of every class: write {{label}} where its name goes"


def _class_captions(values: Values) -> str | None:
    captions = values["class_captions"]
    if values["folder_layout"] == "classes" and not captions:
        return "folder_layout: classes needs class_captions, such as ['a photo of a {label}']"
    if captions and values["folder_layout"] in ("table", "captions"):
        return f"folder_layout: {values['folder_layout']} has captions of its own; set class_captions: []"
    missing = next((caption for caption in captions if "{label}" not in caption), None)
    return None if missing is None else f"{missing!r} says the same of every class: write {{label}} where its name goes"


def _rate_without_learning(tower: str) -> Callable[[Values], str | None]:
    def broken(values: Values) -> str | None:
        if values[f"{tower}_tower"] == "frozen" and values[f"{tower}_learning_rate"] is not None:
            return f"the {tower} tower is frozen and has no learning rate; set {tower}_learning_rate: null"
        return None

    return broken


RULES: Final = (
    Rule(("gray_rule", "gray_window", "gray_percentiles"), gray_problem),
    Rule(("alpha_background",), background_problem),
    Rule(("domain", "domain_template"), _unknown_domain),
    Rule(("domain_template",), _template),
    Rule(("new_tokens",), _new_tokens),
    Rule(("caption_templates",), _caption_templates),
    Rule(("augment_text", "caption_dropout", "clause_shuffle", "caption_templates"), _nothing_varies),
    Rule(("encoding",), _encoding),
    Rule(("loss_mix",), _mix),
    Rule(("positive_keys",), _positive_keys),
    Rule(("batch_plan", "shuffle"), _avoiding_in_order),
    Rule(("effective_batch_size", "gradient_accumulation_steps"), _two_batches),
    Rule(("precision", "mixed_precision"), _two_precisions),
    Rule(("image_resolutions", "image_resolution"), _resolutions),
    Rule(("prompt_templates",), _templates_without_label),
    Rule(("class_captions", "folder_layout"), _class_captions),
    Rule(("image_tower", "text_tower", "learnable_temp"), _nothing_learns),
    Rule(("image_learning_rate", "image_tower"), _rate_without_learning("image")),
    Rule(("text_learning_rate", "text_tower"), _rate_without_learning("text")),
    Rule(("wise_ft_alphas",), _alphas),
    Rule(("retention_path", "val_split", "val_path", "split_column"), _retention_without_validation),
    Rule(("train_split", "val_split", "test_split", "val_path", "test_path", "split_column"), _shares),
    Rule(("temperature_scheduling", "learnable_temp"), _two_temperatures),
    Rule(("temperature_min", "temperature_max"), _temperature_range),
    Rule(("temperature_min", "temperature_scheduling"), _sharpest_temperature),
    Rule(("temperature", "temperature_scheduling", "temperature_min", "temperature_max"), _scheduled_temperature),
    Rule(("multi_scale_scales", "multi_scale_weights"), _scales),
    Rule(("early_stopping_patience", "val_split", "val_path", "split_column"), _patience_without_validation),
)
