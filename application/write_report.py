"""From what was measured to a report that can be signed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from attrs import frozen

from ..domain.assessed import Assessed
from ..domain.both_ways import both_ways_interval
from ..domain.comparison import ComparisonRow, compare_outcomes
from ..domain.config import FineTuneConfig
from ..domain.detectable import detectable_without_pairs
from ..domain.encoded import EncodedExamples
from ..domain.errors import UnreadableImage
from ..domain.gates import Gate, check_gates
from ..domain.geometry import embedding_geometry
from ..domain.intervals import Interval
from ..domain.median import median_interval
from ..domain.outcomes import BOTH, CAPTIONS, IMAGES, Outcomes, of_pictures
from ..domain.pairs import ImageRef
from ..domain.report.calibration import Calibration, calibration_part
from ..domain.report.data_card import data_card, known_card
from ..domain.report.galleries import failures, moved
from ..domain.report.geometry import geometry_part, warnings
from ..domain.report.headline import headline, interval_part
from ..domain.report.limits import limits
from ..domain.report.overview import curves, heatmap, shown_pictures, similarities
from ..domain.report.retention import Retained, retention_part
from ..domain.report.slices import slice_part
from ..domain.report.suspicious import suspicious
from ..domain.report.zero_shot import zero_shot_part
from ..domain.resampling import cluster_intervals
from .outcome_file import OUTCOMES, outcomes_to_npz
from .ports import Clock, Progress, ReportWriter

PICTURES: Final = 120
MEDIANS: Final = ("i2t_median_rank", "i2t_filtered_median_rank", "t2i_median_rank", "t2i_filtered_median_rank")
PIXELS: Final = 112


@frozen(eq=False)
class Findings:
    """
    What was measured.

    Attributes:
        after: The model that the report is about, on the test set.
        before: What the same queries came to under the model before it; None where there is none.
        before_name: What a person calls that one.
        val: The model on the validation split; None without one.
        train: The model on the training split, for probes; None without one.
        retained: What must not be forgotten; None where nothing is.
        robustness: The section of damaged pictures; None where it was not measured.
    """

    after: Assessed
    before: Outcomes | None = None
    before_name: str = ""
    val: Assessed | None = None
    train: EncodedExamples | None = None
    retained: Retained | None = None
    robustness: Mapping[str, Any] | None = None


@frozen(eq=False)
class Written:
    """
    A report.

    Attributes:
        report: As plain values.
        files: Its files by name.
        rows: The comparison with the model before; empty where there is none.
        calibration: What search and classification use; None without a validation split.
        failed: The gates that were not passed.
    """

    report: Mapping[str, Any]
    files: Mapping[str, bytes]
    rows: tuple[ComparisonRow, ...]
    calibration: Calibration | None
    failed: tuple[str, ...]


@frozen(eq=False)
class WriteReport:
    """
    Draw conclusions, and write them for people and programs.

    Attributes:
        config: Columns, resamples, seed, and how embeddings are compared.
        writer: Makes the files.
        progress: A person watching.
        clock: What time it is.
        thumbnail: A small JPEG of a picture, with its longer edge in pixels.
        lengths: Tokens of captions, uncut.
        max_tokens: Tokens that the model reads.
    """

    config: FineTuneConfig
    writer: ReportWriter
    progress: Progress
    clock: Clock
    thumbnail: Callable[[ImageRef, int], bytes]
    lengths: Callable[[Sequence[str]], Sequence[int]]
    max_tokens: int

    def __call__(
        self,
        findings: Findings,
        *,
        title: str,
        data_name: str,
        identity: Mapping[str, Any],
        data: Mapping[str, Any],
        sections: Mapping[str, Any],
        gates: Sequence[Gate] = (),
    ) -> Written:
        """
        Write the report of findings.

        Args:
            findings: What was measured.
            title: Of the page.
            data_name: What the test set is called.
            identity: Model, data fingerprint, seed, device, precision, versions, command.
            data: What is known of the data set besides, such as its splits.
            sections: Further sections, such as the WiSE-FT curve.
            gates: What the result must reach.

        Raises:
            UsageError: If the model before was measured on other queries, or a gate cannot be checked.
        """
        self.progress.say("drawing conclusions")
        rows = self._compared(findings.before, findings.after.outcomes)
        intervals = self._intervals(findings.after.outcomes)
        report, calibration = self._report(findings, rows, intervals)
        report |= {"title": title, "identity": dict(identity), "created": self.clock.now(), **sections}
        report["data"] = {**known_card(data), **self._card(findings.after, data_name)}
        report["limits"] = self._limits(report, rows, findings.after.outcomes, calibrated=calibration is not None)
        checked = check_gates(gates, report)
        if checked:
            report["gates"] = [{"gate": str(one.gate), "value": one.value, "passed": one.passed} for one in checked]
        return Written(
            report=report,
            files={
                **self.writer.write(report, pictures=self._thumbnails(report, findings.after)),
                OUTCOMES: outcomes_to_npz(findings.after.outcomes),
            },
            rows=rows,
            calibration=calibration,
            failed=tuple(f"{one.gate}: {_shown(one.value)}" for one in checked if not one.passed),
        )

    def _report(
        self,
        findings: Findings,
        rows: Sequence[ComparisonRow],
        intervals: Mapping[str, Interval],
    ) -> tuple[dict[str, Any], Calibration | None]:
        after, wanted, alignment = findings.after, self.config.evaluation, self.config.alignment
        seed, resamples = self.config.training.seed, wanted.bootstrap_resamples
        whole = intervals[BOTH]
        geometry = embedding_geometry(after.encoded.images, after.encoded.texts, after.encoded.owner)
        report: dict[str, Any] = {
            "metrics": dict(after.outcomes.summary),
            "intervals": {name: interval_part(name, interval) for name, interval in intervals.items()},
            "headline": headline(rows, after.outcomes.summary[BOTH], (whole.low, whole.high)),
            "curves": curves(after, findings.before),
            "similarities": similarities(after, alignment=alignment),
            "heatmap": heatmap(after, alignment=alignment, seed=seed),
            "geometry": geometry_part(geometry),
            "warnings": list(warnings(after, geometry)),
            "failures": failures(after, alignment=alignment),
            "suspicious": suspicious(after, alignment=alignment),
            "undecodable": [
                {"where": one.where, "image": one.image, "reason": one.reason} for one in after.encoded.undecodable
            ],
        }
        if findings.before is not None:
            report |= {"before": dict(findings.before.summary), "before_name": findings.before_name}
            report["comparison"] = [row.as_dict() for row in rows]
            report |= moved(findings.before, after.outcomes, after.encoded)
        report["slices"] = [
            slice_part(column, after.encoded.examples, after.outcomes, resamples=resamples, seed=seed)
            for column in wanted.slice_columns
        ]
        report["zero_shot"] = zero_shot_part(
            after,
            column=wanted.label_column or "",
            templates=wanted.prompt_templates if wanted.class_prompts is None else None,
            train=findings.train,
            before=findings.before,
            seed=seed,
            resamples=resamples,
        )
        report["calibration"], calibration = calibration_part(
            after, findings.val, risk=wanted.abstention_risk, alignment=alignment
        )
        if findings.retained is not None:
            report["retention"] = retention_part(findings.retained, resamples=resamples, seed=seed)
        report["robustness"] = findings.robustness
        return {name: part for name, part in report.items() if part not in (None, [])}, calibration

    def _compared(self, before: Outcomes | None, after: Outcomes) -> tuple[ComparisonRow, ...]:
        if before is None:
            return ()
        resamples = self.config.evaluation.bootstrap_resamples
        return compare_outcomes(before, after, resamples=resamples, seed=self.config.training.seed)

    def _intervals(self, outcomes: Outcomes) -> dict[str, Interval]:
        """Those of one kind of queries share their resamples, which is several times as fast."""
        kinds: dict[tuple[int, bool], list[str]] = {}
        for metric in (name for name in outcomes.metrics if name != BOTH):
            size = len(outcomes.taking_part(metric)[0])
            kinds.setdefault((size, of_pictures(metric)), []).append(metric)
        found: dict[str, Interval] = {}
        for metrics in kinds.values():
            intervals = cluster_intervals(
                np.stack([outcomes.taking_part(metric)[0] for metric in metrics]),
                outcomes.taking_part(metrics[0])[1],
                resamples=self.config.evaluation.bootstrap_resamples,
                seed=self.config.training.seed,
            )
            found |= dict(zip(metrics, intervals, strict=True))
        found[BOTH] = both_ways_interval(
            outcomes.values[f"{IMAGES}{BOTH}"],
            outcomes.values[f"{CAPTIONS}{BOTH}"],
            image_groups=outcomes.image_groups,
            caption_groups=outcomes.caption_groups,
            resamples=self.config.evaluation.bootstrap_resamples,
            seed=self.config.training.seed,
        )
        for metric in MEDIANS:
            # The median of the ranks whose mean is kept beside it.
            ranks, groups = outcomes.taking_part(metric.replace("median", "mean"))
            found[metric] = median_interval(ranks, groups)
        return {metric: found[metric] for metric in outcomes.summary if metric in found}

    def _card(self, after: Assessed, name: str) -> dict[str, Any]:
        return data_card(
            after.encoded,
            name=name,
            group_column=self.config.data.group_column,
            label_column=self.config.evaluation.label_column,
            lengths=self.lengths(after.encoded.captions),
            max_tokens=self.max_tokens,
        )

    def _limits(
        self,
        report: Mapping[str, Any],
        rows: Sequence[ComparisonRow],
        after: Outcomes,
        *,
        calibrated: bool,
    ) -> list[str]:
        decisive = next((row.difference for row in rows if row.metric == BOTH and row.difference), None)
        values, groups = after.taking_part(BOTH)
        alone = detectable_without_pairs(values, groups) if decisive is None else None
        small = [row["label"] for row in (report.get("zero_shot") or {}).get("per_class", ()) if row["small"]]
        return list(
            limits(
                report["data"],
                detectable=alone if decisive is None else decisive.detectable,
                compared=decisive is not None,
                from_scratch=bool(report["identity"].get("from_scratch")),
                small_classes=small,
                calibrated=calibrated,
            )
        )

    def _thumbnails(self, report: Mapping[str, Any], after: Assessed) -> dict[str, bytes]:
        known = {example.image.key: example.image for example in after.encoded.examples}
        wanted = shown_pictures(report)[:PICTURES]
        found: dict[str, bytes] = {}
        with self.progress.track("making small pictures", total=len(wanted)) as ticker:
            for key in wanted:
                try:
                    found[key] = self.thumbnail(known[key], PIXELS)
                except UnreadableImage as error:
                    self.progress.say(f"note: no small picture: {error}")
                ticker.advance()
        return found


def _shown(value: float | str | None) -> str:
    return "not measured" if value is None else value if isinstance(value, str) else f"{value:.4f}"
