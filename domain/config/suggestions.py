"""What somebody probably meant to write."""

import difflib
import types
from collections.abc import Iterable, Mapping
from typing import Final

# Names that other trainers give to the same thing, and that share too few letters with ours.
SYNONYMS: Final[Mapping[str, str]] = types.MappingProxyType(
    {
        "lr": "learning_rate",
        "bs": "batch_size",
        "model": "model_name",
        "base_model": "model_name",
        "data": "data_path",
        "dataset": "data_path",
        "train_data": "data_path",
        "tau": "temperature",
        "gradient_clipping": "max_grad_norm",
        "patience": "early_stopping_patience",
        "resolution": "image_resolution",
        "image_size": "image_resolution",
        "max_length": "max_sequence_length",
        "fp16": "mixed_precision",
        "amp": "mixed_precision",
        "output": "output_dir",
        "text_column": "caption_column",
    }
)


def closest(word: str, known: Iterable[str], *, synonyms: Mapping[str, str] | None = None) -> str | None:
    """The known word that ``word`` probably stands for, or None."""
    plain = word.strip().lower().replace("-", "_").replace(" ", "_")
    if synonyms is not None and plain in synonyms:
        return synonyms[plain]
    spelled = {name.replace("-", "_"): name for name in known}
    near = difflib.get_close_matches(plain, spelled, n=1)
    return spelled[near[0]] if near else None


def did_you_mean(word: str, known: Iterable[str], *, synonyms: Mapping[str, str] | None = None) -> str:
    """``; did you mean …?`` to put behind a message, or nothing."""
    near = closest(word, known, synonyms=synonyms)
    return f"; did you mean {near}?" if near else ""
