import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cliptune.adapters.configuration import read_config, starter
from cliptune.domain.config import DOMAINS
from cliptune.entrypoints.cli.app import command_line


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def init(*arguments: str) -> Result:
    """Run ``cliptune init``."""
    return CliRunner().invoke(command_line(), ["init", *arguments])


@pytest.mark.parametrize("domain", DOMAINS)
def test_what_init_writes_is_valid_and_the_starter_of_its_domain(domain: str, here: Path) -> None:
    (here / "pairs.csv").touch()

    done = init("--domain", domain, "--data", "pairs.csv")

    assert (0, "") == (done.exit_code, done.stderr)
    assert "wrote cliptune.yaml\nnext: look through it, then run `cliptune train cliptune.yaml`\n" == done.stdout
    assert starter(domain, "pairs.csv") == (here / "cliptune.yaml").read_text(encoding="utf-8")
    assert domain == read_config(here / "cliptune.yaml").config.model.domain


def test_init_replaces_a_file_only_when_told_to(here: Path) -> None:
    (here / "mine.yaml").write_text("seed: 1\n", encoding="utf-8")

    refused = init("--output", "mine.yaml")
    assert "seed: 1\n" == (here / "mine.yaml").read_text(encoding="utf-8")
    replaced = init("--output", "mine.yaml", "--force")

    assert (2, "error: mine.yaml exists; choose another file with --output, or replace it with --force\n") == (
        refused.exit_code,
        refused.stderr,
    )
    assert (0, starter("general", "data")) == (replaced.exit_code, (here / "mine.yaml").read_text(encoding="utf-8"))


def test_init_says_when_there_is_nothing_at_the_path_of_the_data() -> None:
    assert (
        "note: there is nothing at x.csv yet; data_path in cliptune.yaml says where your pairs are\n"
        == init("--data", "x.csv").stderr
    )
    assert "" == init("--data", "hub:some/name", "--output", "hub.yaml").stderr


def test_init_tells_a_program_where_the_file_is() -> None:
    assert {"path": "cliptune.yaml"} == json.loads(init("--json").stdout)


def test_init_writes_nothing_for_a_domain_that_is_not_known(here: Path) -> None:
    done = init("--domain", "medcal")

    assert (2, []) == (done.exit_code, list(here.iterdir()))
    assert "domain: unknown domain 'medcal'" in done.stderr


@pytest.mark.parametrize("path", ["none/x.yaml", "file/x.yaml"])
def test_init_tells_when_the_folder_is_not_there(path: str, here: Path) -> None:
    (here / "file").touch()

    done = init("--output", path)

    assert 2 == done.exit_code
    assert f"error: {path}: cannot be written:" in done.stderr
