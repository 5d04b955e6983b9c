"""``cliptune config``: show, check and describe configurations."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .failures import command
from .output import JsonOption

if TYPE_CHECKING:
    from rich.console import Console

    from ...domain.config import Resolved

SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Set one key over the file's value; may be repeated."),
]


def show(
    config: Annotated[Path | None, typer.Argument(help="Configuration file; without one, the defaults.")] = None,
    overrides: SetOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Print every value and where it comes from: a default, the domain's preset, a line of the file, or --set."""
    with command(as_json=as_json) as output:
        from ..wiring.configuration import config_to_dict, read_config

        resolved = read_config(config, overrides=overrides or ())
        document = {"config": config_to_dict(resolved.config), "origins": resolved.origins}
        output.answer(document, person=lambda console: _table(resolved, console))


def validate(
    config: Annotated[Path, typer.Argument(help="Configuration file.")],
    overrides: SetOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Check a configuration and tell every problem at once, each with its line."""
    with command(as_json=as_json) as output:
        from ..wiring.configuration import read_config

        read_config(config, overrides=overrides or ())
        document = {"valid": True, "path": config}
        output.answer(document, person=lambda console: console.print(f"{config}: no problem found"))


def schema(*, as_json: JsonOption = False) -> None:
    """Print the JSON Schema of a configuration, for editors that complete and check YAML."""
    with command(as_json=as_json) as output:
        from ..wiring.configuration import json_schema

        document = json_schema()
        output.answer(document, person=lambda console: console.print_json(data=document))


def _table(resolved: "Resolved", console: "Console") -> None:
    from rich.table import Table
    from rich.text import Text

    from ...domain.config import GROUPS, declared_keys
    from ..wiring.configuration import config_to_dict, line_of

    table = Table("key", "value", "origin", box=None)
    values = config_to_dict(resolved.config)
    for group in GROUPS:
        table.add_row(Text(group, style="bold"))
        for key in (attribute.name for of_group, attribute in declared_keys() if of_group == group):
            written = line_of(key, values[key]).removeprefix(f"{key}: ")
            table.add_row(
                Text(f"  {key}"), Text(written, overflow="fold"), Text(resolved.origins[key], overflow="fold")
            )
    console.print(table)
