import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from cliptune.adapters.models.memory import MemoryBackend

CAPTIONS = st.lists(st.text(max_size=40), min_size=1, max_size=5)


@given(captions=CAPTIONS, seed=st.integers(0, 5))
def test_two_backends_of_one_seed_embed_alike(captions: list[str], seed: int) -> None:
    one, other = MemoryBackend(seed=seed), MemoryBackend(seed=seed)
    pixels = torch.rand(2, 3, 17, 11)

    assert torch.equal(one.encode_text(one.tokenize(captions)), other.encode_text(other.tokenize(captions)))
    assert torch.equal(one.encode_image(pixels), other.encode_image(pixels))


def test_another_seed_embeds_otherwise() -> None:
    one, other = MemoryBackend(seed=0), MemoryBackend(seed=1)

    assert not torch.equal(one.encode_text(one.tokenize(["a cat"])), other.encode_text(other.tokenize(["a cat"])))
    assert not torch.equal(one.encode_image(torch.ones(1, 3, 8, 8)), other.encode_image(torch.ones(1, 3, 8, 8)))


@given(captions=CAPTIONS)
def test_padding_changes_no_embedding(captions: list[str]) -> None:
    model = MemoryBackend()

    together = model.encode_text(model.tokenize(captions))
    alone = torch.cat([model.encode_text(model.tokenize([caption])) for caption in captions])

    assert (len(captions), 32) == together.shape
    assert torch.float32 == together.dtype
    assert_close(alone, together)


def test_long_captions_are_cut_and_keep_their_end() -> None:
    model = MemoryBackend(max_length=5)
    tokens = model.tokenize(["a b c d e f g h", "a"])

    assert (2, 5) == tokens.shape
    assert [1, 1] == [tokens[0, -1].item(), tokens[1, 1].item()]
    assert torch.equal(tokens[:1], model.tokenize(["a b c d x y"]))


def test_a_word_has_the_same_number_in_every_process() -> None:
    assert [[3857, 1]] == MemoryBackend().tokenize(["cat"]).tolist()


def test_pictures_of_any_size_and_type_are_embedded_in_float32() -> None:
    embeddings = MemoryBackend(width=7).encode_image(torch.ones(2, 3, 224, 100, dtype=torch.float16))

    assert (2, 7) == embeddings.shape
    assert torch.float32 == embeddings.dtype
