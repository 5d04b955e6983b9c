"""What draws figures, writes them, and finds the numbers to draw."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ...domain.errors import UsageError

if TYPE_CHECKING:
    from types import ModuleType

    from matplotlib.figure import Figure

REPORT: Final = "evaluation/report.json"
EVENTS: Final = "events.jsonl"


def drawing() -> "ModuleType":
    """The functions that draw."""
    from ...adapters import plots

    return plots


def keep_figure(figure: "Figure", save: "str | Path | None") -> "Figure":
    """The figure itself, written to ``save`` unless that is None."""
    if save is not None:
        drawing().save_figure(figure, save)
    return figure


def check_figures() -> None:
    """
    Look whether figures can be drawn, before work is done whose figures are wanted.

    Raises:
        UsageError: If matplotlib is not installed.
    """
    drawing().check_matplotlib()


def write_figures(report: Mapping[str, Any], pictures: Mapping[str, bytes], folder: Path) -> tuple[Path, ...]:
    """
    Draw every figure that a report has the numbers for, as PNG files in a folder; where each one is.

    Raises:
        UsageError: If matplotlib is not installed.
        RunFailed: If the folder cannot be written.
    """
    found = drawing().report_figures(report, pictures)
    return tuple(drawing().save_figure(figure, folder / f"{name}.png") for name, figure in found.items())


def report_of(given: Any) -> Mapping[str, Any]:
    """
    A report: itself, that of what an evaluation returned, or that of a run's folder or a file.

    Raises:
        UsageError: If there is none.
    """
    if isinstance(given, Mapping):
        return given
    if isinstance(given, str | Path):
        return _read_report(Path(given))
    held = getattr(getattr(given, "written", given), "report", None)
    if isinstance(held, Mapping):
        return held
    raise UsageError(f"expected a report, a run's folder or a report.json, found {type(given).__name__}")


def events_of(given: Any) -> tuple[Mapping[str, Any], ...]:
    """
    The events of a run: themselves, or those that its folder has.

    Raises:
        UsageError: If there is no such run.
        RunFailed: If the file is damaged.
    """
    from ...adapters.tracking.events_file import EventsFile
    from .basics import clock

    if not isinstance(given, str | Path):
        return tuple(given)
    folder = Path(given)
    path = folder if folder.name == EVENTS else folder / EVENTS
    if not path.is_file():
        raise UsageError(f"{folder}: no run is there: it has no {EVENTS}; `cliptune runs` lists runs")
    return EventsFile(path, clock()).events()


def results_of(results: Any, pictures: Any) -> list[Mapping[str, Any]]:
    """Found items as the drawing takes them: mappings, matches of an index, or pairs of an item and its score."""
    return list(_results(results, pictures))


def _results(results: Any, pictures: Any) -> Iterator[Mapping[str, Any]]:
    for result in results:
        match result:
            case Mapping():
                yield result
            case (item, score):
                yield {"score": score, **_item(item, pictures)}
            case _:
                entry = result.entry
                found = {"image": entry.key, "caption": entry.caption or None, "score": result.score}
                yield found | ({"picture": entry.location} if entry.location else {})


def _item(item: Any, pictures: Any) -> Mapping[str, Any]:
    """A number stands for one of ``pictures``, a path for a picture, a text for itself."""
    if isinstance(item, int) and not isinstance(pictures, Mapping) and pictures is not None:
        if not 0 <= item < len(pictures):
            raise UsageError(f"picture {item} was found, but only {len(pictures)} pictures are given")
        picture = pictures[item]
        name = str(picture) if isinstance(picture, str | Path) else f"picture {item}"
        return {"image": name, "picture": picture}
    if isinstance(item, int):
        return {"image": f"picture {item}"}
    return {"image": str(item), "picture": item} if isinstance(item, Path) else {"caption": str(item)}


def _read_report(given: Path) -> Mapping[str, Any]:
    path = given if given.is_file() else next((p for p in (given / REPORT, given / "report.json") if p.is_file()), None)
    if path is None:
        raise UsageError(f"{given}: there is no {REPORT}; `cliptune evaluate {given}` writes one")
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"{path}: not a report: {error}") from error
    if not isinstance(known, dict):
        raise UsageError(f"{path}: not a report")
    return known
