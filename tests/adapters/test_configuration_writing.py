import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given

from cliptune.adapters.configuration import (
    config_from_dict,
    config_to_dict,
    config_to_yaml,
    explained_yaml,
    read_config,
    starter,
)
from cliptune.domain.config import DOMAINS, PRESETS, FineTuneConfig, declared_keys, flat
from cliptune.domain.errors import InvalidConfig
from support.configs import configs

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ("default", "medical", "industrial", "scientific")


@given(configs())
def test_reading_what_was_written_gives_the_same_configuration(
    tmp_path_factory: pytest.TempPathFactory, config: FineTuneConfig
) -> None:
    path = tmp_path_factory.getbasetemp() / "written.yaml"
    path.write_text(config_to_yaml(config), encoding="utf-8", newline="")

    assert config == read_config(path).config


@given(configs())
def test_a_dictionary_gives_the_same_configuration_also_by_way_of_json(config: FineTuneConfig) -> None:
    values = config_to_dict(config)

    assert config == config_from_dict(values)
    assert config == config_from_dict(json.loads(json.dumps(values)))


@given(configs())
def test_another_reader_of_yaml_finds_the_same_values(config: FineTuneConfig) -> None:
    assert config_to_dict(config) == yaml.safe_load(config_to_yaml(config))


def test_written_yaml_has_every_key_once_in_the_order_of_the_groups() -> None:
    keys = [line.partition(":")[0] for line in config_to_yaml(FineTuneConfig()).splitlines() if line[:1].isalpha()]

    assert [attribute.name for _, attribute in declared_keys()] == keys


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_starter_reads_back_without_a_problem_and_starts_from_the_checkpoints_temperature(
    tmp_path: Path, domain: str
) -> None:
    path = tmp_path / "cliptune.yaml"
    path.write_text(starter(domain, "my data: #1.csv"), encoding="utf-8")

    config = read_config(path).config

    expected = {"domain": domain, "data_path": "my data: #1.csv", "temperature": "model"}
    assert {**flat(FineTuneConfig()), **PRESETS[domain], **expected} == flat(config)


def test_a_starter_for_a_domain_that_is_not_known_is_refused() -> None:
    with pytest.raises(InvalidConfig, match="did you mean medical"):
        starter("medcal", "data")


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_committed_example_reads_without_a_problem(name: str) -> None:
    config = read_config(ROOT / "configs" / f"{name}.yaml").config

    assert name.replace("default", "general") == config.model.domain


def test_the_committed_default_is_what_the_declared_keys_say() -> None:
    assert explained_yaml(FineTuneConfig()) == (ROOT / "configs/default.yaml").read_text(encoding="utf-8")
