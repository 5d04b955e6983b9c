import math

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cliptune.domain.comparison import compare
from cliptune.entrypoints.cli.tables import comparison_table, metrics_table

BEFORE = {"i2t_R@1": 0.25, "t2i_median_rank": 4.0, "mean_recall": 0.25, "i2t_chance_R@1": 0.1}
AFTER = {**BEFORE, "i2t_R@1": 0.75, "t2i_median_rank": 6.5}


def printed(table: Table) -> list[list[str]]:
    console = Console(width=200, record=True, file=None, quiet=False)
    with console.capture() as captured:
        console.print(table)
    return [
        [cell.strip() for cell in line.strip("│┃ ").replace("┃", "│").split("│")]
        for line in captured.get().splitlines()
    ]


def styles(table: Table) -> list[tuple[str, str]]:
    return [(cell.plain, str(cell.style)) for cell in table.columns[6].cells if isinstance(cell, Text)]


def test_metrics_stand_beside_chance_under_names_that_a_person_reads() -> None:
    lines = printed(metrics_table(BEFORE, title="held out", images=10, captions=20))

    assert ["metric", "value", "chance"] in lines
    assert ["image → text  R@1", "0.250", "0.100"] in lines
    assert ["text → image  median rank", "4.0", "–"] in lines
    assert ["10 pictures, 20 captions"] in lines


def test_what_is_no_number_is_shown_as_a_dash() -> None:
    lines = printed(metrics_table({"alignment_score": math.nan}, title="held out", images=1, captions=1))

    assert ["alignment score", "–", "–"] in lines


def test_a_comparison_tells_change_and_queries() -> None:
    lines = printed(comparison_table(compare(BEFORE, AFTER, images=10, captions=20), title="before and after"))

    assert ["image → text  R@1", "0.250", "0.750", "+0.500", "–", "–", "higher", "0.100", "10"] in lines
    assert ["text → image  median rank", "4.0", "6.5", "+2.5", "–", "–", "higher", "–", "20"] in lines
    assert ["mean recall", "0.250", "0.250", "+0.000", "–", "–", "equal", "–", "30"] in lines


def test_color_follows_what_is_better_not_what_is_higher() -> None:
    table = comparison_table(compare(BEFORE, AFTER, images=10, captions=20), title="before and after")

    assert [("higher", "green"), ("higher", "red"), ("equal", "dim")] == styles(table)
