import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cliptune.adapters.configuration import config_to_dict, json_schema, read_config
from cliptune.domain.config import FineTuneConfig
from cliptune.entrypoints.cli.app import command_line


def config(*arguments: str) -> Result:
    """Run ``cliptune config``."""
    return CliRunner().invoke(command_line(), ["config", *arguments])


@pytest.fixture
def medical(tmp_path: Path) -> Path:
    path = tmp_path / "my.yaml"
    path.write_text("# head\ndomain: medical\nbatch_size: 8\n", encoding="utf-8")
    return path


def test_show_gives_a_program_every_value_with_its_origin(medical: Path) -> None:
    done = config("show", str(medical), "--set", "seed=7", "--json")

    document = json.loads(done.stdout)
    resolved = read_config(medical, overrides=["seed=7"])
    assert {"config": config_to_dict(resolved.config), "origins": dict(resolved.origins)} == document
    assert (0, "") == (done.exit_code, done.stderr)


def test_show_gives_a_person_every_value_with_its_origin(medical: Path) -> None:
    done = config("show", str(medical), "--set", "data_path=[a] b.csv", "--set", "seed=7")
    assert 2 == done.exit_code

    done = config("show", str(medical), "--set", "data_path='[red] b.csv'", "--set", "seed=7")

    rows = {words[0]: words[1:] for words in (line.split() for line in done.stdout.splitlines()) if words}
    assert ["8", f"{medical}:3"] == rows["batch_size"]
    assert ["15", "preset", "medical"] == rows["num_epochs"]
    assert ["7", "--set"] == rows["seed"]
    assert ["'[red]", "b.csv'", "--set"] == rows["data_path"]
    assert ["null", "default"] == rows["image_resolution"]
    assert ["true", "default"] == rows["shuffle"]
    assert ["[1.0,", "0.75,", "0.5]", "default"] == rows["multi_scale_scales"]
    assert config_to_dict(FineTuneConfig()).keys() <= rows.keys()


def test_show_without_a_file_shows_the_defaults() -> None:
    assert config_to_dict(FineTuneConfig()) == json.loads(config("show", "--json").stdout)["config"]


def test_validate_accepts_what_has_no_problem(medical: Path) -> None:
    plain = config("validate", str(medical))
    program = config("validate", str(medical), "--set", "augment_text=true", "--json")

    assert (0, f"{medical}: no problem found\n") == (plain.exit_code, plain.stdout)
    assert {"valid": True, "path": str(medical)} == json.loads(program.stdout)


def test_validate_tells_a_program_every_problem_and_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("lr: 1\nnum_epochs: 3.7\n", encoding="utf-8")

    done = config("validate", str(path), "--set", "seed=x", "--json")

    error = json.loads(done.stdout)["error"]
    assert (2, "InvalidConfig", 2) == (done.exit_code, error["kind"], error["exit_code"])
    assert [
        {"key": "lr", "message": "unknown key; did you mean learning_rate?", "where": f"{path}:1"},
        {"key": "num_epochs", "message": "expected a whole number, found 3.7", "where": f"{path}:2"},
        {"key": "seed", "message": "expected a whole number, found 'x'", "where": "--set"},
    ] == error["problems"]
    assert f"error: {error['message']}\n" == done.stderr


def test_schema_is_one_document_whoever_reads() -> None:
    for arguments in (("schema",), ("schema", "--json")):
        assert json_schema() == json.loads(config(*arguments).stdout)
