"""
Fuzz a reader for a while: ``python tests/fuzz/run.py --engine hypothesis --seconds 60 --target csv``.

The last line is JSON: inputs tried, crashes by place, the longest time and the largest memory of one input. Every
crash's shortest input is kept below ``--crashes``. Of the two engines, Hypothesis mutates blindly and runs everywhere;
atheris follows what the code does with an input and runs on Linux (``pip install --group fuzz``).
"""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / ".dev"), str(ROOT / "tests")]

from support.fuzz_log import Log  # noqa: E402 found only now


def main(arguments: list[str]) -> None:
    """Fuzz as asked, and say what was found."""
    asked = _parsed(arguments)
    log = Log(asked.target, asked.engine, asked.crashes)
    if asked.engine == "hypothesis":
        from support.fuzz_hypothesis import fuzz
    else:
        from support.fuzz_atheris import fuzz
    fuzz(asked.target, seconds=asked.seconds, seed=asked.seed, log=log)


def _parsed(arguments: list[str]) -> Any:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=("hypothesis", "atheris"), default="hypothesis")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--target", required=True)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--crashes", type=Path, default=Path("fuzz-crashes"), help="where crashing inputs are kept")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main(sys.argv[1:])
