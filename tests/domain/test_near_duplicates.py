"""Laws of finding pictures that are nearly the same."""

import numpy as np
import pytest
from hypothesis import example as case
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cliptune.adapters.images.perceptual import signature_of
from cliptune.domain.near_duplicates import CHUNK, NearPair, comparable, near_pairs
from cliptune.domain.perceptual import Signatures, unpacked
from support.textured import cropped, reencoded, resized, textured

shares = st.floats(0, 0.05)
sizes = st.floats(0.4, 1.5)
codecs = st.sampled_from([("JPEG", 40), ("JPEG", 60), ("JPEG", 95), ("WEBP", 50), ("WEBP", 80)])


def signatures(*pictures: Image.Image) -> Signatures:
    return unpacked(signature_of(picture) for picture in pictures)


def places(pairs: tuple[NearPair, ...]) -> list[tuple[int, int]]:
    return [(pair.first, pair.second) for pair in pairs]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), codecs, sizes, shares, shares, shares, shares)
@case(0, ("JPEG", 40), 0.4, 0.05, 0.05, 0.05, 0.05)
@case(1, ("JPEG", 40), 0.4, 0.05, 0.0, 0.0, 0.0)
@case(2, ("WEBP", 50), 1.5, 0.0, 0.0, 0.05, 0.05)
def test_a_copy_is_found_after_crop_resize_and_codec_together(
    seed: int, codec: tuple[str, int], times: float, left: float, top: float, right: float, bottom: float
) -> None:
    picture = textured(seed)
    copy = reencoded(resized(cropped(picture, left=left, top=top, right=right, bottom=bottom), times), *codec)

    assert [(0, 2)] == places(near_pairs(signatures(picture, textured(seed + 1), copy)))


def test_different_pictures_are_never_near() -> None:
    assert () == near_pairs(signatures(*(textured(seed) for seed in range(60))))


def test_pictures_that_look_exactly_the_same_are_paired_without_a_closer_look() -> None:
    picture = textured(3)
    ready = comparable(signatures(picture, textured(4), picture, picture))

    assert (NearPair(0, 2, 1.0), NearPair(0, 3, 1.0)) == ready.equal
    assert [0, 1] == ready.places.tolist()


def test_blank_pictures_and_smooth_gradients_are_like_no_other() -> None:
    ramp = Image.fromarray(np.tile(np.linspace(0, 255, 240).astype(np.uint8), (200, 1))).convert("RGB")
    blank = [Image.new("RGB", (240, 200), color) for color in ("black", "white", "gray")]
    found = signatures(*blank, reencoded(blank[2], "JPEG", 40), ramp, reencoded(ramp, "JPEG", 40), textured(1))

    assert (0, 1, 2, 3, 4, 5) == comparable(found).flat
    assert () == near_pairs(found)


def test_the_same_picture_in_another_color_is_another_and_without_color_a_copy() -> None:
    luma = textured(5).convert("L")
    light = Image.fromarray((110 + np.asarray(luma) // 4).astype(np.uint8))
    flat = [Image.new("L", luma.size, level) for level in (90, 128, 170)]
    blue, gray, red = (
        Image.merge("YCbCr", (light, one, other)).convert("RGB")
        for one, other in ((flat[2], flat[0]), (flat[1], flat[1]), (flat[0], flat[2]))
    )

    assert () == near_pairs(signatures(blue, red))
    assert [(0, 1)] == places(near_pairs(signatures(blue, gray)))
    assert [(0, 1)] == places(near_pairs(signatures(gray, red)))


def test_pictures_with_the_same_outlines_and_another_texture_are_different() -> None:
    outlines = np.asarray(textured(7), dtype=float)
    textures = [np.random.default_rng(seed).normal(0, 10, (40, 48, 1)).repeat(5, 0).repeat(5, 1) for seed in (1, 2)]
    one, other = (Image.fromarray(np.clip(outlines + texture, 0, 255).astype(np.uint8)) for texture in textures)

    assert () == near_pairs(signatures(one, other))
    assert [(0, 1)] == places(near_pairs(signatures(one, reencoded(one, "JPEG", 40))))


def test_which_picture_comes_first_does_not_matter() -> None:
    pictures = [textured(seed) for seed in range(5)]
    pictures += [cropped(picture, left=0.04, top=0, right=0, bottom=0.03) for picture in pictures]
    order = np.random.default_rng(0).permutation(len(pictures)).tolist()
    straight = {frozenset(pair) for pair in places(near_pairs(signatures(*pictures)))}
    shuffled = near_pairs(signatures(*(pictures[place] for place in order)))

    assert {frozenset((number, number + 5)) for number in range(5)} == straight
    assert straight == {frozenset((order[one], order[other])) for one, other in places(shuffled)}


def test_more_pairs_than_are_looked_at_at_once_are_all_found() -> None:
    picture = textured(6)
    copies = [reencoded(picture, "JPEG", quality) for quality in range(40, 64)]
    found = places(near_pairs(signatures(*copies)))

    assert len(found) > CHUNK
    assert [(one, other) for one in range(24) for other in range(one + 1, 24)] == found


@pytest.mark.parametrize("count", [0, 1])
def test_few_pictures_have_no_pairs(count: int) -> None:
    assert () == near_pairs(signatures(*(textured(seed) for seed in range(count))))
