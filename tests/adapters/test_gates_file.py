"""Gates and prompts as people write them."""

from pathlib import Path

import pytest

from cliptune.adapters.configuration import read_gates, read_prompts
from cliptune.domain.errors import UsageError
from cliptune.domain.gates import Gate


def test_every_rule_of_every_metric_is_a_gate_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "gates.yaml"
    path.write_text("t2i_R@10: {min: 0.5, not_worse: true}\n'retention:mean_recall': {max_drop: 2e-2}\n")

    gates = read_gates(path)

    assert (
        Gate("t2i_R@10", "min", 0.5, f"{path}:1: "),
        Gate("t2i_R@10", "not_worse", 1.0, f"{path}:1: "),
        Gate("retention:mean_recall", "max_drop", 0.02, f"{path}:2: "),
    ) == gates
    assert "t2i_R@10 is at least 0.5" == str(gates[0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "gates.yaml: no gate; write a metric"),
        ("a: {minimum: 0.5}", "gates.yaml:1: a: no rule 'minimum'; did you mean min?"),
        ("a: {min: high}", "gates.yaml:1: a: min takes a number, found 'high'"),
        ("a: {min: true}", "gates.yaml:1: a: min takes a number, found True"),
        ("a: {min: .nan}", "gates.yaml:1: a: min takes a number, found nan"),
        ("a: {better: 0.5}", "gates.yaml:1: a: better is either true or not written, found 0.5"),
        ("'slice:view': {better: true}", "gates.yaml:1: slice:view: better: slices are not compared with before"),
        ("'retention:a': {lower_min: 1}", "gates.yaml:1: retention:a: lower_min: of what must not be forgotten"),
        ("\na: 0.5", "gates.yaml:2: a: expected rules such as {min: 0.5}, found 0.5"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "gates.yaml").write_text(text)

    with pytest.raises(UsageError) as caught:
        read_gates(tmp_path / "gates.yaml")

    assert message in str(caught.value)


def test_prompts_are_one_or_a_list_for_each_class(tmp_path: Path) -> None:
    (tmp_path / "prompts.yaml").write_text("ARDS: chest X-ray of ARDS\nCOVID-19: [a, 'b: {label}']\n")

    assert {"ARDS": ("chest X-ray of ARDS",), "COVID-19": ("a", "b: {label}")} == read_prompts(
        tmp_path / "prompts.yaml"
    )


@pytest.mark.parametrize("text", ["a: []", "a: 5", "a: ['']", "a: x\na: y"])
def test_what_is_no_prompt_is_told_with_its_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "prompts.yaml").write_text(text)

    with pytest.raises(UsageError, match=r"prompts\.yaml:\d: a: "):
        read_prompts(tmp_path / "prompts.yaml")
