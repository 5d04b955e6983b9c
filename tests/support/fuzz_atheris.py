"""Fuzzing with atheris, which follows an input's way through Python code; where it installs."""

import os
import sys
import time
from pathlib import Path
from typing import Any

import atheris  # pyright: ignore[reportMissingImports, reportMissingModuleSource] - it installs on few machines

from support.fuzz_log import Log

# What is followed: ours, and the parts of others that are written in Python and read what is hostile.
FOLLOWED = ("cliptune.adapters", "PIL", "yaml", "json", "csv", "pydicom", "tifffile", "tarfile", "webdataset")


def fuzz(name: str, *, seconds: float, seed: int, log: Log) -> None:
    """Feed inputs until the time is over; a crash is noted, and the rest goes on. Ends the process."""
    following: Any = atheris
    with following.instrument_imports(include=list(FOLLOWED), enable_loader_override=False):
        from support.fuzz_judge import judge, scratch
        from support.fuzz_targets import TARGETS
    target = TARGETS[name]
    end = time.monotonic() + seconds
    with scratch() as home:
        folder = home / "attack"
        corpus, words = _prepared(home, target.seeds, target.words)
        folder.mkdir()

        def attack(data: bytes) -> None:
            log.add(data, judge(target.attack, data, folder))
            if time.monotonic() > end:
                log.tell()
                _leave(home)

        atheris.Setup(
            [sys.argv[0], str(corpus), f"-dict={words}", f"-seed={seed % 2**31}", "-max_len=65536", "-rss_limit_mb=0",
             "-timeout=120", "-verbosity=0"],
            attack,
        )  # fmt: skip
        atheris.Fuzz()


def _prepared(home: Path, seeds: tuple[bytes, ...], words: tuple[bytes, ...]) -> tuple[Path, Path]:
    """The seeds as files, and the words as libFuzzer's dictionary."""
    corpus = home / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(seeds):
        (corpus / f"seed{number}").write_bytes(seed)
    dictionary = home / "words"
    # libFuzzer takes words of up to 64 bytes.
    lines = ['"' + "".join(f"\\x{byte:02x}" for byte in word[:60]) + '"\n' for word in words]
    dictionary.write_text("".join(lines), encoding="ascii")
    return corpus, dictionary


def _leave(home: Path) -> None:
    import shutil

    shutil.rmtree(home, ignore_errors=True)
    # libFuzzer has no way out but the end of the process.
    os._exit(0)
