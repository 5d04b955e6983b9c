"""House rules that a linter does not know, read from every file of the project."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
FLOORS: Final = ("domain", "application", "adapters", "entrypoints")
LONGEST: Final = 300
PICKLES: Final = {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}


def python_files(*folders: str) -> list[Path]:
    """The Python files below folders of the project, the links of type checkers left out."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    """A file as a person reads it."""
    return path.relative_to(ROOT).as_posix()


PRODUCT: Final = [ROOT / "__init__.py", *python_files(*FLOORS)]
EVERYTHING: Final = [*PRODUCT, *python_files("benchmarks", "tests")]


def keywords(tree: ast.AST, name: str) -> Iterator[ast.keyword]:
    """Every use of a keyword argument."""
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == name)


def is_true(node: ast.expr | None) -> bool:
    """Whether an expression is the literal True."""
    return isinstance(node, ast.Constant) and node.value is True


def unguarded_non_blocking(tree: ast.AST) -> Iterator[str]:
    """On MPS a copy that does not wait is read too early; only code that asks for CUDA may ask for one."""
    asks_for_cuda = any(isinstance(node, ast.Constant) and node.value == "cuda" for node in ast.walk(tree))
    if not asks_for_cuda:
        yield from (
            f"{word.value.lineno}: non_blocking=True" for word in keywords(tree, "non_blocking") if is_true(word.value)
        )


def device_maps(tree: ast.AST) -> Iterator[str]:
    """Loaded onto the CPU and moved from there, a model is the same on every device."""
    yield from (f"{word.value.lineno}: device_map=" for word in keywords(tree, "device_map"))


def pickles(tree: ast.AST) -> Iterator[str]:
    """A pickle is a program; files are data."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (f"{node.lineno}: imports {alias.name}" for alias in node.names if is_pickle(alias.name))
        elif isinstance(node, ast.ImportFrom) and node.module and is_pickle(node.module):
            yield f"{node.lineno}: imports {node.module}"
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load" and not loads_weights_only(node):
            yield f"{node.lineno}: torch.load without weights_only=True"
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle" and is_true(node.value):
            yield f"{node.value.lineno}: allow_pickle=True"


def is_pickle(module: str) -> bool:
    """Whether a module reads objects that run code."""
    return module.split(".")[0] in PICKLES


def loads_weights_only(call: ast.Call) -> bool:
    """Whether a call of torch.load refuses everything but tensors."""
    return any(word.arg == "weights_only" and is_true(word.value) for word in call.keywords)


def mocks(tree: ast.AST) -> Iterator[str]:
    """The in-memory adapters are real; a mock agrees with everything."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in {"unittest", "unittest.mock", "mock"}:
            yield f"{node.lineno}: imports {node.module}"
        elif isinstance(node, ast.Import) and any(alias.name.split(".")[-1] == "mock" for alias in node.names):
            yield f"{node.lineno}: imports a mock"


def breaches(rule: Callable[[ast.AST], Iterator[str]], files: list[Path]) -> list[str]:
    """What a rule finds in files, as ``file:line: what``."""
    return [f"{name_of(path)}:{fault}" for path in files for fault in rule(ast.parse(path.read_text(encoding="utf-8")))]


def without_first_line(tree: ast.AST) -> Iterator[str]:
    """For a package the first line is the caption of its folder."""
    said = ast.get_docstring(tree) if isinstance(tree, ast.Module) else None
    if not (said or "").partition("\n")[0].endswith((".", "?")):
        yield "1: no docstring whose first line is a sentence"


def test_no_file_is_longer_than_a_person_reads_at_one_sitting() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in EVERYTHING}

    assert {} == {name: length for name, length in lengths.items() if length > LONGEST}


def test_no_module_is_named_after_nothing() -> None:
    assert [] == [name_of(path) for path in EVERYTHING if path.stem in {"utils", "util", "helpers", "misc", "common"}]


def test_every_module_says_in_its_first_line_what_it_is() -> None:
    # A test's names are its sentences.
    assert [] == breaches(without_first_line, [path for path in EVERYTHING if not path.name.startswith("test_")])


def test_a_copy_between_devices_waits_unless_it_is_for_cuda() -> None:
    assert [] == breaches(unguarded_non_blocking, PRODUCT)


def test_no_model_is_spread_over_devices_while_it_loads() -> None:
    assert [] == breaches(device_maps, PRODUCT)


def test_no_pickle_is_ever_loaded() -> None:
    assert [] == breaches(pickles, PRODUCT)


def test_tests_use_real_adapters_and_no_mocks() -> None:
    assert [] == breaches(mocks, python_files("tests"))


def test_every_folder_of_a_floor_is_a_package_and_none_of_the_tests_is() -> None:
    bare = {path.parent for path in PRODUCT if not (path.parent / "__init__.py").is_file()}
    packages_of_tests = [name_of(path) for path in python_files("tests") if path.name == "__init__.py"]

    assert bare == set()
    assert packages_of_tests == []


@pytest.mark.parametrize(
    ("rule", "source", "fault"),
    [
        (unguarded_non_blocking, "x.to(device, non_blocking=True)", "1: non_blocking=True"),
        (device_maps, "Model.from_pretrained(name,\n    device_map='auto')", "2: device_map="),
        (without_first_line, "import ast", "1: no docstring whose first line is a sentence"),
        (without_first_line, "'Losses'", "1: no docstring whose first line is a sentence"),
        (pickles, "import pickle", "1: imports pickle"),
        (pickles, "from joblib import load", "1: imports joblib"),
        (pickles, "torch.load(path)", "1: torch.load without weights_only=True"),
        (pickles, "torch.load(path, weights_only=False)", "1: torch.load without weights_only=True"),
        (pickles, "np.load(path, allow_pickle=True)", "1: allow_pickle=True"),
        (mocks, "from unittest.mock import Mock", "1: imports unittest.mock"),
        (mocks, "from unittest import mock", "1: imports unittest"),
        (mocks, "import unittest.mock", "1: imports a mock"),
    ],
)
def test_a_planted_breach_is_found_at_its_line(
    rule: Callable[[ast.AST], Iterator[str]], source: str, fault: str
) -> None:
    assert [fault] == list(rule(ast.parse(source)))


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (unguarded_non_blocking, "x.to(device, non_blocking=True) if device.type == 'cuda' else x.to(device)"),
        (unguarded_non_blocking, "x.to(device, non_blocking=False)"),
        (pickles, "torch.load(path, map_location='cpu', weights_only=True)"),
        (pickles, "safetensors.torch.load_file(path)"),
        (without_first_line, "'Losses: one file a family.'"),
    ],
)
def test_what_keeps_the_rules_is_let_through(rule: Callable[[ast.AST], Iterator[str]], source: str) -> None:
    assert [] == list(rule(ast.parse(source)))
