"""What the domain must not do, found in the syntax tree: a call that is never run in a test is found as well."""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from typing import Final

LIBRARIES: Final = {"attrs", "numpy", "torch"}
IMPURE_MODULES: Final = {
    "asyncio", "builtins", "concurrent", "ctypes", "glob", "http", "importlib", "logging", "multiprocessing", "os",
    "secrets", "shutil", "signal", "socket", "sqlite3", "subprocess", "tempfile", "threading", "time", "urllib", "uuid",
}  # fmt: skip
IMPURE_FUNCTIONS: Final = {"breakpoint", "eval", "exec", "input", "open", "print"}
IMPURE_METHODS: Final = {
    "backward", "cpu", "cuda", "mkdir", "now", "read_bytes", "read_text", "requires_grad_", "to", "today", "unlink",
    "utcnow", "write_bytes", "write_text",
}  # fmt: skip
# Full names, matched from their beginning.
IMPURE_NAMES: Final = re.compile(
    r"""
    torch\.(no_grad|enable_grad|inference_mode|set_grad_enabled|set_default_\w+|autocast|amp|load|save
        |optim|distributed|utils\.data|cuda|mps|(manual_)?seed|(g|s)et_rng_state|random|nn\.[A-Z]\w*)\b
    | (pathlib\.(Path|PosixPath|WindowsPath)|io\.(open|FileIO)|sys\.(std\w+|argv|exit))\b
    | random\.(?!Random\b)\w+
    | numpy\.random\.(?!(default_rng|Generator|BitGenerator|SeedSequence|PCG64|Philox)\b)\w+
    | numpy\.(load|save|savez|savetxt|loadtxt|fromfile|memmap)\b
    """,
    re.VERBOSE,
)
DRAWS: Final = re.compile(r"torch\.(rand|randn|randint|randperm|normal|bernoulli|multinomial|poisson)$")
SEEDED: Final = {"random.Random", "numpy.random.default_rng", "numpy.random.SeedSequence"}


def impurities(source: str, *, package: str = "cliptune.domain") -> list[str]:
    """
    Everything in a module of the domain that is not pure, as ``line: what``.

    Args:
        source: Python source.
        package: Full name of the package that the module lies in, which its relative imports start from.
    """
    tree = ast.parse(source)
    names = dict(imported_names(tree, package=package))
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        for rule in _RULES:
            found += [(getattr(node, "lineno", 0), fault) for fault in rule(node, names, package)]
    return [f"{line}: {fault}" for line, fault in sorted(set(found))]


def imported_names(tree: ast.AST, *, package: str) -> Iterator[tuple[str, str]]:
    """Local name and full name of everything that a module imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                yield alias.asname or top, alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            origin = origin_of(node, package=package)
            for alias in node.names:
                yield alias.asname or alias.name, f"{origin}.{alias.name}"


def origin_of(node: ast.ImportFrom, *, package: str) -> str:
    """Full name of the module that a ``from … import`` reads."""
    above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    return ".".join([*above, *([node.module] if node.module else [])])


def _full_name(node: ast.expr, names: dict[str, str]) -> str | None:
    """The full name behind ``a.b.c`` where ``a`` was imported."""
    if isinstance(node, ast.Attribute):
        base = _full_name(node.value, names)
        return base and f"{base}.{node.attr}"
    return names.get(node.id) if isinstance(node, ast.Name) else None


def _foreign_import(node: ast.AST, _names: dict[str, str], package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        origins = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        origins = [origin_of(node, package=package)]
    else:
        return
    for origin in origins:
        top = origin.split(".")[0]
        if f"{origin}.".startswith("cliptune.domain."):
            continue
        if top in IMPURE_MODULES or top not in LIBRARIES | sys.stdlib_module_names:
            yield f"imports {origin}"


def _impure_name(node: ast.AST, names: dict[str, str], package: str) -> Iterator[str]:
    full: tuple[str | None, ...] = ()
    if isinstance(node, ast.Attribute | ast.Name):
        full = (_full_name(node, names),)
    elif isinstance(node, ast.Import):
        full = tuple(alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        full = tuple(f"{origin_of(node, package=package)}.{alias.name}" for alias in node.names)
    for name in full:
        match = name and IMPURE_NAMES.match(name)
        if match:
            yield f"names {match.group()}"


def _impure_call(node: ast.AST, names: dict[str, str], _package: str) -> Iterator[str]:
    if not isinstance(node, ast.Call):
        return
    full = _full_name(node.func, names) or ""
    if isinstance(node.func, ast.Name) and node.func.id in IMPURE_FUNCTIONS:
        yield f"calls {node.func.id}()"
    if isinstance(node.func, ast.Attribute):
        method = node.func.attr
        in_place = method.endswith("_") and not method.endswith("__")
        if in_place or method in IMPURE_METHODS:
            yield f"calls .{method}()"
    if any(keyword.arg == "out" for keyword in node.keywords):
        yield "writes into out="
    if DRAWS.match(full) and not any(keyword.arg == "generator" for keyword in node.keywords):
        yield f"calls {full}() without a generator"
    if full in SEEDED and not node.args and not node.keywords:
        yield f"calls {full}() without a seed"


def _global_state(node: ast.AST, _names: dict[str, str], _package: str) -> Iterator[str]:
    if isinstance(node, ast.Global):
        yield f"changes global {', '.join(node.names)}"


_Rule = Callable[[ast.AST, dict[str, str], str], Iterator[str]]
_RULES: Final[tuple[_Rule, ...]] = (_foreign_import, _impure_name, _impure_call, _global_state)
