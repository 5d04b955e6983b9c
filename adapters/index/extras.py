"""Libraries that only some indexes need."""

import importlib
from typing import Any

from ...domain.errors import UsageError


def extra(module: str, *, of: str) -> Any:
    """
    Import a library of an extra.

    Raises:
        UsageError: If it is not installed, with the command that installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UsageError(
            f"this index needs {module.split('.')[0]}, which is not installed: pip install 'cliptune[{of}]'"
        ) from error
