"""Small pictures inside the page, as many as there is room for."""

import base64
from collections.abc import Mapping
from typing import Final

from attrs import define, field

BUDGET: Final = 1_900_000  # characters of base64 on the whole page
LARGEST: Final = 60_000  # bytes of one; a thumbnail has about four thousand
KINDS: Final = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))


@define
class Thumbnails:
    """
    Hands out pictures in the order in which the page asks, until the budget is spent.

    Attributes:
        pictures: Bytes by key.
        left_out: How many the page asked for and could not get for lack of room.
        shown: How many it got.
    """

    pictures: Mapping[str, bytes]
    left_out: int = 0
    shown: int = 0
    _spent: int = field(default=0, init=False)

    def address(self, key: object) -> str:
        """A ``data:`` address of the picture; empty when there is none, it is no picture, or there is no room."""
        data = self.pictures.get(str(key), b"")
        kind = next((name for start, name in KINDS if data.startswith(start)), "")
        if not kind:
            return ""
        address = f"data:{kind};base64,{base64.b64encode(data).decode()}"
        if len(data) > LARGEST or self._spent + len(address) > BUDGET:
            self.left_out += 1
            return ""
        self._spent += len(address)
        self.shown += 1
        return address
