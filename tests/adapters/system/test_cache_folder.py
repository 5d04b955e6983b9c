"""Where caches are."""

from pathlib import Path

import pytest

from cliptune.adapters.system.cache_folder import cache_folder


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"CLIPTUNE_CACHE_DIR": "/fast/kept", "XDG_CACHE_HOME": "/general"}, "/fast/kept"),
        ({"CLIPTUNE_CACHE_DIR": "", "XDG_CACHE_HOME": "/general"}, "/general/cliptune"),
        ({"XDG_CACHE_HOME": ""}, "~/.cache/cliptune"),
        ({}, "~/.cache/cliptune"),
        ({"CLIPTUNE_CACHE_DIR": "~/kept"}, "~/kept"),
    ],
)
def test_our_own_variable_comes_first_then_the_general_one_then_the_home_folder(
    environ: dict[str, str], expected: str
) -> None:
    assert Path(expected).expanduser() == cache_folder(environ)
