"""What a configuration declares of a data set's pictures, laid over whatever source they come from."""

import os
from typing import TYPE_CHECKING, Final

from ...domain.config.data import DataConfig
from ...domain.config.fidelity import FidelityConfig
from .dicom_groups import COLUMNS, SECRET, DicomGroups
from .pages import PagedSource

if TYPE_CHECKING:
    from ...application.ports import PairSource

USUAL: Final = FidelityConfig()


def as_declared(source: "PairSource", columns: DataConfig, fidelity: FidelityConfig) -> "PairSource":
    """The same source with the pages that are asked for, and with the groups that DICOM files name themselves."""
    if columns.group_column is not None and columns.group_column in COLUMNS:
        source = DicomGroups(source, columns.group_column, os.environ.get(SECRET, ""))
    return source if fidelity.pages == "first" else PagedSource(source, fidelity.pages)
