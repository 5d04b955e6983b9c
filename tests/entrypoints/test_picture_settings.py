"""Laws of how the settings of reading pictures reach what reads them."""

import os
import time
from pathlib import Path

import pytest
import torch

from cliptune.adapters.datasets.pictures import open_file
from cliptune.adapters.models.loading import load_clip
from cliptune.adapters.storage.content_hashes import FILE, ContentHashes
from cliptune.adapters.system.cache_folder import cache_folder
from cliptune.adapters.tracking.progress import SilentProgress
from cliptune.domain.augmentation import Augmentation
from cliptune.domain.config import FineTuneConfig, InputConfig, ModelConfig, config_fingerprint, from_flat
from cliptune.domain.corruptions import CORRUPTIONS
from cliptune.domain.errors import UnreadableImage
from cliptune.domain.pairs import ImageRef
from cliptune.domain.preprocessing import default_preprocessing
from cliptune.entrypoints import wiring
from cliptune.entrypoints.wiring.assessing import robustness
from cliptune.entrypoints.wiring.data import cache_notes
from support.assessing import Skilled
from support.pictures import Files, encoded, noise, ref

FILES = Files({"a.png": encoded(noise(90, 70))})
SHOWN = Augmentation(crop=(0.1, 0.0, 1.0, 0.9))


def shown(config: FineTuneConfig) -> torch.Tensor:
    with wiring.picture_loader(FILES.open, default_preprocessing(16), config=config) as loader:
        [[picture]] = loader.load([[(ref(), SHOWN)]])
    assert not isinstance(picture, UnreadableImage)
    return picture


def test_how_large_pictures_are_decoded_is_part_of_a_models_picture_rule() -> None:
    model = ModelConfig(model_name="scratch:tiny")
    rules = {
        decode: load_clip(model, InputConfig(decode=decode), seed=0, captions=lambda: ["a caption"]).preprocessing
        for decode in ("exact", "fast")
    }

    assert ["exact", "fast"] == [rule.decode for rule in rules.values()]
    assert 2 == len({rule.digest() for rule in rules.values()})


def test_a_cache_changes_no_pixel_and_reduced_pictures_are_a_choice_of_their_own(tmp_path: Path) -> None:
    plain = FineTuneConfig()
    reduced = from_flat({"augment_from": "reduced"})
    kept = from_flat({"augment_from": "reduced", "decoded_cache": str(tmp_path / "kept")})

    assert torch.equal(shown(reduced), shown(kept))
    assert torch.equal(shown(reduced), shown(kept))
    assert 1 == len(list((tmp_path / "kept").iterdir()))
    assert not torch.equal(shown(plain), shown(reduced))
    assert config_fingerprint(reduced) == config_fingerprint(kept)
    assert config_fingerprint(plain) != config_fingerprint(reduced)


def test_it_is_said_that_training_pictures_are_not_kept() -> None:
    assert 1 == len(cache_notes(from_flat({"decoded_cache": "kept"})))
    for values in ({}, {"augment_from": "reduced"}, {"augment_images": False}):
        assert () == cache_notes(from_flat({"decoded_cache": "kept", **values} if values else {}))


def test_damaged_pictures_are_never_those_that_were_kept_undamaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPTUNE_CACHE_DIR", str(tmp_path / "cache"))
    picture = ImageRef("a.png", str(tmp_path / "a.png"))
    Path(picture.location).write_bytes(encoded(noise(64, 64)))
    # Long after the file was written, so that its checksum is remembered.
    hashes = ContentHashes(open_file, cache_folder(os.environ) / FILE, say=print, now=lambda: time.time_ns() + 10**10)
    hashes.content(picture)
    hashes.keep()
    config, rule = from_flat({"decoded_cache": str(tmp_path / "kept")}), default_preprocessing(32)
    with wiring.picture_loader(open_file, rule, config=config) as loader:
        [[clean]] = loader.load([[(picture, None)]])
    assessing = robustness(Skilled(), rule, open_file, config=config, watcher=SilentProgress())

    for corruption in CORRUPTIONS:
        with assessing.damaged(corruption) as loader:
            [[harmed]] = loader.load([[(picture, None)]])
        assert isinstance(clean, torch.Tensor)
        assert isinstance(harmed, torch.Tensor)
        assert not torch.equal(clean, harmed)
