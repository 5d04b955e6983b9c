"""
What transformers' classes are to the type checkers.

transformers annotates every mixed case at once: a configuration may be a dictionary, an output a tuple, an id a list.
Held against those unions each line that reads a model would need a cast; so models and tokenizers are opaque here, and
what they really return is pinned by tests.
"""

from typing import Any

Clip = Any
ClipTokenizer = Any
