"""The report as one page for people, which loads nothing from anywhere."""

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from jinja2 import BaseLoader, ChainableUndefined, Environment, PackageLoader, UndefinedError
from markupsafe import Markup

from . import figures, glossary, names, numbers, tables
from .intervals import IntervalColumn
from .matrix import Confusion, shade
from .plain import strict
from .sections import SECTIONS, Section
from .thumbnails import Thumbnails

# What a part of an unexpected shape can cause: it costs its own section, not the report of a long run.
SHAPES: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, UndefinedError)
NOT_DRAWN: Final = Markup('<p class="note not-drawn">This part has an unexpected shape; report.json has all of it.</p>')


class ReportEnvironment(Environment):
    """Templates that read a mapping's own keys first: ``heatmap.values`` is what the report calls values."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A key of a mapping, or an attribute of anything else."""
        return self.getitem(obj, attribute) if isinstance(obj, Mapping) else super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """A key of a mapping and nothing else of it; what is missing is undefined, which prints as nothing."""
        if isinstance(obj, Mapping):
            return obj[argument] if argument in obj else self.undefined(obj=obj, name=argument)
        return super().getitem(obj, argument)


def report_html(report: Mapping[str, Any], *, pictures: Mapping[str, bytes], of: bytes) -> bytes:
    """
    The page, UTF-8; equal reports and pictures become equal bytes.

    Args:
        report: Plain values; parts that are missing have no section.
        pictures: Small pictures by key; those beyond the page's budget are left out, and the page says so.
        of: The bytes of ``report.json``, whose checksum the page carries, so that what is signed can be found.
    """
    known = strict(report)
    thumbnails = Thumbnails(pictures)
    shown = [section for section in SECTIONS if section.is_in(known)]
    context = {"report": known, "thumbnails": thumbnails, "sections": shown, "sha256": hashlib.sha256(of).hexdigest()}
    parts = [(section, _section(section, context)) for section in shown]
    whole = _environment().get_template("report.html").render(**context, parts=parts)
    return whole.encode("utf-8", "backslashreplace")


def _section(section: Section, context: Mapping[str, Any]) -> Markup:
    try:
        return Markup(_environment().get_template(f"{section.name}.html").render(**context, section=section))  # noqa: S704
    except SHAPES:
        return NOT_DRAWN


@cache
def _environment() -> Environment:
    return environment(templates())


def templates() -> BaseLoader:
    """The templates of reports, whose macros and styles serve other pages as well."""
    return PackageLoader(__package__ or "", "templates")


def environment(loader: BaseLoader) -> ReportEnvironment:
    """Templates with the words and figures of reports; all they print is escaped unless it is ``Markup`` already."""
    made = ReportEnvironment(
        autoescape=True,
        loader=loader,
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., Any]] = {
        "fraction": numbers.fraction,
        "count_of": numbers.count,
        "measured": numbers.measured,
        "change": numbers.change,
        "p_value": numbers.p_value,
        "percent": numbers.percent,
        "label": names.label,
        "metric_label": names.metric_label,
        "measure_label": names.measure_label,
        "is_rank": names.is_rank,
        "breakable": names.breakable,
        "plain": tables.plain_text,
        "shortened": tables.shortened,
        "as_list": tables.as_list,
    }
    made.filters.update(filters)
    made.globals.update(
        figures=figures,
        tables=tables,
        glossary=glossary.glossary,
        interval=numbers.interval,
        with_interval=numbers.with_interval,
        interval_column=IntervalColumn.over,
        confusion=Confusion.of,
        shade=shade,
    )
    return made
