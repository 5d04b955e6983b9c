"""The domain is pure, and what ``--help`` needs of it imports no torch: read from the syntax tree."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from support.purity import imported_names, impurities, origin_of

ROOT: Final = Path(__file__).resolve().parents[1]
FILES: Final = sorted((ROOT / "domain").rglob("*.py"))
# A configuration error and a comparison of finished runs answer at once.
# What a command needs before it starts to work, and what turns ranks into conclusions.
NUMBERS_ONLY: Final = (
    *("abstention", "calibration", "classification", "clusters", "comparison", "credit", "detectable", "errors"),
    *("few_groups", "gates", "graded", "intervals", "median", "metrics", "multi_label", "neighbours", "outcomes"),
    *(
        "paired",
        "pairs",
        "permutation",
        "prompts",
        "quantiles",
        "ranked",
        "relevance",
        "resampling",
        "retrieval",
        "side_by_side",
    ),
    "worlds",
)
TORCH_FREE: Final = sorted(
    [*(ROOT / "domain/config").rglob("*.py")] + [ROOT / "domain" / f"{name}.py" for name in NUMBERS_ONLY]
)


def name_of(path: Path) -> str:
    """A file as a person reads it."""
    return path.relative_to(ROOT).as_posix()


def package_of(path: Path) -> str:
    """The package that a module lies in."""
    return ".".join(("cliptune", *path.relative_to(ROOT).parent.parts))


def at_import(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """The import statements that run when a module is imported."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        elif not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from at_import(child)


def modules_behind(source: str, *, package: str) -> set[str]:
    """Full names of the modules that run when this one is imported, packages above them included."""
    behind: set[str] = set()
    for node in at_import(ast.parse(source)):
        origins = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            origin = origin_of(node, package=package)
            origins = [origin, *(f"{origin}.{alias.name}" for alias in node.names)]
        for name in origins:
            parts = name.split(".")
            behind |= {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
    return behind


def file_of(module: str) -> Path | None:
    """The file of one of our modules; None for a library, or a name that is no module."""
    if not f"{module}.".startswith("cliptune."):
        return None
    base = ROOT.joinpath(*module.split(".")[1:])
    return next((path for path in (base / "__init__.py", base.with_suffix(".py")) if path.is_file()), None)


def path_to_torch(start: Path) -> list[str]:
    """The files by which importing ``start`` comes to torch; empty where it does not."""
    waiting, seen = [(start, [name_of(start)])], {start}
    while waiting:
        path, way = waiting.pop()
        behind = modules_behind(path.read_text(encoding="utf-8"), package=package_of(path))
        if "torch" in behind:
            return way
        for following in sorted({found for module in behind if (found := file_of(module))} - seen):
            seen.add(following)
            waiting.append((following, [*way, name_of(following)]))
    return []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_domain_module_is_pure(path: Path) -> None:
    assert impurities(path.read_text(encoding="utf-8"), package=package_of(path)) == []


@pytest.mark.parametrize("path", TORCH_FREE, ids=name_of)
def test_what_must_answer_at_once_does_not_come_to_torch(path: Path) -> None:
    assert path_to_torch(path) == []


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("import transformers", "1: imports transformers"),
        ("from PIL import Image", "1: imports PIL"),
        ("import os", "1: imports os"),
        ("def f():\n    import subprocess", "2: imports subprocess"),
        ("from ..application import ports", "1: imports cliptune.application"),
        ("from ..adapters.storage import FolderStore", "1: imports cliptune.adapters.storage"),
        ("from torch.utils.data import DataLoader", "1: names torch.utils.data"),
        ("import torch.optim", "1: names torch.optim"),
        ("from torch import distributed", "1: names torch.distributed"),
        ("from torch import nn\nclass Head(nn.Module): ...", "2: names torch.nn.Module"),
        ("import torch\nwith torch.no_grad(): ...", "2: names torch.no_grad"),
        ("import torch\n@torch.inference_mode()\ndef f(): ...", "2: names torch.inference_mode"),
        ("x.add_(1)", "1: calls .add_()"),
        ("scores.masked_fill_(mask, 0)", "1: calls .masked_fill_()"),
        ("x.to('cuda')", "1: calls .to()"),
        ("x.cuda()", "1: calls .cuda()"),
        ("loss.backward()", "1: calls .backward()"),
        ("import torch\ntorch.add(x, y, out=x)", "2: writes into out="),
        ("import torch\ntorch.manual_seed(0)", "2: names torch.manual_seed"),
        ("import torch as t\nt.cuda.manual_seed(0)", "2: names torch.cuda"),
        ("import torch\ntorch.randn(3)", "2: calls torch.randn() without a generator"),
        ("import random\nrandom.shuffle(order)", "2: names random.shuffle"),
        ("from random import choice", "1: names random.choice"),
        ("import random\nrandom.Random()", "2: calls random.Random() without a seed"),
        ("import numpy as np\nnp.random.seed(0)", "2: names numpy.random.seed"),
        ("from numpy import random\nrandom.rand(3)", "2: names numpy.random.rand"),
        ("import numpy as np\nnp.random.default_rng()", "2: calls numpy.random.default_rng() without a seed"),
        ("open('table.csv')", "1: calls open()"),
        ("print('done')", "1: calls print()"),
        ("from pathlib import Path", "1: names pathlib.Path"),
        ("path.read_text()", "1: calls .read_text()"),
        ("import datetime\ndatetime.datetime.now()", "2: calls .now()"),
        ("seen = 0\ndef f():\n    global seen", "3: changes global seen"),
    ],
)
def test_a_planted_impurity_is_found_at_its_line(source: str, fault: str) -> None:
    assert fault in impurities(source)


@pytest.mark.parametrize(
    "source",
    [
        "import random\nrandom.Random(f'{seed}/{epoch}').shuffle(order)",
        "import torch\ntorch.randn(3, generator=torch.Generator().manual_seed(seed))",
        "import numpy as np\nnp.random.default_rng(seed).normal(size=3)",
        "import torch.nn.functional as F\nF.normalize(x, dim=-1)",
        "from torch.nn.functional import normalize",
        "from torch import Tensor",
        "from .config import LossConfig\nfrom . import errors",
        "from pathlib import PurePosixPath",
        "'print(x.add_(1).to(device))'",
        "super().__init__()",
        "scores.type(torch.float32).logsumexp(dim=1)",
    ],
)
def test_what_is_pure_is_let_through(source: str) -> None:
    assert impurities(source) == []


def test_a_name_is_followed_to_where_it_was_imported() -> None:
    source = "import numpy as np, torch.nn\nfrom ..errors import DataError as Bad"

    assert {"np": "numpy", "torch": "torch", "Bad": "cliptune.domain.errors.DataError"} == dict(
        imported_names(ast.parse(source), package="cliptune.domain.config")
    )


@pytest.mark.parametrize(
    ("source", "comes_to_torch"),
    [
        ("from torch import Tensor", True),
        ("import torch.nn.functional as F", True),
        ("if True:\n    import torch", True),
        ("def f():\n    import torch", False),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from torch import Tensor", False),
        ("from .errors import DataError", False),
    ],
)
def test_an_import_counts_when_it_runs_with_the_module(source: str, comes_to_torch: bool) -> None:
    assert comes_to_torch == ("torch" in modules_behind(source, package="cliptune.domain"))


def test_the_way_to_torch_is_followed_through_our_own_modules() -> None:
    way = path_to_torch(ROOT / "application" / "fine_tune.py")

    assert way[0] == "application/fine_tune.py"
    assert way[-1].endswith(".py")
