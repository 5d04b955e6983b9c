"""``cliptune review``: a page on which a person looks at suspicious pairs, on this machine alone."""

from pathlib import Path
from typing import Annotated, Any

import typer

from .failures import command
from .output import JsonOption


def review(
    source: Annotated[
        str, typer.Argument(help="A folder that embed wrote, or with --model a table, a folder or hub:NAME.")
    ],
    model: Annotated[
        str | None, typer.Option(metavar="TARGET", help="Run folder, model folder or hub name that embeds the data.")
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="The data behind the embeddings, where pictures are no files (hub:NAME).")
    ] = None,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where decisions are kept, one a line.")] = Path(
        "decisions.jsonl"
    ),
    config: Annotated[Path | None, typer.Option(help="Configuration with groups, splits and column names.")] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set one key over the file's value.")
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", help="The longest that a queue may be.")] = 100,
    near: Annotated[
        float, typer.Option(metavar="COSINE", help="How alike two pictures are that count as nearly the same.")
    ] = 0.98,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 0,
    reviewer: Annotated[str | None, typer.Option(help="Who decides; none: the name you are logged in with.")] = None,
    *,
    browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Review suspicious pairs: mismatched, hard negatives, near-duplicates, leaks between splits."""
    with command(as_json=as_json) as output:
        from .. import wiring
        from ..reviewing import ReviewPlan, desk_of, queues_for, server_of

        plan = ReviewPlan(source, model, data, out, config, tuple(overrides or ()), limit, near)
        queues, known = queues_for(plan, watcher=wiring.progress())
        document = {"source": source, "data": queues.folder.data_name, "queues": queues.document()}
        if as_json:
            output.answer(document, person=lambda _: None)
            return
        desk = desk_of(plan, queues, reviewer=reviewer)
        server = server_of(plan, desk, known, port=port)

        def person(console: Any) -> None:
            for name, items in queues.items.items():
                console.print(f"{name}: {len(items)}")
            console.print(f"review: {server.url}")

        output.answer(document, person=person)
        output.stream.flush()
        output.say(f"decisions go to {out}; Ctrl-C ends the review")
        if browser:
            import webbrowser

            webbrowser.open(server.url)
        try:
            server.serve()
        except KeyboardInterrupt:
            output.say(
                f"{desk.decided} pairs are decided in {out}; next: cliptune data apply {out} "
                f"--data {queues.folder.data_name} --out NEW"
            )
        finally:
            server.close()
