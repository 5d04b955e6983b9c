"""What may happen to a picture on its way to the model, as an evaluation tries it."""

from typing import Final, Literal

from attrs import frozen

Kind = Literal["jpeg", "blur", "brightness", "rotation", "crop", "gray", "resolution"]


@frozen
class Corruption:
    """
    One kind of damage.

    Attributes:
        name: What a person calls it.
        kind: What is done.
        strength: How much: the quality of a JPEG, the radius of a blur as a share of the shorter edge, a factor of
            brightness, degrees of a rotation, the share of each edge that a crop keeps, or the share of the resolution
            that is kept. Grey has none.
    """

    name: str
    kind: Kind
    strength: float = 1.0


CORRUPTIONS: Final = (
    Corruption("JPEG, quality 20", "jpeg", 20.0),
    Corruption("blurred, radius 1 % of the shorter edge", "blur", 0.01),
    Corruption("darker, 60 % of the brightness", "brightness", 0.6),
    Corruption("brighter, 150 % of the brightness", "brightness", 1.5),
    Corruption("rotated by 10°", "rotation", 10.0),
    Corruption("center crop, 80 % of each edge", "crop", 0.8),
    Corruption("gray", "gray"),
    Corruption("half the resolution", "resolution", 0.5),
    Corruption("a quarter of the resolution", "resolution", 0.25),
)
