"""An audit as files: one for programs, one to look at."""

import json
from collections.abc import Mapping
from typing import Any

from ..reports.plain import strict


def audit_files(document: Mapping[str, Any], *, pictures: Mapping[str, bytes]) -> dict[str, bytes]:
    """
    The files of an audit by name: ``audit.json`` and ``audit.html``.

    Args:
        document: Plain values, such as ``audit_document`` makes.
        pictures: Small pictures by the key that findings know them by, JPEG.
    """
    from .page import audit_html

    text = json.dumps(strict(document), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    as_json = text.encode("utf-8", "backslashreplace")
    return {"audit.json": as_json, "audit.html": audit_html(document, pictures=pictures, of=as_json)}
