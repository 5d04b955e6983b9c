"""What of a run's data is encoded once, because the tower that sees it does not learn."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from ...domain.config import FineTuneConfig

if TYPE_CHECKING:
    from ...adapters.models.clip_learner import ClipLearner
    from ...adapters.models.loading import LoadedClip
    from ...application.frozen_features import FrozenFeatures
    from ...application.ports import PictureLoader, Progress
    from ...domain.conditions import Conditions
    from ...domain.pairs import ImageRef
    from ...domain.places import TowerName

CACHE: Final = Path(".cache") / "features"


def frozen_features(
    clip: "LoadedClip",
    learner: "ClipLearner",
    config: FineTuneConfig,
    given: "Conditions",
    *,
    loader: "PictureLoader",
    opener: "Callable[[ImageRef], BinaryIO]",
    watcher: "Progress",
) -> "FrozenFeatures | None":
    """What encodes the training data once; None where nothing of it is seen alike in every epoch."""
    from ...adapters.features.files import FeatureFiles
    from ...application.frozen_features import FrozenFeatures

    still = learner.plan.frozen_towers
    pictures = "image" in still and not config.augmentation.augment_images and config.input.image_resolutions is None
    captions = "text" in still and not config.augmentation.augment_text
    if "image" in still and not pictures and config.input.image_resolutions is None:
        watcher.say("note: the image tower is frozen; with augment_images: false its pictures would be encoded once")
    if "text" in still and not captions:
        watcher.say("note: the text tower is frozen; with augment_text: false its captions would be encoded once")
    if not pictures and not captions:
        return None
    return FrozenFeatures(
        learner,
        loader,
        opener,
        FeatureFiles(Path(config.output.output_dir) / CACHE),
        watcher,
        batch_size=given.batch_size,
        image_tower=known_by(clip, "image", given) if pictures else None,
        text_tower=known_by(clip, "text", given) if captions else None,
    )


def known_by(clip: "LoadedClip", tower: "TowerName", given: "Conditions") -> str:
    """A name for everything that decides an embedding besides the picture's bytes or the caption's tokens."""
    from ...adapters.models.adaptation import tower_digest

    parts = {
        "weights": tower_digest(clip.model, tower),
        "transform": clip.preprocessing.digest() if tower == "image" else "",
        "computed": [given.device, given.precision, given.attention, given.threads, given.torch, given.transformers],
    }
    return f"{tower}-{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]}"
