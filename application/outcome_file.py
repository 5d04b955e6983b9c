"""What every query came to, as one file without pickle."""

import io
import zipfile
from typing import Final

import numpy as np

from ..domain.errors import CorruptArtifact
from ..domain.outcomes import Outcomes

OUTCOMES: Final = "outcomes.npz"
EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def outcomes_to_npz(outcomes: Outcomes) -> bytes:
    """Outcomes as a compressed ``.npz`` file; equal ones become equal bytes."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, array in outcomes.arrays().items():
            part = io.BytesIO()
            np.lib.format.write_array(part, np.asanyarray(array), allow_pickle=False)
            # A fixed date, so that nothing but the numbers decides the bytes.
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, part.getvalue())
    return whole.getvalue()


def outcomes_from_npz(data: bytes, *, name: str) -> Outcomes:
    """
    The outcomes that a file keeps.

    Raises:
        CorruptArtifact: If it is damaged; ``name`` says which file.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return Outcomes.from_arrays({key: arrays[key] for key in arrays.files})
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
        raise CorruptArtifact(f"{name}: damaged ({error}); evaluate again") from error
