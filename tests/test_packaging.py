"""What is installed is what is in the folders: nothing missing, nothing more."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
FLOORS: Final = ("domain", "application", "adapters", "entrypoints")
PAGES: Final = ("adapters/audit/templates", "adapters/reports/templates", "adapters/review/page")


def listed_packages() -> list[str]:
    """The packages that pyproject.toml names."""
    with (ROOT / "pyproject.toml").open("rb") as text:
        packages: list[str] = tomllib.load(text)["tool"]["setuptools"]["packages"]
    return packages


def run(*command: str | Path, cwd: Path) -> str:
    """Run a program without what the tests' own environment would let it see, and return what it printed."""
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout.strip()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    A wheel built from a copy of the tree.

    A copy, because a ``build`` folder left by an earlier build enters the wheel; with links as links, because the
    type checkers' link leads back to the root.
    """
    copy = tmp_path_factory.mktemp("packaging") / "tree"
    left_out = shutil.ignore_patterns(
        ".git", ".venv", "build", "dist", "outputs", "shared", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis"
    )
    shutil.copytree(ROOT, copy, symlinks=True, ignore=left_out)
    pip_wheel = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-build-isolation", "--no-deps", "--no-index")
    run(*pip_wheel, "--wheel-dir", copy.parent, ".", cwd=copy)
    (built,) = copy.parent.glob("cliptune-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """
    The Python of a fresh environment that holds the wheel and sees our dependencies, but not the editable install.

    A folder named in a ``.pth`` file joins the path, while the ``.pth`` files in that folder, by which an editable
    install works, are not read.
    """
    home = wheel.parent / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", home, cwd=wheel.parent)
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel,
        cwd=wheel.parent)  # fmt: skip
    own = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=wheel.parent))
    dependencies = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (own / "dependencies.pth").write_text("\n".join(sorted(dependencies)), encoding="utf-8")
    return python


def test_the_listed_packages_are_the_folders_with_code() -> None:
    folders = [path.parent for floor in FLOORS for path in (ROOT / floor).rglob("__init__.py")]
    found = ["cliptune", *(".".join(("cliptune", *folder.relative_to(ROOT).parts)) for folder in folders)]

    assert sorted(found) == listed_packages()


def test_the_wheel_holds_every_module_every_page_and_the_typing_marker_and_nothing_else(wheel: Path) -> None:
    modules = [*ROOT.glob("__*__.py"), *(path for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))]
    pages = [path for folder in PAGES for path in (ROOT / folder).iterdir()]
    expected = {f"cliptune/{path.relative_to(ROOT).as_posix()}" for path in (*modules, *pages)} | {"cliptune/py.typed"}
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}

    assert expected == held


def test_the_installed_package_is_imported_from_where_it_was_installed(installed: Path, tmp_path: Path) -> None:
    file = run(installed, "-c", "import cliptune; print(cliptune.__file__)", cwd=tmp_path)

    assert Path(file).resolve().is_relative_to(installed.parents[1].resolve())


def test_every_installed_package_can_be_imported(installed: Path, tmp_path: Path) -> None:
    packages = listed_packages()
    script = f"import importlib\nprint(len([importlib.import_module(name) for name in {packages!r}]))"

    assert str(len(packages)) == run(installed, "-c", script, cwd=tmp_path)


def test_the_installed_command_answers(installed: Path, tmp_path: Path) -> None:
    assert "Usage:" in run(installed.parent / "cliptune", "--help", cwd=tmp_path)
