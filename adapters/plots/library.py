"""Whether matplotlib is there; it comes with the extra ``viz``."""

from ...domain.errors import UsageError


def check_matplotlib() -> None:
    """
    Look whether matplotlib is there.

    Raises:
        UsageError: If it is not installed.
    """
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as error:
        raise UsageError("figures need an extra package: pip install 'cliptune[viz]'") from error
