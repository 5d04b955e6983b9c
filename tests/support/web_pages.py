"""Reports as a browser would see them."""

from html.parser import HTMLParser
from typing import Any

from cliptune.adapters.reports.page import report_html

VOID = {"meta", "br", "img", "wbr", "link", "input", "hr"}


class Page(HTMLParser):
    """The tags and texts of a page, and every tag that was not closed."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.faults: list[str] = []
        self._open: list[str] = []
        self.feed(data.decode())
        self.close()
        self.faults += [f"{tag} never closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note a tag that closes what is not open."""
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"{tag} closed at {self.getpos()} but not open")

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.words.append(data)

    @property
    def text(self) -> str:
        """All text, with single spaces."""
        return " ".join(" ".join(self.words).split())

    @property
    def sections(self) -> list[str]:
        """The names of the sections."""
        return [attributes["id"] for attributes in self.every("section")]

    @property
    def outline(self) -> list[tuple[str, list[str]]]:
        """Tags and the names of their attributes."""
        return [(tag, sorted(attributes)) for tag, attributes in self.tags]

    def every(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every tag of a kind."""
        return [attributes for name, attributes in self.tags if name == tag]


def written(report: dict[str, Any], shown: dict[str, bytes] | None = None) -> bytes:
    """The page of a report."""
    return report_html(report, pictures=shown or {}, of=b"{}")


def page(report: dict[str, Any], shown: dict[str, bytes] | None = None) -> Page:
    """The page of a report, read."""
    return Page(written(report, shown))
