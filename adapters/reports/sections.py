"""The sections of the page: what they are called, in which order they stand, and when."""

from collections.abc import Mapping
from typing import Any, Final

from attrs import frozen


@frozen
class Section:
    """
    One section.

    Attributes:
        name: Of its template, and of its place on the page.
        title: Its heading.
        parts: It is there when one of these parts of the report is; without parts it is always there.
    """

    name: str
    title: str
    parts: tuple[str, ...] = ()

    def is_in(self, report: Mapping[str, Any]) -> bool:
        """Whether the report has something for it."""
        return not self.parts or any(report.get(part) for part in self.parts)


SECTIONS: Final = (
    Section("verdict", "Verdict", ("headline",)),
    Section("warnings", "Warnings", ("warnings",)),
    Section("identity", "What was measured", ("identity",)),
    Section("data", "The data", ("data",)),
    Section("comparison", "Before and after", ("comparison",)),
    Section("curves", "Recall at K", ("curves",)),
    Section("retrieval", "Retrieval in both directions", ("metrics",)),
    Section("zero_shot", "Zero-shot classification", ("zero_shot",)),
    Section("calibration", "Calibration and abstention", ("calibration",)),
    Section("retention", "Forgetting", ("retention", "wise_ft")),
    Section("slices", "Groups of the data", ("slices",)),
    Section("robustness", "Resolution and damaged pictures", ("robustness", "by_resolution")),
    Section("similarities", "Similarities of pairs", ("similarities",)),
    Section("heatmap", "A sample, each with each", ("heatmap",)),
    Section("geometry", "Geometry of the embeddings", ("geometry",)),
    Section("failures", "Failures", ("failures",)),
    Section("suspicious", "Suspicious pairs", ("suspicious",)),
    Section("changes", "Most improved and most worsened", ("improved", "worsened")),
    Section("gates", "Gates", ("gates",)),
    Section("limits", "What this test set cannot show", ("limits",)),
    Section("undecodable", "Pictures that could not be decoded", ("undecodable",)),
    Section("definitions", "Definitions"),
    Section("signature", "Sign-off"),
)
