"""A console that shows what the data hold and obeys none of it."""

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from ...domain.shown import shown_lines


class SafeConsole(Console):
    """Rich's console; text that would steer the terminal stands there as escapes, rich's own styles still work."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render as rich does, each piece of text made visible; what rich itself tells the terminal passes."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(shown_lines(segment.text), segment.style)
