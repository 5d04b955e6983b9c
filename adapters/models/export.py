"""A model folder in Hugging Face layout, which plain transformers loads."""

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from ...domain.input_rule import INPUT_FILE, rule_as_dict
from .adaptation import plain_model
from .bias import without_bias
from .positions import at_size_of

if TYPE_CHECKING:
    from .loading import LoadedClip


def export_model(folder: Path, clip: "LoadedClip") -> None:
    """
    Write weights, configuration, tokenizer and picture processor.

    ``CLIPModel.from_pretrained(folder)`` and ``CLIPProcessor.from_pretrained(folder)`` read it; LoRA is merged, and
    positions are those of the size that the picture rule gives. How stored values became 256 levels stands in a file of
    its own, which cliptune reads back.
    """
    from transformers import CLIPImageProcessorPil, CLIPProcessor

    model = plain_model(clip.model)
    with without_bias(model):
        at_size_of(clip.preprocessing, model).save_pretrained(folder)
    # Whoever truncates must keep the end token: without this, plain transformers cuts nothing.
    clip.tokenizer.model_max_length = clip.max_length
    # How the last captions were padded and cut would be saved too, and be the processor's rule for all to come.
    clip.tokenizer.backend_tokenizer.no_padding()
    clip.tokenizer.backend_tokenizer.no_truncation()
    with warnings.catch_warnings():
        # transformers advises torchvision for its other processor class; cliptune names the Pillow one on purpose.
        warnings.simplefilter("ignore")
        pictures = CLIPImageProcessorPil(**clip.preprocessing.to_config())
        CLIPProcessor(image_processor=pictures, tokenizer=clip.tokenizer).save_pretrained(folder)
        # Older readers look for the picture rule in a file of its own.
        pictures.save_pretrained(folder)
    rule = json.dumps(rule_as_dict(clip.preprocessing.fidelity), indent=2)
    (folder / INPUT_FILE).write_text(f"{rule}\n", encoding="utf-8")
