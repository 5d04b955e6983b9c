"""Seeds that need a library to be made: DICOM, TIFF of the rarer kinds, shards, Parquet, COCO."""

import io
import json
import tarfile
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from support.pictures import encoded, noise

PICTURE: Final = encoded(noise(9, 7), "JPEG")
COCO: Final = (
    json.dumps(
        {
            "images": [{"id": 1, "file_name": "a.png", "width": 9}, {"id": 2, "file_name": "b.png"}],
            "annotations": [
                {"id": 5, "image_id": 1, "caption": "a cat", "category_id": 3},
                {"id": 6, "image_id": 1, "caption": "another"},
            ],
            "categories": [{"id": 3, "name": "cat"}],
        }
    ).encode(),
)
COCO_WORDS: Final = (b'"images"', b'"annotations"', b'"id"', b'"image_id"', b'"categories"', b'"file_name"', b'"name"')
TAR_WORDS: Final = (
    *(b"ustar\0" + b"00", b"ustar  \0", b"./@LongLink", b"../../x.jpg", b"/etc/x.jpg", b"0", b"1", b"2", b"5", b"x"),
    *(
        b"g",
        b"K",
        b"L",
        b"S",
        b"V",
        b"path=../x.jpg\n",
        b"17 size=999999999\n",
        b"7777777",
        b"\x80\0\0\0\xff",
        b"\0" * 512,
    ),
)
DICOM_WORDS: Final = (
    *(b"DICM", b"OB", b"OW", b"SQ", b"UN", b"UL", b"US", b"\xff\xff\xff\xff", b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"),
    *(
        b"\x28\0\x10\0",
        b"\x28\0\x02\0",
        b"\xe0\x7f\x10\0",
        b"1.2.840.10008.1.2.1",
        b"1.2.840.10008.1.2.5",
        b"MONOCHROME1",
    ),
)
PARQUET_WORDS: Final = (b"PAR1", b"\x15\x04", b"\x19\x4c", b"\xff\xff\xff\x7f")


def tars() -> tuple[bytes, ...]:
    """Shards of two samples, in the three formats of tar."""
    parts = (
        ("a.jpg", PICTURE),
        ("a.txt", b"a cat"),
        ("d/b.png", encoded(noise(5, 5))),
        ("d/b.json", b'{"caption": "b"}'),
    )

    def written(kind: int) -> bytes:
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w", format=kind) as tar:
            for name, data in parts:
                info = tarfile.TarInfo(name if kind == tarfile.USTAR_FORMAT else f"{'long/' * 30}{name}")
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        return stream.getvalue()

    return tuple(written(kind) for kind in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT))


def parquets() -> tuple[bytes, ...]:
    """Parquet with a column of pictures: as bytes, and as Hugging Face's library has them."""
    import pyarrow as pa
    import pyarrow.parquet

    def written(table: Any, **options: Any) -> bytes:
        stream = io.BytesIO()
        pyarrow.parquet.write_table(table, stream, **options)
        return stream.getvalue()

    plain = pa.table({"image": [PICTURE, PICTURE], "caption": ["a cat", "b"], "n": [1, 2]})
    nested = pa.table(
        {"image": [{"bytes": PICTURE, "path": "a.jpg"}, {"bytes": None, "path": "a.png"}], "caption": ["a", "b"]}
    )
    return written(plain), written(nested, compression="none", row_group_size=1), written(plain, use_dictionary=False)


def dicoms() -> tuple[bytes, ...]:
    """Gray of 16 bits with a window, two frames, and color of 8 bits, run-length encoded."""
    gray = np.arange(48, dtype=np.uint16).reshape(6, 8) * 60
    color = np.arange(144, dtype=np.uint8).reshape(6, 8, 3)
    rle = _dicom(color, PhotometricInterpretation="RGB", SamplesPerPixel=3, PlanarConfiguration=0)
    return (
        _dicom(gray, WindowCenter=1000, WindowWidth=500, RescaleSlope=1, RescaleIntercept=-1024),
        _dicom(np.stack([gray, gray]), NumberOfFrames=2, PhotometricInterpretation="MONOCHROME1"),
        rle,
    )


def _dicom(values: Any, **elements: Any) -> bytes:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import UID, ExplicitVRLittleEndian, SecondaryCaptureImageStorage

    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = UID("1.2.3")
    made = Dataset()
    made.file_meta = meta
    bits = values.dtype.itemsize * 8
    usual = {
        "Rows": 6,
        "Columns": 8,
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": bits,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": 0,
        "PatientID": "P1",
    }
    for name, value in {**usual, **elements}.items():
        setattr(made, name, value)
    made.PixelData = values.tobytes()
    stream = io.BytesIO()
    made.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def stacks() -> tuple[bytes, ...]:
    """TIFF that Pillow does not read: signed, of 64 bits, in planes, in tiles, deflated, with LZMA, several pages."""
    import tifffile

    def written(values: Any, **options: Any) -> bytes:
        stream = io.BytesIO()
        tifffile.imwrite(stream, values, **options)
        return stream.getvalue()

    gray = np.arange(16 * 16).reshape(16, 16)
    return (
        written(gray.astype(np.int16)),
        written(gray.astype(np.float64), compression="zlib"),
        written(np.stack([gray] * 3).astype(np.uint16), photometric="rgb", planarconfig="separate"),
        written(gray.astype(np.uint16), tile=(16, 16), compression="lzma"),
        written(np.stack([gray, gray]).astype(np.uint16), bigtiff=True),
    )


def made(make: Callable[[], tuple[bytes, ...]]) -> Iterator[bytes]:
    """The seeds, where the library that makes them is installed."""
    try:
        yield from make()
    except ImportError:
        return
