"""Adapters are named in one folder, so that swapping one is an edit in one place."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(path for path in (ROOT / "entrypoints").rglob("*.py") if path.parent.name != "wiring")


def imported(tree: ast.AST) -> Iterator[str]:
    """Modules imported at run time, also inside functions; what only the type checkers read is left out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        yield from imported(node)


@pytest.mark.parametrize("path", FILES, ids=[path.relative_to(ROOT).as_posix() for path in FILES])
def test_no_entrypoint_but_the_wiring_names_an_adapter(path: Path) -> None:
    modules = imported(ast.parse(path.read_text(encoding="utf-8")))

    assert [] == [module for module in modules if "adapters" in module.split(".")]


def test_the_wiring_does() -> None:
    source = (ROOT / "entrypoints" / "wiring" / "data.py").read_text(encoding="utf-8")

    assert any("adapters" in module for module in imported(ast.parse(source)))
