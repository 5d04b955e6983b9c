"""What can be told of a picture file without knowing what is to be done with it."""

from attrs import frozen


@frozen
class PictureFacts:
    """
    What a file holds, what the usual conversion would do to it, and whether it is taken.

    Attributes:
        format: The kind of file, such as ``JPEG``, ``TIFF`` or ``DICOM``; empty where it is not recognized.
        mode: How its pixels are stored, in Pillow's words, such as ``I;16``, or NumPy's, such as ``float64``.
        bits: Bits of a channel as the file has them.
        width: Pixels across as the header says.
        height: Pixels down as the header says.
        pages: Pages, frames or pictures in the file.
        animated: Whether they are meant to be shown one after the other; only the first is read.
        orientation: EXIF orientation from 1 to 8; 1 is upright.
        has_alpha: Whether anything of it may be transparent.
        clipped: Share of values that the usual conversion to 8 bits would clip to black or white.
        warnings: What a person should know, one short sentence each; equal for pictures of the same kind.
        refused: Why it is not taken under the rule it was looked at with; empty where it is.
    """

    format: str = ""
    mode: str = ""
    bits: int = 0
    width: int = 0
    height: int = 0
    pages: int = 1
    animated: bool = False
    orientation: int = 1
    has_alpha: bool = False
    clipped: float = 0.0
    warnings: tuple[str, ...] = ()
    refused: str = ""
