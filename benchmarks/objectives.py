"""
The same training under several objectives and batch plans, over seeds: what helps on data whose captions repeat.

Run as ``python benchmarks/objectives.py BASE.yaml [--variants infonce mask …] [--seeds 1 2 3] [--out FOLDER]``. Every
run is an ordinary fine-tune in its own folder below FOLDER, resumed or reused when it is there already. Raw recall
counts a query's own captions or picture only; filtered recall counts whatever says the same. The last line is JSON.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import torch

import cliptune
from cliptune.domain.metrics import recall_at
from cliptune.domain.pairs import Example
from cliptune.domain.ranking import rank_counts_from_scores
from cliptune.domain.relation import normalised_caption
from cliptune.entrypoints import fine_tuning, wiring

PLAIN: Final = {"positives": "ignore"}
VARIANTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "infonce": PLAIN,
    "mask": {"positives": "mask"},
    "multi_positive": {"positives": "multi_positive"},
    "avoid": {**PLAIN, "batch_plan": "avoid"},
    "avoid+mask": {"positives": "mask", "batch_plan": "avoid"},
    "hard_negative": {**PLAIN, "loss_type": "hard_negative"},
    "domain_specific": {**PLAIN, "loss_type": "domain_specific"},
    "multi_scale": {**PLAIN, "loss_type": "multi_scale"},
    "sigmoid": {**PLAIN, "loss_type": "sigmoid", "learnable_temp": True, "temperature": 0.1},
    "ema": {**PLAIN, "ema_decay": 0.99},
    "mask+ema": {"positives": "mask", "ema_decay": 0.99},
    # The same number of pairs and of updates, in slices of 16: with 16 negatives each, or with all 64.
    "batch 16": {**PLAIN, "batch_size": 16},
    "batch 16 x 4": {**PLAIN, "batch_size": 16, "gradient_accumulation_steps": 4},
    "batch 128": {**PLAIN, "batch_size": 128},
    "batch 256": {**PLAIN, "batch_size": 256},
}
TOP: Final = (1, 5, 10)


def trained(base: Path, overrides: Mapping[str, Any], *, seed: int, out: Path) -> Path:
    """The folder of a finished run."""
    settings = [f"{key}={json.dumps(value)}" for key, value in (*overrides.items(), ("seed", seed))]
    resolved = wiring.read_config(base, overrides=[*settings, f"output_dir={out}"])
    return fine_tuning.fine_tune(resolved, resume="auto").folder


def recalls(run: Path) -> dict[str, float]:
    """Raw and filtered recall of a run's exported model on its test split."""
    model = cliptune.load_model(str(run))
    tables = wiring.sources(model.config)
    data = wiring.prepare_data(model.config, tables, watcher=wiring.silence())
    with wiring.picture_loader(tables.opener, model.preprocessing, config=model.config) as loader:
        shown = [(example.image, None) for example in data.test]
        pictures = [
            picture
            for batch in loader.load(shown[at : at + 64] for at in range(0, len(shown), 64))
            for picture in batch
            if isinstance(picture, torch.Tensor)
        ]
    captions = [caption for example in data.test for caption in example.captions]
    scores = model.encode_image(torch.stack(pictures)) @ model.encode_text(captions).T
    own, same = relations(data.test)
    found = {}
    for kind, positives in (("raw", own), ("filtered", same)):
        for direction, at, right in (("i2t", scores, positives), ("t2i", scores.T, positives.T)):
            counts = rank_counts_from_scores(at, right)
            found |= {f"{kind}_{direction}_R@{k}": recall_at(counts, k) for k in TOP}
    return found


def relations(examples: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor]:
    """Which captions are a picture's own, and which say the same as one of them; bool, shape (pictures, captions)."""
    texts = [[normalised_caption(caption) for caption in example.captions] for example in examples]
    number = {text: place for place, text in enumerate(dict.fromkeys(text for own in texts for text in own))}
    owner = torch.tensor([place for place, own in enumerate(texts) for _ in own])
    said = torch.tensor([number[text] for own in texts for text in own])
    says = torch.zeros(len(examples), len(number), dtype=torch.bool)
    says[owner, said] = True
    return owner == torch.arange(len(examples))[:, None], says[:, said]


def spread(values: Sequence[float]) -> str:
    """Mean and standard deviation."""
    return f"{statistics.mean(values):.3f} ± {statistics.stdev(values) if len(values) > 1 else 0:.3f}"


def main() -> None:
    """Train, score and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", type=Path)
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--out", type=Path, default=Path("outputs/objectives"))
    asked = parser.parse_args()
    table: dict[str, dict[str, list[float]]] = {}
    for name in asked.variants:
        for seed in asked.seeds:
            run = trained(asked.base, VARIANTS[name], seed=seed, out=asked.out / asked.base.stem)
            kept = run / "recalls.json"
            if not kept.is_file():
                kept.write_text(json.dumps(recalls(run)), encoding="utf-8")
            for metric, value in json.loads(kept.read_text(encoding="utf-8")).items():
                table.setdefault(name, {}).setdefault(metric, []).append(value)
        print(name, {metric: spread(values) for metric, values in table[name].items()}, file=sys.stderr)
    print(json.dumps({"benchmark": "objectives", "base": asked.base.stem, "seeds": asked.seeds, "recall": table}))


if __name__ == "__main__":
    main()
