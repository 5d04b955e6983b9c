from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.configuration import config_from_dict, read_config
from cliptune.domain.config import FineTuneConfig, declared_keys, flat
from cliptune.domain.errors import InvalidConfig, Problem, UsageError


def written(folder: Path, text: str) -> Path:
    """A configuration file."""
    path = folder / "my.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path | None, *overrides: str) -> list[str]:
    """Every problem as a person reads it, the folder left out."""
    with pytest.raises(InvalidConfig) as caught:
        read_config(path, overrides=overrides)
    folder = f"{path.parent}/" if path else ""
    return [str(problem).removeprefix(folder) for problem in caught.value.problems]


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "null\n", "{}\n"])
def test_a_file_without_keys_is_the_defaults(tmp_path: Path, text: str) -> None:
    assert FineTuneConfig() == read_config(written(tmp_path, text)).config


def test_without_a_file_there_are_the_defaults_and_the_overrides() -> None:
    resolved = read_config(None, overrides=["seed=7"])

    assert (7, "--set", "default") == (
        resolved.config.training.seed,
        resolved.origins["seed"],
        resolved.origins["batch_size"],
    )


def test_an_origin_names_the_line_of_its_key(tmp_path: Path) -> None:
    path = written(
        tmp_path, "# head\ndomain: medical\n\nseed: 1\nmulti_scale_scales:\n  - 1\n  - 2\n  - 3\nsave_steps: 2\n"
    )

    resolved = read_config(path, overrides=["seed=2"])

    lines = {key: origin for key, origin in resolved.origins.items() if origin.startswith(str(path))}
    assert {"domain": f"{path}:2", "multi_scale_scales": f"{path}:5", "save_steps": f"{path}:9"} == lines
    assert (2, "--set") == (resolved.config.training.seed, resolved.origins["seed"])
    assert (3e-5, "preset medical") == (resolved.config.training.learning_rate, resolved.origins["learning_rate"])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("learning_rate: 1e-5", 1e-5),
        ("learning_rate: 1.0E-5", 1e-5),
        ("learning_rate: .5", 0.5),
        ("learning_rate: 1", 1.0),
        ("temperature: model", "model"),
        ("temperature: 'model'", "model"),
        ("temperature: 0.2", 0.2),
        ("temperature: 1", 1.0),
        ("batch_size: null", None),
        ("batch_size: ~", None),
        ("batch_size:", None),
        ("batch_size: +64", 64),
        ("group_column: no", "no"),
        ("group_column: 2024-01-01", "2024-01-01"),
        ("group_column: 007", "007"),
        ("group_column: '5'", "5"),
        ("group_column: 1:30", "1:30"),
        ("group_column: !!str 5", "5"),
        ("shuffle: FALSE", False),
        ("multi_scale_scales: [1, 2.5, 1e-1]", (1.0, 2.5, 0.1)),
    ],
)
def test_a_value_is_read_as_it_is_written(tmp_path: Path, line: str, expected: object) -> None:
    value = flat(read_config(written(tmp_path, line)).config)[line.partition(":")[0]]

    assert (expected, type(expected)) == (value, type(value))


WRONG: tuple[tuple[str, str], ...] = (
    ("num_epochs: 3.7", "num_epochs: expected a whole number, found 3.7"),
    ("num_epochs: 3.0", "num_epochs: expected a whole number, found 3.0"),
    ("num_epochs: '3'", "num_epochs: expected a whole number, found '3'"),
    ("num_epochs: true", "num_epochs: expected a whole number, found true"),
    ("num_epochs: null", "num_epochs: expected a whole number, found null"),
    ("num_epochs: 010", "num_epochs: expected a whole number, found '010'"),
    ("num_epochs: 1:30", "num_epochs: expected a whole number, found '1:30'"),
    ("num_epochs: 0", "num_epochs: must be at least 1, found 0"),
    ("num_epochs: !!int x", "num_epochs: expected a whole number, found a value tagged !!int"),
    (f"num_epochs: {'9' * 5000}", "num_epochs: expected a whole number, found a value tagged !!int"),
    (f"learning_rate: {'9' * 400}", "learning_rate: expected a finite number, found a huge number"),
    (f"seed: {'9' * 400}", "seed: must be at most 4294967295, found a huge number"),
    ("learning_rate: '1e-4'", "learning_rate: expected a number, found '1e-4'"),
    ("learning_rate: no", "learning_rate: expected a number, found 'no'"),
    ("learning_rate: false", "learning_rate: expected a number, found false"),
    ("learning_rate: [1]", "learning_rate: expected a number, found a list"),
    ("learning_rate: -1", "learning_rate: must be above 0, found -1"),
    ("learning_rate: .nan", "learning_rate: expected a finite number, found nan"),
    ("max_grad_norm: -.inf", "max_grad_norm: expected a finite number, found -inf"),
    ("model_name: 5", "model_name: expected text, found 5; put it in quotes to make it text"),
    ("model_name: true", "model_name: expected text, found true; put it in quotes to make it text"),
    ("model_name: null", "model_name: expected text, found null"),
    ("model_name: {a: b}", "model_name: expected text, found a mapping"),
    ("model_name: ''", "model_name: must not be empty"),
    ('model_name: "a\\0b"', "model_name: has a character that no name or path can have"),
    ('model_name: "\\ud800"', "model_name: has a character that no name or path can have"),
    (
        "model_name: !!python/name:os.system x",
        "model_name: expected text, found a value tagged !!python/name:os.system",
    ),
    ("shuffle: 1", "shuffle: expected true or false, found 1"),
    ("shuffle: no", "shuffle: expected true or false, found 'no'"),
    ("shuffle: 'true'", "shuffle: expected true or false, found 'true'"),
    ("batch_size: auto", "batch_size: expected a whole number, found 'auto'"),
    ("batch_size: 1", "batch_size: must be at least 2, found 1"),
    ("temperature: modl", "temperature: expected a number or model, found 'modl'"),
    ("temperature: true", "temperature: expected a number or model, found true"),
    ("temperature: 2", "temperature: must be at most 1, found 2"),
    (
        "loss_type: contrastiv",
        "loss_type: expected contrastive, hard_negative, domain_specific, multi_scale or sigmoid, found 'contrastiv'; "
        "did you mean contrastive?",
    ),
    ("worker_kind: 5", "worker_kind: expected thread or process, found 5"),
    ("multi_scale_scales: 1", "multi_scale_scales: expected a list of numbers, found 1"),
    ("multi_scale_scales: [1, true, 2]", "multi_scale_scales: item 2: expected a number, found true"),
    ("multi_scale_scales: [1, [2], 3]", "multi_scale_scales: item 2: expected a number, found a list"),
    ("multi_scale_scales: [1, 0, 3]", "multi_scale_scales: must be above 0, found 0"),
    ("lr: 1", "lr: unknown key; did you mean learning_rate?"),
    ("learning-rate: 1", "learning-rate: unknown key; did you mean learning_rate?"),
    ("num_epoch: 1", "num_epoch: unknown key; did you mean num_epochs?"),
    ("zzz: 1", "zzz: unknown key; `cliptune config schema` lists the keys"),
    ("5: 1", "5: unknown key; `cliptune config schema` lists the keys"),
    ("[a]: 1", "[...]: unknown key; `cliptune config schema` lists the keys"),
    (
        "training: {seed: 1}",
        "training: is the name of a group; write its keys at the top level, without indentation",
    ),
    ("model: x", "model: unknown key; did you mean model_name?"),
    ("<<: {seed: 1}", "<<: unknown key; `cliptune config schema` lists the keys"),
)


@pytest.mark.parametrize(("line", "message"), WRONG, ids=[line[:40] for line, _ in WRONG])
def test_a_wrong_line_is_told_with_its_number_and_exact_message(tmp_path: Path, line: str, message: str) -> None:
    assert [f"my.yaml:2: {message}"] == problems(written(tmp_path, f"# head\n{line}\n"))


NO_YAML: tuple[tuple[bytes, str], ...] = (
    (b"a: [1\n", "my.yaml:2:1: not valid YAML: expected ',' or ']', but got '<stream end>' (while parsing a flow "
     "sequence, line 1)"),
    (b"seed: 1\n\tshuffle: 2\n", "my.yaml:2:1: not valid YAML: found character '\\t' that cannot start any token"),
    (b"seed: 1\n---\nseed: 2\n", "my.yaml:2:1: not valid YAML: but found another document (expected a single document "
     "in the stream, line 1)"),
    (b"seed: *x\n", "my.yaml:1:7: not valid YAML: found undefined alias 'x'"),
    (b"seed: 1\nname: \x01\n", "my.yaml:2: not valid YAML: character U+0001 is not allowed"),
    (b"- a\n- b\n", "my.yaml: expected one `key: value` a line, found a list"),
    (b"just text\n", "my.yaml: expected one `key: value` a line, found one value"),
    (b"name: \xff\n", "my.yaml: is not UTF-8 (byte 6); save it as UTF-8"),
    ("seed: 1\n".encode("utf-16"), "my.yaml: is not UTF-8 (byte 0); save it as UTF-8"),
    (b"x: " + b"[" * 1100, "my.yaml: not a configuration: brackets are nested too deeply"),
    (b'a: "\\UFFFFFFFF"\n', "my.yaml: not valid YAML: an escape in quotes stands for no character (Python int too "
     "large to convert to C int)"),
    (b'a: "\\U00110000"\n', "my.yaml: not valid YAML: an escape in quotes stands for no character (chr() arg not in "
     "range(0x110000))"),
    (b"#" * 500_001, "my.yaml: is larger than 500 kB and no configuration file"),
)  # fmt: skip


@pytest.mark.parametrize(("data", "message"), NO_YAML, ids=[str(data[:20]) for data, _ in NO_YAML])
def test_a_file_that_cannot_be_followed_is_told_in_one_message(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "my.yaml"
    path.write_bytes(data)

    with pytest.raises(UsageError) as caught:
        read_config(path)

    assert (message, 2) == (str(caught.value).removeprefix(f"{tmp_path}/"), caught.value.exit_code)


def test_a_file_that_is_not_there_or_a_folder_is_told_in_one_message(tmp_path: Path) -> None:
    for path, message in (
        (tmp_path / "none.yaml", "no such file; `cliptune init` writes one"),
        (tmp_path, "is a folder, not a file"),
        (tmp_path / "a\0b", "cannot be read: embedded null byte"),
    ):
        with pytest.raises(UsageError) as caught:
            read_config(path)
        assert f"{path}: {message}" == caught.value.message


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    path.write_bytes(b"\xef\xbb\xbfseed: 1\r\nnum_epochs: 2\r\n")

    resolved = read_config(path)

    assert (1, f"{path}:2") == (resolved.config.training.seed, resolved.origins["num_epochs"])


def test_a_key_that_stands_twice_is_a_problem_even_with_equal_values(tmp_path: Path) -> None:
    path = written(tmp_path, "seed: 1\n# between\nseed: 1\n")

    assert ["my.yaml:3: seed: stands twice, first on line 1; delete one of them"] == problems(path)


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, "lr: 1\nnum_epochs: 3.7\nbatch_size: 1\ndomain: medcal\ntrain_split: 0.5\n")

    told = problems(path, "seed=x", "shuffle")

    assert [
        "my.yaml:1: lr: unknown key; did you mean learning_rate?",
        "my.yaml:2: num_epochs: expected a whole number, found 3.7",
        "--set: seed: expected a whole number, found 'x'",
        "--set: shuffle: expected KEY=VALUE",
        "my.yaml:3: batch_size: must be at least 2, found 1",
        "my.yaml:4: domain: unknown domain 'medcal'; known are general, medical, industrial, scientific; "
        "did you mean medical?",
        "my.yaml:5: train_split: train_split, val_split and test_split must add up to 1, found 0.5 + 0.1 + 0.1 = 0.7",
    ] == told


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("seed", "seed: expected KEY=VALUE"),
        ("seed=1.5", "seed: expected a whole number, found 1.5"),
        ("seed=", "seed: expected a whole number, found null"),
        ("seeed=1", "seeed: unknown key; did you mean seed?"),
        ("data_path=2024", "data_path: expected text, found 2024; put it in quotes to make it text"),
        ("data_path=a # b", "data_path: a # begins a comment; put the value in quotes"),
        ("data_path=a: b", "data_path: expected text, found a mapping"),
        ("data_path=[a", "data_path: not valid YAML; put the value in quotes"),
        ("=1", ": unknown key; `cliptune config schema` lists the keys"),
    ],
)
def test_an_override_is_as_strict_as_a_file(override: str, message: str) -> None:
    assert [f"--set: {message}"] == problems(None, override)


def test_overrides_may_hold_equal_signs_lists_and_null_and_the_last_one_wins() -> None:
    overrides = ["data_path=a=b", "multi_scale_scales=[3, 2, 1]", "group_column=x", "group_column=null"]

    config = read_config(None, overrides=overrides).config

    assert ("a=b", (3.0, 2.0, 1.0), None) == (
        config.data.data_path,
        config.loss.multi_scale_scales,
        config.data.group_column,
    )


def test_a_dictionary_is_as_strict_as_a_file_and_gets_the_preset() -> None:
    with pytest.raises(InvalidConfig) as caught:
        config_from_dict({"num_epochs": "3", "lr": 1, 5: 1, "seed": object()})  # type: ignore[dict-item]

    assert 15 == config_from_dict({"domain": "medical"}).training.num_epochs
    assert (
        Problem("num_epochs", "expected a whole number, found '3'"),
        Problem("lr", "unknown key; did you mean learning_rate?"),
        Problem("5", "unknown key; `cliptune config schema` lists the keys"),
        Problem("seed", "expected a whole number, found a value of type object"),
    ) == caught.value.problems


SCALARS: tuple[Any, ...] = ("zq", 3, 0.5, True, None, [0.5], {})


@pytest.mark.parametrize("key", [attribute.name for _, attribute in declared_keys()])
def test_nothing_is_converted_but_a_whole_number_to_a_number(key: str) -> None:
    default = flat(FineTuneConfig())[key]
    for value in SCALARS:
        try:
            made = flat(config_from_dict({key: value}))[key]
        except InvalidConfig:
            assert not (type(value) is type(default) is bool)
        else:
            assert (tuple(value) if isinstance(value, list) else value) == made
            assert isinstance(made, bool) == isinstance(value, bool)


@given(st.text(max_size=60))
def test_any_text_is_a_configuration_or_one_clear_refusal(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        config = read_config(path, overrides=[f"seed={text}"]).config
    except UsageError as refused:
        assert 2 == refused.exit_code  # noqa: PT017
    else:
        assert isinstance(config, FineTuneConfig)
