"""From a model's name to a local folder: a folder as it is, or the hub's copy, asked for once and briefly."""

import os
import re
from pathlib import Path
from typing import Final

from ...domain.errors import UnknownModel

HUB_NAME: Final = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")
SECONDS: Final = 5.0
FILES: Final = ("*.json", "*.txt", "*.safetensors")


def model_folder(name: str) -> Path:
    """
    The local folder of a model or tokenizer.

    The cache is looked at first; only when it lacks the model is the hub asked, once, for at most five seconds.

    Raises:
        UnknownModel: If the name leads nowhere.
    """
    path = Path(name).expanduser()
    if path.is_dir():
        return _checked(path)
    if path.exists():
        raise UnknownModel(f"{name}: a model is a folder in Hugging Face layout, and this is a file")
    if name.startswith((".", "/", "~")) or not HUB_NAME.fullmatch(name):
        raise UnknownModel(f"{name}: there is no such folder, and it is not the form of a hub name (owner/model)")
    return _checked(_cached(name) or _downloaded(name))


def _checked(folder: Path) -> Path:
    if not any((folder / file).is_file() for file in ("config.json", "tokenizer.json", "vocab.json")):
        raise UnknownModel(f"{folder}: the folder holds no config.json; expected a model in Hugging Face layout")
    return folder


def _cached(name: str) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    for weights in ("*.safetensors", "pytorch_model*.bin"):
        try:
            folder = Path(snapshot_download(name, allow_patterns=[*FILES, weights], local_files_only=True))
        except LocalEntryNotFoundError:
            continue
        # A cache may hold the tokenizer alone, of somebody who needed no more.
        if any(folder.glob(weights)) or not (folder / "config.json").is_file():
            return folder
    return None


def _downloaded(name: str) -> Path:
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled, RepositoryNotFoundError

    advice = "name a local folder, or scratch:tiny, scratch:small or scratch:base to start from random weights"
    try:
        info = HfApi().model_info(name, timeout=SECONDS)
        files = [sibling.rfilename for sibling in info.siblings or ()]
        # Pickled weights are a last resort: transformers reads them with weights_only=True.
        weights = () if any(file.endswith(".safetensors") for file in files) else ("pytorch_model*.bin",)
        return Path(snapshot_download(name, allow_patterns=[*FILES, *weights], etag_timeout=SECONDS))
    except RepositoryNotFoundError as error:
        raise UnknownModel(f"{name}: the hub has no such model, or it is private; {advice}") from error
    except OfflineModeIsEnabled as error:
        raise UnknownModel(f"{name}: not in the local cache, and HF_HUB_OFFLINE is set; {advice}") from error
    except HfHubHTTPError as error:
        raise UnknownModel(f"{name}: the hub answered {error.response.status_code}; {advice}") from error
    except Exception as error:
        if not _is_network(error):
            raise
        host = os.environ.get("HF_ENDPOINT", "the hub")
        raise UnknownModel(f"{name}: not in the local cache, and {host} cannot be reached; {advice}") from error


def _is_network(error: BaseException) -> bool:
    """Whether the network failed; the hub's client wraps its transport's errors, whose module tells."""
    module = type(error).__module__
    return isinstance(error, OSError) or module.startswith(("httpx", "httpcore", "requests", "anyio"))
