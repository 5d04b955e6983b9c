"""The public face is small, sorted, lazy and works as documented."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import cliptune
from cliptune.domain.errors import UnknownModel, UsageError


def test_every_public_name_is_sorted_and_there() -> None:
    assert sorted(cliptune.__all__) == list(cliptune.__all__)
    assert cliptune.__all__ == list(cliptune._HOME)
    assert [] == [name for name in cliptune.__all__ if getattr(cliptune, name, None) is None]


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        cliptune.nothing  # noqa: B018


def test_importing_cliptune_imports_neither_torch_nor_transformers() -> None:
    code = "import cliptune, sys; print([m for m in ('torch', 'transformers', 'numpy', 'PIL') if m in sys.modules])"

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]" == answer.stdout.strip()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Twenty plain pictures, each with a caption of its own; half of them with a second one."""
    lines = ["image_path,caption"]
    for number in range(20):
        Image.new("RGB", (40, 40), (12 * number, 255 - 12 * number, 7 * number)).save(tmp_path / f"{number}.png")
        lines.append(f"{number}.png,a plate of color number {number}")
        if number % 2:
            lines.append(f"{number}.png,color {number} on a plate")
    (tmp_path / "captions.csv").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path / "captions.csv"


def test_python_loads_trains_embeds_and_evaluates(table: Path) -> None:
    keys = {
        "model_name": "scratch:tiny",
        "data_path": str(table),
        "output_dir": str(table.parent / "runs"),
        "num_epochs": 2,
        "batch_size": 8,
        "max_sequence_length": 24,
        "mixed_precision": False,
        "num_workers": 0,
        "train_split": 0.6,
        "val_split": 0.2,
        "test_split": 0.2,
    }

    trained = cliptune.fine_tune(keys)

    assert trained.result is not None
    assert "finished" == trained.result.status.status
    model = cliptune.load_model(str(trained.folder))
    assert ("evaluation", "float32") == (model.state.mode, model.state.precision)
    pairs = cliptune.load_pairs(str(table))
    assert (20, ()) == (len(pairs), pairs.rejected)
    texts = model.encode_text(["a plate", "color 3"])
    images = model.encode_image([table.parent / "3.png"])
    assert (1, 2) == tuple(model.similarity(images, texts).shape)
    assert 0.0 <= cliptune.evaluate(model, pairs).metrics.flat()["i2t_R@1"] <= 1.0


def test_python_iterates_over_batches_as_the_model_takes_them(table: Path, tmp_path: Path) -> None:
    from support.clips import learner, tiny_clip

    learner(tiny_clip()).export(tmp_path)
    model, pairs = cliptune.load_model(str(tmp_path)), cliptune.load_pairs(str(table))

    shown = list(cliptune.batches(pairs, model, batch_size=8))
    trained_on = [list(cliptune.batches(pairs, model, batch_size=8, epoch=epoch)) for epoch in (0, 0, 1)]

    assert [7, 7, 6] == [len(batch) for batch in shown]
    assert [example.image.key for example in pairs.examples] == [key for batch in shown for key in batch.images]
    assert (7, 3, 32, 32) == tuple(shown[0].pixel_values.shape)
    assert 7 == len(shown[0].input_ids)
    first, again, later = ([batch.images for batch in epoch] for epoch in trained_on)
    assert first == again != later
    assert bool((trained_on[0][0].pixel_values == trained_on[1][0].pixel_values).all())


def test_configurations_go_to_dictionaries_and_back() -> None:
    config = cliptune.config_from_dict({"domain": "medical", "batch_size": 4})

    assert config == cliptune.config_from_dict(cliptune.config_to_dict(config))
    assert 3e-5 == config.training.learning_rate


def test_a_model_that_is_not_there_is_one_clear_error() -> None:
    with pytest.raises(UnknownModel, match="there is no such folder"):
        cliptune.load_model("./nowhere")


def test_a_lone_text_or_path_is_no_list(tmp_path: Path) -> None:
    from support.clips import learner, tiny_clip

    learner(tiny_clip()).export(tmp_path)
    model = cliptune.load_model(str(tmp_path))

    with pytest.raises(UsageError, match="expected a list with at least one item, found 'a red gear'"):
        model.encode_text("a red gear")
    with pytest.raises(UsageError, match="expected a list with at least one item"):
        model.encode_text([])
    with pytest.raises(UsageError, match="expected a list with at least one item"):
        model.encode_image("picture.png")
