"""Inputs that once crashed a reader, hung it, or came out of it as a message that steers a terminal."""

import struct
from typing import Final

RECORD: Final = b'{"image": "a.png", "caption": "ok"'

REGRESSIONS: Final[tuple[tuple[str, bytes], ...]] = (
    # A header of a million columns was gone through once for each of them.
    ("csv", b"," * 999_999),
    ("csv", b"image_path,caption\n" + b"a/" * 400_000 + b",a cat\n"),
    ("csv", b"\x1b]0;owned\x07,\xe2\x80\xae\n"),
    ("csv", b"image_path,caption\na\x1b[2J.png,x\n"),
    ("tsv", b"image_path\tcaption\na.png\t" + b"x" * 900_000 + b"\ty\n"),
    ("captions", b"\x1b[2J" * 200_000),
    ("json", b"[" + b"9" * 4_400 + b"]"),
    ("json", b'{"' + b"k" * 900_000 + b'": 1}'),
    ("json", b"[" * 500_000),
    ("jsonl", RECORD + b', "n": ' + b"9" * 4_400 + b"}"),
    ("jsonl", RECORD + b', "patient": "\\ud800"}'),
    ("jsonl", RECORD + b', "\\udfff": 1}'),
    ("sidecar", b"\x1b]0;x\x07\xff"),
    ("config", b"".join(b"learning_rat%d: 1\n" % number for number in range(5_000))),
    ("config", b"k" * 400_000 + b": 1\n"),
    ("config", b"seed: [" + b"1," * 30_000 + b"]\n"),
    ("gates", b'a: "\\UFFFFFFFF"'),
    ("gates", b"k" * 5_000 + b":\n"),
    ("prompts", b'a: "\\U00110000"'),
    ("prompts", b"\xef\xbb\xbfa\x1b: 1\n"),
    # Directories of a TIFF that claim more entries than a number of the machine can count.
    ("tiff", struct.pack("<4sHHQQ", b"II+\0", 8, 0, 16, 2**63)),
    ("stack", struct.pack(">4sHHQQ", b"MM\0+", 8, 0, 16, 2**62)),
)
