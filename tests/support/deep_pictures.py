"""Picture files of more than 8 bits, TIFF stacks and DICOM files, made on the spot."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Values = NDArray[Any]


def tomogram(height: int = 60, width: int = 80, *, seed: int = 0) -> NDArray[np.uint16]:
    """Values of 12 bits as a scanner gives them: air around a body, soft tissue with smooth shades, some bone."""
    generator = np.random.default_rng(seed)
    down, across = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    inside = down**6 + across**6 < 0.93
    tissue = 1050 + 150 * np.sin(4 * across) * np.cos(3 * down) + generator.normal(0, 12, (height, width))
    bone = 1900 + 700 * np.cos(9 * down)
    body = np.where(np.abs(across) < 0.08, bone, tissue)
    air = generator.integers(0, 60, (height, width))
    return np.clip(np.where(inside, body, air), 0, 4095).astype(np.uint16)


def deep_color(height: int = 21, width: int = 34, *, seed: int = 0, channels: int = 3) -> NDArray[np.uint16]:
    """Noise of 16 bits a channel."""
    return np.random.default_rng(seed).integers(0, 65536, (height, width, channels), dtype=np.uint16)


def by_pillow(values: Values, format: str = "PNG", **options: Any) -> bytes:  # noqa: A002
    """A file of gray values as Pillow writes it."""
    stream = io.BytesIO()
    Image.fromarray(values).save(stream, format, **options)
    return stream.getvalue()


def tiff(values: Values, **options: Any) -> bytes:
    """A TIFF file as tifffile writes it."""
    import tifffile

    stream = io.BytesIO()
    tifffile.imwrite(stream, values, **options)
    return stream.getvalue()


def tiff_pages(pages: Sequence[Values], **options: Any) -> bytes:
    """A TIFF file with a page for each array."""
    import tifffile

    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as writer:
        for page in pages:
            writer.write(page, contiguous=False, metadata=None, **options)
    return stream.getvalue()


def deep_png(values: NDArray[np.uint16], *, transparent: tuple[int, ...] | None = None) -> bytes:
    """A PNG of 16 bits a channel, of two, three or four channels, which Pillow cannot write."""
    import struct
    import zlib

    height, width, channels = values.shape
    color = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, color, 0, 0, 0))]
    if transparent is not None:
        chunks.append((b"tRNS", struct.pack(f">{len(transparent)}H", *transparent)))
    chunks += [(b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    body = (struct.pack(">I", len(c)) + name + c + struct.pack(">I", zlib.crc32(name + c)) for name, c in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def dicom(values: Values, *, syntax: str = "1.2.840.10008.1.2.1", frames: int = 1, **elements: Any) -> bytes:
    """
    A DICOM file of unsigned or signed values.

    Args:
        values: Shape ``(rows, columns)``, ``(rows, columns, 3)``, or with frames in front.
        syntax: Transfer syntax; RLE is encoded here.
        frames: Number of frames.
        elements: Further elements by keyword, or other values of those that are set anyway.
    """
    import pydicom
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import UID

    whole = Dataset()
    whole.file_meta = FileMetaDataset()
    whole.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.1" if syntax == "1.2.840.10008.1.2.5" else syntax)
    whole.file_meta.MediaStorageSOPClassUID = whole.SOPClassUID = UID("1.2.840.10008.5.1.4.1.1.2")
    whole.file_meta.MediaStorageSOPInstanceUID = whole.SOPInstanceUID = UID("1.2.3.4")
    picture = values[0] if frames > 1 else values
    color = picture.ndim == 3
    if frames > 1:
        whole.NumberOfFrames = frames
    whole.Rows, whole.Columns = picture.shape[:2]
    whole.SamplesPerPixel = 3 if color else 1
    whole.PhotometricInterpretation = "RGB" if color else "MONOCHROME2"
    if color:
        whole.PlanarConfiguration = 0
    whole.BitsAllocated = whole.BitsStored = 8 * values.dtype.itemsize
    whole.PixelRepresentation = int(values.dtype.kind == "i")
    for name, value in elements.items():
        setattr(whole, name, value)
    if "HighBit" not in elements:
        whole.HighBit = whole.BitsStored - 1
    big = syntax == "1.2.840.10008.1.2.2"
    whole["PixelData"] = pydicom.DataElement(
        0x7FE00010,
        "OW" if values.dtype.itemsize > 1 else "OB",
        values.astype(values.dtype.newbyteorder(">" if big else "<")).tobytes(),
    )
    if syntax == "1.2.840.10008.1.2.5":
        whole.compress(syntax, encoding_plugin="pydicom")
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, whole, enforce_file_format=True)
    return stream.getvalue()


def table_of(entries: Values, *, first: int = 0, bits: int = 16) -> Any:
    """A look-up table as an item of a DICOM sequence."""
    from pydicom.dataset import Dataset

    item = Dataset()
    item.LUTDescriptor = [len(entries) % 65536, first, bits]
    item.LUTData = np.asarray(entries, dtype="<u2").tobytes()
    return item
