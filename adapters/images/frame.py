"""Where a whole picture lies among the pixels that it was decoded to."""

from attrs import frozen

from ...domain.preprocessing import Box


@frozen
class Frame:
    """
    A whole upright picture, and where its edges lie in what was decoded of it.

    Decoded at half its size, a picture of 1027 pixels has 514, the last of which lies half outside.

    Attributes:
        height: Of the whole picture as its file has it.
        width: Likewise.
        box: Left, upper, right and lower edge of the whole picture among the decoded pixels.
    """

    height: int
    width: int
    box: Box

    def place(self, part: Box) -> Box:
        """A part of the whole picture, given in its own pixels, among the decoded ones; the same if nothing shrank."""
        left, upper, right, lower = self.box
        across, down = (right - left) / self.width, (lower - upper) / self.height
        return (
            max(left, left + part[0] * across),
            max(upper, upper + part[1] * down),
            min(right, left + part[2] * across),
            min(lower, upper + part[3] * down),
        )


def whole_frame(size: tuple[int, int]) -> Frame:
    """The frame of a picture that was decoded as it is, of width and height ``size``."""
    width, height = size
    return Frame(height=height, width=width, box=(0.0, 0.0, float(width), float(height)))
