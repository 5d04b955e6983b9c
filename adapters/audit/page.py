"""An audit as one page for people, which loads nothing from anywhere."""

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from attrs import frozen
from jinja2 import ChoiceLoader, PackageLoader
from markupsafe import Markup, escape

from ..reports import numbers
from ..reports.page import SHAPES, ReportEnvironment, environment, templates
from ..reports.plain import number_or_none, strict
from ..reports.thumbnails import Thumbnails
from .columns import column_chart, parts_of

NOT_DRAWN: Final = Markup('<p class="note not-drawn">This part has an unexpected shape; audit.json has all of it.</p>')
SIGNS: Final = {"leak": "✖", "error": "✖", "warning": "▲", "note": "•"}


@frozen
class Section:
    """One section: its template and place, its heading, and the part of the document that it needs."""

    name: str
    title: str
    part: str


SECTIONS: Final = (
    Section("findings", "Findings", "verdict"),
    Section("splits", "Splits", "splits"),
    Section("captions", "Captions", "rows"),
    Section("wording", "Repeated wording", "repeats"),
    Section("classes", "Classes and groups", "classes"),
    Section("pictures", "Pictures", "pictures"),
    Section("batches", "Batches", "meetings"),
    Section("reading", "How to read this page", "verdict"),
)


def audit_html(document: Mapping[str, Any], *, pictures: Mapping[str, bytes], of: bytes) -> bytes:
    """
    The page, UTF-8; equal documents and pictures become equal bytes.

    Args:
        document: Plain values; parts that are missing have no section.
        pictures: Small pictures by key; those beyond the page's budget are left out, and the page says so.
        of: The bytes of ``audit.json``, whose checksum the page carries.
    """
    known = strict(document)
    shown = [section for section in SECTIONS if known.get(section.part)]
    context = {
        "audit": known,
        "thumbnails": Thumbnails(pictures),
        "sections": shown,
        "sha256": hashlib.sha256(of).hexdigest(),
    }
    parts = [(section, _section(section, context)) for section in shown]
    whole = _environment().get_template("audit.html").render(**context, parts=parts)
    return whole.encode("utf-8", "backslashreplace")


def _section(section: Section, context: Mapping[str, Any]) -> Markup:
    try:
        return Markup(_environment().get_template(f"{section.name}.html").render(**context))  # noqa: S704
    except SHAPES:
        return NOT_DRAWN


@cache
def _environment() -> ReportEnvironment:
    """The audit's own templates, and the macros and styles of reports."""
    made = environment(ChoiceLoader([PackageLoader(__package__ or "", "templates"), templates()]))
    filters: dict[str, Callable[..., Any]] = {"bars": parts_of, "share_of": _share, "ticked": ticked, "place": _place}
    made.filters.update(filters)
    made.globals.update(column_chart=column_chart, signs=SIGNS)
    return made


def ticked(text: Any) -> Markup:
    """Text for people whose commands and keys stand between backticks; everything is escaped."""
    parts = str(text).split("`")
    told = (Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in enumerate(parts))
    return Markup("").join(told) if len(parts) % 2 else escape(text)


def _place(source: Any) -> str:
    """The last two parts of each path: enough to know a data set by, and short enough for a heading."""
    return " + ".join("/".join(name.rsplit("/", 2)[-2:]) for name in str(source).split(" + "))


def _share(part: Any, whole: Any) -> str:
    known, all_ = number_or_none(part), number_or_none(whole)
    return numbers.NONE if known is None or not all_ else f"{100 * known / all_:.1f} %"
