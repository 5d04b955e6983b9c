"""What mutations start from: small inputs that each reader takes, and what their formats are made of."""

from collections.abc import Mapping
from typing import Final

from PIL import Image

from support.pictures import encoded, noise

ODD_TEXT: Final = (
    b"\0",
    b"\n",
    b"\r",
    b"\t",
    b"\x1b]0;x\x07",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xe2\x80\xae",
    b"\xed\xa0\x80",
    b"\xc2\x85",
    b"\xe2\x80\xa8",
    b"../",
    b"/etc/passwd",
    b"a.png",
    b"a" * 5000,
    b"a/" * 3000,
    b"=1+1",
    b"#",
    b"?",
    b"~",
    b"\\",
    b"%2e%2e/",
)

TABLES: Final = (
    b"image_path,caption\na.png,a cat\n",
    b'image_path,caption,split,patient\na.png,"a ""cat"", seen",train,P1\r\n./a.png,two,test,P2\r\n',
    b"\xef\xbb\xbfcaption,image_path\nx,a.png\n\n,\n",
)
TABLE_WORDS: Final = (*ODD_TEXT, b",", b'"', b'""', b',"', b'"\n', b"image_path", b"caption", b"," * 3000)

TABS: Final = (b"image_path\tcaption\na.png\ta cat\n", b"a.png\ta cat\nb.png\ttwo\n", b"image\tcaption\na.png\tx\n")

RECORDS: Final = (
    b'{"image": "a.png", "caption": "a cat", "patient": 7, "flag": true, "none": null}',
    b'{"image": "a.png", "caption": ["a", "b"], "size": 1.5e3, "list": [1, {"x": "\\u00e4"}]}',
)
JSON_LISTS: Final = (
    b"[" + b", ".join(RECORDS) + b"]",
    b'{"data": [' + RECORDS[0] + b'], "info": {"a": [1, 2]}}',
    b"[]",
)
JSON_LINES: Final = (b"\n".join(RECORDS) + b"\n", b"\xef\xbb\xbf" + RECORDS[0] + b"\r\n\r\n" + RECORDS[1])
JSON_WORDS: Final = (
    *ODD_TEXT,
    *(b"{", b"}", b"[", b"]", b",", b":", b'"', b'"image":', b'"caption":', b'"data":', b"null", b"true"),
    *(b"NaN", b"-Infinity", b"1e999", b"-0", b'"\\ud800"', b'"\\u0000"', b"\\u001b]0;x", b"9" * 4400, b"[" * 1200),
    *(b'{"a":' * 300, b'"__class__"', b"1.0e-400"),
)

CAPTIONS: Final = (b"a cat\n", b"\xef\xbb\xbfa cat\r\n\r\ntwo lines\n", b"")

CONFIGS: Final = (
    b"model_name: openai/clip-vit-base-patch32\ndomain: medical\nlearning_rate: 1e-5\nbatch_size: null\n",
    b"image_resolutions: [224, 288]\naugment_images: false\ntemperature: model\nevaluation_columns: [a, b]\n",
)
GATES: Final = (b"t2i_R@10: {min: 0.5, not_worse: true}\ni2t_MRR: {min: 0.2}\n", b'{"t2i_R@1": {"min": 0.1}}')
PROMPTS: Final = (b"cat: a photo of a cat\ndog: [a dog, the dog]\n", b'{"a": ["b", "c"]}')
YAML_WORDS: Final = (
    *ODD_TEXT,
    *(b"- ", b": ", b"? ", b"{", b"}", b"[", b"]", b"#", b"'", b'"', b"|", b">", b"%YAML 1.1\n", b"---\n", b"...\n"),
    *(b"&a [1]\n", b"*a", b"<<: *a", b"!!python/object:os.system", b"!!binary ", b"!!int ", b"!!timestamp 2020-01-01"),
    *(b"9" * 4400, b".inf", b".nan", b"1e999", b"[" * 400, b"{a: " * 300, b"0x1F", b"\\u0000", b"\\UFFFFFFFF"),
)

_SMALL: Final = noise(23, 17)


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "described"
    return exif


def _drawn() -> Mapping[str, tuple[bytes, ...]]:
    frames = [noise(23, 17, seed=seed) for seed in (1, 2)]
    profile = b"\0" * 128
    return {
        "png": (
            encoded(_SMALL, exif=_exif(), icc_profile=profile),
            encoded(noise(23, 17, mode="P"), transparency=3),
            encoded(_SMALL, save_all=True, append_images=frames),
            encoded(noise(23, 17, mode="1")),
            encoded(noise(9, 9, mode="LA")),
        ),
        "jpeg": (
            encoded(_SMALL, "JPEG", exif=_exif(), icc_profile=profile, comment=b"drawn"),
            encoded(_SMALL, "JPEG", progressive=True),
            encoded(noise(23, 17, mode="CMYK"), "JPEG"),
            encoded(noise(23, 17, mode="L"), "JPEG", restart_marker_blocks=1),
        ),
        "tiff": (
            encoded(_SMALL, "TIFF"),
            encoded(_SMALL, "TIFF", compression="tiff_lzw", exif=_exif()),
            encoded(_SMALL, "TIFF", compression="tiff_deflate", save_all=True, append_images=frames),
            encoded(noise(23, 17, mode="L"), "TIFF", compression="packbits"),
            encoded(noise(23, 17, mode="1"), "TIFF", compression="group4"),
            encoded(_SMALL, "TIFF", compression="jpeg"),
            encoded(noise(23, 17, mode="CMYK"), "TIFF", big_tiff=True),
        ),
        "gif": (
            encoded(noise(23, 17, mode="P"), "GIF"),
            encoded(noise(23, 17, mode="P"), "GIF", save_all=True, append_images=frames, disposal=2, loop=0),
            encoded(noise(23, 17, mode="L"), "GIF", comment=b"drawn", transparency=2, interlace=1),
        ),
        "webp": (
            encoded(_SMALL, "WEBP"),
            encoded(noise(23, 17, mode="RGBA"), "WEBP", lossless=True, exif=_exif(), icc_profile=profile),
            encoded(_SMALL, "WEBP", save_all=True, append_images=frames),
        ),
        "bmp": (encoded(_SMALL, "BMP"), encoded(noise(23, 17, mode="P"), "BMP"), encoded(noise(9, 9, mode="1"), "BMP")),
    }


PICTURES: Final = _drawn()
PICTURE_WORDS: Final[Mapping[str, tuple[bytes, ...]]] = {
    "png": (b"IHDR", b"IDAT", b"IEND", b"PLTE", b"tRNS", b"iCCP", b"zTXt", b"iTXt", b"tEXt", b"eXIf", b"acTL", b"fcTL"),
    "jpeg": (b"\xff\xd8", b"\xff\xda", b"\xff\xc0", b"\xff\xc2", b"\xff\xc4", b"\xff\xdb", b"\xff\xe1", b"\xff\xe2"),
    "tiff": (b"II*\0", b"MM\0*", b"II+\0", b"\0\1\3\0", b"\1\1\4\0", b"\x42\1\4\0", b"\x43\1\4\0", b"\x3d\1\3\0"),
    "gif": (b"GIF89a", b"!\xf9\4", b"!\xff\x0bNETSCAPE2.0", b",", b";", b"!\xfe"),
    "webp": (b"RIFF", b"WEBP", b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"EXIF", b"ICCP", b"XMP "),
    "bmp": (b"BM", b"\x28\0\0\0", b"\x0c\0\0\0", b"\x7c\0\0\0", b"\1\0\0\0", b"\2\0\0\0", b"\3\0\0\0"),
}
NUMBERS: Final = (b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\0", b"\xff\xff", b"\0\x80", b"\x00\x00\x00\x80")
