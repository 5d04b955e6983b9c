"""What every kind of picture file can do once its header is parsed."""

from typing import Protocol

from PIL import Image

from ...domain.picture_facts import PictureFacts


class Picture(Protocol):
    """A picture whose header is parsed; no pixel is decoded before it is asked for."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        ...

    def check(self) -> None:
        """
        Refuse what could only be read wrongly; decodes only where nothing else can tell.

        Raises:
            ValueError: If the picture is refused; the message is the reason.
            Exception: Whatever the decoder trips over.
        """
        ...

    def draft(self, size: tuple[int, int]) -> None:
        """Let the picture be decoded smaller, but no smaller than ``size``, where its kind allows that."""
        ...

    def rgb(self) -> Image.Image:
        """
        Decode, turn upright, and bring to RGB.

        Raises:
            ValueError: If the picture is refused; the message is the reason.
            Exception: Whatever the decoder trips over, such as a file that is cut short.
        """
        ...

    def facts(self) -> PictureFacts:
        """
        What the file holds. It is decoded where nothing else can tell, such as the share of clipped pixels.

        Raises:
            Exception: Whatever the decoder trips over.
        """
        ...
