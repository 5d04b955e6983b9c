"""Pictures and texts find each other in Python: what may be given, what comes back, in which order."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from attrs import evolve
from PIL import Image
from torch import Tensor

from cliptune.adapters.models.clip_backend import ClipBackend, ClipTokens
from cliptune.adapters.models.memory import STATE, MemoryBackend
from cliptune.domain.config import AlignmentConfig, FineTuneConfig
from cliptune.domain.errors import UnreadableImage, UsageError
from cliptune.domain.preprocessing import default_preprocessing
from cliptune.domain.similarity import similarity
from cliptune.entrypoints.python_api import Model
from cliptune.entrypoints.retrieving import (
    batch_retrieve,
    mutual_nearest_neighbours,
    retrieve_image,
    retrieve_text,
)
from support.clips import CAPTIONS, tiny_clip
from support.pictures import noise

TEXTS = list(CAPTIONS[:9])


def memory(**alignment: Any) -> Model:
    config = evolve(FineTuneConfig(), alignment=AlignmentConfig(**alignment))
    return Model(MemoryBackend(), default_preprocessing(16), config)


def clip() -> Model:
    loaded = tiny_clip()
    backend = ClipBackend(loaded.model, ClipTokens(loaded.tokenizer, loaded.max_length), STATE)
    return Model(backend, loaded.preprocessing, FineTuneConfig())


@pytest.fixture(params=["memory", "clip"])
def model(request: pytest.FixtureRequest) -> Model:
    return memory() if request.param == "memory" else clip()


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    for seed in range(6):
        noise(40, 31, seed=seed).save(tmp_path / f"{seed}.png")
    return [tmp_path / f"{seed}.png" for seed in range(6)]


def scores_of(model: Model, paths: list[Path], texts: list[str]) -> Tensor:
    return model.similarity(model.encode_image(paths), model.encode_text(texts))


def close(expected: list[tuple[Any, float]], found: list[tuple[Any, float]]) -> None:
    assert [key for key, _ in expected] == [key for key, _ in found]
    np.testing.assert_allclose([s for _, s in found], [s for _, s in expected], atol=1e-5)


def best(scores: Tensor, keys: list[Any], k: int) -> list[tuple[Any, float]]:
    return sorted(zip(keys, scores.tolist(), strict=True), key=lambda each: -each[1])[:k]


def test_the_best_texts_of_a_picture_come_first(model: Model, paths: list[Path]) -> None:
    scores = scores_of(model, paths, TEXTS)

    close(best(scores[2], TEXTS, 3), retrieve_text(paths[2], TEXTS, 3, model=model))
    close(best(scores[2], TEXTS, 3), model.retrieve_text(str(paths[2]), TEXTS, 3))


def test_the_best_pictures_of_a_text_come_first_by_their_numbers(model: Model, paths: list[Path]) -> None:
    scores = scores_of(model, paths, TEXTS).T

    close(best(scores[4], list(range(6)), 4), retrieve_image(TEXTS[4], paths, 4, model=model))
    close(best(scores[4], list(range(6)), 4), model.retrieve_image(TEXTS[4], [str(path) for path in paths], 4))


def test_every_query_of_a_batch_has_its_own_answer(model: Model, paths: list[Path]) -> None:
    scores = scores_of(model, paths, TEXTS)

    found = model.batch_retrieve(paths, TEXTS, 2)
    back = batch_retrieve(TEXTS, paths, 2, model=model)

    assert paths == list(found)
    assert TEXTS == list(back)
    for path, row in zip(paths, scores, strict=True):
        close(best(row, TEXTS, 2), found[path])
    for text, row in zip(TEXTS, scores.T, strict=True):
        close(best(row, paths, 2), back[text])


def test_mutual_neighbours_are_each_the_others_best(model: Model, paths: list[Path]) -> None:
    scores = scores_of(model, paths, TEXTS)

    found = model.mutual_nearest_neighbours(paths, TEXTS)

    expected = [
        (image, int(scores[image].argmax()))
        for image in range(6)
        if int(scores[:, int(scores[image].argmax())].argmax()) == image
    ]
    assert expected == sorted((image, text) for image, text, _ in found)
    assert found
    assert sorted((score for *_, score in found), reverse=True) == [score for *_, score in found]
    for image, text, score in found:
        assert pytest.approx(float(scores[image, text]), abs=1e-5) == score


def test_a_picture_is_the_same_as_path_text_bytes_pillow_picture_and_embedding(model: Model, paths: list[Path]) -> None:
    embedding = model.encode_image([paths[0]])
    forms: list[Any] = [
        paths[0],
        str(paths[0]),
        paths[0].read_bytes(),
        Image.open(io.BytesIO(paths[0].read_bytes())),
        embedding,
        embedding[0],
        embedding[0].numpy(),
        embedding[0].double().numpy(),
    ]

    expected = retrieve_text(paths[0], TEXTS, model=model)

    for form in forms:
        close(expected, retrieve_text(form, TEXTS, model=model))


def test_embeddings_and_nameless_pictures_come_back_by_their_numbers(model: Model, paths: list[Path]) -> None:
    images, texts = model.encode_image(paths), model.encode_text(TEXTS)
    pictures = [Image.open(path) for path in paths]
    numbers = [TEXTS.index(text) for text, _ in retrieve_text(paths[1], TEXTS, 3, model=model)]

    assert numbers == [number for number, _ in retrieve_text(images[1], texts, 3, model=model)]
    assert numbers == [number for number, _ in batch_retrieve(pictures, texts.numpy(), 3, model=model)[1]]
    assert numbers == [number for number, _ in batch_retrieve(list(images), texts, 3, model=model)[1]]
    assert (
        mutual_nearest_neighbours(images, texts, model=model)[0][:2]
        == (mutual_nearest_neighbours(pictures, TEXTS, model=model)[0][:2])
    )


def test_a_batch_may_hold_texts_pictures_and_embeddings_side_by_side(model: Model, paths: list[Path]) -> None:
    found = batch_retrieve(
        [TEXTS[0], paths[0], paths[0].read_bytes(), model.encode_text([TEXTS[0]])[0]],
        [paths[0], *TEXTS],
        1,
        model=model,
    )

    assert [TEXTS[0], paths[0], 2, 3] == list(found)
    assert [TEXTS[0], paths[0], paths[0], TEXTS[0]] == [answer[0][0] for answer in found.values()]


def test_a_text_that_names_a_file_is_a_text_in_a_batch_and_a_picture_where_a_picture_is_asked_for(
    paths: list[Path],
) -> None:
    name = str(paths[0])

    assert [(name, 1)] == [(key, round(score)) for key, score in batch_retrieve([name], [name], model=memory())[name]]
    close(retrieve_text(paths[0], TEXTS, model=memory()), retrieve_text(name, TEXTS, model=memory()))


def test_of_equal_scores_the_first_comes_first(paths: list[Path]) -> None:
    again = [*TEXTS[:3], *TEXTS[:3]]
    embeddings = memory().encode_text(again)

    order = [number for number, _ in retrieve_text(paths[0], embeddings, 6, model=memory())]

    assert [number + 3 for number in order[::2]] == order[1::2]
    assert [(0, 0)] == [pair[:2] for pair in mutual_nearest_neighbours(embeddings[:1], embeddings, model=memory())]


def test_the_configuration_says_how_many_and_how_they_are_compared(paths: list[Path]) -> None:
    plain = memory(similarity_metric="dot", normalize_embeddings=False, retrieval_top_k=2)
    far = memory(similarity_metric="euclidean", retrieval_top_k=9)
    images, texts = 3 * torch.randn(4, 32), torch.randn(9, 32)

    assert 2 == len(plain.retrieve_text(paths[0], TEXTS))
    assert 9 == len(far.retrieve_text(paths[0], TEXTS))
    assert 9 == len(far.retrieve_text(paths[0], TEXTS, 100))
    close(
        best(similarity(images, texts, metric="dot", normalize_embeddings=False)[0], list(range(9)), 2),
        plain.retrieve_text(images[0], texts),
    )
    close(
        best(similarity(images, texts, metric="euclidean")[0], list(range(9)), 9), far.retrieve_text(images[0], texts)
    )


def test_embeddings_in_a_file_that_cannot_be_written_are_taken(tmp_path: Path) -> None:
    texts = memory().encode_text(TEXTS)
    np.save(tmp_path / "texts.npy", texts.numpy())
    mapped = np.load(tmp_path / "texts.npy", mmap_mode="r")

    assert memory().retrieve_text(texts[3], texts) == memory().retrieve_text(mapped[3], mapped)


MISTAKES: list[tuple[Callable[[Any], object], str]] = [
    (lambda model: model.retrieve_text("a.png", []), "texts: expected at least one item, found none"),
    (
        lambda model: model.retrieve_text("a.png", "a cat"),
        "texts: expected a list, found 'a cat'; give a list, even of one",
    ),
    (lambda model: model.retrieve_text("a.png", {"a cat"}), "texts: expected a list, found a set"),
    (lambda model: model.retrieve_text("a.png", [b"a cat"]), "texts: expected text, found a bytes; a text is a str"),
    (lambda model: model.retrieve_text("a.png", [Path("b.png")]), "texts: expected text, found PosixPath.'b.png'."),
    (lambda model: model.retrieve_text(["a.png"], ["a cat"]), "image: expected picture, found a list"),
    (lambda model: model.retrieve_text(None, ["a cat"]), "image: expected picture, found a NoneType"),
    (lambda model: model.retrieve_image("a cat", "a.png"), "images: expected a list, found 'a.png'"),
    (lambda model: model.retrieve_image("a cat", Image.new("L", (1, 1))), "images: expected a list, found a Image"),
    (lambda model: model.retrieve_image(["a cat"], ["a.png"]), "text: expected text, found a list"),
    (lambda model: model.retrieve_image("a cat", torch.zeros(0, 32)), "have shape .width,. or .items, width., found"),
    (lambda model: model.retrieve_image("a cat", torch.zeros(1, 3, 8, 8)), "found .1, 3, 8, 8."),
    (lambda model: model.retrieve_image("a cat", np.zeros((2, 32), dtype=np.uint8)), "must be floating-point numbers"),
    (lambda model: model.retrieve_text("a.png", np.array(["a cat"])), "must be floating-point numbers"),
    (lambda model: model.retrieve_image("a cat", torch.full((2, 32), torch.nan)), "all of them finite"),
    (lambda model: model.retrieve_image("a cat", torch.ones(2, 8)), "text have width 32 and images have width 8"),
    (lambda model: model.retrieve_image(torch.ones(2, 32), torch.ones(2, 32)), "text: expected one embedding"),
    (lambda model: model.batch_retrieve("a cat", ["a dog"]), "queries: expected a list, found 'a cat'"),
    (
        lambda model: model.batch_retrieve([1], ["a dog"]),
        "queries: expected texts, pictures or embeddings, found a int",
    ),
    (lambda model: model.batch_retrieve(["a", torch.ones(8)], ["b"]), "queries: embeddings of widths 8 and 32 are of"),
    (
        lambda model: model.mutual_nearest_neighbours(torch.ones(2, 8), ["b"]),
        "images have width 8 and texts have width",
    ),
    *[
        (
            lambda model, k=k: model.batch_retrieve(["a"], ["b"], k),
            f"top_k: expected a whole number from 1 on, found {k}",
        )
        for k in (0, -1, 1.5, True, "3")
    ],
]


@pytest.mark.parametrize(("mistake", "message"), MISTAKES, ids=[message[:40] for _, message in MISTAKES])
def test_a_mistake_is_one_clear_error(mistake: Callable[[Any], object], message: str) -> None:
    with pytest.raises(UsageError, match=message.replace("'3'", "3").replace("found 3", "found '?3")):
        mistake(memory())


def test_pictures_that_cannot_be_read_are_named(tmp_path: Path, paths: list[Path]) -> None:
    with pytest.raises(UnreadableImage, match=r"nowhere\.png: cannot be opened"):
        memory().retrieve_text(tmp_path / "nowhere.png", TEXTS)
    with pytest.raises(UnreadableImage, match=r"picture 1: 16-bit .*; 1 more cannot be read either"):
        memory().retrieve_image("a gear", [paths[0], Image.new("I;16", (4, 4), 4000), b"no picture"])
