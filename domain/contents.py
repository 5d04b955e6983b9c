"""What a picture is known by, whatever it is called: the checksum of its encoded bytes."""

from attrs import frozen


@frozen
class Content:
    """
    The encoded bytes of a picture, told from all others.

    Attributes:
        sha256: Their SHA-256, 64 hexadecimal digits.
        size: How many there are.
    """

    sha256: str
    size: int
