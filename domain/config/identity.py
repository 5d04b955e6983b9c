"""Which configurations are the same run."""

import hashlib
import json
from typing import Final

from .whole import FineTuneConfig, flat

# Keys that say where a run goes, how it is watched or how fast it decodes, never what it learns;
# and how its final test is told.
WITHOUT_EFFECT: Final = frozenset(
    {
        "output_dir",
        "num_workers",
        "worker_kind",
        "decoded_cache",
        "decoded_cache_gib",
        "logging_steps",
        "save_steps",
        "keep_checkpoints",
        "retrieval_top_k",
        "alignment_visualization",
        "visualization_output_dir",
        "prompt_templates",
        "class_prompts",
        "bootstrap_resamples",
        "robustness_pictures",
        "abstention_risk",
        "hash_pictures",
    }
)


def config_fingerprint(config: FineTuneConfig) -> str:
    """SHA-256, in hexadecimal, over every key that has an effect on what is learned or measured."""
    values = {name: value for name, value in flat(config).items() if name not in WITHOUT_EFFECT}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
